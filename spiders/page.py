"""A page as parsers see it, and what they may say about it besides items."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from llmpairs.spiders.items import Item


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answered request: enough to parse it again at any time, without a network or a clock."""

    url: str
    """Address that was asked for."""
    body: bytes
    """Body with its transfer and content encodings undone."""
    captured_at: str
    """UTC time of the capture, ISO 8601 with Z."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something a reviewer should know about a page that was parsed."""

    kind: Literal["rejected", "unknown_key", "remark"]
    """An entry that could not be read, a key that the parser does not know, or a choice it had to make."""
    locator: str
    """Where in the page."""
    text: str
    """The reason, the key, or the choice."""


@dataclass(frozen=True, kw_only=True)
class NextPage:
    """The page on which a listing goes on, as the page itself says."""

    url: str
    """Its address: a page of the same name in the registry, which the crawl asks for next."""


Parser = Callable[[Page], Iterator[Item | Finding | NextPage]]
Parsers = Mapping[str, Parser]
"""The parser of each page of a source, by the page's name in the registry."""
