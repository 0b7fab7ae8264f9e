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
    rows_satisfy,
    warning,
    with_tolerance,
)
from llmpairs.expectations.suites import offer_prices as prices
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BOTH = PRICE_FIELDS[:2]


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
        & (offers[list(BOTH)] > 0).all(axis=1)
    )
    return only_where(offers["eligible"], meets)


def reason_is_set_when_ineligible(offers: pd.DataFrame) -> pd.Series:
    """Exactly the offers that are not eligible have a reason."""
    return offers["eligible"] == offers["ineligible_reason"].isna()


def free_key_is_not_metered(offers: pd.DataFrame) -> pd.Series:
    """A key that ends in :free has no metered price."""
    is_free = offers["provider_model_key"].str.lower().str.endswith(":free")
    return only_where(is_free, offers["price_kind"] != "metered")


def tier_key_is_not_standard(offers: pd.DataFrame) -> pd.Series:
    """A key that ends in a service tier is not sold as standard."""
    named = offers["provider_model_key"].str.lower().str.contains(r":(?:batch|flex|priority)$", regex=True)
    return only_where(named, offers["service_tier"] != "standard")


def held_matches_holds(offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """An offer is held exactly when a hold on its price is open or rejected."""
    is_open = holds["state"].isin(["held", "rejected"]) & (holds["subject_kind"] == "offer")
    is_open &= holds["field"].isin([*PRICE_FIELDS, "price_tiers"])
    return offers["held"] == offers["offer_id"].isin(holds.loc[is_open, "subject_id"])


def retired_has_date(offers: pd.DataFrame) -> pd.Series:
    """Exactly the retired offers have a retirement date."""
    return (offers["offer_status"] == "retired") == offers["retired_on"].notna()


def context_within_native(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """The offer has no larger context than its model."""
    native = offers["model_id"].map(models.set_index("model_id")["context_tokens"])
    return only_where(native.notna() & offers["context_tokens"].notna(), offers["context_tokens"] <= native)


def blended_price(offers: pd.DataFrame) -> pd.Series:
    """Three parts input price to one part output price."""
    return (3 * offers["input_usd_per_mtok"] + offers["output_usd_per_mtok"]) / 4


SOURCED = ("price_source_id", "price_capture_id", "price_observed_at")

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
            rows_satisfy(
                "offer_id names provider, operator and tier",
                id_matches_columns,
                offers=("offer_id", "provider_id", "operator_id", "service_tier"),
            )
        ),
        critical(
            rows_satisfy(
                "price_missing_reason is set exactly where a price is missing",
                prices.reason_is_set_when_missing,
                offers=(*BOTH, "price_missing_reason"),
            ),
            check_id="Q08",
        ),
        critical(
            rows_satisfy(
                "a price of zero is a stated free tier", prices.zero_is_free_tier, offers=(*PRICE_FIELDS, "price_kind")
            ),
            why="432 rows print zero, 373 of them without stating that it is free (seen 2026-07-02)",
            check_id="Q10",
        ),
        critical(
            rows_satisfy(
                "a price has a source, a capture and a time", prices.price_is_sourced, offers=(*PRICE_FIELDS, *SOURCED)
            ),
            check_id="Q58",
        ),
        critical(
            references("price_capture_id", "captures", "capture_id"),
            why="every published price cites an archived response",
            check_id="Q58",
        ),
        stated_values_are_claims(OFFERS),
        critical(
            rows_satisfy("a price is in US dollars", prices.price_is_in_dollars, offers=(*PRICE_FIELDS, "currency")),
            why="prices in yuan were seen printed as dollars; nothing is converted",
            check_id="Q51",
        ),
        critical(
            rows_satisfy(
                "an eligible offer is resolved, active, standard, metered and priced",
                eligible_meets_conditions,
                offers=("model_id", "offer_status", "service_tier", "price_kind", "eligible", *BOTH),
            )
        ),
        critical(
            rows_satisfy(
                "ineligible_reason is set exactly for ineligible offers",
                reason_is_set_when_ineligible,
                offers=("eligible", "ineligible_reason"),
            )
        ),
        critical(
            rows_satisfy(
                "a :free key has no metered price", free_key_is_not_metered, offers=("provider_model_key", "price_kind")
            ),
            why="a free tier once overwrote the price of the model itself",
            check_id="Q25",
        ),
        critical(
            rows_satisfy(
                "a key that names a service tier is not sold as standard",
                tier_key_is_not_standard,
                offers=("provider_model_key", "service_tier"),
            ),
            why="a batch price once overwrote the base price",
            check_id="Q25",
        ),
        critical(
            rows_satisfy(
                "held is true exactly while a hold is open",
                held_matches_holds,
                offers=("offer_id", "held"),
                holds=("subject_kind", "subject_id", "field", "state"),
            )
        ),
        critical(
            rows_satisfy(
                "retired_on is set exactly where the status is retired",
                retired_has_date,
                offers=("offer_status", "retired_on"),
            )
        ),
        critical(recomputes("blended_3to1_usd_per_mtok", blended_price, {"offers": BOTH}, within=1e-9)),
        warning(
            with_tolerance(
                0.2,
                rows_satisfy(
                    "an active offer, neither free nor by subscription, has both prices",
                    prices.active_is_priced,
                    offers=("offer_status", "price_kind", *BOTH),
                ),
            ),
            why="382 of 5,276 rows list none and 373 more a zero of unknown kind (14.3%, seen 2026-07-02)",
            check_id="Q08",
        ),
        warning(
            with_tolerance(
                0.02,
                rows_satisfy(
                    "a text model has both prices or neither",
                    prices.both_or_neither,
                    offers=("model_id", "price_kind", *BOTH),
                    models=("model_id", "is_text_generating"),
                ),
            ),
            why="48 of 5,276 rows have one side only (0.9%, seen 2026-07-02)",
            check_id="Q07",
        ),
        warning(
            rows_satisfy(
                "non-token billing has no token price", prices.non_token_has_none, offers=("price_kind", *BOTH)
            ),
            why="a price per image was read as a free text model",
            check_id="Q26",
        ),
        warning(
            rows_satisfy("prices lie between 0.001 and 1,000", prices.within_bounds, offers=BOTH),
            why="the largest real price is 600; no row of 4,816 lies outside (seen 2026-05-18)",
            check_id="Q15",
        ),
        warning(
            rows_satisfy(
                "no price is a power of ten away from its model's median",
                prices.not_a_unit_slip,
                offers=("model_id", "price_kind", "route_kind", "service_tier", *BOTH),
            ),
            why="unit errors are 100-fold to 1,000,000-fold (helicone 20 for 0.02)",
            check_id="Q14",
        ),
        info(
            rows_satisfy(
                "price is within ten times its model's median",
                prices.near_median,
                offers=("model_id", "price_kind", "route_kind", "service_tier", *BOTH),
            ),
            why="19 of 367 models have a wider spread (seen 2026-07-02)",
            check_id="Q16",
        ),
        warning(
            with_tolerance(
                0.005,
                rows_satisfy(
                    "output costs at least as much as input",
                    prices.output_not_below_input,
                    offers=("model_id", *BOTH),
                    models=("model_id", "is_text_generating"),
                ),
            ),
            why="6 of 4,085 priced rows cost less, four of them text models (seen 2026-05-18)",
            check_id="Q17",
        ),
        warning(
            not_above("cache_read_usd_per_mtok", "input_usd_per_mtok"),
            why="five rows of 1,639 differ (seen 2026-05-18); such a cache price is not published",
            check_id="Q18",
        ),
        info(
            rows_satisfy(
                "writing to the cache costs at least 0.9 of the input price",
                prices.cache_write_not_cheap,
                offers=("cache_write_usd_per_mtok", "input_usd_per_mtok"),
            ),
            why="45 of 463 rows charge less (seen 2026-05-18), hourly storage among them",
            check_id="Q19",
        ),
        warning(
            rows_satisfy("price tiers ascend", prices.tiers_ascend, offers=("price_tiers",)),
            why="a tier of 512 k was once read as the context of the model",
            check_id="Q20",
        ),
        warning(
            rows_satisfy(
                "a tier costs at least the base price", prices.tiers_not_cheaper, offers=("price_tiers", *BOTH)
            ),
            why="none of 156 tiered rows is cheaper (seen 2026-05-18)",
            check_id="Q20",
        ),
        warning(
            with_tolerance(
                0.02,
                rows_satisfy(
                    "a tier starts within the context",
                    prices.tiers_within_context,
                    offers=("price_tiers", "context_tokens"),
                ),
            ),
            why="offers with a smaller context repeat the price tiers of the first party",
            check_id="Q20",
        ),
        warning(
            with_tolerance(0.03, not_above("max_output_tokens", "context_tokens")),
            why="80 of 4,816 rows state more output than context (1.7%, seen 2026-05-18)",
            check_id="Q37",
        ),
        info(
            rows_satisfy(
                "context is at most the model's context",
                context_within_native,
                offers=("model_id", "context_tokens"),
                models=("model_id", "context_tokens"),
            ),
            why="half of all models with several providers disagree on context (seen 2026-07-02)",
            check_id="Q35",
        ),
        info(
            rows_satisfy("prices are short decimals", prices.is_short_decimal, offers=BOTH),
            why="sources print binary rounding errors: 176 prices of models.dev, 84 of LiteLLM (seen 2026-05-18)",
            check_id="Q52",
        ),
        *prices.PRICE_CHANGE_RULES,
    ),
)
