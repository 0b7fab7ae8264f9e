"""The largest memory of this process and all that it started, where the system tells it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

PROC = Path("/proc")
INTERVAL_SECONDS = 0.2


class MemoryWatch:
    """Samples the resident memory of the process tree while the block runs."""

    def __init__(self) -> None:
        self.peak_bytes: int | None = None
        """Largest sum seen; None where /proc does not exist."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        if (PROC / "self/stat").exists():
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL_SECONDS):
            self.peak_bytes = max(self.peak_bytes or 0, tree_bytes(os.getpid()))


def tree_bytes(root: int) -> int:
    """Resident bytes of a process and all its descendants; shared pages count for each."""
    return sum(resident_bytes(pid) for pid in descendants(root))


def descendants(root: int) -> Iterator[int]:
    """The process itself and all below it; one that ends meanwhile is left out."""
    yield root
    for listing in PROC.glob(f"{root}/task/*/children"):
        try:
            children = listing.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from descendants(int(child))


def resident_bytes(pid: int) -> int:
    """Resident bytes of a process; 0 for one that has ended."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
