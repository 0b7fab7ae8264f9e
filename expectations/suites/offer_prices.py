"""Predicates on prices, and on their changes since the parent release."""

import numpy as np
import pandas as pd

from llmpairs.expectations.rules import info, only_where, rows_satisfy, warning
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

INPUT, OUTPUT = PRICE_FIELDS[:2]
BOTH = [INPUT, OUTPUT]
ALL = list(PRICE_FIELDS)
MIN_OFFERS = 3
"""A median over fewer offers is not used."""
SLIP_WIDTH = 0.06
"""Decades around 10^2 to 10^6 that count as a slip of unit: 15%."""


def reason_is_set_when_missing(offers: pd.DataFrame) -> pd.Series:
    """Exactly the offers with a missing price have a reason."""
    return offers[BOTH].isna().any(axis=1) == offers["price_missing_reason"].notna()


def zero_is_free_tier(offers: pd.DataFrame) -> pd.Series:
    """A zero is published for a free tier only."""
    return only_where((offers[ALL] == 0).any(axis=1), offers["price_kind"] == "free_tier")


def price_is_sourced(offers: pd.DataFrame) -> pd.Series:
    """A price has a source, a capture and a time."""
    stamps = offers[["price_source_id", "price_capture_id", "price_observed_at"]]
    return only_where(offers[ALL].notna().any(axis=1), stamps.notna().all(axis=1))


def price_is_in_dollars(offers: pd.DataFrame) -> pd.Series:
    """A published price is in US dollars."""
    return only_where(offers[ALL].notna().any(axis=1), (offers["currency"] == "USD").fillna(False))


def active_is_priced(offers: pd.DataFrame) -> pd.Series:
    """An active offer has both prices, unless it is billed in another way."""
    scope = (offers["offer_status"] == "active") & offers["price_kind"].isin(["metered", "promo", "unknown"])
    return only_where(scope, offers[BOTH].notna().all(axis=1))


def generates_text(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Whether the offer's model is known to generate text."""
    return offers["model_id"].isin(models.loc[models["is_text_generating"], "model_id"])


def both_or_neither(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Input and output price, or none of them."""
    scope = generates_text(offers, models) & (offers["price_kind"] == "metered")
    return only_where(scope, offers[INPUT].isna() == offers[OUTPUT].isna())


def non_token_has_none(offers: pd.DataFrame) -> pd.Series:
    """What is not billed by token has no token price."""
    return only_where(offers["price_kind"] == "non_token", offers[BOTH].isna().all(axis=1))


def within_bounds(offers: pd.DataFrame) -> pd.Series:
    """Prices above zero lie between 0.001 and 1,000 USD per million tokens."""
    prices = offers[BOTH]
    positive = prices.where(prices > 0)
    return only_where(
        positive.notna().any(axis=1), (positive.isna() | positive.ge(0.001) & positive.le(1000)).all(axis=1)
    )


def relative_to_median(offers: pd.DataFrame) -> pd.DataFrame:
    """Both prices divided by their model's median; NaN with fewer than three standard metered offers."""
    is_metered = (offers["price_kind"] == "metered") & (offers["service_tier"] == "standard")
    comparable = offers[is_metered & (offers["route_kind"] != "aggregate") & offers["model_id"].notna()]
    grouped = comparable.groupby("model_id")[BOTH]
    medians = grouped.median().where(grouped.count() >= MIN_OFFERS)
    own = medians.reindex(offers["model_id"]).set_axis(offers.index)
    prices = offers[BOTH].where(is_metered, axis=0)
    return (prices / own).where((prices > 0) & (own > 0))


def not_a_unit_slip(offers: pd.DataFrame) -> pd.Series:
    """No price is 10^2 to 10^6 times its model's median, or that much below."""
    decades = np.log10(relative_to_median(offers)).abs()
    nearest = decades.round()
    slip = (decades - nearest).abs().lt(SLIP_WIDTH) & nearest.ge(2) & nearest.le(6)
    return only_where(decades.notna().any(axis=1), ~slip.any(axis=1))


def near_median(offers: pd.DataFrame) -> pd.Series:
    """No price is over ten times its model's median, or under a tenth."""
    ratio = relative_to_median(offers)
    return only_where(ratio.notna().any(axis=1), (ratio.isna() | ratio.ge(0.1) & ratio.le(10)).all(axis=1))


def output_not_below_input(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Of a text model, output costs at least as much as input."""
    scope = generates_text(offers, models) & offers[BOTH].notna().all(axis=1)
    return only_where(scope, offers[OUTPUT] >= offers[INPUT])


def cache_write_not_cheap(offers: pd.DataFrame) -> pd.Series:
    """Writing to the cache costs at least nine tenths of the input price."""
    write, fresh = offers["cache_write_usd_per_mtok"], offers[INPUT]
    return only_where(write.notna() & fresh.notna(), write >= 0.9 * fresh)


def is_short_decimal(offers: pd.DataFrame) -> pd.Series:
    """Both prices are the nearest doubles to decimals of at most twelve places."""
    prices = offers[BOTH]
    return only_where(prices.notna().any(axis=1), (prices.isna() | (prices.round(12) == prices)).all(axis=1))


def spread_tiers(offers: pd.DataFrame) -> pd.DataFrame:
    """Price tiers, one a row, in the order of their list, under the index of their offers."""
    tiers = offers["price_tiers"].dropna().explode().dropna()
    names = ["min_prompt_tokens", *PRICE_FIELDS, "is_marginal"]
    table = pd.DataFrame(tiers.tolist(), index=tiers.index, columns=names)
    return table.astype(dict.fromkeys(ALL, "float64"))


def by_offer(verdict: pd.Series, offers: pd.DataFrame) -> pd.Series:
    """Whether all tiers of an offer pass; null where there is no tier."""
    passed = verdict.groupby(level=0).all().reindex(offers.index)
    return passed.astype("boolean")


def tiers_ascend(offers: pd.DataFrame) -> pd.Series:
    """Every tier starts above the one before."""
    tiers = spread_tiers(offers)
    starts = tiers["min_prompt_tokens"].astype("float64")
    before = starts.groupby(level=0).shift(fill_value=0)
    return by_offer(starts > before, offers)


def tiers_not_cheaper(offers: pd.DataFrame) -> pd.Series:
    """No tier is below the base price."""
    tiers = spread_tiers(offers)
    base = offers[BOTH].reindex(tiers.index)
    return by_offer((tiers[BOTH].isna() | base.isna() | (tiers[BOTH] >= base)).all(axis=1), offers)


def tiers_within_context(offers: pd.DataFrame) -> pd.Series:
    """No tier starts beyond the offer's context."""
    tiers = spread_tiers(offers)
    context = offers["context_tokens"].reindex(tiers.index).astype("float64")
    return by_offer(context.isna() | (tiers["min_prompt_tokens"] <= context), offers)


def price_before(offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.DataFrame:
    """Both prices in the parent release, by row of the current offers; NaN where the offer was not active."""
    active = parent_offers[parent_offers["offer_status"] == "active"]
    before = active.set_index("offer_id")[BOTH]
    return before.reindex(offers["offer_id"]).set_axis(offers.index)


def is_released(offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """Whether a rule or a reviewer released the hold on the offer's new price in the current run."""
    released = holds["state"].isin(["released", "accepted"])
    return offers["offer_id"].isin(holds.loc[released, "subject_id"])


def price_ratio(offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.DataFrame:
    """Both prices divided by those of the parent release; NaN where one of them is null or zero."""
    before = price_before(offers, parent_offers)
    now = offers[BOTH].where(offers["offer_status"] == "active", axis=0)
    return (now / before).where((now > 0) & (before > 0))


def never_crosses_zero(offers: pd.DataFrame, parent_offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """A listed price neither becomes null or zero nor rises from zero."""
    before = price_before(offers, parent_offers)
    now = offers[BOTH]
    lost = (before > 0) & ~(now > 0)
    from_zero = (before == 0) & (now > 0)
    scope = (offers["offer_status"] == "active") & before.notna().any(axis=1) & ~is_released(offers, holds)
    return only_where(scope, ~(lost | from_zero).any(axis=1))


def changes_by_at_most(share: float, offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.Series:
    """Neither price differs from the parent release's by more than this share."""
    ratio = price_ratio(offers, parent_offers)
    return only_where(ratio.notna().any(axis=1), (ratio.isna() | ratio.ge(1 - share) & ratio.le(1 + share)).all(axis=1))


def no_large_change(offers: pd.DataFrame, parent_offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """No price changes by more than half, except released ones."""
    return changes_by_at_most(0.5, offers, parent_offers).mask(is_released(offers, holds))


def no_change(offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.Series:
    """No price changes by more than a tenth."""
    return changes_by_at_most(0.1, offers, parent_offers)


def not_a_mass_change(offers: pd.DataFrame, parent_offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """The price is not one of at least ten, and over 4% of its source's, that change in one run.

    Counted are prices that came from the same source in the parent release.
    """
    ratio = price_ratio(offers, parent_offers)
    old_source = offers["offer_id"].map(parent_offers.set_index("offer_id")["price_source_id"]).astype("object")
    is_own = (old_source == offers["price_source_id"].astype("object")).fillna(False)
    known = ratio.notna().any(axis=1) & is_own & ~is_released(offers, holds)
    changed = known & (ratio.notna() & (ratio - 1).abs().gt(1e-9)).any(axis=1)
    source = offers["price_source_id"].astype("object")
    changes = changed.groupby(source).transform("sum")
    total = known.groupby(source).transform("sum")
    return only_where(known, ~(changed & (changes >= 10) & (changes > 0.04 * total)).fillna(False))


PRICES = ("offer_id", "offer_status", *BOTH)
SOURCED = (*PRICES, "price_source_id")
HELD = ("subject_id", "state")
PRICE_CHANGE_RULES = (
    warning(
        rows_satisfy(
            "no listed price crosses zero or becomes null since the parent release",
            never_crosses_zero,
            offers=PRICES,
            parent_offers=PRICES,
            holds=HELD,
        ),
        why="2 in 38 ordinary runs, 18 at once on 2026-06-25",
        check_id="Q09",
    ),
    warning(
        rows_satisfy(
            "no price changes by more than half since the parent release",
            no_large_change,
            offers=PRICES,
            parent_offers=PRICES,
            holds=HELD,
        ),
        why="0.3 per run are printed, and held; those that a rule or a reviewer releases are left out",
        check_id="Q11",
    ),
    warning(
        rows_satisfy(
            "no source changes over 4% of its prices in one run",
            not_a_mass_change,
            offers=SOURCED,
            parent_offers=SOURCED,
            holds=HELD,
        ),
        why="the largest ordinary run changed 2.9%, the incident 5.3%",
        check_id="Q13",
    ),
    info(
        rows_satisfy("price is within a tenth of the parent release's", no_change, offers=PRICES, parent_offers=PRICES),
        why="2.8 prices change in an ordinary run",
        check_id="Q12",
    ),
)
