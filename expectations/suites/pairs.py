"""Checklist of `pairs`, counted part by part: every pair once, of models in the release, every column recomputed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.rules import KEYS_SHOWN, Suite, Summary, SummaryColumns, critical, equals, no_violations
from llmpairs.expectations.staged import PartFiles
from llmpairs.expectations.suites.pair_mismatches import COSTS_RECOMPUTE, MIRRORED, RECOMPUTED, SAMPLED, find_mismatches
from llmpairs.expectations.suites.recomputed_columns import (
    ComparedModels,
    PairRowBatch,
    find_positions,
    load_compared_models,
)
from llmpairs.expectations.suites.recomputed_inputs import READS, WORKLOAD, Flags, Positions
from llmpairs.expectations.suites.recomputed_sample import (
    DIGEST,
    DIGESTED_MODELS,
    SAMPLE_READS,
    SAMPLED_ROWS,
    PairSample,
    draw_sample,
)
from llmpairs.warehouse.contracts.pairs import PAIRS

ALL_PARTS = "all parts"
A, B = PAIRS.key

KNOWN = "both models are live and text-generating"
ORDERED = "model_a_id sorts before model_b_id"
ASCENDING = "pairs are sorted and unique"
NO_NULLS = "no required column is null"
IN_RANGE = "every number is within its range"
IN_LIST = "every enum value is in its list"
ROW_CHECKS = (KNOWN, ORDERED, ASCENDING, NO_NULLS, IN_RANGE, IN_LIST, *RECOMPUTED)
"""Every check of a row of pairs; the summary has a count and example keys of each."""


@dataclass
class ViolationCounts:
    """Rows of one part that break each check, and the keys of the first of them."""

    part: str
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, check: str, wrong: Flags, batch: PairRowBatch, note: str = "") -> None:
        """Count the flagged rows of a batch."""
        self.counts[check] = self.counts.get(check, 0) + int(np.count_nonzero(wrong))
        kept = self.examples.setdefault(check, [])
        first = np.flatnonzero(wrong)[: KEYS_SHOWN - len(kept)]
        if len(first):
            rows = batch.rows.select([A, B]).take(pa.array(first)).to_pylist()
            kept += [f"{row[A]} | {row[B]}{note}" for row in rows]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the rows are compared with."""

    models: ComparedModels
    sample: PairSample


def load_expected(scenarios: pd.DataFrame, run: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> Expected:
    """What the pairs of a run are compared with."""
    models = load_compared_models(frames, scenarios)
    return Expected(models=models, sample=draw_sample(run["run_id"].iloc[0], frames, models))


def count_violations(
    pairs: PartFiles, scenarios: pd.DataFrame, run: pd.DataFrame, **frames: pd.DataFrame
) -> pd.DataFrame:
    """One row per part with its number of rows and, for every check, violations and their first keys.

    A last row, "all parts", has the number of rows beyond n(n-1)/2 (negative when too few).
    """
    expected = load_expected(scenarios, run, frames)
    models, drawn = expected.models, expected.sample.rows
    expected_rows = len(models) * (len(models) - 1) // 2
    by_part: dict[str, ViolationCounts] = {}
    last, seen = -1, 0
    for part, rows in pairs.batches(PAIRS.column_names, encoded=PAIRS.key):
        batch = locate_rows(rows, models)
        begin, end = np.searchsorted(drawn, [seen, seen + rows.num_rows])
        violations = by_part.setdefault(part, ViolationCounts(part=part))
        last = count_batch(violations, batch, expected, drawn[begin:end] - seen, last)
        seen += rows.num_rows
    return summarise([*by_part.values()], expected_rows)


def locate_rows(rows: pa.RecordBatch, models: ComparedModels) -> PairRowBatch:
    """The rows with the positions of both sides."""
    a, b = (find_positions(rows.column(name), models.ids) for name in PAIRS.key)
    return PairRowBatch(rows=rows, a=a, b=b)


def count_batch(
    violations: ViolationCounts, batch: PairRowBatch, expected: Expected, sampled: Positions, last: int
) -> int:
    """Count the violations of one batch; `sampled` are row numbers in it, `last` is the key of the row before it.

    Returns the key of its last row.
    """
    violations.rows += batch.rows.num_rows
    known = (batch.a >= 0) & (batch.b >= 0)
    violations.add(KNOWN, ~known, batch)
    violations.add(ORDERED, known & (batch.a >= batch.b), batch)
    keys = batch.a * len(expected.models) + batch.b
    before = np.append(last, keys[:-1])
    violations.add(ASCENDING, known & (keys <= before), batch)
    for check, column, wrong in find_contract_violations(batch.rows):
        violations.add(check, wrong, batch, f": {column}")
    for check, column, wrong in find_mismatches(batch, expected.models, expected.sample, sampled):
        violations.add(check, known & wrong, batch, "" if column == check else f": {column}")
    return int(keys[-1]) if len(keys) else last


def find_contract_violations(rows: pa.RecordBatch) -> Iterator[tuple[str, str, Flags]]:
    """Check, column and flagged rows for every null, enum value and range that breaks the contract."""
    none = np.zeros(rows.num_rows, dtype=bool)
    for column in PAIRS.columns:
        values = rows.column(column.name)
        nulls = none if column.nullable or not values.null_count else np.asarray(values.is_null())
        yield NO_NULLS, column.name, nulls
        if column.values is not None:
            yield IN_LIST, column.name, not_listed(values, column.values)
        if column.minimum is not None or column.maximum is not None:
            yield IN_RANGE, column.name, out_of_range(values, column.minimum, column.maximum)


def not_listed(values: Any, listed: tuple[str, ...]) -> Flags:
    """Rows whose value is not in the list."""
    known = pa.array(listed, pa.string())
    if pa.types.is_dictionary(values.type) and pc.all(pc.is_in(values.dictionary.cast(pa.string()), known)).as_py():
        return np.zeros(len(values), dtype=bool)
    is_listed = pc.is_in(values.cast(pa.string()), known)
    return np.asarray(pc.and_(pc.invert(is_listed), values.is_valid()).to_numpy(False))


def out_of_range(values: Any, low: float | None, high: float | None) -> Flags:
    """Rows below `low` or above `high`."""
    wrong = np.zeros(len(values), dtype=bool)
    extremes = pc.min_max(values).as_py()
    if low is not None and extremes["min"] is not None and extremes["min"] < low:
        wrong |= np.asarray(pc.less(values, low).fill_null(False).to_numpy(False))
    if high is not None and extremes["max"] is not None and extremes["max"] > high:
        wrong |= np.asarray(pc.greater(values, high).fill_null(False).to_numpy(False))
    return wrong


def summarise(by_part: list[ViolationCounts], expected_rows: int) -> pd.DataFrame:
    """Violations as a frame, with the row for all parts."""
    total = sum(part.rows for part in by_part)
    table: dict[str, list[Any]] = {
        "part": [*(part.part for part in by_part), ALL_PARTS],
        "rows": [*(part.rows for part in by_part), 0],
        "surplus": [*(None for _ in by_part), total - expected_rows],
    }
    for check in ROW_CHECKS:
        columns = SummaryColumns.of(check)
        table[columns.violations] = [*(part.counts.get(check, 0) for part in by_part), 0]
        table[columns.keys] = [*(part.examples.get(check, []) for part in by_part), []]
    return pd.DataFrame(table).astype({"surplus": "Int64"})


WHY = {
    KNOWN: "an unresolved identity must never enter a pair",
    ORDERED: "a pair has one row, and consumers look it up in one order",
    ASCENDING: "consumers find a pair by its position in the file",
    **dict.fromkeys(RECOMPUTED, "both models are in the release, so every row is recomputed"),
    **dict.fromkeys(SAMPLED, f"recomputed for {SAMPLED_ROWS:,} rows, drawn by the id of the run"),
    MIRRORED: f"which model sorts first must not decide anything; {SAMPLED_ROWS:,} rows, drawn by the id of the run",
    DIGEST: f"publishers update what differs; recomputed for the pairs of {DIGESTED_MODELS} models of each run",
}
CHECK_IDS = {KNOWN: "Q27", ORDERED: "Q53", ASCENDING: "Q53", MIRRORED: "Q54", COSTS_RECOMPUTE: "Q55"}

OF_ISSUES = {
    "coverage_gaps": ("model_id",),
    "holds": ("subject_kind", "subject_id", "state"),
    "disagreements": ("subject_kind", "subject_id", "decision"),
}

PAIRS_SUITE = Suite(
    name="pairs",
    table="pairs",
    subject="pair_violations",
    key=("part",),
    summary=Summary(
        compute=count_violations,
        reads={
            **{name: tuple({*READS.get(name, ()), *SAMPLE_READS.get(name, ())}) for name in {**READS, **SAMPLE_READS}},
            **OF_ISSUES,
            "pairs": (),
            "models": (*READS["models"], *SAMPLE_READS["models"], "oldest_fact_at"),
            "scenarios": WORKLOAD,
        },
    ),
    rules=(
        critical(
            equals("surplus", 0, "n models give n(n-1)/2 pairs"),
            why="every pair, not only the popular ones; the count is exact for any n",
            check_id="Q53",
        ),
        *(
            critical(no_violations(check, SummaryColumns.of(check)), why=WHY.get(check), check_id=CHECK_IDS.get(check))
            for check in ROW_CHECKS
        ),
    ),
)
