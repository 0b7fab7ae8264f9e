"""The page that a parser reads, and what it yields besides items: findings and next pages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from llmpairs.spiders.crawling.causes import NotTextError
from llmpairs.spiders.items import Item

MAX_EXCERPT_CHARS = 600


@dataclass(frozen=True, kw_only=True)
class Page:
    """One response: enough to parse it again at any time, without a network or a clock."""

    url: str
    """Requested address."""
    body: bytes
    """Body with its transfer and content encodings removed."""
    captured_at: str
    """UTC time of the capture, ISO 8601 with Z."""

    def text(self) -> str:
        """The body as UTF-8 text without a byte order mark, its lines ending with \\n; NotTextError if it is none."""
        try:
            return self.body.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise NotTextError(f"{self.url}: not UTF-8 text: {error}") from None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something for a reviewer about a page that was parsed."""

    kind: Literal["rejected", "unknown_key", "remark"]
    """An entry that could not be read, a key that the parser does not know, or a choice that it made."""
    locator: str
    """Position in the page."""
    text: str
    """The reason, the key, or the choice."""

    def shortened(self) -> "Finding":
        """The finding with the page's text in it as excerpts."""
        return replace(self, locator=format_excerpt(self.locator), text=format_excerpt(self.text))


@dataclass(frozen=True, kw_only=True)
class NextPage:
    """The next page of a listing, as the page itself names it."""

    url: str
    """Its address: a page of the same name in the registry, which the crawl requests next."""


Parser = Callable[[Page], Iterator[Item | Finding | NextPage]]
Parsers = Mapping[str, Parser]
"""The parser of each page of a source, by the page's name in the registry."""


def format_excerpt(text: str, limit: int = MAX_EXCERPT_CHARS) -> str:
    """The text of a page or server for logs and reports: at most `limit` characters, unprintable ones escaped.

    A key may hold terminal control codes or bidirectional marks, and be a megabyte long.
    """
    shown = text[: limit + 1]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."
