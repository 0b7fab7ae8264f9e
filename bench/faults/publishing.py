"""Publications that are killed at every write in turn and at random times."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.faults.check import find_damaged, find_litter, find_lost, find_torn
from bench.faults.victim import PHASES, Fault, run_victim
from llmpairs.warehouse.releases import current_run_id
from llmpairs.warehouse.store import open_store

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FaultCounts:
    """Counts and problems of a series of faults."""

    kills: int = 0
    at_each_write: int = 0
    missed: int = 0
    """Kills after the end of the publication."""
    new_release_current: int = 0
    """Kills after which the new release was already live."""
    problems: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


def run_id_of(number: int) -> str:
    """A run id of its own for each number: one a day."""
    return (FIRST_DAY + timedelta(days=number)).strftime("%Y%m%dT%H%M%SZ")


class Publications:
    """A series of publications into one warehouse, each in a process of its own."""

    def __init__(self, warehouse: str, prepared: Path, seed: int) -> None:
        self.warehouse = warehouse
        self.prepared = prepared
        self.random = random.Random(seed)
        self.number = 0
        self.seconds = 0.0
        """Seconds of the last publication."""
        self.counts = FaultCounts()
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["bench.faults.victim", "bench.faults.reading"])

    def start(self, fault: Fault | None = None) -> tuple[str, Any, Any]:
        """Start the next publication; returns its run id, its process, and the pipe of its messages."""
        self.number += 1
        run_id = run_id_of(self.number)
        ours, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(
            target=run_victim,
            args=(theirs, dict(os.environ), self.prepared, self.warehouse, run_id, self.number, fault),
        )
        process.start()
        theirs.close()
        ours.recv()
        return run_id, process, ours

    def publish(self) -> int:
        """A publication without a fault, checked; returns its number of writes."""
        begin = time.monotonic()
        run_id, process, messages = self.start()
        process.join()
        if process.exitcode != 0:
            self.counts.problems.append(f"publication {run_id} ended with {process.exitcode}")
            return 0
        self.seconds, writes = time.monotonic() - begin, int(messages.recv())
        self.counts.published.append(run_id)
        self.keep(run_id, find_torn(self.warehouse, [run_id]) + find_litter(self.warehouse))
        return writes

    def kill_at(self, fault: Fault) -> None:
        """A publication that is killed at one write."""
        before = current_run_id(open_store(self.warehouse))
        run_id, process, _ = self.start(fault)
        process.join()
        self.count_kill(run_id, before, process.exitcode, expected=-signal.SIGKILL)
        self.counts.at_each_write += 1

    def kill_randomly(self) -> None:
        """A publication that is killed at a random time within the seconds of the last one."""
        before = current_run_id(open_store(self.warehouse))
        run_id, process, _ = self.start()
        wait = self.random.uniform(0, self.seconds)
        time.sleep(wait)
        process.kill()
        process.join()
        if process.exitcode == 0:
            self.seconds = wait
            self.counts.missed += 1
            self.counts.published.append(run_id)
            return
        self.count_kill(run_id, before, process.exitcode, expected=-signal.SIGKILL)
        self.publish()

    def count_kill(self, run_id: str, before: str | None, exitcode: int | None, expected: int) -> None:
        """Count a kill and check the warehouse."""
        if exitcode != expected:
            self.counts.problems.append(f"{run_id} should end with {expected}, ended with {exitcode}")
        self.counts.kills += 1
        self.keep(
            run_id, find_torn(self.warehouse, [before, run_id]) + find_lost(self.warehouse, self.counts.published)
        )
        if current_run_id(open_store(self.warehouse)) == run_id:
            self.counts.new_release_current += 1
            self.counts.published.append(run_id)

    def keep(self, run_id: str, problems: list[str]) -> None:
        """Keep the problems of a run."""
        self.counts.problems += [f"{run_id}: {problem}" for problem in problems]


def kill_publications(warehouse: str, prepared: Path, kills: int, seed: int) -> FaultCounts:
    """Kill at every write in turn, before, during and after it, then at random times until there are `kills`."""
    series = Publications(warehouse, prepared, seed)
    writes = series.publish()
    for fault in all_faults(writes):
        if series.counts.kills < kills:
            series.kill_at(fault)
            series.publish()
    while series.counts.kills < kills:
        series.kill_randomly()
    series.keep("at the end", find_damaged(warehouse) + find_lost(warehouse, series.counts.published))
    return series.counts


def all_faults(writes: int) -> Iterator[Fault]:
    """Every phase of every write, the last writes first: they publish. The very last one returns the lease."""
    for number in (*reversed(range(writes - 1)), writes - 1):
        for phase in PHASES:
            yield Fault(number, phase)
