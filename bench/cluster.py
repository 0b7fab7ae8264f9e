"""Seconds and memory of a Dask cluster and of one process: `python -m bench.cluster [--models 10000 --workers 2]`."""

import argparse
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
import pyarrow as pa

from bench.synthetic_pairs import Tables, make_tables
from llmpairs.flows.nightly.pair_parts import PAIRS_PER_FILE, stage_here
from llmpairs.flows.runtime.process_tree import MemoryMonitor
from llmpairs.flows.runtime.settings import use_prefect_environment
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.releases import stage_table
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import Store, open_store

RUN_ID = "20260518T210000Z"
AS_OF = pd.Timestamp("2026-05-18T21:00:00Z")
ISSUES = ("coverage_gaps", "holds", "disagreements")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=10_000, help="how many models (default 10000)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument("--rows-per-part", type=int, default=PAIRS_PER_FILE, help="pairs in a part file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as folder:
        os.environ["LLMPAIRS_STATE"] = f"{folder}/state"
        for line in run(options.models, options.workers, options.rows_per_part, Path(folder)):
            print(line, flush=True)


def run(models: int, workers: int, rows_per_part: int, folder: Path) -> Iterator[str]:
    """Lines of a Markdown table."""
    use_prefect_environment()
    from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

    warehouse = str(folder / "warehouse")
    store = stage_state(warehouse, make_tables(models))
    yield f"| {models:,} models, {models * (models - 1) // 2:,} pairs | seconds | rows/s | peak MB |"
    yield "|---|--:|--:|--:|"
    yield timed("one process, one stream", lambda: stage_here(store, RUN_ID))
    alone = digests(store)
    yield timed(
        f"Dask, {workers} worker processes, including the start of both servers",
        lambda: stage_on_cluster(warehouse, RUN_ID, f"local:{workers}", rows_per_part),
    )
    same = "the same bytes" if digests(store) == alone else "other part files"
    yield f"| {len(store.list_files(f'releases/{RUN_ID}/pairs'))} part files, {same} | | | |"


def timed(name: str, make: Any) -> str:
    """One line: seconds on the wall, and the largest memory of the process tree."""
    with MemoryMonitor() as memory:
        begin = perf_counter()
        rows = make()
        seconds = perf_counter() - begin
    return f"| {name} | {seconds:.1f} | {rows / seconds:,.0f} | {memory.peak_bytes / 1e6:,.0f} |"


def digests(store: Store) -> list[str]:
    """SHA-256 of every part file."""
    names = store.list_files(f"releases/{RUN_ID}/pairs")
    return [hashlib.sha256(store.read_bytes(name)).hexdigest() for name in names]


def stage_state(warehouse: str, tables: Tables) -> Store:
    """The staged tables that pairs are computed from."""
    store = open_store(warehouse)
    scenarios = load_scenarios()
    offer_costs = cost_offers(tables.offers, tables.offer_capabilities, tables.model_capabilities, scenarios)
    costs = cost_models(tables.models, tables.offers, offer_costs, scenarios)
    for name, rows in tables.compared(costs).items():
        stage_table(store, RUN_ID, name, complete(name, rows))
    for name in ISSUES:
        stage_table(store, RUN_ID, name, empty_frame(name))
    return store


def complete(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with every column of the contract; columns that the pair stage does not read get any allowed value."""
    columns = contract_of(table).columns
    given = rows.reset_index(drop=True)
    made = {
        column.name: given[column.name] if column.name in given else pd.Series([filler(column)] * len(given))
        for column in columns
    }
    return pd.DataFrame(made)


def filler(column: Column) -> Any:
    """A value that the column may hold."""
    if column.nullable:
        return None
    if column.values is not None:
        return column.values[0]
    if pa.types.is_timestamp(column.type):
        return AS_OF
    if pa.types.is_list(column.type):
        return []
    if pa.types.is_boolean(column.type):
        return False
    return "x" if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type) else 0


if __name__ == "__main__":
    main()
