"""Errors of the warehouse; every message says what failed, where, and what to do next."""


class WarehouseError(Exception):
    """Any error of the warehouse."""


class StoreError(WarehouseError):
    """A folder or bucket that cannot be read or written."""

    def __init__(self, message: str, *, is_transient: bool = False) -> None:
        super().__init__(message)
        self.is_transient = is_transient
        """Whether a retry may succeed."""


class ContractError(WarehouseError):
    """A frame that breaks the contract of its table."""


class ReleaseError(WarehouseError):
    """A release that is missing, unfinished or damaged."""


class LandingError(WarehouseError):
    """A landed file or line that is damaged or breaks the landed contracts."""


class DecisionError(WarehouseError):
    """A decision that cannot be stored or read."""
