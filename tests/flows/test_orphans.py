import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmpairs.flows.runtime.process_tree import MARK, PROC, end_children_with_us

PARENT = """
import subprocess, sys
from llmpairs.flows.runtime.process_tree import end_children_with_us
CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).wait()"
with end_children_with_us():
    subprocess.Popen([sys.executable, "-c", CHILD], start_new_session=True)
    print(__import__("os").environ["LLMPAIRS_STARTED_BY"], flush=True)
    sys.stdin.read()
"""
PATIENCE_SECONDS = 30.0


def marked(mark: str) -> set[str]:
    """Command lines of the processes that carry the mark."""
    found = set()
    for path in PROC.glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (path / "environ").read_bytes().split(b"\0"):
                found.add((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def wait_for(mark: str, count: int) -> set[str]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found := marked(mark)) != count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="this system has no /proc to find processes by"
)
def test_nothing_outlives_a_killed_parent_not_even_grandchildren_in_sessions_of_their_own() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    mark = parent.stdout.readline().strip()
    assert len(wait_for(mark, 3)) == 3, "the watcher, the child and its child"
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert wait_for(mark, 0) == set()


def test_the_mark_and_the_watcher_are_gone_when_the_block_ends_and_what_it_left_lives_on() -> None:
    before = os.environ.get(MARK)
    with end_children_with_us():
        mark = os.environ[MARK]
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert os.environ.get(MARK) == before
    assert child.poll() is None
    child.communicate(b"\n")
    assert child.returncode == 0
    assert wait_for(mark, 0) == set()
