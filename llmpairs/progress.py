"""What is seen of a night while it runs, and the seconds that each stage took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from llmpairs.logs import redact, tell, wants_json


@dataclass
class Stages:
    """Named stages in order, shown as they run: a spinner on a terminal, plain or JSON lines elsewhere."""

    console: Console = field(default_factory=lambda: Console(stderr=True))
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    status: Status | None = None
    brief: bool = False
    """Whether stages leave no lines behind; a terminal still shows the running one."""
    run_id: str | None = None
    """Stands in every JSON line."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and show it; a stage that is entered twice adds up."""
        begin = time.monotonic()
        self.note("stage begins", stage=name)
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
        self.end(name, taken)

    def lap(self, name: str) -> None:
        """Book all seconds since the start to a stage, as the first one."""
        self.seconds[name] = time.monotonic() - self.started
        self.end(name, self.seconds[name])

    def end(self, name: str, taken: float) -> None:
        """One line for a stage that is done."""
        self.note("stage ends", stage=name, stage_seconds=round(taken, 3))
        if not self.brief and not wants_json():
            self.say(name)

    def detail(self, text: str) -> None:
        """What the running stage is at; shown on a terminal only."""
        if self.status is not None:
            self.status.update(escape(text))

    def note(self, event: str, **fields: Any) -> None:
        """An event for machines: nothing unless JSON lines are wanted."""
        if wants_json():
            seconds = round(time.monotonic() - self.started, 3)
            tell(event, {"run_id": self.run_id, "seconds": seconds, **fields})

    def say(self, text: str, **fields: Any) -> None:
        """One line with the seconds since the start; `fields` stand in JSON only."""
        self.note(text, **fields)
        if not wants_json():
            elapsed = time.monotonic() - self.started
            self.console.print(f"[dim]{elapsed:6.1f} s[/dim]  {escape(redact(text))}", highlight=False)
