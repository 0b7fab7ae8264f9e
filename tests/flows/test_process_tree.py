import os
import signal
import subprocess
import sys
import time

import psutil

from llmpairs.flows.runtime.process_tree import (
    MARK,
    MemoryMonitor,
    end_child_processes,
    list_marked,
    list_tree,
    resident_bytes,
)

PARENT = """
import subprocess, sys
from llmpairs.flows.runtime.process_tree import end_child_processes
CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).wait()"
with end_child_processes():
    subprocess.Popen([sys.executable, "-c", CHILD], start_new_session=True)
    print(__import__("os").environ["LLMPAIRS_STARTED_BY"], flush=True)
    sys.stdin.read()
"""
TIMEOUT_SECONDS = 30.0


def wait_for_marked(mark: str, count: int) -> set[int]:
    """Process ids with the mark, when there are so many or the time is up."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while len(found := {process.pid for process in list_marked(mark)}) != count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_no_process_outlives_a_killed_parent_not_even_grandchildren_in_sessions_of_their_own() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    mark = parent.stdout.readline().strip()
    assert len(wait_for_marked(mark, 3)) == 3, "the watcher, the child and its child"
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert wait_for_marked(mark, 0) == set()


def test_an_ordinary_end_removes_mark_and_watcher_and_leaves_the_children_alone() -> None:
    before = os.environ.get(MARK)
    with end_child_processes():
        mark = os.environ[MARK]
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert os.environ.get(MARK) == before
    assert child.poll() is None
    child.communicate(b"\n")
    assert child.returncode == 0
    assert wait_for_marked(mark, 0) == set()


def test_peak_memory_includes_child_processes() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "data = bytearray(64_000_000); print('ready', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    assert child.pid in {process.pid for process in list_tree(os.getpid())}
    with MemoryMonitor() as memory:
        pass
    assert memory.peak_bytes >= 64_000_000 + resident_bytes(psutil.Process()) // 2
    child.communicate(b"\n")


def test_an_ended_process_has_no_descendants_and_no_memory() -> None:
    child = psutil.Popen([sys.executable, "-c", ""])
    child.wait()
    assert list_tree(child.pid) == []
    assert resident_bytes(child) == 0
