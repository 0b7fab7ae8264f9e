"""Exact counts of what is wrong in `pairs`, part by part and batch by batch: a million rows, a frame of a few."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.staged import Parts
from llmpairs.expectations.suites.pair_facts import Batch, Flags, Sides, build_sides, positions
from llmpairs.expectations.suites.pair_recomputed import RECOMPUTED, find_faults
from llmpairs.warehouse.contracts.pairs import PAIRS

KEYS_KEPT = 20
ALL_PARTS = "all parts"
MIRRORED_ROWS = 1_000
"""So many rows, evenly spread, are looked at from their other side too."""
A, B = PAIRS.key


@dataclass
class Tally:
    """How many rows of one part break each check, and the first of them."""

    part: str
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, check: str, wrong: Flags, batch: Batch, note: str = "") -> None:
        """Counts the flagged rows of a batch."""
        self.counts[check] = self.counts.get(check, 0) + int(np.count_nonzero(wrong))
        kept = self.examples.setdefault(check, [])
        first = np.flatnonzero(wrong)[: KEYS_KEPT - len(kept)]
        if len(first):
            rows = batch.rows.select([A, B]).take(pa.array(first)).to_pylist()
            kept += [f"{row[A]} | {row[B]}{note}" for row in rows]


KNOWN = "both models are live and text-generating"
ORDERED = "model_a_id sorts before model_b_id"
ASCENDING = "pairs ascend, none twice"
NO_NULLS = "no column is null that may not be"
IN_RANGE = "every number lies in its range"
IN_WORDS = "every word stands in its list"
COUNTED = (KNOWN, ORDERED, ASCENDING, NO_NULLS, IN_RANGE, IN_WORDS, *RECOMPUTED)
"""Every check of a row of pairs; the summary has a count and examples of each."""


def tally_pairs(pairs: Parts, scenarios: pd.DataFrame, **frames: pd.DataFrame) -> pd.DataFrame:
    """One row per part with its rows and, for every check, violations and their first keys.

    A last row, "all parts", has the number of rows beyond n(n-1)/2 (negative when too few).
    """
    sides = build_sides(frames, scenarios)
    wanted = len(sides) * (len(sides) - 1) // 2
    tallies: dict[str, Tally] = {}
    last, seen = -1, 0
    for part, rows in pairs.batches(PAIRS.column_names, encoded=PAIRS.key):
        batch = Batch(
            rows=rows, a=positions(rows.column(A), sides.ids), b=positions(rows.column(B), sides.ids)
        )
        tally = tallies.setdefault(part, Tally(part=part))
        sampled = np.arange(seen, seen + rows.num_rows) % max(1, wanted // MIRRORED_ROWS) == 0
        last = tally_batch(tally, batch, sides, sampled, last)
        seen += rows.num_rows
    return summarise([*tallies.values()], wanted)


def tally_batch(tally: Tally, batch: Batch, sides: Sides, sampled: Flags, last: int) -> int:
    """Counts one batch; gives the key of its last row, for the next batch to come after."""
    tally.rows += batch.rows.num_rows
    known = (batch.a >= 0) & (batch.b >= 0)
    tally.add(KNOWN, ~known, batch)
    tally.add(ORDERED, known & (batch.a >= batch.b), batch)
    keys = batch.a * len(sides) + batch.b
    before = np.append(last, keys[:-1])
    tally.add(ASCENDING, known & (keys <= before), batch)
    for check, column, wrong in contract_faults(batch.rows):
        tally.add(check, wrong, batch, f": {column}")
    for check, column, wrong in find_faults(batch, sides, sampled):
        tally.add(check, known & wrong, batch, "" if column == check else f": {column}")
    return int(keys[-1]) if len(keys) else last


def contract_faults(rows: pa.RecordBatch) -> Iterator[tuple[str, str, Flags]]:
    """Check, column and flagged rows for every promise of the contract; no flags where a column is sound."""
    none = np.zeros(rows.num_rows, dtype=bool)
    for column in PAIRS.columns:
        values = rows.column(column.name)
        nulls = none if column.nullable or not values.null_count else np.asarray(values.is_null())
        yield NO_NULLS, column.name, nulls
        if column.values is not None:
            yield IN_WORDS, column.name, strange_words(values, column.values)
        if column.minimum is not None or column.maximum is not None:
            yield IN_RANGE, column.name, out_of_range(values, column.minimum, column.maximum)


def strange_words(values: Any, words: tuple[str, ...]) -> Flags:
    """Rows whose word is not in the list."""
    listed = pc.is_in(values.cast(pa.string()), pa.array(words, pa.string()))
    return np.asarray(pc.and_(pc.invert(listed), values.is_valid()).to_numpy(False))


def out_of_range(values: Any, low: float | None, high: float | None) -> Flags:
    """Rows below `low` or above `high`."""
    wrong = np.zeros(len(values), dtype=bool)
    extremes = pc.min_max(values).as_py()
    if low is not None and extremes["min"] is not None and extremes["min"] < low:
        wrong |= np.asarray(pc.less(values, low).fill_null(False).to_numpy(False))
    if high is not None and extremes["max"] is not None and extremes["max"] > high:
        wrong |= np.asarray(pc.greater(values, high).fill_null(False).to_numpy(False))
    return wrong


def summarise(tallies: list[Tally], wanted: int) -> pd.DataFrame:
    """Tallies as a frame, with the row for all parts."""
    table: dict[str, list[Any]] = {
        "part": [*(tally.part for tally in tallies), ALL_PARTS],
        "rows": [*(tally.rows for tally in tallies), 0],
        "surplus": [*(None for _ in tallies), sum(tally.rows for tally in tallies) - wanted],
    }
    for check in COUNTED:
        table[count_column(check)] = [*(tally.counts.get(check, 0) for tally in tallies), 0]
        table[keys_column(check)] = [*(tally.examples.get(check, []) for tally in tallies), []]
    return pd.DataFrame(table).astype({"surplus": "Int64"})


def count_column(check: str) -> str:
    """Column of the summary with a check's violations."""
    return f"violations: {check}"


def keys_column(check: str) -> str:
    """Column of the summary with a check's first keys."""
    return f"keys: {check}"
