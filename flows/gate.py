"""The process that validates: started early, because importing Great Expectations takes seconds."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any


class GateError(RuntimeError):
    """The validating process could not do its work; nothing passes without its verdict."""


@dataclass
class Gate:
    """A running `python -m expectations.run`."""

    process: subprocess.Popen[str]

    def judge(self, job: dict[str, Any]) -> dict[str, Any]:
        """The verdict on a job; GateError when the process died instead of answering."""
        if self.process.stdin is None or self.process.stdout is None:
            raise GateError("the gate has no pipes")
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise GateError(f"the gate ended before it was asked (exit {self.process.wait()})") from None
        for line in self.process.stdout:
            if line.startswith("{"):
                verdict: dict[str, Any] = json.loads(line)
                return verdict
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
            [sys.executable, "-m", "expectations.run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "GX_ANALYTICS_ENABLED": "False"},
            start_new_session=True,
        )
    )
