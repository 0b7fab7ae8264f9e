"""The named causes of a failed page or source, and the errors that carry them."""

from typing import ClassVar, Literal

Cause = Literal[
    "ok", "partial", "empty", "too_few_items", "too_many_items", "layout_changed", "schema_changed", "not_text",
    "blocked", "moved", "gone", "timed_out", "rate_limited", "cut_short", "too_large", "not_configured", "not_archived",
    "archive_damaged", "stale", "failed", "unreachable", "bad_certificate",
]  # fmt: skip


class PageError(Exception):
    """A page that yields nothing; `cause` names why, the message states what failed, where and what to do."""

    cause: ClassVar[Cause] = "failed"


class NotTextError(PageError):
    """The body is not the expected text: HTML where JSON should be, a truncated or binary body."""

    cause = "not_text"


class LayoutChangedError(PageError):
    """The page lacks the part that the parser reads."""

    cause = "layout_changed"

    def __init__(self, url: str, locator: str, expected: str) -> None:
        super().__init__(f"{url}: expected {expected} at {locator}; look at the page and change its parser")


class SchemaChangedError(PageError):
    """Too many entries of the page cannot be read."""

    cause = "schema_changed"

    def __init__(self, url: str, rejected: int, entries: int, first: str) -> None:
        super().__init__(f"{url}: {rejected} of {entries} entries cannot be read; the first: {first}")


class CutShortError(PageError):
    """The body is truncated: fewer bytes than announced, or a packed body that does not unpack."""

    cause = "cut_short"


class TooLargeError(PageError):
    """The page exceeds the limits of size or claims."""

    cause = "too_large"


class NotArchivedError(PageError):
    """The replayed archive holds no response to the request."""

    cause = "not_archived"


class ArchiveDamagedError(PageError):
    """The response is missing from a damaged archive, or its own record is damaged."""

    cause = "archive_damaged"


class HostUnavailableError(PageError):
    """The host is skipped, or may not be requested at all; the cause is that of its first failure."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.host_cause = cause


class RobotsDisallowedError(PageError):
    """The host's robots.txt forbids the page."""

    cause = "blocked"


class PrivateHostError(PageError):
    """A host with a private address; no source is there, so it is not requested."""

    cause = "moved"
