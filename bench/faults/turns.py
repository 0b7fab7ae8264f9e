"""Turns on a machine that is shared: whole nights run under a lock file that others wait for too."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_SECONDS = 240.0


class Turns:
    """Holds the lock while nights run, and lets others have it every few minutes; without a file it does nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.handle: int | None = None
        self.since = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A night may run inside; the lock is kept for the next one until the turn has been long enough."""
        if self.path is not None and self.handle is None:
            self.handle = os.open(self.path, os.O_RDWR | os.O_CREAT)
            fcntl.flock(self.handle, fcntl.LOCK_EX)
            self.since = time.monotonic()
        try:
            yield
        finally:
            if time.monotonic() - self.since > LONGEST_SECONDS:
                self.end()

    def end(self) -> None:
        """Give the lock back."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
