"""The process that validates: started early, because importing Great Expectations takes seconds."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any


class GateError(RuntimeError):
    """The validating process could not do its work; nothing passes without its verdict."""


class GateSilentError(GateError):
    """The validating process did not answer in time, and was ended."""


LIMIT_SECONDS = 3000.0
"""For one job; below the time limit of its task, whose alarm does not reach a read that waits for the process."""


@dataclass
class Gate:
    """A running `python -m llmpairs.expectations.run`."""

    process: subprocess.Popen[str]

    def judge(self, job: dict[str, Any]) -> dict[str, Any]:
        """The verdict on a job; GateError when the process died, GateSilentError when it was ended for being late."""
        if self.process.stdin is None or self.process.stdout is None:
            raise GateError("the gate has no pipes")
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise GateError(f"the gate ended before it was asked (exit {self.process.wait()})") from None
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
                    verdict: dict[str, Any] = json.loads(line)
                    return verdict
        finally:
            timer.cancel()
        if too_late.is_set():
            raise GateSilentError(f"the gate did not answer within {LIMIT_SECONDS:g} s and was ended")
        raise GateError(f"the gate ended without a verdict (exit {self.process.wait()})")

    def is_alive(self) -> bool:
        """Whether the process is there to be asked."""
        return self.process.poll() is None

    def close(self) -> None:
        """Let the process end; it has nothing left to do."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_gate() -> Gate:
    """Start the process; it imports while others work."""
    return Gate(
        subprocess.Popen(
            [sys.executable, "-m", "llmpairs.expectations.run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "GX_ANALYTICS_ENABLED": "False"},
            start_new_session=True,
        )
    )
