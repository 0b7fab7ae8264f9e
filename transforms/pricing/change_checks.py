"""Prices that moved since the last release in a way that is seldom true: the check that each fails.

Base rates (quality-checks.md): 2 zero crossings outside the incident and 12 moves beyond half in 38 nights; the largest
ordinary night moved 2.9% of a source's prices, the incident of 2026-06-25 5.3%.
"""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.pricing.candidates import FIELDS

CROSSING = "Q09 zero or null crossing"
MASS = "Q13 mass move"
FACTOR = "Q11 move beyond a factor of ten"
MOVE = "Q11 move beyond half"
CONTRADICTED = "Q21 another source says less than half or more than twice"
RELEASABLE = (MOVE, CONTRADICTED)
"""Moves within a factor of ten on a single route: a second witness or three nights of standing still let them go."""
LARGEST_QUIET_MOVE = 0.5
LARGEST_FACTOR = 10.0
LARGEST_DISPUTE = 2.0
MASS_SHARE, MASS_COUNT = 0.04, 10
STILL_NIGHTS = 3
SAME_PRICE = 1.005
ROUNDING = 1e-9
"""0.15 / 0.1 is 1.4999999999999998: limits are met exactly by prices that print short."""


def judge_moves(wanted: DataFrame, own: DataFrame, before: DataFrame, candidates: DataFrame) -> Series:
    """The check that each offer's move fails, null for none; indexed by offer_id like all frames but `candidates`.

    `wanted` is the bundle to publish tonight, `own` tonight's bundle of the source of the last price, `before` the last
    release's offers, `candidates` all judged bundles of tonight.
    """
    had = before[FIELDS].notna().any(axis=1)
    is_own = wanted["row_id"].eq(own["row_id"]).fillna(False).astype(bool)
    moved = had & own["row_id"].notna() & differs(own, before)
    ratios = move_ratios(wanted, before)
    largest = np.maximum(ratios, 1 / ratios).max(axis=1).fillna(1.0)
    beyond_half = ((ratios - 1).abs() > LARGEST_QUIET_MOVE + ROUNDING).any(axis=1)
    # Another source's word is a better or worse witness, no move: crossings, large factors and disputes are judged.
    disputed = (largest > LARGEST_DISPUTE + ROUNDING) & is_contradicted(wanted, candidates)
    rules = [
        (is_own & in_mass(moved, own, before), MASS),
        (had & crosses(wanted, before), CROSSING),
        (had & (largest > LARGEST_FACTOR + ROUNDING), FACTOR),
        (had & is_own & beyond_half, MOVE),
        (had & ~is_own & disputed, CONTRADICTED),
    ]
    masks = [mask.to_numpy(dtype=bool) for mask, _ in rules]
    found = np.select(masks, [rule for _, rule in rules], default="")
    return Series(found, index=wanted.index, dtype="str").replace("", None)


def crosses(now: DataFrame, before: DataFrame) -> Series:
    """Whether a price went to or from zero, or to null, while the route is still listed."""
    crossed = Series(False, index=now.index)
    for field in FIELDS:
        old, new = before[field], now[field]
        crossed |= old.notna() & (new.isna() | ((old == 0) != (new == 0)))
    return crossed


def loses_price(now: DataFrame, before: DataFrame) -> Series:
    """Whether a price that there was is null."""
    return (before[FIELDS].notna() & now[FIELDS].isna()).any(axis=1)


def moves_quietly(now: DataFrame, before: DataFrame) -> Series:
    """Whether a price is still there, and neither crosses zero nor moves by more than half."""
    largest = (move_ratios(now, before) - 1).abs().max(axis=1).fillna(0.0)
    return now["row_id"].notna() & ~crosses(now, before) & (largest <= LARGEST_QUIET_MOVE + ROUNDING)


def differs(now: DataFrame, before: DataFrame) -> Series:
    """Whether either price is not the same double, null included."""
    return (now[FIELDS].astype("float64").fillna(-1.0) != before[FIELDS].astype("float64").fillna(-1.0)).any(
        axis=1
    )


def move_ratios(now: DataFrame, before: DataFrame) -> DataFrame:
    """New over old by field; null where either is null or zero."""
    new, old = now[FIELDS].astype("float64"), before[FIELDS].astype("float64")
    return new.where(new > 0) / old.where(old > 0)


def in_mass(moved: Series, own: DataFrame, before: DataFrame) -> Series:
    """Whether the row moved together with at least ten and more than 4% of its source's prices.

    The share is scaled by the nights since the source's last good one.
    """
    source = before["price_source_id"]
    known = before[FIELDS].notna().any(axis=1) & own["row_id"].notna()
    count = moved.groupby(source).transform("sum")
    total = known.groupby(source).transform("sum")
    now = pd.to_datetime(own["captured_at"], utc=True).groupby(source).transform("max")
    last = pd.to_datetime(before["price_observed_at"], utc=True).groupby(source).transform("max")
    nights = ((now - last).dt.total_seconds() / 86_400).round().clip(lower=1).fillna(1)
    return moved & (count >= MASS_COUNT) & (count > MASS_SHARE * nights * total)


def may_go(wanted: DataFrame, candidates: DataFrame, holds: DataFrame) -> Series:
    """Whether a move on a single route is let go: a second lineage prints it, or it stood still for three nights.

    `holds` are tonight's, with nights_seen.
    """
    seen = holds.groupby("subject_id")["nights_seen"].min()
    return has_second_witness(wanted, candidates) | (seen.reindex(wanted.index) >= STILL_NIGHTS).fillna(False)


def compare_lineages(wanted: DataFrame, candidates: DataFrame) -> DataFrame:
    """Each fresh declared candidate of another lineage than the wanted one's: offer_id and a ratio per field."""
    fresh = candidates[~candidates["expired"].astype(bool) & (candidates["basis"] == "declared")]
    others = fresh[["offer_id", "lineage", *FIELDS]].merge(
        wanted[["lineage", *FIELDS]], left_on="offer_id", right_index=True, suffixes=("", "_wanted")
    )
    others = others[others["lineage"] != others["lineage_wanted"]]
    ratios = {field: others[field] / others[f"{field}_wanted"] for field in FIELDS}
    return DataFrame({"offer_id": others["offer_id"], **ratios})


def has_second_witness(wanted: DataFrame, candidates: DataFrame) -> Series:
    """Whether an independent lineage has the same prices for the route."""
    others = compare_lineages(wanted, candidates)
    agrees = ((others[FIELDS] >= 1 / SAME_PRICE) & (others[FIELDS] <= SAME_PRICE)).all(axis=1)
    return Series(wanted.index.isin(others.loc[agrees, "offer_id"]), index=wanted.index)


def is_contradicted(wanted: DataFrame, candidates: DataFrame) -> Series:
    """Whether an independent lineage has the route at less than half or more than twice the price (Q21)."""
    others = compare_lineages(wanted, candidates)
    ratios = others[FIELDS].where(others[FIELDS] > 0)
    against = (np.maximum(ratios, 1 / ratios) > LARGEST_DISPUTE + ROUNDING).any(axis=1)
    return Series(wanted.index.isin(others.loc[against, "offer_id"]), index=wanted.index)
