"""The lock of a warehouse: one refresh at a time; a killed process does not keep it."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from llmpairs.flows.runtime.settings import public_address, state_folder, warehouse_digest


class RefreshRunningError(RuntimeError):
    """Another refresh of the same warehouse is running on this machine."""


@contextmanager
def lock_warehouse(warehouse: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of a warehouse; RefreshRunningError when another process still holds it after the wait.

    The operating system releases the lock when its process ends, however it ends.
    """
    path = state_folder() / "locks" / f"{warehouse_digest(warehouse)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        waited = f" after {wait_seconds:.0f} s of waiting" if wait_seconds else "; --wait 2h waits for it"
        raise RefreshRunningError(
            f"another refresh of {public_address(warehouse)} is still running{waited}; see `llmpairs status`"
        ) from None
    try:
        yield
    finally:
        lock.release()
