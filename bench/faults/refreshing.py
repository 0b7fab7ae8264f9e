"""Whole refreshes that are killed in every stage; after each, what readers have, and a refresh that must succeed."""

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

from bench.faults.check import find_damaged, find_litter, find_lost, find_torn
from bench.faults.turns import Turns
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.plan import plan_night
from llmpairs.flows.nightly.run import run_night
from llmpairs.flows.runtime.memory import descendants
from llmpairs.progress import Stages
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
"""Sources of both waves, of every kind but pages of providers: what a night waits for is not what is killed here."""
GONE_SECONDS = 30.0
"""Processes of a killed refresh must have ended by then."""


@dataclass
class Kills:
    """What came of the kills in one stage."""

    kills: int = 0
    missed: int = 0
    new_release_current: int = 0
    outliving: int = 0
    """Processes that were still there half a minute after the kill."""
    problems: list[str] = field(default_factory=list)


class Refreshes:
    """A series of refreshes of one warehouse over the same archive."""

    def __init__(self, warehouse: str, archive: Path, gate: Gate, turns: Turns, seed: int) -> None:
        self.warehouse = warehouse
        self.archive = archive
        self.gate = gate
        self.turns = turns
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
        with self.turns.turn():
            run_id, started = self.start_and_kill(stage, kills)
        if run_id is None:
            return
        kills.outliving += count_outliving(started)
        problems = find_torn(self.warehouse, [before, run_id]) + find_lost(self.warehouse, self.published)
        kills.problems += [f"{run_id}: {problem}" for problem in problems]
        if current_run_id(open_store(self.warehouse)) == run_id:
            kills.new_release_current += 1
            self.published.append(run_id)
        with self.turns.turn():
            kills.problems += self.refresh()
        kills.problems += self.unrecorded(run_id)

    def start_and_kill(self, stage: str, kills: Kills) -> tuple[str | None, list[tuple[int, str]]]:
        """Start a refresh, and kill it at a random moment of the stage; None when it was done before that."""
        process = subprocess.Popen(
            self.command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        run_id = self.follow(process, stage)
        time.sleep(self.random.uniform(0, self.seconds.get(stage, 1.0)))
        started = [(pid, born(pid)) for pid in descendants(process.pid)]
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
        """A refresh that nothing disturbs, in this process; what is wrong after it."""
        night = plan_night(self.warehouse, [self.archive], only=ASKED)
        stages = Stages()
        outcome = run_night(night, stages, self.gate)
        if outcome.state != "published":
            return [f"{night.run_id} is {outcome.state}: {outcome.error or outcome.critical}"]
        self.published.append(night.run_id)
        self.seconds |= {**stages.seconds, START: 5.0, RECORD: 1.0}
        return [
            f"{night.run_id}: {problem}"
            for problem in find_torn(self.warehouse, [night.run_id]) + find_litter(self.warehouse)
        ]

    def unrecorded(self, run_id: str) -> list[str]:
        """Whether the killed attempt got no row in the log from the next one."""
        runs = read_log(open_store(self.warehouse), "runs", run_id)
        return [] if len(runs) == 1 else [f"{run_id} has no row in the log"]

    def finish(self) -> list[str]:
        """What is wrong in the end, over all releases."""
        return find_damaged(self.warehouse) + find_lost(self.warehouse, self.published)


def read_events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The JSON lines among what a refresh says."""
    for line in lines:
        if line.startswith("{"):
            yield json.loads(line)


def born(pid: int) -> str:
    """What tells a process from a later one of the same number; empty when it has ended, or is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def count_outliving(started: list[tuple[int, str]]) -> int:
    """How many of the processes are still there when their time is up; those are ended."""
    deadline = time.monotonic() + GONE_SECONDS
    while (
        left := [pid for pid, birth in started if birth and born(pid) == birth]
    ) and time.monotonic() < deadline:
        time.sleep(0.2)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return len(left)


def kill_refreshes(series: Refreshes, kills: int) -> None:
    """First a release to lose, then as many kills, the stages taking turns."""
    with series.turns.turn():
        problems = series.refresh()
    if problems:
        raise RuntimeError(f"the first night does not succeed: {problems}")
    tries = 0
    while sum(stage.kills for stage in series.by_stage.values()) < kills:
        series.kill_in(STAGES[tries % len(STAGES)])
        tries += 1
    series.turns.end()
