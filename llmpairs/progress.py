"""Progress of a command: the running stage on a terminal, one line or JSON event per stage, seconds of each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from llmpairs.logs import log_event, redact, wants_json


@dataclass
class Progress:
    """Named stages in order, shown as they run: a spinner on a terminal, plain or JSON lines elsewhere."""

    console: Console = field(default_factory=lambda: Console(stderr=True))
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds of each stage, in the order in which they first ended."""
    started: float = field(default_factory=time.monotonic)
    status: Status | None = None
    brief: bool = False
    """Whether a finished stage prints no line; a terminal still shows the running one."""
    run_id: str | None = None
    """Part of every JSON event."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and show it; a stage that is entered twice adds up."""
        begin = time.monotonic()
        self.log_event("stage begins", stage=name)
        if self.console.is_terminal and not wants_json():
            self.status = self.console.status(f"{name} ...")
            self.status.start()
        try:
            yield
        finally:
            if self.status is not None:
                self.status.stop()
                self.status = None
            taken = time.monotonic() - begin
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
        self._finish(name, taken)

    def record_stage(self, name: str) -> None:
        """Record a first stage that took all seconds since the start."""
        self.seconds[name] = time.monotonic() - self.started
        self._finish(name, self.seconds[name])

    def _finish(self, name: str, taken: float) -> None:
        self.log_event("stage ends", stage=name, stage_seconds=round(taken, 3))
        if not self.brief and not wants_json():
            self.print_line(name)

    def update(self, text: str) -> None:
        """Show how far the running stage is; on a terminal only."""
        if self.status is not None:
            self.status.update(escape(text))

    def log_event(self, event: str, **fields: Any) -> None:
        """Log a JSON event; does nothing unless JSON is asked for."""
        if wants_json():
            seconds = round(time.monotonic() - self.started, 3)
            log_event(event, {"run_id": self.run_id, "seconds": seconds, **fields})

    def print_line(self, text: str, **fields: Any) -> None:
        """Print one line with the seconds since the start; `fields` are part of the JSON event only."""
        self.log_event(text, **fields)
        if not wants_json():
            elapsed = time.monotonic() - self.started
            self.console.print(f"[dim]{elapsed:6.1f} s[/dim]  {escape(redact(text))}", highlight=False)
