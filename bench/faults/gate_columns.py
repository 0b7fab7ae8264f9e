"""Plausible faults in each column of `pairs`, and the checks of the gate that find them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.job import GateJob, open_frames, parse_run_time
from llmpairs.expectations.suites.pairs import (
    PAIRS_SUITE,
    Expected,
    ViolationCounts,
    count_batch,
    load_expected,
    locate_rows,
)
from llmpairs.expectations.suites.recomputed_sample import DIGEST
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.vocabulary import SCENARIOS

ANOTHER, NULL = "another valid value", "null"
DAY_IN_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True, kw_only=True)
class ColumnFault:
    """A fault in some rows of one column, and the checks that found it."""

    column: str
    planted: str
    rows: int
    checks: tuple[str, ...]
    """The digest of the row is left out, except for its own column: a wrong computation would have digested it."""


def plant_in_release(warehouse: str, run_id: str, seed: int) -> list[ColumnFault]:
    """Plant both faults in a hundredth of the pairs of a release, column by column."""
    job = GateJob(
        release_dir=f"releases/{run_id}",
        run_id=run_id,
        tables=("pairs",),
        out="",
        log_dir="log",
        as_of=parse_run_time(run_id),
        warehouse=warehouse,
        scenarios=tuple(list_workloads(load_scenarios())),
    )
    frames = open_frames(job, [PAIRS_SUITE])
    expected = load_expected(frames["scenarios"], frames["run"], frames)
    batches = [batch for _, batch in frames["pairs"].batches(PAIRS.column_names, encoded=PAIRS.key)]
    [rows] = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()
    at = np.random.default_rng(seed).random(len(rows)) < 0.01
    return [*plant_faults(rows, expected, at)]


def tabulate_faults(faults: Sequence[ColumnFault]) -> Iterator[str]:
    """Lines of the table of faults by column; the columns of all workloads have one line."""
    yield "\n| column of `pairs` | faults | rows of each | not found | found by |"
    yield "| --- | ---: | ---: | ---: | --- |"
    by_column: dict[str, list[ColumnFault]] = {}
    for fault in faults:
        workload = next((name for name in SCENARIOS if fault.column.endswith(f"_{name}")), None)
        shown = fault.column if workload is None else fault.column.replace(workload, "*")
        by_column.setdefault(shown, []).append(fault)
    for column, found in by_column.items():
        rows = "–".join(f"{count:,}" for count in sorted({min(f.rows for f in found), max(f.rows for f in found)}))
        checks = "; ".join(dict.fromkeys(check for fault in found for check in fault.checks))
        yield f"| `{column}` | {len(found)} | {rows} | {sum(not fault.checks for fault in found)} | {checks} |"


def plant_faults(
    rows: pa.RecordBatch, expected: Expected, at: np.ndarray[Any, np.dtype[np.bool_]]
) -> Iterator[ColumnFault]:
    """Plant both faults in the rows `at` of each column in turn: all rows of a release, in one batch."""
    for column in PAIRS.columns:
        values = rows.column(column.name)
        faults = {ANOTHER: change_values(rows, column), NULL: pa.nulls(len(rows), values.type)}
        for planted, wrong in faults.items():
            where = at if planted == ANOTHER else at & np.asarray(values.is_valid())
            if where.any():
                faulty = pc.if_else(pa.array(where), wrong.cast(values.type), values)
                columns = [faulty if name == column.name else rows.column(name) for name in PAIRS.column_names]
                checks = find_failed(pa.RecordBatch.from_arrays(columns, names=PAIRS.column_names), expected)
                kept = tuple(check for check in checks if check != DIGEST or column.name == "content_hash")
                yield ColumnFault(column=column.name, planted=planted, rows=int(where.sum()), checks=kept)


def find_failed(rows: pa.RecordBatch, expected: Expected) -> list[str]:
    """The checks of the gate that the rows of a release break."""
    found = ViolationCounts(part="planted")
    count_batch(found, locate_rows(rows, expected.models), expected, expected.sample.rows, -1)
    return [check for check, count in found.counts.items() if count]


def change_values(rows: pa.RecordBatch, column: Column) -> Any:
    """Another value that the contract allows, for every row; of an id, that of the other side."""
    values = rows.column(column.name)
    if column.name in PAIRS.key:
        a, b = PAIRS.key
        return rows.column(b if column.name == a else a)
    if column.values is not None:
        listed = pa.array(column.values, pa.string())
        codes = pc.index_in(values.cast(pa.string()), listed).fill_null(0).to_numpy(zero_copy_only=False)
        return listed.take(pa.array((codes + 1) % len(listed)))
    if pa.types.is_boolean(values.type):
        return pc.invert(values.fill_null(False))
    if pa.types.is_timestamp(values.type):
        return pc.subtract(values.cast(pa.int64()).fill_null(0), DAY_IN_MICROSECONDS)
    if pa.types.is_floating(values.type):
        return pc.add(pc.multiply(values.cast(pa.float64()).fill_null(0.5), 0.5), 0.1)
    return pc.bit_wise_xor(values.cast(pa.int64()).fill_null(0), 1)
