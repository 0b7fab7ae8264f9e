"""Whole refreshes that are killed in every stage; then the live release must be whole and a refresh succeed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.faults.check import find_damaged, find_litter, find_lost, find_torn
from bench.faults.machine_lock import MachineLock
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.plan import plan_run
from llmpairs.flows.nightly.run import execute_run
from llmpairs.flows.runtime.process_tree import list_tree
from llmpairs.progress import Progress
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import current_run_id
from llmpairs.warehouse.store import open_store

START, RECORD = "before the flow", "after publishing"
STAGES = (
    START,
    "crawl catalogues",
    "crawl endpoints and cards",
    "land",
    "transform",
    "check state",
    "pairs",
    "check pairs",
    "publish",
    RECORD,
)
ASKED = ("models_dev", "openrouter", "litellm", "aider", "openrouter_endpoints", "huggingface_cards")
"""Sources of both waves and of every kind but provider pages, so that a refresh is short."""
GONE_SECONDS = 30.0
"""Processes of a killed refresh must have ended by then."""


@dataclass
class Kills:
    """Counts and problems of the kills in one stage."""

    kills: int = 0
    missed: int = 0
    new_release_current: int = 0
    outliving: int = 0
    """Processes that still ran half a minute after the kill."""
    problems: list[str] = field(default_factory=list)


class Refreshes:
    """A series of refreshes of one warehouse over the same archive."""

    def __init__(self, warehouse: str, archive: Path, gate: Gate, machine_lock: MachineLock, seed: int) -> None:
        self.warehouse = warehouse
        self.archive = archive
        self.gate = gate
        self.machine_lock = machine_lock
        self.random = random.Random(seed)
        self.by_stage = {stage: Kills() for stage in STAGES}
        self.published: list[str] = []
        self.seconds: dict[str, float] = {}

    def command(self) -> list[str]:
        """The command that is killed."""
        return [
            sys.executable, "-m", "llmpairs.flows", "refresh", "--archive", str(self.archive),
            "--warehouse", self.warehouse,
            "--only", ",".join(ASKED), "--log-format", "json",
        ]  # fmt: skip

    def kill_in(self, stage: str) -> None:
        """Kill a refresh in a stage, then let one succeed."""
        before = current_run_id(open_store(self.warehouse))
        kills = self.by_stage[stage]
        with self.machine_lock.hold():
            run_id, started = self.start_and_kill(stage, kills)
        if run_id is None:
            return
        kills.outliving += count_outliving(started)
        problems = find_torn(self.warehouse, [before, run_id]) + find_lost(self.warehouse, self.published)
        kills.problems += [f"{run_id}: {problem}" for problem in problems]
        if current_run_id(open_store(self.warehouse)) == run_id:
            kills.new_release_current += 1
            self.published.append(run_id)
        with self.machine_lock.hold():
            kills.problems += self.refresh()
        kills.problems += self.unrecorded(run_id)

    def start_and_kill(self, stage: str, kills: Kills) -> tuple[str | None, list[psutil.Process]]:
        """Start a refresh and kill it at a random time of the stage; None when it had ended before."""
        process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        run_id = self.follow(process, stage)
        time.sleep(self.random.uniform(0, self.seconds.get(stage, 1.0)))
        started = list_tree(process.pid)
        # Half of the kills hit the process alone, as the kernel does when memory runs out, half its whole group.
        (os.killpg if self.random.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
        process.communicate()
        if process.returncode != -signal.SIGKILL:
            kills.missed += 1
            self.published += [run_id] if process.returncode == 0 else []
            return None, []
        kills.kills += 1
        return run_id, started

    def follow(self, process: "subprocess.Popen[str]", stage: str) -> str:
        """Read the events of a refresh until the stage begins; returns its run id."""
        run_id = ""
        for event in read_events(process.stderr or ()):
            run_id = event.get("run_id") or run_id
            begins = event["event"] == "stage begins" and event["stage"] == stage
            published = event["event"] == "stage ends" and event["stage"] == "publish"
            if begins or (stage == START and run_id) or (stage == RECORD and published):
                return run_id
        raise RuntimeError(f"the refresh ended before {stage}: {process.wait()}")

    def refresh(self) -> list[str]:
        """A refresh without a fault, in this process; returns its problems."""
        plan = plan_run(self.warehouse, [self.archive], only=ASKED)
        progress = Progress()
        outcome = execute_run(plan, progress, self.gate)
        if outcome.state != "published":
            return [f"{plan.run_id} is {outcome.state}: {outcome.error or outcome.critical}"]
        self.published.append(plan.run_id)
        self.seconds |= {**progress.seconds, START: 5.0, RECORD: 1.0}
        return [
            f"{plan.run_id}: {problem}"
            for problem in find_torn(self.warehouse, [plan.run_id]) + find_litter(self.warehouse)
        ]

    def unrecorded(self, run_id: str) -> list[str]:
        """A problem where the run after the killed one has not recorded it in the log."""
        runs = read_log(open_store(self.warehouse), "runs", run_id)
        return [] if len(runs) == 1 else [f"{run_id} has no row in the log"]

    def finish(self) -> list[str]:
        """Problems at the end, over all releases."""
        return find_damaged(self.warehouse) + find_lost(self.warehouse, self.published)


def read_events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The JSON lines of a refresh's output."""
    for line in lines:
        if line.startswith("{"):
            yield json.loads(line)


def count_outliving(started: list[psutil.Process]) -> int:
    """Number of processes that still run when their time is up; those are killed."""
    deadline = time.monotonic() + GONE_SECONDS
    while (left := [process for process in started if is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    for process in left:
        process.kill()
    return len(left)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process has not ended; a zombie has."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill_refreshes(series: Refreshes, kills: int) -> None:
    """Publish a first release, then kill so many refreshes, in each stage in turn."""
    with series.machine_lock.hold():
        problems = series.refresh()
    if problems:
        raise RuntimeError(f"the first run fails: {problems}")
    tries = 0
    while sum(stage.kills for stage in series.by_stage.values()) < kills:
        series.kill_in(STAGES[tries % len(STAGES)])
        tries += 1
    series.machine_lock.release()
