"""Publications that are killed at every write in turn and at random moments, and disks that fill up at every write."""

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
class Tally:
    """What came of a series of faults."""

    kills: int = 0
    at_each_write: int = 0
    missed: int = 0
    """Kills that came when the publication was already done."""
    new_release_current: int = 0
    """Kills after which readers already had the new release."""
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
        """How long the last publication took, as far as is known."""
        self.tally = Tally()
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["bench.faults.victim"])

    def start(self, fault: Fault | None = None) -> tuple[str, Any, Any]:
        """Begin the next publication; its run id, its process, and the pipe on which it tells."""
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
        """A publication that nothing disturbs, and what must hold after it; how often it wrote."""
        begin = time.monotonic()
        run_id, process, told = self.start()
        process.join()
        if process.exitcode != 0:
            self.tally.problems.append(f"publication {run_id} ended with {process.exitcode}")
            return 0
        self.seconds, writes = time.monotonic() - begin, int(told.recv())
        self.tally.published.append(run_id)
        self.note(run_id, find_torn(self.warehouse, [run_id]) + find_litter(self.warehouse))
        return writes

    def kill_at(self, fault: Fault) -> None:
        """A publication that dies at one write, and one after it that succeeds."""
        before = current_run_id(open_store(self.warehouse))
        run_id, process, _ = self.start(fault)
        process.join()
        self.look(run_id, before, process.exitcode, expected=-signal.SIGKILL)
        self.tally.at_each_write += 1
        self.publish()

    def kill_randomly(self) -> None:
        """A publication that is killed from outside, at some moment of the time that the last one took."""
        before = current_run_id(open_store(self.warehouse))
        run_id, process, _ = self.start()
        wait = self.random.uniform(0, self.seconds)
        time.sleep(wait)
        process.kill()
        process.join()
        if process.exitcode == 0:
            self.seconds = wait
            self.tally.missed += 1
            self.tally.published.append(run_id)
            return
        self.look(run_id, before, process.exitcode, expected=-signal.SIGKILL)
        self.publish()

    def look(self, run_id: str, before: str | None, exitcode: int | None, expected: int) -> None:
        """Count a kill and what it did."""
        if exitcode != expected:
            self.tally.problems.append(f"{run_id} was to end with {expected} and ended with {exitcode}")
        self.tally.kills += 1
        self.note(
            run_id,
            find_torn(self.warehouse, [before, run_id]) + find_lost(self.warehouse, self.tally.published),
        )
        if current_run_id(open_store(self.warehouse)) == run_id:
            self.tally.new_release_current += 1
            self.tally.published.append(run_id)

    def note(self, run_id: str, problems: list[str]) -> None:
        """Keep what is wrong."""
        self.tally.problems += [f"{run_id}: {problem}" for problem in problems]


def kill_publications(warehouse: str, prepared: Path, kills: int, seed: int) -> Tally:
    """Kill at every write in turn, before it, in its midst and after it, then at random until there are `kills`."""
    series = Publications(warehouse, prepared, seed)
    writes = series.publish()
    for fault in all_faults(writes):
        if series.tally.kills < kills:
            series.kill_at(fault)
    while series.tally.kills < kills:
        series.kill_randomly()
    series.note("in the end", find_damaged(warehouse) + find_lost(warehouse, series.tally.published))
    return series.tally


def all_faults(writes: int) -> Iterator[Fault]:
    """Every phase of every write, the last writes first: they are the ones that publish."""
    for number in reversed(range(writes)):
        for phase in PHASES:
            yield Fault(number, phase)
