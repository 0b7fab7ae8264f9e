"""What can go wrong in the warehouse, one class per room; every message says what, where and what to do."""


class WarehouseError(Exception):
    """Any refusal of the warehouse."""


class StoreError(WarehouseError):
    """A folder or bucket that cannot be read or written."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        """Whether the same may well succeed in a minute."""


class ContractError(WarehouseError):
    """A frame that breaks the promise of its table."""


class ReleaseError(WarehouseError):
    """A release that is missing, unfinished or damaged."""


class LandingError(WarehouseError):
    """A landed line that is not what the spiders promise."""


class DecisionError(WarehouseError):
    """A reviewer's decision that cannot be kept or read."""
