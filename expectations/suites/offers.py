"""Checklist of `offers`: a missing price says why, a zero is a stated free tier, a price has a source."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    at_most_share,
    critical,
    info,
    known_in,
    not_above,
    only,
    recomputes,
    rows_at_least,
    that,
    warning,
)
from llmpairs.expectations.suites import offer_prices as prices
from llmpairs.expectations.suites.claimed import states_only_claims
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BOTH = PRICE_FIELDS[:2]


def id_names_route(offers: pd.DataFrame) -> pd.Series:
    """The id has five parts; the first is the provider, the second the operator, the last the tier."""
    ids = offers["offer_id"]
    ends = ids.str.split("/", expand=True).reindex(columns=range(6)).astype("object")
    named = (
        (ends[0] == offers["provider_id"].astype("object"))
        & (ends[1] == offers["operator_id"].astype("object"))
        & (ends[4] == offers["service_tier"].astype("object"))
    )
    return named & (ids.str.count("/") == 4)


def eligible_is_earned(offers: pd.DataFrame) -> pd.Series:
    """An eligible offer is resolved, active, standard, metered, and has both prices above zero."""
    earned = (
        offers["model_id"].notna()
        & (offers["offer_status"] == "active")
        & (offers["service_tier"] == "standard")
        & (offers["price_kind"] == "metered")
        & (offers[list(BOTH)] > 0).all(axis=1)
    )
    return only(offers["eligible"], earned)


def ineligible_says_why(offers: pd.DataFrame) -> pd.Series:
    """A reason stands beside every offer that is not eligible, and beside no other."""
    return offers["eligible"] == offers["ineligible_reason"].isna()


def key_of_free_tier_is_not_metered(offers: pd.DataFrame) -> pd.Series:
    """A key that ends in :free has no metered price."""
    is_free = offers["provider_model_key"].str.lower().str.endswith(":free")
    return only(is_free, offers["price_kind"] != "metered")


def tier_of_key_is_the_tier(offers: pd.DataFrame) -> pd.Series:
    """A key that ends in a service tier is not sold as standard."""
    named = offers["provider_model_key"].str.lower().str.contains(r":(?:batch|flex|priority)$", regex=True)
    return only(named, offers["service_tier"] != "standard")


def held_is_listed(offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """An offer is marked held exactly when a hold on it waits or was rejected."""
    is_open = holds["state"].isin(["held", "rejected"]) & (holds["subject_kind"] == "offer")
    is_open &= holds["field"].isin([*PRICE_FIELDS, "price_tiers"])
    return offers["held"] == offers["offer_id"].isin(holds.loc[is_open, "subject_id"])


def retired_has_its_day(offers: pd.DataFrame) -> pd.Series:
    """A day stands beside every retired offer, and beside no other."""
    return (offers["offer_status"] == "retired") == offers["retired_on"].notna()


def context_within_native(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """A route has no longer context than its model."""
    native = offers["model_id"].map(models.set_index("model_id")["context_tokens"])
    return only(native.notna() & offers["context_tokens"].notna(), offers["context_tokens"] <= native)


def blend(offers: pd.DataFrame) -> pd.Series:
    """Three parts input to one part output."""
    return (3 * offers["input_usd_per_mtok"] + offers["output_usd_per_mtok"]) / 4


SOURCED = ("price_source_id", "price_capture_id", "price_observed_at")

OFFERS_SUITE = Suite(
    name="offers",
    table="offers",
    key=OFFERS.key,
    rules=(
        *from_contract(OFFERS, {"offer_id is unique": "Q24"}),
        critical(rows_at_least(1), why="an empty night passes every other check"),
        critical(known_in("model_id", "models", "model_id")),
        critical(known_in("provider_id", "providers", "provider_id")),
        critical(
            that(
                "offer_id names provider, operator and tier",
                id_names_route,
                offers=("offer_id", "provider_id", "operator_id", "service_tier"),
            )
        ),
        critical(
            that(
                "a missing price says why, and only that",
                prices.missing_says_why,
                offers=(*BOTH, "price_missing_reason"),
            ),
            check_id="Q08",
        ),
        critical(
            that(
                "a price of zero is a stated free tier",
                prices.zero_is_free_tier,
                offers=(*PRICE_FIELDS, "price_kind"),
            ),
            why="432 rows print zero, 373 of them without saying that it is free (seen 2026-07-02)",
            check_id="Q10",
        ),
        critical(
            that(
                "a price has a source, a capture and a time",
                prices.price_is_sourced,
                offers=(*PRICE_FIELDS, *SOURCED),
            ),
            check_id="Q58",
        ),
        critical(
            known_in("price_capture_id", "captures", "capture_id"),
            why="every published price leads back to bytes",
            check_id="Q58",
        ),
        states_only_claims(OFFERS),
        critical(
            that("a price is in US dollars", prices.price_is_in_dollars, offers=(*PRICE_FIELDS, "currency")),
            why="prices in yuan were seen printed as dollars; nothing is converted",
            check_id="Q51",
        ),
        critical(
            that(
                "an eligible offer is resolved, active, standard, metered and priced",
                eligible_is_earned,
                offers=("model_id", "offer_status", "service_tier", "price_kind", "eligible", *BOTH),
            )
        ),
        critical(
            that(
                "an ineligible offer says why", ineligible_says_why, offers=("eligible", "ineligible_reason")
            )
        ),
        critical(
            that(
                "a :free key has no metered price",
                key_of_free_tier_is_not_metered,
                offers=("provider_model_key", "price_kind"),
            ),
            why="a free tier once overwrote the price of the model itself",
            check_id="Q25",
        ),
        critical(
            that(
                "a key that names a service tier is not sold as standard",
                tier_of_key_is_the_tier,
                offers=("provider_model_key", "service_tier"),
            ),
            why="a batch price once overwrote the base price",
            check_id="Q25",
        ),
        critical(
            that(
                "held exactly while a hold is open",
                held_is_listed,
                offers=("offer_id", "held"),
                holds=("subject_kind", "subject_id", "field", "state"),
            )
        ),
        critical(
            that(
                "what is retired has its day, and only that",
                retired_has_its_day,
                offers=("offer_status", "retired_on"),
            )
        ),
        critical(recomputes("blended_3to1_usd_per_mtok", blend, {"offers": BOTH}, within=1e-9)),
        warning(
            at_most_share(
                0.2,
                that(
                    "an active offer that is not free or subscribed to has both prices",
                    prices.active_is_priced,
                    offers=("offer_status", "price_kind", *BOTH),
                ),
            ),
            why="382 of 5,276 rows list none and 373 more a zero of unknown kind (14.3%, seen 2026-07-02)",
            check_id="Q08",
        ),
        warning(
            at_most_share(
                0.02,
                that(
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
            that(
                "non-token billing has no token price",
                prices.non_token_has_none,
                offers=("price_kind", *BOTH),
            ),
            why="a price per image was read as free text",
            check_id="Q26",
        ),
        warning(
            that("prices lie between 0.001 and 1,000", prices.within_bounds, offers=BOTH),
            why="the largest real price is 600; no row of 4,816 lies outside (seen 2026-05-18)",
            check_id="Q15",
        ),
        warning(
            that(
                "no price is a power of ten away from its model's median",
                prices.not_a_unit_slip,
                offers=("model_id", "price_kind", "route_kind", "service_tier", *BOTH),
            ),
            why="slips of unit are 100-fold to 1,000,000-fold (helicone 20 for 0.02)",
            check_id="Q14",
        ),
        info(
            that(
                "price within ten times its model's median",
                prices.near_median,
                offers=("model_id", "price_kind", "route_kind", "service_tier", *BOTH),
            ),
            why="19 of 367 models have a wider spread (seen 2026-07-02)",
            check_id="Q16",
        ),
        warning(
            at_most_share(
                0.005,
                that(
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
            why="five rows of 1,639 say otherwise (seen 2026-05-18); such a cache price is not published",
            check_id="Q18",
        ),
        info(
            that(
                "writing to the cache costs at least 0.9 of the input price",
                prices.cache_write_not_cheap,
                offers=("cache_write_usd_per_mtok", "input_usd_per_mtok"),
            ),
            why="45 of 463 rows charge less (seen 2026-05-18), hourly storage among them",
            check_id="Q19",
        ),
        warning(
            that("price tiers ascend", prices.tiers_ascend, offers=("price_tiers",)),
            why="a 512 k tier was once read as the context of the model",
            check_id="Q20",
        ),
        warning(
            that(
                "a tier costs at least the base price",
                prices.tiers_not_cheaper,
                offers=("price_tiers", *BOTH),
            ),
            why="none of 156 tiered rows is cheaper (seen 2026-05-18)",
            check_id="Q20",
        ),
        warning(
            at_most_share(
                0.02,
                that(
                    "a tier starts within the context",
                    prices.tiers_within_context,
                    offers=("price_tiers", "context_tokens"),
                ),
            ),
            why="routes shorter than the first party's tiers repeat its price list",
            check_id="Q20",
        ),
        warning(
            at_most_share(0.03, not_above("max_output_tokens", "context_tokens")),
            why="80 of 4,816 rows state more output than context (1.7%, seen 2026-05-18)",
            check_id="Q37",
        ),
        info(
            that(
                "context within the model's own",
                context_within_native,
                offers=("model_id", "context_tokens"),
                models=("model_id", "context_tokens"),
            ),
            why="half of all models with several providers disagree on context (seen 2026-07-02)",
            check_id="Q35",
        ),
        info(
            that("prices are short decimals", prices.is_short_decimal, offers=BOTH),
            why="sources print binary noise: 176 prices of models.dev, 84 of LiteLLM (seen 2026-05-18)",
            check_id="Q52",
        ),
        *prices.NIGHTLY_MOVES,
    ),
)
