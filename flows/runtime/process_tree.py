"""No process outlives the one that started it, not even when that is killed and can clean up nothing.

Killed with SIGKILL, a refresh left Prefect's temporary server running for ever, 200 MB of it, and a live crawl
asking the network for up to an hour. A watcher waits at the other end of a pipe; when the pipe breaks, it ends
every process that carries the mark in its environment. Works where there is a /proc.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = "LLMPAIRS_STARTED_BY"
GENTLY_SECONDS = 5.0
GIVE_UP_SECONDS = 15.0
PROC = Path("/proc")


@contextmanager
def end_children_with_us() -> Iterator[None]:
    """Processes that are started inside, and theirs, end when this process does, however it ends."""
    outer = os.environ.get(MARK)
    mark = uuid.uuid4().hex
    os.environ[MARK] = mark
    watcher = subprocess.Popen(
        [sys.executable, "-m", "llmpairs.flows.runtime.process_tree", mark],
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


def list_marked(mark: str) -> list[int]:
    """Processes other than this one that were started with the mark; none where there is no /proc."""
    wanted = f"{MARK}={mark}".encode()
    return [int(path.parent.name) for path in PROC.glob("[0-9]*/environ") if carries(path, wanted)]


def carries(environ: Path, wanted: bytes) -> bool:
    """Whether the mark stands in a process's environment; no for this process and for what may not be read."""
    try:
        return environ.parent.name != str(os.getpid()) and wanted in environ.read_bytes().split(b"\0")
    except OSError:
        return False


def end_marked(mark: str) -> None:
    """End all of them, gently first."""
    begin = time.monotonic()
    while (left := list_marked(mark)) and time.monotonic() - begin < GIVE_UP_SECONDS:
        gently = time.monotonic() - begin < GENTLY_SECONDS
        for pid in left:
            send(pid, signal.SIGTERM if gently else signal.SIGKILL)
        time.sleep(0.5)


def send(pid: int, number: signal.Signals) -> None:
    """A signal to a process that may have ended meanwhile."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_marked(sys.argv[1])
