import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llmpairs.flows.runtime.lock import NightRunningError, one_night

HOLD = """
import sys
from llmpairs.flows.runtime.lock import one_night
with one_night(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(warehouse: Path) -> "subprocess.Popen[str]":
    """Another process that holds the warehouse's lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_night_leaves_or_waits_and_a_killed_one_keeps_no_lock(tmp_path: Path) -> None:
    first = hold(tmp_path / "w")
    try:
        with (
            pytest.raises(NightRunningError, match="still running; --wait 2h waits for it"),
            one_night(f"{tmp_path}/w"),
        ):
            pass
        with pytest.raises(NightRunningError, match="after 0 s of waiting"), one_night(f"{tmp_path}/w", 0.1):
            pass
        with one_night(str(tmp_path / "other")):
            pass
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
    with one_night(str(tmp_path / "w")):
        pass


def test_a_night_that_waits_begins_when_the_first_is_done(tmp_path: Path) -> None:
    first = hold(tmp_path / "w")
    assert first.stdin is not None
    first.stdin.close()
    with one_night(str(tmp_path / "w"), wait_seconds=60):
        assert first.wait(timeout=60) == 0
    assert first.stdout is not None
    first.stdout.close()


def test_credentials_of_a_bucket_are_not_in_the_message() -> None:
    address = "s3://key:verysecret@bucket/w?region=us-east-1"
    with one_night(address), pytest.raises(NightRunningError) as told, one_night(address):
        pass
    assert "s3://bucket/w" in str(told.value)
    assert "verysecret" not in str(told.value)
