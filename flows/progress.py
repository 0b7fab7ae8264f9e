"""What a person sees of a night while it runs, and the seconds that each stage took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status


@dataclass
class Stages:
    """Named stages in order, shown as they run: a spinner on a terminal, plain lines elsewhere."""

    console: Console = field(default_factory=lambda: Console(stderr=True))
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    status: Status | None = None
    brief: bool = False
    """Whether stages leave no lines behind; a terminal still shows the running one."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and show it; a stage that is entered twice adds up."""
        begin = time.monotonic()
        if self.console.is_terminal:
            self.status = self.console.status(f"{name} ...")
            self.status.start()
        try:
            yield
        finally:
            if self.status is not None:
                self.status.stop()
                self.status = None
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begin
        if not self.brief:
            self.say(name)

    def lap(self, name: str) -> None:
        """Book all seconds since the start to a stage, as the first one."""
        self.seconds[name] = time.monotonic() - self.started
        if not self.brief:
            self.say(name)

    def detail(self, text: str) -> None:
        """What the running stage is at; shown on a terminal only."""
        if self.status is not None:
            self.status.update(text)

    def say(self, text: str) -> None:
        """One line with the seconds since the start."""
        self.console.print(f"[dim]{time.monotonic() - self.started:6.1f} s[/dim]  {text}", highlight=False)


def is_terminal() -> bool:
    """Whether a person watches standard output."""
    return sys.stdout.isatty()
