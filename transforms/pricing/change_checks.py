"""Checks of price changes: changes since the previous release that are seldom true.

Their thresholds, with evidence, are in price_rules.toml.
"""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.pricing.candidates import FIELDS
from llmpairs.transforms.pricing.joint_moves import (
    UNNAMED,
    PriceRange,
    find_scaled,
    is_own_cut,
    joins_market,
    moves_in_steps,
)
from llmpairs.transforms.pricing.price_rules import load_thresholds

CROSSING = "Q09 zero or null crossing"
MASS = "Q13 mass move"
FACTOR = "Q11 move beyond a factor of ten"
MOVE = "Q11 move beyond half"
STEPS = "Q11 moves within a week beyond half"
OWN_CUT = "Q11 cut of a developer's own price"
SCALED = "Q13 one factor for most prices of a provider"
CONTRADICTED = "Q21 another source says less than half or more than twice"
RELEASABLE = (MOVE, STEPS, OWN_CUT, CONTRADICTED)
"""Moves within a factor of ten on a single offer: released by a second lineage or after three unchanged runs."""
CONFIRMABLE = (*RELEASABLE, SCALED)
"""Moves that a second lineage releases."""
LIMITS = load_thresholds()
LARGEST_ORDINARY_MOVE, LARGEST_DISPUTE = LIMITS["largest_ordinary_move"], LIMITS["largest_dispute"]
SAME_PRICE = LIMITS["same_price"]
ROUNDING = 1e-9
"""0.15 / 0.1 is 1.4999999999999998: limits are met exactly by prices that print short."""


def check_moves(
    selected: DataFrame, own: DataFrame, before: DataFrame, week: PriceRange, candidates: DataFrame
) -> Series:
    """The check that each offer's move fails, null for none; indexed by offer_id like all frames but `candidates`.

    `selected` is the bundle to publish, `own` the current bundle of the source of the last price, `before` the previous
    release's offers, `week` its prices of the last week, `candidates` all checked bundles of this run.
    """
    had = before[FIELDS].notna().any(axis=1)
    is_own = selected["row_id"].eq(own["row_id"]).fillna(False).astype(bool)
    moved = had & own["row_id"].notna() & differs(own, before)
    ratios = move_ratios(selected, before)
    largest = np.maximum(ratios, 1 / ratios).max(axis=1).fillna(1.0)
    beyond_half = ((ratios - 1).abs() > LARGEST_ORDINARY_MOVE + ROUNDING).any(axis=1)
    # A price that another source takes over is judged like any move, and also by what independent sources state.
    # An offer without a model, or without a named operator, sets no best and no list price.
    decides = selected["model_id"].notna() & (selected["operator_id"] != UNNAMED)
    suspect = had & decides & ~joins_market(selected, candidates)
    scaled = find_scaled(own, before, is_confirmed(own, candidates))
    disputed = (largest > LARGEST_DISPUTE + ROUNDING) & is_contradicted(selected, candidates)
    rules = [
        (is_own & scaled, SCALED),
        (is_own & in_mass(moved & ~scaled, own, before), MASS),
        (had & crosses_zero(selected, before), CROSSING),
        (had & (largest > LIMITS["largest_factor"] + ROUNDING), FACTOR),
        (suspect & ~is_own & disputed, CONTRADICTED),
        (suspect & beyond_half, MOVE),
        (suspect & moved & moves_in_steps(selected, week, LARGEST_ORDINARY_MOVE + ROUNDING), STEPS),
        (suspect & is_own_cut(selected, before), OWN_CUT),
    ]
    masks = [mask.to_numpy(dtype=bool) for mask, _ in rules]
    found = np.select(masks, [rule for _, rule in rules], default="")
    return Series(found, index=selected.index, dtype="str").replace("", None)


def crosses_zero(now: DataFrame, before: DataFrame) -> Series:
    """Whether a price went to or from zero, or to null, while the offer is still listed."""
    crossed = Series(False, index=now.index)
    for field in FIELDS:
        old, new = before[field], now[field]
        crossed |= old.notna() & (new.isna() | ((old == 0) != (new == 0)))
    return crossed


def loses_price(now: DataFrame, before: DataFrame) -> Series:
    """Whether a known price became null."""
    return (before[FIELDS].notna() & now[FIELDS].isna()).any(axis=1)


def is_ordinary_move(now: DataFrame, before: DataFrame) -> Series:
    """Whether a price is still there, and neither crosses zero nor moves by more than half."""
    largest = (move_ratios(now, before) - 1).abs().max(axis=1).fillna(0.0)
    return now["row_id"].notna() & ~crosses_zero(now, before) & (largest <= LARGEST_ORDINARY_MOVE + ROUNDING)


def differs(now: DataFrame, before: DataFrame) -> Series:
    """Whether either price is not the same double, null included."""
    return (now[FIELDS].astype("float64").fillna(-1.0) != before[FIELDS].astype("float64").fillna(-1.0)).any(axis=1)


def move_ratios(now: DataFrame, before: DataFrame) -> DataFrame:
    """New over old by field; null where either is null or zero."""
    new, old = now[FIELDS].astype("float64"), before[FIELDS].astype("float64")
    return new.where(new > 0) / old.where(old > 0)


def in_mass(moved: Series, own: DataFrame, before: DataFrame) -> Series:
    """Whether the row moved together with at least ten and more than 4% of its source's prices.

    The share is scaled by the days since the source was last read well.
    """
    source = before["price_source_id"]
    known = before[FIELDS].notna().any(axis=1) & own["row_id"].notna()
    count = moved.groupby(source).transform("sum")
    total = known.groupby(source).transform("sum")
    now = pd.to_datetime(own["captured_at"], utc=True).groupby(source).transform("max")
    last = pd.to_datetime(before["price_observed_at"], utc=True).groupby(source).transform("max")
    days = ((now - last).dt.total_seconds() / 86_400).round().clip(lower=1).fillna(1)
    return moved & (count >= LIMITS["mass_count"]) & (count > LIMITS["mass_share"] * days * total)


def may_release(selected: DataFrame, candidates: DataFrame, before: DataFrame, holds: DataFrame) -> Series:
    """Whether a move is released: a second lineage states it, or enough runs saw it unchanged.

    Those are three on a single offer, two for a developer's own price; all of a provider's prices wait for a second
    lineage. `holds` are those of this run, with nights_seen.
    """
    seen = holds[holds["rule"].isin(RELEASABLE)].groupby("subject_id")["nights_seen"].min().reindex(selected.index)
    is_own = before["is_first_party"].astype("boolean").fillna(False).astype(bool)
    needed = is_own.map({True: LIMITS["confirm_own_after_runs"], False: LIMITS["release_after_runs"]})
    return is_confirmed(selected, candidates) | (seen >= needed).fillna(False)


def compare_lineages(selected: DataFrame, candidates: DataFrame) -> DataFrame:
    """Each fresh declared candidate of another lineage than the selected one's: offer_id and a ratio per field."""
    fresh = candidates[~candidates["expired"].astype(bool) & (candidates["basis"] == "declared")]
    others = fresh[["offer_id", "lineage", *FIELDS]].merge(
        selected[["lineage", *FIELDS]], left_on="offer_id", right_index=True, suffixes=("", "_selected")
    )
    others = others[others["lineage"] != others["lineage_selected"]]
    ratios = {field: others[field] / others[f"{field}_selected"] for field in FIELDS}
    return DataFrame({"offer_id": others["offer_id"], **ratios})


def is_confirmed(selected: DataFrame, candidates: DataFrame) -> Series:
    """Whether an independent lineage has the same prices for the offer."""
    others = compare_lineages(selected, candidates)
    agrees = ((others[FIELDS] >= 1 / SAME_PRICE) & (others[FIELDS] <= SAME_PRICE)).all(axis=1)
    return Series(selected.index.isin(others.loc[agrees, "offer_id"]), index=selected.index)


def is_contradicted(selected: DataFrame, candidates: DataFrame) -> Series:
    """Whether an independent lineage has the offer at less than half or more than twice the price (Q21)."""
    others = compare_lineages(selected, candidates)
    ratios = others[FIELDS].where(others[FIELDS] > 0)
    against = (np.maximum(ratios, 1 / ratios) > LARGEST_DISPUTE + ROUNDING).any(axis=1)
    return Series(selected.index.isin(others.loc[against, "offer_id"]), index=selected.index)
