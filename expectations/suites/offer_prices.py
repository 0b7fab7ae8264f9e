"""What can be wrong with a price, and with its move since the parent release."""

import numpy as np
import pandas as pd

from llmpairs.expectations.rules import info, only, that, warning
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

INPUT, OUTPUT = PRICE_FIELDS[:2]
BOTH = [INPUT, OUTPUT]
ALL = list(PRICE_FIELDS)
FEWEST_ROUTES = 3
"""A median over fewer routes says nothing about the next one."""
SLIP_WIDTH = 0.06
"""Decades around 10^2 to 10^6 that count as a slip of unit: 15%."""


def missing_says_why(offers: pd.DataFrame) -> pd.Series:
    """A reason stands where a price is null, and nowhere else."""
    return offers[BOTH].isna().any(axis=1) == offers["price_missing_reason"].notna()


def zero_is_free_tier(offers: pd.DataFrame) -> pd.Series:
    """A zero is published for a free tier only."""
    return only((offers[ALL] == 0).any(axis=1), offers["price_kind"] == "free_tier")


def price_is_sourced(offers: pd.DataFrame) -> pd.Series:
    """Source, capture and time stand where a price does."""
    stamps = offers[["price_source_id", "price_capture_id", "price_observed_at"]]
    return only(offers[ALL].notna().any(axis=1), stamps.notna().all(axis=1))


def price_is_in_dollars(offers: pd.DataFrame) -> pd.Series:
    """A published price is in US dollars."""
    return only(offers[ALL].notna().any(axis=1), (offers["currency"] == "USD").fillna(False))


def active_is_priced(offers: pd.DataFrame) -> pd.Series:
    """An active offer has both prices, unless it is paid for in another way."""
    scope = (offers["offer_status"] == "active") & offers["price_kind"].isin(["metered", "promo", "unknown"])
    return only(scope, offers[BOTH].notna().all(axis=1))


def generates_text(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Whether the offer's model is known to generate text."""
    return offers["model_id"].isin(models.loc[models["is_text_generating"], "model_id"])


def both_or_neither(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Input and output price, or none of them."""
    scope = generates_text(offers, models) & (offers["price_kind"] == "metered")
    return only(scope, offers[INPUT].isna() == offers[OUTPUT].isna())


def non_token_has_none(offers: pd.DataFrame) -> pd.Series:
    """What is not billed by token has no token price."""
    return only(offers["price_kind"] == "non_token", offers[BOTH].isna().all(axis=1))


def within_bounds(offers: pd.DataFrame) -> pd.Series:
    """Prices above zero lie between 0.001 and 1,000 USD per million tokens."""
    prices = offers[BOTH]
    positive = prices.where(prices > 0)
    return only(
        positive.notna().any(axis=1), (positive.isna() | positive.ge(0.001) & positive.le(1000)).all(axis=1)
    )


def relative_to_median(offers: pd.DataFrame) -> pd.DataFrame:
    """Both prices over their model's median; NaN where fewer than three standard metered routes are known."""
    is_route = (offers["price_kind"] == "metered") & (offers["service_tier"] == "standard")
    routes = offers[is_route & (offers["route_kind"] != "aggregate") & offers["model_id"].notna()]
    grouped = routes.groupby("model_id")[BOTH]
    medians = grouped.median().where(grouped.count() >= FEWEST_ROUTES)
    own = medians.reindex(offers["model_id"]).set_axis(offers.index)
    prices = offers[BOTH].where(is_route, axis=0)
    return (prices / own).where((prices > 0) & (own > 0))


def not_a_unit_slip(offers: pd.DataFrame) -> pd.Series:
    """No price is 10^2 to 10^6 times its model's median, or that much below."""
    decades = np.log10(relative_to_median(offers)).abs()
    nearest = decades.round()
    slip = (decades - nearest).abs().lt(SLIP_WIDTH) & nearest.ge(2) & nearest.le(6)
    return only(decades.notna().any(axis=1), ~slip.any(axis=1))


def near_median(offers: pd.DataFrame) -> pd.Series:
    """No price is over ten times its model's median, or under a tenth."""
    ratio = relative_to_median(offers)
    return only(ratio.notna().any(axis=1), (ratio.isna() | ratio.ge(0.1) & ratio.le(10)).all(axis=1))


def output_not_below_input(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Of a text model, output costs at least as much as input."""
    scope = generates_text(offers, models) & offers[BOTH].notna().all(axis=1)
    return only(scope, offers[OUTPUT] >= offers[INPUT])


def cache_write_not_cheap(offers: pd.DataFrame) -> pd.Series:
    """Writing to the cache costs at least nine tenths of the input price."""
    write, fresh = offers["cache_write_usd_per_mtok"], offers[INPUT]
    return only(write.notna() & fresh.notna(), write >= 0.9 * fresh)


def is_short_decimal(offers: pd.DataFrame) -> pd.Series:
    """Both prices are the nearest doubles to decimals of at most twelve places."""
    prices = offers[BOTH]
    return only(prices.notna().any(axis=1), (prices.isna() | (prices.round(12) == prices)).all(axis=1))


def spread_tiers(offers: pd.DataFrame) -> pd.DataFrame:
    """Price tiers, one a row, in the order of their list, under the index of their offers."""
    tiers = offers["price_tiers"].dropna().explode().dropna()
    names = ["min_prompt_tokens", *PRICE_FIELDS, "is_marginal"]
    table = pd.DataFrame(tiers.tolist(), index=tiers.index, columns=names)
    return table.astype(dict.fromkeys(ALL, "float64"))


def by_offer(verdict: pd.Series, offers: pd.DataFrame) -> pd.Series:
    """Verdicts on tiers as verdicts on offers: all of them hold; null where there is no tier."""
    held = verdict.groupby(level=0).all().reindex(offers.index)
    return held.astype("boolean")


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
    """No tier starts beyond the route's context."""
    tiers = spread_tiers(offers)
    context = offers["context_tokens"].reindex(tiers.index).astype("float64")
    return by_offer(context.isna() | (tiers["min_prompt_tokens"] <= context), offers)


def price_before(offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.DataFrame:
    """Both prices in the parent release, by row of tonight's offers; NaN where it was not active then."""
    active = parent_offers[parent_offers["offer_status"] == "active"]
    before = active.set_index("offer_id")[BOTH]
    return before.reindex(offers["offer_id"]).set_axis(offers.index)


def is_let_go(offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """Whether a rule or a reviewer lets the offer's new price go tonight: there is nothing left to look at."""
    gone = holds["state"].isin(["released", "accepted"])
    return offers["offer_id"].isin(holds.loc[gone, "subject_id"])


def moved(offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.DataFrame:
    """Both prices over those of the parent release; NaN where one of them is null or zero."""
    before = price_before(offers, parent_offers)
    now = offers[BOTH].where(offers["offer_status"] == "active", axis=0)
    return (now / before).where((now > 0) & (before > 0))


def never_crosses_zero(offers: pd.DataFrame, parent_offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """A listed price neither becomes null or zero overnight, nor rises from zero."""
    before = price_before(offers, parent_offers)
    now = offers[BOTH]
    lost = (before > 0) & ~(now > 0)
    from_zero = (before == 0) & (now > 0)
    scope = (offers["offer_status"] == "active") & before.notna().any(axis=1) & ~is_let_go(offers, holds)
    return only(scope, ~(lost | from_zero).any(axis=1))


def moves_by_at_most(share: float, offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.Series:
    """Neither price is further than this share from the parent release's."""
    ratio = moved(offers, parent_offers)
    return only(
        ratio.notna().any(axis=1), (ratio.isna() | ratio.ge(1 - share) & ratio.le(1 + share)).all(axis=1)
    )


def no_big_move(offers: pd.DataFrame, parent_offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """No price moves by more than half, but for those that are let go."""
    return moves_by_at_most(0.5, offers, parent_offers).mask(is_let_go(offers, holds))


def no_move(offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.Series:
    """No price moves by more than a tenth."""
    return moves_by_at_most(0.1, offers, parent_offers)


def not_an_incident(offers: pd.DataFrame, parent_offers: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    """The price is not one of ten or more, over 4% of its source's, that move in one night.

    A source moves the prices that were its own the night before.
    """
    ratio = moved(offers, parent_offers)
    had = offers["offer_id"].map(parent_offers.set_index("offer_id")["price_source_id"]).astype("object")
    is_own = (had == offers["price_source_id"].astype("object")).fillna(False)
    known = ratio.notna().any(axis=1) & is_own & ~is_let_go(offers, holds)
    moves = known & (ratio.notna() & (ratio - 1).abs().gt(1e-9)).any(axis=1)
    source = offers["price_source_id"].astype("object")
    many = moves.groupby(source).transform("sum")
    all_of = known.groupby(source).transform("sum")
    return only(known, ~(moves & (many >= 10) & (many > 0.04 * all_of)).fillna(False))


NOW = ("offer_id", "offer_status", *BOTH)
SOURCED = (*NOW, "price_source_id")
HELD = ("subject_id", "state")
NIGHTLY_MOVES = (
    warning(
        that(
            "no listed price crosses zero or vanishes overnight",
            never_crosses_zero,
            offers=NOW,
            parent_offers=NOW,
            holds=HELD,
        ),
        why="2 in 38 ordinary nights, 18 at once on 2026-06-25",
        check_id="Q09",
    ),
    warning(
        that(
            "no price moves by more than half overnight",
            no_big_move,
            offers=NOW,
            parent_offers=NOW,
            holds=HELD,
        ),
        why="0.3 a night are printed, and held; those that a rule or a reviewer lets go tonight are left out",
        check_id="Q11",
    ),
    warning(
        that(
            "no source moves over 4% of its prices in one night",
            not_an_incident,
            offers=SOURCED,
            parent_offers=SOURCED,
            holds=HELD,
        ),
        why="the largest ordinary night moved 2.9%, the incident 5.3%",
        check_id="Q13",
    ),
    info(
        that("price within a tenth of last night's", no_move, offers=NOW, parent_offers=NOW),
        why="2.8 prices move on an ordinary night",
        check_id="Q12",
    ),
)
