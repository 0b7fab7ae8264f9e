"""Prices that moved since the last release in a way that is seldom true: the check that each fails.

Base rates (quality-checks.md): 2 zero crossings outside the incident and 12 moves beyond half in 38 nights; the largest
ordinary night moved 2.9% of a source's prices, the incident of 2026-06-25 5.3%.
"""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from warehouse.vocabulary import PRICE_FIELDS

FIELDS = list(PRICE_FIELDS[:2])
CROSSING = "Q09 zero or null crossing"
MASS = "Q13 mass move"
FACTOR = "Q11 move beyond a factor of ten"
MOVE = "Q11 move beyond half"
LARGEST_QUIET_MOVE = 1.5
"""Up by half, or down by as much: 1.5 and 1/1.5."""
MASS_SHARE, MASS_COUNT = 0.04, 10
STILL_NIGHTS = 3
SAME_PRICE = 1.005


def judge_moves(tonight: DataFrame, last: DataFrame, candidates: DataFrame, holds: DataFrame) -> Series:
    """The check that each row of `tonight` fails against the last release, null for none; aligned with `tonight`.

    `tonight` is the chosen bundle per offer_id with provider_id, source_id and captured_at; `last` the last release's
    offers; `candidates` all judged bundles; `holds` the last release's holds.
    """
    before = last.set_index("offer_id").reindex(tonight["offer_id"]).set_axis(tonight.index)
    had = before[FIELDS].notna().all(axis=1)
    crossing = had & crosses(tonight, before)
    ratio = largest_ratio(tonight, before)
    # Another source's word is a better or worse witness, not a move: only crossings and large factors are judged.
    same_source = (before["price_source_id"] == tonight["source_id"]).fillna(False)
    moved = had & same_source & (crossing | (ratio > 1))
    rules = [
        (crossing & in_mass(moved, tonight, before), MASS),
        (crossing, CROSSING),
        (moved & in_mass(moved, tonight, before), MASS),
        (had & (ratio > 10), FACTOR),
        (moved & (ratio > LARGEST_QUIET_MOVE) & ~may_go(tonight, before, candidates, holds), MOVE),
    ]
    verdict = np.select(
        [rule[0].to_numpy(dtype=bool) for rule in rules], [rule[1] for rule in rules], default=""
    )
    return Series(verdict, index=tonight.index, dtype="str").replace("", None)


def crosses(tonight: DataFrame, before: DataFrame) -> Series:
    """Whether a price went to or from zero, or to null, while the route is still listed."""
    crossed = Series(False, index=tonight.index)
    for field in FIELDS:
        old, new = before[field], tonight[field]
        crossed |= old.notna() & (new.isna() | ((old == 0) != (new == 0)))
    return crossed


def largest_ratio(tonight: DataFrame, before: DataFrame) -> Series:
    """Larger over smaller of the price that moved most; 1 where nothing can be compared."""
    ratios = []
    for field in FIELDS:
        old, new = before[field].where(before[field] > 0), tonight[field].where(tonight[field] > 0)
        ratios.append(np.maximum(new / old, old / new))
    return pd.concat(ratios, axis=1).max(axis=1).fillna(1.0)


def in_mass(moved: Series, tonight: DataFrame, before: DataFrame) -> Series:
    """Whether the row moved together with at least ten and more than 4% of its source's prices.

    The share is scaled by the nights since the source's last good one.
    """
    group = tonight["source_id"]
    known = before[FIELDS].notna().all(axis=1)
    count = moved.groupby(group).transform("sum")
    total = known.groupby(group).transform("sum")
    gap = pd.to_datetime(tonight["captured_at"], utc=True) - pd.to_datetime(
        before["price_observed_at"], utc=True
    )
    nights = (gap.dt.total_seconds() / 86_400).round().clip(lower=1).fillna(1)
    return moved & (count >= MASS_COUNT) & (count > MASS_SHARE * nights * total)


def may_go(tonight: DataFrame, before: DataFrame, candidates: DataFrame, holds: DataFrame) -> Series:
    """Whether a move on a single route is let go: a second lineage prints it, or it stood still for three nights."""
    return has_second_witness(tonight, candidates) | stood_still(tonight, before, holds)


def has_second_witness(tonight: DataFrame, candidates: DataFrame) -> Series:
    """Whether an independent lineage has the same prices for the route."""
    others = candidates[["offer_id", "lineage", *FIELDS]].merge(
        tonight[["offer_id", "lineage", *FIELDS]], on="offer_id", suffixes=("", "_chosen")
    )
    agrees = others["lineage"] != others["lineage_chosen"]
    for field in FIELDS:
        ratio = others[field] / others[f"{field}_chosen"]
        agrees &= ratio.between(1 / SAME_PRICE, SAME_PRICE)
    return tonight["offer_id"].isin(others.loc[agrees, "offer_id"])


def stood_still(tonight: DataFrame, before: DataFrame, holds: DataFrame) -> Series:
    """Whether the same bundle has been held for two nights already, so that tonight is the third."""
    held = holds[(holds["state"] == "held") & (holds["rule"] == MOVE)]
    long_enough = held.groupby("subject_id")["nights"].min() >= STILL_NIGHTS - 1
    still = tonight["offer_id"].isin(long_enough.index[long_enough])
    for field in FIELDS:
        last = (
            held[held["field"] == field]
            .drop_duplicates("subject_id")
            .set_index("subject_id")["candidate_value"]
        )
        expected = (
            tonight["offer_id"]
            .map(last)
            .astype("str")
            .fillna(before[field].map(repr, na_action="ignore").astype("str"))
        )
        still &= expected == tonight[field].map(repr, na_action="ignore")
    return still
