"""One night at a time: a lock that a dead process does not keep."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from llmpairs.flows.runtime.settings import place_digest, public_address, state_folder


class NightRunningError(RuntimeError):
    """Another refresh of the same warehouse is running on this machine."""


@contextmanager
def one_night(warehouse: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of a warehouse; NightRunningError when another process has it for longer than the wait.

    The operating system drops the lock with its process, so a killed night leaves none behind.
    """
    path = state_folder() / "locks" / f"{place_digest(warehouse)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        waited = f" after {wait_seconds:.0f} s of waiting" if wait_seconds else "; --wait 2h waits for it"
        raise NightRunningError(
            f"another refresh of {public_address(warehouse)} is still running{waited}; see `llmpairs status`"
        ) from None
    try:
        yield
    finally:
        lock.release()
