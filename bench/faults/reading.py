"""Readers that poll while nights are published and pruned: does any see two nights at once?"""

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
from warehouse.errors import WarehouseError
from warehouse.query import connect
from warehouse.releases import read_manifest
from warehouse.retention import prune
from warehouse.store import open_store

KEPT = 3
"""Releases that are left while the readers read: they race with pruning too."""
MARKS = {name: f"SELECT min({column}), max({column}) FROM {{}}" for name, column in MARKED.items()}


@dataclass
class Readings:
    """What a reader saw."""

    reads: int = 0
    whole: int = 0
    refused: int = 0
    """Reads that ended with an error: the release was pruned, or moved on, under the reader."""
    torn: int = 0
    nights: set[int] = field(default_factory=set)
    """Numbers of the releases that were read whole."""
    errors: set[str] = field(default_factory=set)

    def count(self, marks: set[int]) -> None:
        """One read: every mark in it must be the same."""
        self.reads += 1
        if len(marks) == 1:
            self.whole += 1
            self.nights |= marks
        else:
            self.torn += 1


def read_by_connect(warehouse: str) -> set[int]:
    """Marks of every table by one connection, and the number that its release has."""
    with connect(warehouse) as con:
        marks = {mark for name in MARKS for mark in con.execute(MARKS[name].format(name)).fetchall()[0]}
        moment = con.execute("SELECT strftime(as_of() AT TIME ZONE 'UTC', '%Y%m%dT%H%M%SZ')").fetchall()[0][0]
    return marks if {run_id_of(mark) for mark in marks} == {moment} else marks | {-1}


def read_by_glob(warehouse: str, name: str) -> set[int]:
    """Marks of all parts of a table by a bare glob through the link `current`."""
    with duckdb.connect() as con:
        files = f"read_parquet('{warehouse}/current/{name}/*.parquet')"
        return set(con.execute(MARKS[name].format(files)).fetchall()[0])


def read_by_pandas(warehouse: str) -> set[int]:
    """Marks of the pairs as pandas reads their folder."""
    return set(pd.read_parquet(f"{warehouse}/current/pairs", columns=[MARKED["pairs"]])[MARKED["pairs"]])


def poll(
    environment: dict[str, str],
    read: Callable[..., set[int]],
    arguments: tuple[str, ...],
    stop: Event,
    tell: Connection,
) -> None:
    """The life of a reader: read until told to stop."""
    os.environ.update(environment)
    seen = Readings()
    tell.send("begun")
    while not stop.is_set():
        try:
            seen.count(read(*arguments))
        except (WarehouseError, OSError, duckdb.Error) as error:
            seen.reads += 1
            seen.refused += 1
            seen.errors.add(type(error).__name__)
    tell.send(seen)


def read_while_publishing(
    warehouse: str, prepared: Path, publications: int, is_local: bool
) -> tuple[dict[str, Readings], list[str]]:
    """Publish that often while readers poll; what each reader saw, and what is wrong in the end."""
    series = Publications(warehouse, prepared, seed=0)
    series.publish()
    readers: dict[str, tuple[Callable[..., set[int]], tuple[str, ...]]] = {
        "warehouse.connect": (read_by_connect, (warehouse,))
    }
    if is_local:
        readers["DuckDB, a bare glob over two parts"] = (read_by_glob, (warehouse, "pairs"))
        readers["pandas, the folder"] = (read_by_pandas, (warehouse,))
    context = multiprocessing.get_context("forkserver")
    stop, pipes, processes = context.Event(), {}, []
    for name, (read, arguments) in readers.items():
        pipes[name], theirs = context.Pipe(duplex=False)
        processes.append(
            context.Process(target=poll, args=(dict(os.environ), read, arguments, stop, theirs), daemon=True)
        )
        processes[-1].start()
        pipes[name].recv()
    store = open_store(warehouse)
    for number in range(2, publications + 2):
        run_id = run_id_of(number)
        publish_prepared(prepared, warehouse, run_id, number)
        read_manifest(store, run_id)
        prune(store, KEPT, 0, 0)
    stop.set()
    seen = {name: pipe.recv() for name, pipe in pipes.items()}
    for process in processes:
        process.join()
    return seen, series.tally.problems
