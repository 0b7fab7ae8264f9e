"""Errors of the warehouse; every message says what failed, where, and what to do next."""


class QuestionError(LookupError):
    """A question about a release that it cannot answer as it was asked."""


class UnknownNameError(QuestionError):
    """A name of nothing, or of several things, in a release."""

    def __init__(self, name: str, nearest: tuple[str, ...], kind: str = "model") -> None:
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"no {kind} {name!r} in this release{hint}")
        self.name = name
        self.nearest = nearest
        """Similar names, the best first."""
        self.kind = kind
        """What the name was looked up as."""


class NoPairError(QuestionError):
    """Two models that have no comparison record."""


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
