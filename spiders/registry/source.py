"""The declaration of a source: addresses, source group, terms, freshness limits and verification."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal

from llmpairs.spiders.archive.urls import canonical_url

Kind = Literal["catalogue", "provider", "card", "benchmark"]
Basis = Literal["declared", "derived", "default"]

ARCHIVE_PREFIX = re.compile(r"https?://web\.archive\.org/web/\d+(?:[a-z]{2}_)?/(?=https?:)")
GITHUB_BRANCH = re.compile(
    r"^(?:raw\.githubusercontent\.com|github\.com(?=/[^/]+/[^/]+/raw/))/([^/]+/[^/]+)/(?:raw/)?(?:refs/heads/)?[^/]+/"
)
LOCALE = re.compile(r"/en(?:[-_][a-z]{2})?(?=/)", re.IGNORECASE)
FORM_SUFFIX = re.compile(r"(?:\.html?|\.md|\.md\.txt)?/*$")
PLACEHOLDER = re.compile(r"(?:\\\{|%7B)\w+(?:\\\}|%7D)")
"""`{model}` in an address, escaped for a pattern or for an address."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """Freshness limits of a source's values."""

    late_after: timedelta
    """Age from which the source is late."""
    expires_after: timedelta
    """Age from which its values are no longer used."""


LIST = Lateness(late_after=timedelta(hours=26), expires_after=timedelta(days=7))
PAGE = Lateness(late_after=timedelta(days=8), expires_after=timedelta(days=30))
SLOW = Lateness(late_after=timedelta(days=90), expires_after=timedelta(days=180))
SCORES = Lateness(late_after=timedelta(days=180), expires_after=timedelta(days=730))
"""A dated result stays true; the list ages, as it lacks the models released since."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source of claims: what is requested, under which terms, and how its values rank."""

    id: str
    """Name of the source, of its spider module and of its landed file."""
    title: str
    """Title for people."""
    kind: Kind
    """Kind of source."""
    urls: Mapping[str, str]
    """Address of each page, by the page's name; `{model}` and `{repo}` are filled with names from other sources."""
    other_urls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other addresses of a page, by its name: its twin in another form first, then former ones."""
    homepage: str
    """The page for people."""
    lineage: str
    """Independent source group: sources that copy each other have the same."""
    lineage_by_provider: Mapping[str, str] = field(default_factory=dict)
    """Groups of rows that differ, by their provider key."""
    terms: str
    """What its terms state about reuse, in a sentence."""
    terms_url: str
    """Where the terms are."""
    redistributable: bool | None
    """Whether its data may be redistributed; None when the terms do not state it."""
    lateness: Lateness
    """When its values are late, and when they expire."""
    fewest_items: int
    """Items of its smallest healthy list: fewer are a warning in a first crawl; later ones are compared with it."""
    key_env: str | None = None
    """Environment variable of its API key; None if it needs none."""
    key_headers: Mapping[str, str] = field(default_factory=lambda: {"Authorization": "Bearer {key}"})
    """Headers of a request with the key."""
    wave: Literal[1, 2] = 1
    """1 for pages with a fixed address, 2 for pages that the first wave names."""
    named_by: tuple[str, ...] = ()
    """Sources of the first wave that name its pages; empty where any of them may."""
    basis: Mapping[str, Basis] = field(default_factory=dict)
    """Basis of the claim fields that it does not declare itself."""
    basis_by_provider: Mapping[str, Mapping[str, Basis]] = field(default_factory=dict)
    """The same for rows that differ, by their provider key."""
    first_party_of: str | None = None
    """The developer whose own source this is."""
    verified: Literal["capture", "documented"]
    """Whether the parser was verified with recorded responses or with a public description."""
    verified_note: str
    """With which responses or description, and when."""

    @property
    def late_after(self) -> timedelta:
        """Age from which the source is late."""
        return self.lateness.late_after

    @property
    def expires_after(self) -> timedelta:
        """Age from which its values are no longer used."""
        return self.lateness.expires_after

    @property
    def accepts_late(self) -> bool:
        """Whether a capture after the as-of time may be used: cards and scores change slowly, prices do not."""
        return self.kind in ("card", "benchmark")

    def lineage_of(self, provider_key: str | None) -> str:
        """The independent source group of a row of the provider."""
        return self.lineage_by_provider.get(provider_key or "", self.lineage)

    def basis_of(self, claim_field: str, provider_key: str | None) -> Basis:
        """The basis of a field of a row of the provider; "declared" unless stated otherwise."""
        own = self.basis_by_provider.get(provider_key or "", _NOTHING)
        basis: Basis = own.get(claim_field) or self.basis.get(claim_field, "declared")
        return basis

    def list_addresses(self, page: str) -> tuple[str, ...]:
        """The addresses at which a page is requested, the first one first; none where they contain a name."""
        addresses = (self.urls[page], *self.other_urls.get(page, ()))
        return tuple(address for address in addresses if "{" not in address)

    def page_at(self, url: str) -> str | None:
        """The name of the page at the address, a former one or that of its twin included; None if it is no page of it.

        The next page of a listing has its address with more parameters (`&$skip=1000`).
        """
        return self._match_page(url, str)

    def find_page(self, url: str) -> str | None:
        """The name of the page whose address this is in another spelling; None if it is no page of the source."""
        return self.page_at(url) or self._match_page(url, simplify_address)

    def _match_page(self, url: str, spell: Callable[[str], str]) -> str | None:
        for page, template in self.urls.items():
            for address in (template, *self.other_urls.get(page, ())):
                pattern = PLACEHOLDER.sub("([^?#]+)", re.escape(spell(address)))
                if re.fullmatch(rf"{pattern}(?:[?&].+)?", spell(url)):
                    return page
        return None


def simplify_address(url: str) -> str:
    """The address without what changes while a page stays the same one.

    That is: an archive's prefix, scheme, "www", the English locale, the ending of a twin form, a slash at the end, the
    fragment, and the branch or commit of a file on GitHub.
    """
    text = canonical_url(ARCHIVE_PREFIX.sub("", url)).partition("://")[2].removeprefix("www.")
    head, mark, query = GITHUB_BRANCH.sub(r"raw.githubusercontent.com/\1/", text).partition("?")
    return FORM_SUFFIX.sub("", LOCALE.sub("", head)) + mark + query
