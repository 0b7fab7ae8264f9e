"""A year of daily runs with small tables: time, files and bytes per run, and reading at the end: `make bench-growth`.

Each run does what a real one does in the warehouse: it takes the lease, records its start, cleans, compacts and reads
the log, stages and publishes a release, writes its log rows and prunes once a week. Crawl, transforms and checks are
left out: they do not depend on how old a warehouse is. Seconds are those of the processor, on however busy a machine.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from bench.__main__ import describe_machine
from bench.faults.victim import run_row
from bench.faults.warehouses import bucket_warehouses
from llmpairs.flows.nightly.plan import RunPlan, list_unfinished, next_run_id, write_start_record
from llmpairs.flows.nightly.stages import publish_run
from llmpairs.flows.runtime.lock import lock_warehouse
from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.log_compaction import compact_log
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import current_run_id, stage_table
from llmpairs.warehouse.retention import clean_staged, prune
from llmpairs.warehouse.store import Store, open_store

FIRST_DAY = datetime(2025, 1, 1, 3, tzinfo=UTC)
REPORTED_DAYS = 61
READS = 5


@dataclass(frozen=True)
class DayCost:
    """What one run cost."""

    seconds: float
    read_seconds: float
    """Of reading the whole log, as a crawl does for its baseline."""


def run_day(warehouse: str, day: int, compacts: bool) -> DayCost:
    """One run."""
    begin = time.process_time()
    store = open_store(warehouse)
    moment = FIRST_DAY + timedelta(days=day)
    with lock_warehouse(warehouse):
        plan = RunPlan(
            run_id=next_run_id(store, moment),
            as_of=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            mode="live",
            warehouse=warehouse,
            parent=current_run_id(store),
        )
        list_unfinished(store)
        write_start_record(plan, moment)
        clean_staged(store, [plan.run_id])
        if compacts:
            compact_log(store, moment)
        read = time.process_time()
        for name in ("sources", "captures", "runs"):
            read_log(store, name)
        read_seconds = time.process_time() - read
        for table in RELEASE_TABLES:
            stage_table(store, plan.run_id, table, empty_frame(table))
        for table in LOG_TABLES:
            rows = pd.DataFrame([run_row(plan)]) if table.name == "runs" else empty_frame(table)
            append_log(store, table, plan.run_id, rows)
        publish_run(plan, {})
        store.write_bytes(f"runs/{plan.run_id}/run.json", b"{}")
        if day % 7 == 6:
            prune(store)
    return DayCost(time.process_time() - begin, read_seconds)


def measure(action: Callable[[], Any]) -> float:
    """The median seconds of an action."""
    times = []
    for _ in range(READS):
        begin = time.process_time()
        action()
        times.append(time.process_time() - begin)
    return sorted(times)[READS // 2]


def read_connected(warehouse: str) -> None:
    """Connect and count the runs of the log."""
    with connect(warehouse) as con:
        con.execute("SELECT count(*) FROM runs").fetchall()


def count_below(store: Store, folder: str) -> str:
    """Files and kilobytes of a folder."""
    sizes = store.list_sizes(folder)
    return f"{len(sizes):,} files, {sum(sizes.values()) / 1e3:,.0f} kB"


def simulate(warehouse: str, days: int, compacts: bool) -> None:
    """Simulate and print a row for each two months, then what is left."""
    store, costs = open_store(warehouse), []
    for day in range(days):
        costs.append(run_day(warehouse, day, compacts))
        if (day + 1) % REPORTED_DAYS == 0 or day + 1 == days:
            shown = costs[-min(REPORTED_DAYS, 14) :]
            seconds, reads = (sorted(values)[len(shown) // 2] for values in zip(*map(vars_of, shown), strict=True))
            files, connected = len(store.list_files("log")), measure(lambda: connect(warehouse).close())
            print(f"| {day + 1} | {seconds:.2f} | {reads:.3f} | {connected:.3f} | {files} |", flush=True)
    print(f"\nconnect and a count of the runs: {measure(lambda: read_connected(warehouse)):.3f} s")
    for folder in ("log", "releases", "runs", "lease", ""):
        print(f"{folder or 'all'}: {count_below(store, folder)}", flush=True)


def vars_of(cost: DayCost) -> tuple[float, float]:
    """The two times of a run."""
    return cost.seconds, cost.read_seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--bucket", action="store_true", help="in a mock S3 instead of a folder")
    parser.add_argument("--no-compaction", action="store_true", help="for comparison")
    options = parser.parse_args()
    print(describe_machine(), flush=True)
    print("\n| runs so far | CPU seconds per run | of reading the log | connect | files of the log |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="growth-")))
        os.environ["LLMPAIRS_STATE"] = str(folder / "state")
        warehouse = str(folder / "w")
        if options.bucket:
            warehouse = open_.enter_context(bucket_warehouses(folder / "moto.log")).warehouse("growth")
        simulate(warehouse, options.days, not options.no_compaction)
    return 0


if __name__ == "__main__":
    sys.exit(main())
