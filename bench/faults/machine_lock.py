"""A lock on a shared machine: whole runs hold a lock file that other processes wait for."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_HOLD_SECONDS = 240.0


class MachineLock:
    """Holds the lock during runs and releases it every few minutes; does nothing without a file."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.handle: int | None = None
        self.since = 0.0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock for one run; it is kept for the next run until MAX_HOLD_SECONDS have passed."""
        if self.path is not None and self.handle is None:
            self.handle = os.open(self.path, os.O_RDWR | os.O_CREAT)
            fcntl.flock(self.handle, fcntl.LOCK_EX)
            self.since = time.monotonic()
        try:
            yield
        finally:
            if time.monotonic() - self.since > MAX_HOLD_SECONDS:
                self.release()

    def release(self) -> None:
        """Release the lock."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
