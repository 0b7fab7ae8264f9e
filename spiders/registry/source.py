"""What is known about a source before anything is fetched from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["catalogue", "provider", "card", "benchmark"]
Basis = Literal["declared", "derived", "default"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """How old a source's values may grow."""

    late_after: timedelta
    """Age from which the source counts as late."""
    expires_after: timedelta
    """Age from which its values no longer count."""


LIST = Lateness(late_after=timedelta(hours=26), expires_after=timedelta(days=7))
PAGE = Lateness(late_after=timedelta(days=8), expires_after=timedelta(days=30))
SLOW = Lateness(late_after=timedelta(days=90), expires_after=timedelta(days=180))
SCORES = Lateness(late_after=timedelta(days=180), expires_after=timedelta(days=730))
"""A result is dated and stays true; what ages is the list, which lacks the models that came since."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One place that claims are read from, and how far its word goes."""

    id: str
    """Name of the source, of its spider module and of its landed file."""
    title: str
    """Name for people."""
    kind: Kind
    """What sort of place it is."""
    urls: Mapping[str, str]
    """Address of each page, by the page's name; `{model}` or `{repo}` stand for what another source names."""
    homepage: str
    """Where a person would look."""
    lineage: str
    """Whose word it is: sources of one lineage are one witness."""
    lineage_by_provider: Mapping[str, str] = field(default_factory=dict)
    """Other lineages of some of its rows, by their provider key."""
    terms: str
    """What its terms say about reuse, in a sentence."""
    terms_url: str
    """Where the terms are."""
    redistributable: bool | None
    """Whether its data may be passed on; None when the terms do not say."""
    lateness: Lateness
    """When its values are late, and when they no longer count."""
    fewest_items: int
    """Items below which a night is a failure."""
    key_env: str | None = None
    """Environment variable that holds the key it asks for; None when it asks for none."""
    wave: Literal[1, 2] = 1
    """1 for pages with a fixed address, 2 for pages that the first wave names."""
    basis: Mapping[str, Basis] = field(default_factory=dict)
    """Claim fields that it does not declare, and what it does instead."""
    basis_by_provider: Mapping[str, Mapping[str, Basis]] = field(default_factory=dict)
    """The same for some of its rows, by their provider key."""
    first_party_of: str | None = None
    """The developer that speaks here about its own models."""
    verified: Literal["capture", "documented"]
    """Whether the parser was held against recorded responses or against a public description."""
    verified_note: str
    """Against what, and when."""

    @property
    def late_after(self) -> timedelta:
        """Age from which the source counts as late."""
        return self.lateness.late_after

    @property
    def expires_after(self) -> timedelta:
        """Age from which its values no longer count."""
        return self.lateness.expires_after

    @property
    def accepts_late(self) -> bool:
        """Whether a capture younger than the night may serve: cards and scores change slowly, prices do not."""
        return self.kind in ("card", "benchmark")

    def lineage_of(self, provider_key: str | None) -> str:
        """Whose word a row of the provider is."""
        return self.lineage_by_provider.get(provider_key or "", self.lineage)

    def basis_of(self, claim_field: str, provider_key: str | None) -> Basis:
        """How a field of a row of the provider came about; "declared" unless stated otherwise."""
        own = self.basis_by_provider.get(provider_key or "", _NOTHING)
        basis: Basis = own.get(claim_field) or self.basis.get(claim_field, "declared")
        return basis

    def page_at(self, url: str) -> str | None:
        """The name of the page that has the address, or on which it goes on; None if it is none of this source.

        A listing goes on at its own address with parameters more (`&$skip=1000`).
        """
        for page, template in self.urls.items():
            pattern = re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(template))
            if re.fullmatch(rf"{pattern}(?:[?&].+)?", url):
                return page
        return None
