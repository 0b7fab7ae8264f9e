"""The gate process: validates staged tables; started early, because importing Great Expectations takes seconds."""

import json
import os
import subprocess
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from llmpairs.flows.runtime.process_tree import PYTHON_MODULE

LIMIT_SECONDS = 3000.0
"""For one job; below the time limit of its task, whose alarm does not interrupt a read from the process."""

GATE_LOG = "gate.log"
"""Name of its log in the run's work folder."""


class GateError(RuntimeError):
    """The gate process ended without a verdict; the run fails."""


class GateTimeoutError(GateError):
    """The gate process did not answer in time and was ended."""


class CriticalFailure(TypedDict):
    """A critical check that failed."""

    suite: str
    check: str
    outcome: str
    """`failed`, or `broken` where the check itself ended with an error."""
    observed: str
    failing_keys: list[str]


class Verdict(TypedDict):
    """What the gate answers to a job."""

    verdict: Literal["pass", "blocked"]
    critical_failures: list[CriticalFailure]


@dataclass
class Gate:
    """A running `python -m llmpairs.expectations.run`."""

    process: subprocess.Popen[str]

    def check(self, job: dict[str, Any]) -> Verdict:
        """Send one job and return its verdict; GateError when the process ends or does not answer in time."""
        if self.process.stdin is None or self.process.stdout is None:
            raise GateError("the gate process has no pipes")
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise GateError(f"the gate ended before it got a job (exit {self.process.wait()})") from None
        too_late = threading.Event()

        def end() -> None:
            too_late.set()
            self.process.kill()

        timer = threading.Timer(LIMIT_SECONDS, end)
        timer.daemon = True
        timer.start()
        try:
            for line in self.process.stdout:
                if line.startswith("{"):
                    verdict: Verdict = json.loads(line)
                    return verdict
        finally:
            timer.cancel()
        if too_late.is_set():
            raise GateTimeoutError(f"the gate did not answer within {LIMIT_SECONDS:g} s and was ended")
        raise GateError(f"the gate ended without a verdict (exit {self.process.wait()})")

    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self.process.poll() is None

    def close(self) -> None:
        """End the process: its input ends, then it is killed if it has not ended within 10 s."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_gate(log: Path | None = None) -> Gate:
    """Start the process; it imports while others work. Its warnings go to `log`, else to standard error."""
    with ExitStack() as files:
        return Gate(
            subprocess.Popen(
                [*PYTHON_MODULE, "llmpairs.expectations.run"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=files.enter_context(log.open("ab")) if log else None,
                text=True,
                env={**os.environ, "GX_ANALYTICS_ENABLED": "False"},
                start_new_session=True,
            )
        )
