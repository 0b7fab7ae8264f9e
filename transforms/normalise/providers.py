"""The reviewed book of providers: canonical ids, spellings by source, and what a zero price means."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.warehouse.vocabulary import PRICE_KINDS, PROVIDER_KINDS


class BookError(ValueError):
    """A reviewed data file contradicts itself or lacks an entry's reason."""


@dataclass(frozen=True)
class Provider:
    """One company that serves models."""

    provider_id: str
    name: str
    kind: str
    developer_id: str | None = None
    country: str | None = None
    optional_prefix: str = ""
    zero_kind: str | None = None
    """What a printed price of 0 means at this provider; None means unknown."""
    aka: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ProviderBook:
    """All providers by id, and every spelling that a source has for one."""

    providers: Mapping[str, Provider]
    spellings: Mapping[tuple[str, str], str]

    def canonical(self, source_id: str, spelling: str) -> str:
        """Provider id of a source's spelling; an unknown spelling becomes an id of its own, never a guess."""
        known = self.spellings.get((source_id, spelling))
        if known is not None:
            return known
        if spelling in self.providers:
            return spelling
        return re.sub(r"[^a-z0-9.]+", "-", spelling.lower()).strip("-.") or "unnamed"

    def canonical_column(self, source_ids: Series, spellings: Series) -> Series:
        """Provider ids of two aligned columns; null spellings stay null."""
        pairs = DataFrame({"source": source_ids, "spelling": spellings})
        unique = pairs.dropna().drop_duplicates()
        ids = {
            (source, spelling): self.canonical(source, spelling)
            for source, spelling in zip(unique["source"], unique["spelling"], strict=True)
        }
        keys = pd.Series(list(zip(pairs["source"], pairs["spelling"], strict=True)), index=pairs.index)
        return keys.map(ids).astype("str").where(pairs["spelling"].notna())

    def column(self, provider_ids: Series, attribute: str) -> Series:
        """An attribute of the providers of a column, null where the provider is not in the book."""
        values = {key: getattr(provider, attribute) for key, provider in self.providers.items()}
        return provider_ids.map(values).astype("str")


def load_providers() -> ProviderBook:
    """The book from providers.toml; BookError names the entry that is wrong."""
    raw = tomllib.loads(
        (files("llmpairs.transforms.normalise") / "providers.toml").read_text(encoding="utf-8")
    )
    return make_book(read_provider(key, entry) for key, entry in raw.items())


def read_provider(key: str, entry: Mapping[str, Any]) -> Provider:
    """One entry of the file, checked."""
    zero = entry.get("zero")
    if entry.get("kind") not in PROVIDER_KINDS:
        raise BookError(f"providers.toml [{key}]: kind must be one of {', '.join(PROVIDER_KINDS)}")
    if zero and (zero.get("kind") not in PRICE_KINDS or not {"reason", "date", "evidence"} <= zero.keys()):
        raise BookError(f"providers.toml [{key}]: zero needs a price kind, a reason, a date and evidence")
    return Provider(
        provider_id=key,
        name=entry["name"],
        kind=entry["kind"],
        developer_id=entry.get("developer"),
        country=entry.get("country"),
        optional_prefix=entry.get("optional_prefix", ""),
        zero_kind=zero["kind"] if zero else None,
        aka={source: tuple(names) for source, names in entry.get("aka", {}).items()},
    )


def make_book(providers: Iterable[Provider]) -> ProviderBook:
    """A book of those providers; BookError when two claim one spelling."""
    by_id = {provider.provider_id: provider for provider in providers}
    spellings: dict[tuple[str, str], str] = {}
    for provider in by_id.values():
        for source, names in provider.aka.items():
            for name in names:
                other = spellings.setdefault((source, name), provider.provider_id)
                if other != provider.provider_id:
                    raise BookError(
                        f"providers.toml: {other} and {provider.provider_id} both claim {name!r} of {source}"
                    )
    return ProviderBook(by_id, spellings)
