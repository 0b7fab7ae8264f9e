"""The lock of a warehouse: one refresh at a time; a killed process does not keep it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from llmpairs.warehouse.errors import LeaseError
from llmpairs.warehouse.lease import hold_lease
from llmpairs.warehouse.store import open_store


class RefreshRunningError(RuntimeError):
    """Another process, on this machine or another, is writing to the same warehouse."""


@contextmanager
def lock_warehouse(warehouse: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lease of a warehouse; RefreshRunningError when another process still holds it after the wait."""
    with ExitStack() as held:
        try:
            held.enter_context(hold_lease(open_store(warehouse), "refresh", wait_seconds))
        except LeaseError as error:
            hint = "" if wait_seconds else "; --wait 2h waits for it"
            raise RefreshRunningError(f"{error}{hint}; see `llmpairs status`") from None
        yield
