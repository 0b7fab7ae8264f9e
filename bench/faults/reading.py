"""Readers that poll while releases are published and pruned: does any read two releases at once?"""

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pandas as pd

from bench.faults.publishing import Publications, run_id_of
from bench.faults.victim import MARKED, publish_prepared
from llmpairs.warehouse.errors import WarehouseError
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.retention import prune
from llmpairs.warehouse.store import open_store

KEPT = 3
"""Releases that are left while the readers read: they race with pruning too."""
MARKS = {name: f"SELECT min({column}), max({column}) FROM {{}}" for name, column in MARKED.items()}


@dataclass
class Readings:
    """Counts of one reader."""

    reads: int = 0
    whole: int = 0
    refused: int = 0
    """Reads that ended with an error: the release was pruned, or moved on, under the reader."""
    torn: int = 0
    releases: set[int] = field(default_factory=set)
    """Numbers of the releases that were read whole."""
    errors: set[str] = field(default_factory=set)

    def count(self, marks: set[int]) -> None:
        """One read: every mark in it must be the same."""
        self.reads += 1
        if len(marks) == 1:
            self.whole += 1
            self.releases |= marks
        else:
            self.torn += 1


def read_by_connect(warehouse: str) -> set[int]:
    """Marks of every table by one connection, and the number that its release has."""
    with connect(warehouse) as con:
        marks = {mark for name in MARKS for mark in con.execute(MARKS[name].format(name)).fetchall()[0]}
        moment = con.execute("SELECT strftime(as_of() AT TIME ZONE 'UTC', '%Y%m%dT%H%M%SZ')").fetchall()[0][0]
    return marks if {run_id_of(mark) for mark in marks} == {moment} else marks | {-1}


def read_by_glob(warehouse: str) -> set[int]:
    """Marks of both parts of the pairs by a bare glob through the link `current`."""
    return read_globs(f"{warehouse}/current", "pairs")


def read_globs(folder: str, *names: str) -> set[int]:
    """Marks of these tables below a folder, in one query over bare globs."""
    each = (MARKS[name].format(f"read_parquet('{folder}/{name}/*.parquet')") for name in names)
    with duckdb.connect() as con:
        return {mark for row in con.execute(" UNION ALL ".join(each)).fetchall() for mark in row}


def read_resolved(warehouse: str) -> set[int]:
    """Marks of three tables below the folder that `current` points to, resolved once."""
    return read_globs(os.path.realpath(f"{warehouse}/current"), *MARKS)


def read_through_link(warehouse: str) -> set[int]:
    """Marks of three tables through the link, which is resolved again for each table."""
    return read_globs(f"{warehouse}/current", *MARKS)


def read_by_pandas(warehouse: str) -> set[int]:
    """Marks of the pairs as pandas reads their folder."""
    return set(pd.read_parquet(f"{warehouse}/current/pairs", columns=[MARKED["pairs"]])[MARKED["pairs"]])


LOCAL: dict[str, Callable[[str], set[int]]] = {
    "DuckDB, a bare glob over the parts of a table": read_by_glob,
    "pandas, the folder of a table": read_by_pandas,
    "DuckDB, three tables below the folder that `current` points to": read_resolved,
}
UNPROMISED: dict[str, Callable[[str], set[int]]] = {
    "DuckDB, three tables through `current` itself (not promised)": read_through_link
}
"""The link may move between two tables; measured, but not a requirement."""


def poll(
    environment: dict[str, str], read: Callable[[str], set[int]], warehouse: str, stop: Event, results: Connection
) -> None:
    """A reader process: read until `stop` is set, then send its counts; it reports its start after the first read."""
    os.environ.update(environment)
    seen = Readings()
    while not stop.is_set():
        try:
            seen.count(read(warehouse))
        except (WarehouseError, OSError, duckdb.Error) as error:
            seen.reads += 1
            seen.refused += 1
            seen.errors.add(type(error).__name__)
        if seen.reads == 1:
            results.send("started")
    results.send(seen)


def read_while_publishing(
    warehouse: str, prepared: Path, publications: int, is_local: bool
) -> tuple[dict[str, Readings], list[str]]:
    """Publish so many releases while readers poll; returns the counts of each reader, and problems."""
    series = Publications(warehouse, prepared, seed=0)
    series.publish()
    readers = {"llmpairs.warehouse.connect": read_by_connect} | (LOCAL | UNPROMISED if is_local else {})
    context = multiprocessing.get_context("forkserver")
    stop, pipes, processes = context.Event(), {}, []
    for name, read in readers.items():
        pipes[name], theirs = context.Pipe(duplex=False)
        processes.append(
            context.Process(target=poll, args=(dict(os.environ), read, warehouse, stop, theirs), daemon=True)
        )
        processes[-1].start()
    for pipe in pipes.values():
        pipe.recv()
    store = open_store(warehouse)
    for number in range(2, publications + 2):
        publish_prepared(prepared, warehouse, run_id_of(number), number)
        prune(store, KEPT, 0, 0)
    stop.set()
    seen = {name: pipe.recv() for name, pipe in pipes.items()}
    for process in processes:
        process.join()
    return seen, series.counts.problems
