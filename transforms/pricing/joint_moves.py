"""Moves that show only beside others: beside a provider's other prices, and beside the prices of the last week.

Their thresholds, with evidence, are in price_rules.toml.
"""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.pricing.candidates import FIELDS
from llmpairs.transforms.pricing.price_rules import load_thresholds

LIMITS = load_thresholds()
WEEK = pd.Timedelta(days=7)
UNNAMED = "unspecified"


class PriceRange(NamedTuple):
    """Lowest and highest published price of each offer over a span, FIELDS by offer_id; null where it had none."""

    lowest: DataFrame
    highest: DataFrame


def find_week_range(history: DataFrame, offer_ids: pd.Index, as_of: datetime) -> PriceRange:
    """The range of published prices over the seven days before the run, from the previous PRICE_HISTORY."""
    moment = pd.Timestamp(as_of)
    spans = history[history["known_to"].isna() & history["field"].isin(FIELDS) & (history["usd_per_mtok"] > 0)]
    ends = pd.to_datetime(spans["valid_to"], utc=True)
    spans = spans[ends.isna() | (ends > moment - WEEK)]
    prices = spans.astype({"field": "str"}).groupby(["offer_id", "field"], observed=True)["usd_per_mtok"]
    lowest, highest = (
        extreme.unstack("field").reindex(index=offer_ids, columns=FIELDS).astype("float64")
        for extreme in (prices.min(), prices.max())
    )
    return PriceRange(lowest, highest)


def moves_in_steps(selected: DataFrame, week: PriceRange, limit: float) -> Series:
    """Whether a price lies further from the range of the last week than one move may: small moves add up."""
    now = selected[FIELDS].astype("float64").where(lambda price: price > 0)
    return ((now < (1 - limit) * week.highest) | (now > (1 + limit) * week.lowest)).any(axis=1)


def find_scaled(own: DataFrame, before: DataFrame, confirmed: Series) -> Series:
    """Whether a row moved by the factor by which most prices of its provider moved in the same source.

    `own` are current bundles and `before` the previous release's offers, both by offer_id; `confirmed` whether another
    independent source group states the new price: a factor that it confirms for two offers of the provider is real.
    """
    ratios = own[FIELDS].astype("float64") / before[FIELDS].astype("float64").where(lambda price: price > 0)
    logs = np.log(ratios.where(ratios > 0))
    group = before["price_source_id"].fillna("-") + "/" + before["provider_id"].fillna("-")
    known = logs.notna().any(axis=1)
    moved = (logs.abs() > np.log(LIMITS["smallest_factor"])).any(axis=1)
    usual = logs.where(moved).groupby(group).transform("median")
    same = moved & ((logs - usual).abs().fillna(0.0) < np.log(LIMITS["smallest_factor"])).all(axis=1)
    count = same.groupby(group).transform("sum")
    share = count / known.groupby(group).transform("sum")
    real = (same & confirmed).groupby(group).transform("sum") >= LIMITS["confirmed_offers"]
    is_scaled = (count >= LIMITS["scaled_count"]) & (share >= LIMITS["scaled_share"]) & ~real
    return (same & is_scaled).fillna(False).astype(bool)


def is_own_cut(selected: DataFrame, before: DataFrame) -> Series:
    """Whether a developer's own price falls by more than a first party's cut may before a second run confirms it."""
    ratios = selected[FIELDS].astype("float64") / before[FIELDS].astype("float64").where(lambda price: price > 0)
    falls = (ratios < 1 - LIMITS["largest_own_cut"]).any(axis=1)
    return falls & before["is_first_party"].astype("boolean").fillna(False).astype(bool)


def joins_market(selected: DataFrame, candidates: DataFrame) -> Series:
    """Whether both prices move to what the other operators of the model ask at the median: the market supports them.

    Each operator counts once, with the median of its standard offers in this run.
    """
    rows = candidates[~candidates["expired"].astype(bool) & candidates["model_id"].notna()]
    rows = rows[(rows["service_tier"] == "standard") & (rows["operator_id"] != UNNAMED)]
    of_operators = rows.groupby(["model_id", "operator_id"], observed=True)[FIELDS].median().reset_index()
    pairs = selected[["model_id", "operator_id", *FIELDS]].rename_axis("offer_id").reset_index()
    pairs = pairs.merge(of_operators, on="model_id", suffixes=("", "_other"))
    pairs = pairs[pairs["operator_id"] != pairs["operator_id_other"]]
    usual = pairs.groupby("offer_id")[[f"{field}_other" for field in FIELDS]].median().set_axis(FIELDS, axis=1)
    count = pairs.groupby("offer_id").size().reindex(selected.index).fillna(0)
    ratios = selected[FIELDS].astype("float64") / usual.reindex(selected.index)
    near = ratios.apply(lambda ratio: ratio.between(1 / LIMITS["market_ratio"], LIMITS["market_ratio"])).all(axis=1)
    return near & (count >= LIMITS["market_operators"])
