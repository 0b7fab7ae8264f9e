import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llmpairs.flows.runtime.lock import RefreshRunningError, lock_warehouse

HOLD = """
import sys
from llmpairs.flows.runtime.lock import lock_warehouse
with lock_warehouse(sys.argv[1]):
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


def test_a_second_run_fails_or_waits_and_a_killed_one_keeps_no_lock(tmp_path: Path) -> None:
    first = hold(tmp_path / "w")
    try:
        with (
            pytest.raises(RefreshRunningError, match=r"is still running on .*/w; --wait 2h waits for it"),
            lock_warehouse(f"{tmp_path}/w"),
        ):
            pass
        with pytest.raises(RefreshRunningError, match="after 0 s of waiting"), lock_warehouse(f"{tmp_path}/w", 0.1):
            pass
        with lock_warehouse(str(tmp_path / "other")):
            pass
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
    with lock_warehouse(str(tmp_path / "w")):
        pass


def test_a_run_that_waits_starts_when_the_first_has_ended(tmp_path: Path) -> None:
    first = hold(tmp_path / "w")
    assert first.stdin is not None
    first.stdin.close()
    with lock_warehouse(str(tmp_path / "w"), wait_seconds=60):
        assert first.wait(timeout=60) == 0
    assert first.stdout is not None
    first.stdout.close()


def test_credentials_of_a_bucket_are_not_in_the_message(s3_uri: str) -> None:
    address = s3_uri.replace("s3://", "s3://key:verysecret@")
    with lock_warehouse(address), pytest.raises(RefreshRunningError) as error, lock_warehouse(address):
        pass
    assert "s3://warehouse/test_credentials" in str(error.value)
    assert "verysecret" not in str(error.value)
