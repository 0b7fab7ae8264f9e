"""A process that publishes one release of prepared tables, and may die, or find the disk full, at any of its writes."""

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
from pandas import DataFrame, Timestamp

from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.stages import publish_run
from llmpairs.warehouse import store as store_module
from llmpairs.warehouse.conditional import BucketWriter, open_conditional
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.lease import hold_lease
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.manifest import format_timestamp, parse_run_time
from llmpairs.warehouse.parquet import open_parts_writer
from llmpairs.warehouse.releases import current_run_id, stage_table
from llmpairs.warehouse.retention import clean_staged
from llmpairs.warehouse.store import Store, open_store, temporary_path

Phase = Literal["before", "half", "after"]
PHASES: tuple[Phase, ...] = ("before", "half", "after")
MARKED = {"models": "context_tokens", "offers": "context_tokens", "pairs": "release_gap_days"}
"""Columns that carry the number of the release, so that a reader can tell which release it reads in each table."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong at which write, the first one being number 0."""

    write: int
    phase: Phase
    kind: Literal["kill", "full disk"] = "kill"

    def strike(self) -> None:
        """Die as by `kill -9`, or find the disk full."""
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, "No space left on device")


@dataclass
class Writes:
    """Counts the writes of a process and strikes at one of them."""

    fault: Fault | None = None
    count: int = 0

    def at(self, number: int, phase: Phase) -> None:
        """Called before, in the middle and after each write."""
        if self.fault is not None and (self.fault.write, self.fault.phase) == (number, phase):
            self.fault.strike()

    @contextmanager
    def write(self) -> Iterator[int]:
        """One write."""
        number = self.count
        self.count += 1
        self.at(number, "before")
        yield number
        self.at(number, "after")


@contextmanager
def watch_writes(writes: Writes) -> Iterator[None]:
    """Every write of a store goes through `writes`."""
    replace, put, open_output = store_module._replace, Store._put, Store.open_output
    write_conditionally = BucketWriter.write

    def watched_replace(path: Path, data: Any) -> None:
        with writes.write() as number:
            if writes.fault is not None and (writes.fault.write, writes.fault.phase) == (number, "half"):
                half = data.read_bytes() if isinstance(data, Path) else bytes(data)
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary_path(path).write_bytes(half[: len(half) // 2])
                writes.at(number, "half")
            replace(path, data)

    def watched_put(self: Store, local: Path, rel: str) -> None:
        with writes.write() as number:
            writes.at(number, "half")
            put(self, local, rel)

    def watched_conditional(self: BucketWriter, rel: str, data: bytes, expected: str | None) -> str:
        with writes.write() as number:
            writes.at(number, "half")
            return write_conditionally(self, rel, data, expected)

    @contextmanager
    def watched_output(self: Store, rel: str) -> Iterator[Any]:
        with self.reporting_errors("writing", rel), writes.write() as number, open_output(self, rel) as file:
            yield file
            writes.at(number, "half")

    with (
        patch.object(store_module, "_replace", watched_replace),
        patch.object(Store, "_put", watched_put),
        patch.object(BucketWriter, "write", watched_conditional),
        patch.object(Store, "open_output", watched_output),
    ):
        yield


def publish_prepared(prepared: Path, warehouse: str, run_id: str, number: int, fault: Fault | None = None) -> int:
    """Clean, stage, publish and log one release whose marked columns are all `number`; returns how often it wrote."""
    store = open_store(warehouse)
    as_of = format_timestamp(parse_run_time(run_id))
    plan = RunPlan(run_id=run_id, as_of=as_of, mode="replay", warehouse=warehouse, parent=current_run_id(store))
    writes = Writes(fault)
    open_conditional(store)  # asks a bucket once what it can do, which is no write of a publication
    with watch_writes(writes), hold_lease(store, "refresh"):
        clean_staged(store, in_use=[run_id])
        for table in RELEASE_TABLES:
            rows = pq.read_table(prepared / f"{table.name}.parquet")
            stage(store, run_id, table, mark(rows, table.name, number))
        publish_run(plan, {})
        append_log(store, "runs", run_id, DataFrame([run_row(plan)]))
    return writes.count


def mark(rows: pa.Table, name: str, number: int) -> pa.Table:
    """The rows with the marked column set to the number."""
    if name not in MARKED:
        return rows
    index = rows.schema.get_field_index(MARKED[name])
    type_ = rows.schema.field(index).type
    return rows.set_column(index, rows.schema.field(index), pa.array([number] * rows.num_rows, type_))


def stage(store: Store, run_id: str, table: Table, rows: pa.Table) -> None:
    """Stage a table; pairs in two parts, as a large one has them."""
    if table.name != "pairs":
        stage_table(store, run_id, table, rows)
        return
    with open_parts_writer(store, run_id, table, 0) as parts:
        parts.write(rows.slice(0, rows.num_rows // 2))
        parts.next_part()
        parts.write(rows.slice(rows.num_rows // 2))


def run_row(plan: RunPlan) -> dict[str, Any]:
    """The run's row of the log."""
    moment = Timestamp(plan.moment)
    return {
        "run_id": plan.run_id, "as_of": moment, "started_at": moment, "seconds": 0.0, "state": "published",
        "mode": "replay", "parent_run_id": plan.parent, "error": None, "models": 0, "offers": 0, "pairs": 0,
        "stage_seconds": [], "peak_rss_bytes": None,
    }  # fmt: skip


def run_victim(started: Connection, environment: dict[str, str], *arguments: Any) -> None:
    """A victim process: send that it starts, publish, send the number of writes.

    The process that it was forked from may be older than the credentials of a bucket.
    """
    os.environ.update(environment)
    started.send("started")
    started.send(publish_prepared(*arguments))
