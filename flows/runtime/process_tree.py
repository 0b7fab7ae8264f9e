"""The processes of a run: all end when it ends, even if it is killed; the peak memory of all of them.

A refresh that is killed with SIGKILL cannot clean up. A watcher process waits at the other end of a pipe; when the
pipe breaks, it ends every process that carries the run's mark in its environment. Without it Prefect's temporary
server (200 MB) and a live crawl went on for up to an hour.
"""

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import psutil

MARK = "LLMPAIRS_STARTED_BY"
"""Environment variable that all processes of a run inherit."""
TERMINATE_SECONDS = 5.0
"""Processes get SIGTERM for this long, then SIGKILL."""
TIMEOUT_SECONDS = 15.0
MEMORY_INTERVAL_SECONDS = 0.2
PYTHON_MODULE = (sys.executable, "-P", "-m")
"""Start of a command that runs an installed module; -P keeps packages of the current folder from shadowing it."""


@contextmanager
def end_child_processes() -> Iterator[None]:
    """End all processes that were started inside when this process is killed; does nothing on an ordinary end."""
    outer = os.environ.get(MARK)
    mark = uuid.uuid4().hex
    os.environ[MARK] = mark
    watcher = subprocess.Popen(
        [*PYTHON_MODULE, "llmpairs.flows.runtime.process_tree", mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        watcher.kill()
        watcher.communicate()
        if outer is None:
            del os.environ[MARK]
        else:
            os.environ[MARK] = outer


def list_marked(mark: str) -> list[psutil.Process]:
    """Processes other than this one that were started with the mark."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and read_environment(process).get(MARK) == mark
    ]


def read_environment(process: psutil.Process) -> dict[str, str]:
    """The environment of a process; empty where it has ended or may not be read."""
    try:
        environment: dict[str, str] = process.environ()
    except (psutil.Error, OSError):
        return {}
    return environment


def end_marked(mark: str) -> None:
    """End all processes with the mark: first with SIGTERM, then with SIGKILL."""
    begin = time.monotonic()
    while (left := list_marked(mark)) and (elapsed := time.monotonic() - begin) < TIMEOUT_SECONDS:
        for process in left:
            try:
                process.terminate() if elapsed < TERMINATE_SECONDS else process.kill()
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.5)


class MemoryMonitor:
    """Samples the resident memory of this process and its descendants while the block runs."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        """Largest sum of resident bytes; shared pages count for each process."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "MemoryMonitor":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, sum(map(resident_bytes, list_tree(os.getpid()))))
            if self._done.wait(MEMORY_INTERVAL_SECONDS):
                return


def list_tree(root: int) -> list[psutil.Process]:
    """A process and all its descendants; empty where it has ended."""
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def resident_bytes(process: psutil.Process) -> int:
    """Resident bytes of a process; 0 where it has ended."""
    try:
        return int(process.memory_info().rss)
    except (psutil.Error, OSError):
        return 0


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_marked(sys.argv[1])
