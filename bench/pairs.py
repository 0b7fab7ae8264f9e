"""Measure building, writing and reading all pairs: `python -m bench.pairs [--models 3000]`."""

import argparse
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from bench.self_join import copy_join
from bench.synthetic_pairs import Tables, make_tables
from llmpairs.transforms.pairs.build import BLOCK_SCHEMA, ROWS_PER_BLOCK, pair_block, pair_blocks
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import ModelArrays, build_model_arrays
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.parquet import open_parts_writer, streamed_settings
from llmpairs.warehouse.store import open_store
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

Result = TypeVar("Result")
RUN_ID = "20260518T210000Z"
NARROW = [
    *("model_a_id", "model_b_id", "overall_verdict", f"verdict_{DETAILED_SCENARIO}", f"lead_{DETAILED_SCENARIO}"),
    *(f"cost_ratio_{DETAILED_SCENARIO}", "friction_a_to_b", "friction_b_to_a"),
]


class Seconds(NamedTuple):
    """Wall-clock and CPU seconds; CPU seconds are comparable on a shared machine."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=3000, help="how many models (default 3000)")
    parser.add_argument("--only-build", action="store_true", help="leave out the comparisons; memory stays flat")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-pairs-") as folder:
        print("\n".join(run(options.models, Path(folder), only_build=options.only_build)))


def run(n: int, folder: Path, *, only_build: bool) -> Iterable[str]:
    """Lines of a Markdown table."""
    arrays, made = _timed(lambda: make_model_arrays(make_tables(n)))
    rows = n * (n - 1) // 2
    before = _peak_mb()
    built = _timed(lambda: _build(arrays))[1]
    path, written = _timed(lambda: _write(pair_blocks(arrays), folder))
    yield f"| {n:,} models, {rows:,} pairs | seconds | CPU seconds | rows/s | bytes/row |"
    yield "|---|--:|--:|--:|--:|"
    yield f"| synthetic tables, costs, arrays | {made.wall:.2f} | {made.cpu:.2f} | | |"
    yield _line("build only, one thread", built, rows)
    yield _line("build and write", written, rows, path)
    yield f"| peak memory {_peak_mb():.0f} MB ({before:.0f} MB before the first pair) | | | | |"
    if not only_build:
        yield from _beside_pyarrow(arrays, rows, path)
        yield from _beside_duckdb(arrays, rows, folder)
        yield from _look_ups(arrays, path)


def _beside_pyarrow(arrays: ModelArrays, rows: int, written: Path) -> Iterable[str]:
    """pyarrow alone, writing the finished table from memory."""
    path = written.with_name("pyarrow.parquet")
    blocks = list(pair_blocks(arrays))
    alone = _timed(partial(_write_alone, blocks, path))[1]
    yield _line("pyarrow alone, same table and settings", alone, rows, path)
    blocks.clear()
    plain = _timed(partial(pq.write_table, pq.read_table(written), path))[1]
    yield _line("pyarrow alone, same table, its defaults", plain, rows, path)


def _beside_duckdb(arrays: ModelArrays, rows: int, folder: Path) -> Iterable[str]:
    """DuckDB, building the same table by a self-join."""
    path = folder / "duckdb.parquet"
    for name, order in (("sorted", "ORDER BY model_a_id, model_b_id"), ("in any order", "")):
        joined = _timed(partial(copy_join, arrays, path, order))[1]
        yield _line(f"DuckDB self-join, {name}", joined, rows, path)


def _look_ups(arrays: ModelArrays, path: Path) -> Iterable[str]:
    a, b = arrays.model_ids[len(arrays) // 4].as_py(), arrays.model_ids[len(arrays) // 2].as_py()
    con = duckdb.connect(config={"threads": 2})
    table = f"read_parquet('{path}')"
    one = f"SELECT * FROM {table} WHERE model_a_id = ? AND model_b_id = ?"
    every = f"SELECT {', '.join(NARROW)} FROM {table} WHERE model_a_id = ? OR model_b_id = ?"
    is_a, is_b = pc.field("model_a_id") == a, pc.field("model_b_id") == b
    either = is_a | (pc.field("model_b_id") == a)
    yield "| **look-ups (median of 9)** | **milliseconds** | | | |"
    looks: dict[str, Callable[[], int]] = {
        "one pair, DuckDB": lambda: len(con.execute(one, [a, b]).fetchall()),
        "one pair, pyarrow": lambda: ds.dataset(path).to_table(filter=is_a & is_b).num_rows,
        "all pairs of a model, narrow, DuckDB": lambda: len(con.execute(every, [a, a]).fetchall()),
        "all pairs of a model, narrow, pyarrow": lambda: (
            ds.dataset(path).to_table(columns=NARROW, filter=either).num_rows
        ),
    }
    for name, look in looks.items():
        found = look()
        took = [_timed(look)[1] for _ in range(9)]
        wall, cpu = (1e3 * statistics.median(times) for times in zip(*took, strict=True))
        yield f"| {name} ({found:,} rows) | {wall:.1f} | {cpu:.1f} | | |"


def make_model_arrays(tables: Tables) -> ModelArrays:
    """Costs, fingerprints and model arrays of synthetic tables."""
    scenarios = load_scenarios()
    costs = cost_models(
        tables.models,
        tables.offers,
        cost_offers(tables.offers, tables.offer_capabilities, tables.model_capabilities, scenarios),
        scenarios,
    )
    published = {name: getattr(tables, name) for name in ("models", "model_capabilities", "offers")}
    return build_model_arrays(
        tables.compared(costs), scenarios, open_issues=tables.open_issues, fingerprints=fingerprint_models(published)
    )


def _build(arrays: ModelArrays) -> int:
    return sum(len(pair_block(arrays, pairs)) for pairs in all_pairs(len(arrays)).split(ROWS_PER_BLOCK))


def _write(blocks: Iterable[pa.Table], folder: Path) -> Path:
    """Write blocks to one part of a staged release, as in a run."""
    store = open_store(folder)
    with open_parts_writer(store, RUN_ID, PAIRS, 0) as writer:
        for block in blocks:
            writer.write(block)
    return folder / writer.parts[0]


def _write_alone(blocks: list[pa.Table], path: Path) -> None:
    """Write the same blocks by pyarrow alone, with the same settings."""
    with pq.ParquetWriter(path, BLOCK_SCHEMA, **streamed_settings(PAIRS)) as writer:
        for block in blocks:
            writer.write_table(block)


def _timed(work: Callable[[], Result]) -> tuple[Result, Seconds]:
    wall, cpu = perf_counter(), process_time()
    result = work()
    return result, Seconds(perf_counter() - wall, process_time() - cpu)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _line(name: str, took: Seconds, rows: int, path: Path | None = None) -> str:
    size = f"{path.stat().st_size / rows:.1f}" if path else ""
    return f"| {name} | {took.wall:.2f} | {took.cpu:.2f} | {rows / took.wall:,.0f} | {size} |"


if __name__ == "__main__":
    main()
