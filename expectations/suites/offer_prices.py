"""Predicates on prices, and on their changes since the parent release."""

import numpy as np
import pandas as pd

from llmpairs.expectations.rules import info, only_where, warning
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

INPUT, OUTPUT = PRICE_FIELDS[:2]
BOTH = [INPUT, OUTPUT]
ALL = list(PRICE_FIELDS)
MIN_OFFERS = 3
"""A median over fewer offers is not used."""
SLIP_WIDTH = 0.06
"""Decades around 10^2 to 10^6 that count as a slip of unit: 15%."""


def published_prices(offers: pd.DataFrame, ids: pd.Series, fields: pd.Series) -> pd.Series:
    """The price of each offer id and field, NaN where it has none."""
    prices = offers.set_index("offer_id")[ALL].stack(future_stack=True)
    keys = pd.MultiIndex.from_arrays([ids.astype("object"), fields.astype("object")])
    return prices.reindex(keys).set_axis(ids.index)


def known_between(values: pd.DataFrame, low: float, high: float) -> pd.Series:
    """Whether every known value of a row is in the closed range; null for a row without any."""
    return only_where(values.notna().any(axis=1), (values.isna() | values.ge(low) & values.le(high)).all(axis=1))


def generates_text(offers: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Whether the offer's model is known to generate text."""
    return offers["model_id"].isin(models.loc[models["is_text_generating"], "model_id"])


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


def spread_tiers(offers: pd.DataFrame) -> pd.DataFrame:
    """Price tiers, one a row, in the order of their list, under the index of their offers."""
    tiers = offers["price_tiers"].dropna().explode().dropna()
    names = ["min_prompt_tokens", *PRICE_FIELDS, "is_marginal"]
    table = pd.DataFrame(tiers.tolist(), index=tiers.index, columns=names)
    return table.astype(dict.fromkeys(ALL, "float64"))


def by_offer(verdict: pd.Series, offers: pd.DataFrame) -> pd.Series:
    """Whether all tiers of an offer pass; null where there is no tier."""
    return verdict.groupby(level=0).all().reindex(offers.index).astype("boolean")


def tiers_ascend(offers: pd.DataFrame) -> pd.Series:
    """Every tier starts above the one before."""
    starts = spread_tiers(offers)["min_prompt_tokens"].astype("float64")
    return by_offer(starts > starts.groupby(level=0).shift(fill_value=0), offers)


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
    active = parent_offers[parent_offers["offer_status"] == "active"].set_index("offer_id")
    return active[BOTH].reindex(offers["offer_id"]).set_axis(offers.index)


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
        "no listed price crosses zero or becomes null since the parent release",
        never_crosses_zero,
        offers=PRICES,
        parent_offers=PRICES,
        holds=HELD,
        why="2 in 38 ordinary runs, 18 at once on 2026-06-25",
        check_id="Q09",
    ),
    warning(
        "no price changes by more than half since the parent release",
        lambda offers, parent_offers, holds: known_between(price_ratio(offers, parent_offers), 0.5, 1.5).mask(
            is_released(offers, holds)
        ),
        offers=PRICES,
        parent_offers=PRICES,
        holds=HELD,
        why="0.3 per run are printed, and held; those that a rule or a reviewer releases are left out",
        check_id="Q11",
    ),
    warning(
        "no source changes over 4% of its prices in one run",
        not_a_mass_change,
        offers=SOURCED,
        parent_offers=SOURCED,
        holds=HELD,
        why="the largest ordinary run changed 2.9%, the incident 5.3%",
        check_id="Q13",
    ),
    info(
        "price is within a tenth of the parent release's",
        lambda offers, parent_offers: known_between(price_ratio(offers, parent_offers), 0.9, 1.1),
        offers=PRICES,
        parent_offers=PRICES,
        why="2.8 prices change in an ordinary run",
        check_id="Q12",
    ),
)
