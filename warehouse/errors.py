"""Errors of the warehouse; every message says what failed, where, and what to do next."""


class WarehouseError(Exception):
    """Any error of the warehouse."""


class StoreError(WarehouseError):
    """A folder or bucket that cannot be read or written."""

    def __init__(self, message: str, *, is_transient: bool = False) -> None:
        super().__init__(message)
        self.is_transient = is_transient
        """Whether a retry may succeed."""


class ConflictError(StoreError):
    """A conditional write of a file that another process has written meanwhile."""


class LeaseError(WarehouseError):
    """The warehouse has another writer, or this process is no longer the writer."""


class ContractError(WarehouseError):
    """A frame that breaks the contract of its table."""


class ReleaseError(WarehouseError):
    """A release that is missing, unfinished or damaged."""


class LogConflictError(ReleaseError):
    """Rows of a run that the log has already, with other values."""


class LandingError(WarehouseError):
    """A landed file or line that is damaged or breaks the landed contracts."""


class DecisionError(WarehouseError):
    """A decision that cannot be stored or read."""
