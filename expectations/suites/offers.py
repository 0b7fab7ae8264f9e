"""Checklist of `offers`: a missing price has a reason, a zero is a stated free tier, a price has a source."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract, stated_values_are_claims
from llmpairs.expectations.rules import (
    Suite,
    critical,
    info,
    not_above,
    only_where,
    recomputes,
    references,
    rows_at_least,
    warning,
    with_tolerance,
)
from llmpairs.expectations.suites import offer_prices as prices
from llmpairs.expectations.suites.offer_prices import ALL, BOTH, INPUT, OUTPUT
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

TOKEN_PRICED = ("metered", "promo", "unknown")
"""Kinds of price of an offer that is billed by token and not free."""


def id_matches_columns(offers: pd.DataFrame) -> pd.Series:
    """The id has five parts; the first is the provider, the second the operator, the last the tier."""
    ids = offers["offer_id"]
    ends = ids.str.split("/", expand=True).reindex(columns=range(6)).astype("object")
    named = (
        (ends[0] == offers["provider_id"].astype("object"))
        & (ends[1] == offers["operator_id"].astype("object"))
        & (ends[4] == offers["service_tier"].astype("object"))
    )
    return named & (ids.str.count("/") == 4)


def eligible_meets_conditions(offers: pd.DataFrame) -> pd.Series:
    """An eligible offer is resolved, active, standard, metered, and has both prices above zero."""
    meets = (
        offers["model_id"].notna()
        & (offers["offer_status"] == "active")
        & (offers["service_tier"] == "standard")
        & (offers["price_kind"] == "metered")
        & (offers[BOTH] > 0).all(axis=1)
    )
    return only_where(offers["eligible"], meets)


def held_matches_holds(offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """An offer is held exactly when a hold on its price is open or rejected."""
    is_open = holds["state"].isin(["held", "rejected"]) & (holds["subject_kind"] == "offer")
    is_open &= holds["field"].isin([*PRICE_FIELDS, "price_tiers"])
    return offers["held"] == offers["offer_id"].isin(holds.loc[is_open, "subject_id"])


def context_within_native(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """The offer has no larger context than its model."""
    native = offers["model_id"].map(models.set_index("model_id")["context_tokens"])
    return only_where(native.notna() & offers["context_tokens"].notna(), offers["context_tokens"] <= native)


LONGEST_CRAWL = pd.Timedelta(days=1)
"""Live responses are captured after the as-of time, which is the start of the run; no run takes a day."""


def observed_when_captured(offers: pd.DataFrame, captures: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """The time of a price is that of its response: of a live run within a day of its start, else later only if late."""
    cited = captures.drop_duplicates("capture_id").set_index("capture_id")
    captured, late = (offers["price_capture_id"].map(cited[name]) for name in ("captured_at", "late"))
    in_time = (offers["price_observed_at"] <= run["as_of"].iloc[0] + LONGEST_CRAWL) | late.astype("boolean").fillna(
        False
    )
    return only_where(captured.notna(), (offers["price_observed_at"] == captured) & in_time)


def model_of_identity(offers: pd.DataFrame, facts: pd.DataFrame, identities: pd.DataFrame) -> pd.Series:
    """The model of the offer is the one to which a key that its published claims cite is resolved; null for neither."""
    cited = facts.loc[facts["subject_kind"] == "offer", ["subject_id", *CITED_KEY]].drop_duplicates()
    listed = offers[["offer_id", "provider_id", "model_id"]].rename(columns={"offer_id": "subject_id"})
    both = cited.merge(listed, on="subject_id").merge(
        identities, on=["provider_id", *CITED_KEY], suffixes=("", "_of_key")
    )
    own, of_key = both["model_id"].fillna(""), both["model_id_of_key"].fillna("")
    agrees = (own == of_key).groupby(both["subject_id"]).any()
    return offers["offer_id"].map(agrees).astype("boolean")


CITED_KEY = ["source_id", "provider_model_key"]
SOURCED = ["price_source_id", "price_capture_id", "price_observed_at"]

OFFERS_SUITE = Suite(
    name="offers",
    table="offers",
    key=OFFERS.key,
    rules=(
        *from_contract(OFFERS, {"offer_id is unique": "Q24"}),
        critical(rows_at_least(1), why="an empty table passes every other check"),
        critical(references("model_id", "models", "model_id")),
        critical(references("provider_id", "providers", "provider_id")),
        critical(
            "offer_id names provider, operator and tier",
            id_matches_columns,
            offers=("offer_id", "provider_id", "operator_id", "service_tier"),
        ),
        critical(
            "price_missing_reason is set exactly where a price is missing",
            lambda offers: offers[BOTH].isna().any(axis=1) == offers["price_missing_reason"].notna(),
            offers=(*BOTH, "price_missing_reason"),
            check_id="Q08",
        ),
        critical(
            "a price of zero is a stated free tier",
            lambda offers: only_where((offers[ALL] == 0).any(axis=1), offers["price_kind"] == "free_tier"),
            offers=(*PRICE_FIELDS, "price_kind"),
            why="432 rows print zero, 373 of them without stating that it is free (seen 2026-07-02)",
            check_id="Q10",
        ),
        critical(
            "a price has a source, a capture and a time",
            lambda offers: only_where(offers[ALL].notna().any(axis=1), offers[SOURCED].notna().all(axis=1)),
            offers=(*PRICE_FIELDS, *SOURCED),
            check_id="Q58",
        ),
        critical(
            references("price_capture_id", "captures", "capture_id"),
            why="every published price cites an archived response",
            check_id="Q58",
        ),
        critical(
            "price_observed_at is when its response was captured",
            observed_when_captured,
            offers=("price_capture_id", "price_observed_at"),
            captures=("capture_id", "captured_at", "late"),
            run=("as_of",),
            why="a price dated later than its evidence looks current when it is not",
            check_id="Q58",
        ),
        critical(
            "the model is that of the offer's identity",
            model_of_identity,
            offers=("offer_id", "provider_id", "model_id"),
            facts=("subject_kind", "subject_id", *CITED_KEY),
            identities=("provider_id", *CITED_KEY, "model_id"),
            why="a price under another model than its key's is a false price of both",
            check_id="Q27",
        ),
        stated_values_are_claims(OFFERS),
        critical(
            "a price is in US dollars",
            lambda offers: only_where(offers[ALL].notna().any(axis=1), (offers["currency"] == "USD").fillna(False)),
            offers=(*PRICE_FIELDS, "currency"),
            why="prices in yuan were seen printed as dollars; nothing is converted",
            check_id="Q51",
        ),
        critical(
            "an eligible offer is resolved, active, standard, metered and priced",
            eligible_meets_conditions,
            offers=("model_id", "offer_status", "service_tier", "price_kind", "eligible", *BOTH),
        ),
        critical(
            "ineligible_reason is set exactly for ineligible offers",
            lambda offers: offers["eligible"] == offers["ineligible_reason"].isna(),
            offers=("eligible", "ineligible_reason"),
        ),
        critical(
            "a :free key has no metered price",
            lambda offers: only_where(
                offers["provider_model_key"].str.lower().str.endswith(":free"), offers["price_kind"] != "metered"
            ),
            offers=("provider_model_key", "price_kind"),
            why="a free tier once overwrote the price of the model itself",
            check_id="Q25",
        ),
        critical(
            "a key that names a service tier is not sold as standard",
            lambda offers: only_where(
                offers["provider_model_key"].str.lower().str.contains(":(?:batch|flex|priority)$", regex=True),
                offers["service_tier"] != "standard",
            ),
            offers=("provider_model_key", "service_tier"),
            why="a batch price once overwrote the base price",
            check_id="Q25",
        ),
        critical(
            "held is true exactly while a hold is open",
            held_matches_holds,
            offers=("offer_id", "held"),
            holds=("subject_kind", "subject_id", "field", "state"),
        ),
        critical(
            "retired_on is set exactly where the status is retired",
            lambda offers: (offers["offer_status"] == "retired") == offers["retired_on"].notna(),
            offers=("offer_status", "retired_on"),
        ),
        critical(
            recomputes(
                "blended_3to1_usd_per_mtok",
                lambda offers: (3 * offers["input_usd_per_mtok"] + offers["output_usd_per_mtok"]) / 4,
                {"offers": tuple(BOTH)},
                within=1e-9,
            )
        ),
        with_tolerance(
            0.2,
            warning(
                "an active offer, neither free nor by subscription, has both prices",
                lambda offers: only_where(
                    (offers["offer_status"] == "active") & offers["price_kind"].isin(TOKEN_PRICED),
                    offers[BOTH].notna().all(axis=1),
                ),
                offers=("offer_status", "price_kind", *BOTH),
                why="382 of 5,276 rows list none and 373 more a zero of unknown kind (14.3%, seen 2026-07-02)",
                check_id="Q08",
            ),
        ),
        with_tolerance(
            0.02,
            warning(
                "a text model has both prices or neither",
                lambda offers, models: only_where(
                    prices.generates_text(offers, models) & (offers["price_kind"] == "metered"),
                    offers[INPUT].isna() == offers[OUTPUT].isna(),
                ),
                offers=("model_id", "price_kind", *BOTH),
                models=("model_id", "is_text_generating"),
                why="48 of 5,276 rows have one side only (0.9%, seen 2026-07-02)",
                check_id="Q07",
            ),
        ),
        warning(
            "non-token billing has no token price",
            lambda offers: only_where(offers["price_kind"] == "non_token", offers[BOTH].isna().all(axis=1)),
            offers=("price_kind", *BOTH),
            why="a price per image was read as a free text model",
            check_id="Q26",
        ),
        warning(
            "prices lie between 0.001 and 1,000",
            lambda offers: prices.known_between(offers[BOTH].where(offers[BOTH] > 0), 0.001, 1000),
            offers=tuple(BOTH),
            why="the largest real price is 600; no row of 4,816 lies outside (seen 2026-05-18)",
            check_id="Q15",
        ),
        warning(
            "no price is a power of ten away from its model's median",
            prices.not_a_unit_slip,
            offers=("model_id", "price_kind", "route_kind", "service_tier", *BOTH),
            why="unit errors are 100-fold to 1,000,000-fold (helicone 20 for 0.02)",
            check_id="Q14",
        ),
        info(
            "price is within ten times its model's median",
            lambda offers: prices.known_between(prices.relative_to_median(offers), 0.1, 10),
            offers=("model_id", "price_kind", "route_kind", "service_tier", *BOTH),
            why="19 of 367 models have a wider spread (seen 2026-07-02)",
            check_id="Q16",
        ),
        with_tolerance(
            0.005,
            warning(
                "output costs at least as much as input",
                lambda offers, models: only_where(
                    prices.generates_text(offers, models) & offers[BOTH].notna().all(axis=1),
                    offers[OUTPUT] >= offers[INPUT],
                ),
                offers=("model_id", *BOTH),
                models=("model_id", "is_text_generating"),
                why="6 of 4,085 priced rows cost less, four of them text models (seen 2026-05-18)",
                check_id="Q17",
            ),
        ),
        warning(
            not_above("cache_read_usd_per_mtok", "input_usd_per_mtok"),
            why="five rows of 1,639 differ (seen 2026-05-18); such a cache price is not published",
            check_id="Q18",
        ),
        info(
            "writing to the cache costs at least 0.9 of the input price",
            lambda offers: only_where(
                offers[["cache_write_usd_per_mtok", INPUT]].notna().all(axis=1),
                offers["cache_write_usd_per_mtok"] >= 0.9 * offers[INPUT],
            ),
            offers=("cache_write_usd_per_mtok", "input_usd_per_mtok"),
            why="45 of 463 rows charge less (seen 2026-05-18), hourly storage among them",
            check_id="Q19",
        ),
        warning(
            "price tiers ascend",
            prices.tiers_ascend,
            offers=("price_tiers",),
            why="a tier of 512 k was once read as the context of the model",
            check_id="Q20",
        ),
        warning(
            "a tier costs at least the base price",
            prices.tiers_not_cheaper,
            offers=("price_tiers", *BOTH),
            why="none of 156 tiered rows is cheaper (seen 2026-05-18)",
            check_id="Q20",
        ),
        with_tolerance(
            0.02,
            warning(
                "a tier starts within the context",
                prices.tiers_within_context,
                offers=("price_tiers", "context_tokens"),
                why="offers with a smaller context repeat the price tiers of the first party",
                check_id="Q20",
            ),
        ),
        with_tolerance(
            0.03,
            warning(
                not_above("max_output_tokens", "context_tokens"),
                why="80 of 4,816 rows state more output than context (1.7%, seen 2026-05-18)",
                check_id="Q37",
            ),
        ),
        info(
            "context is at most the model's context",
            context_within_native,
            offers=("model_id", "context_tokens"),
            models=("model_id", "context_tokens"),
            why="half of all models with several providers disagree on context (seen 2026-07-02)",
            check_id="Q35",
        ),
        info(
            "prices are short decimals",
            lambda offers: prices.known_between((offers[BOTH].round(12) - offers[BOTH]), 0, 0),
            offers=tuple(BOTH),
            why="sources print binary rounding errors: 176 prices of models.dev, 84 of LiteLLM (seen 2026-05-18)",
            check_id="Q52",
        ),
        *prices.PRICE_CHANGE_RULES,
    ),
)
