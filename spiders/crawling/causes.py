"""Why a page or a source did not answer, by name, and the errors that carry those names."""

from typing import ClassVar, Literal

Cause = Literal[
    "ok", "partial", "empty", "too_few_items", "layout_changed", "schema_changed", "not_text", "blocked", "moved",
    "gone", "timed_out", "rate_limited", "cut_short", "too_large", "not_configured", "not_archived",
    "archive_damaged", "stale", "failed",
]  # fmt: skip


class PageError(Exception):
    """A page that yields nothing; `cause` says why by name, the text says what, where and what to do."""

    cause: ClassVar[Cause] = "failed"


class NotTextError(PageError):
    """The body is not the text that was expected: HTML where JSON should be, a cut-off or binary body."""

    cause = "not_text"


class LayoutChangedError(PageError):
    """The page has no such place as the parser reads from."""

    cause = "layout_changed"

    def __init__(self, url: str, locator: str, expected: str) -> None:
        super().__init__(f"{url}: expected {expected} at {locator}; look at the page and change its parser")


class SchemaChangedError(PageError):
    """The place is there, but too many of its entries cannot be read."""

    cause = "schema_changed"

    def __init__(self, url: str, rejected: int, entries: int, first: str) -> None:
        super().__init__(f"{url}: {rejected} of {entries} entries cannot be read; the first: {first}")


class CutShortError(PageError):
    """The body ends before its end: fewer bytes came than were announced, or a packed body does not unpack."""

    cause = "cut_short"


class TooLargeError(PageError):
    """More than we take of one page."""

    cause = "too_large"


class NotArchivedError(PageError):
    """The archive that is replayed holds no answer to the request."""

    cause = "not_archived"


class ArchiveDamagedError(PageError):
    """The answer is missing from an archive that is damaged, or its record is."""

    cause = "archive_damaged"
