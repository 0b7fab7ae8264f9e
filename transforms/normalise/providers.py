"""Provider reference data: canonical ids, spellings by source, and the meaning of a zero price."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pandas import DataFrame, Series

from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)
from llmpairs.warehouse.vocabulary import PRICE_KINDS, PROVIDER_KINDS

T = TypeVar("T")


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
    """Price kind of a printed price of 0 at this provider; None if unknown."""
    brand: str | None = None
    """The provider that this one is a regional list of; None for a developer's lists, which its id groups."""
    list_currency: str | None = None
    """Currency of the provider's own price list, ISO 4217; None if it is not reviewed."""
    aka: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ProviderReference:
    """Providers by id, and provider id by source and spelling (providers.toml)."""

    providers: Mapping[str, Provider]
    spellings: Mapping[tuple[str, str], str]

    def canonical(self, source_id: str, spelling: str) -> str:
        """Provider id of a source's spelling; an unknown spelling becomes an id of its own, without guessing."""
        known = self.spellings.get((source_id, spelling))
        if known is not None:
            return known
        if spelling in self.providers:
            return spelling
        return re.sub(r"[^a-z0-9.]+", "-", spelling.lower()).strip("-.") or "unnamed"

    def canonical_column(self, source_ids: Series, spellings: Series) -> Series:
        """Provider ids of two aligned columns; null spellings stay null."""
        pairs = DataFrame({"source": source_ids, "spelling": spellings}).dropna()
        ids = Series(map_rows(pairs, self.canonical), index=pairs.index, dtype="str")
        return ids.reindex(spellings.index)

    def column(self, provider_ids: Series, attribute: str) -> Series:
        """An attribute of the providers of a column, null for a provider that is not listed."""
        values = {key: getattr(provider, attribute) for key, provider in self.providers.items()}
        return provider_ids.map(values).astype("str")


def map_rows(rows: DataFrame, function: Callable[..., T]) -> list[T]:
    """Results of a function of the cells of each row; it is called once for equal rows."""
    cells = list(rows.itertuples(index=False, name=None))
    results = {row: function(*row) for row in dict.fromkeys(cells)}
    return [results[row] for row in cells]


def load_provider_reference() -> ProviderReference:
    """Load providers.toml; raises ReferenceDataError."""
    raw = read_reference_file("normalise/providers.toml")
    return build_provider_reference(parse_provider(key, entry) for key, entry in raw.items())


def parse_provider(key: str, entry: Mapping[str, Any]) -> Provider:
    """Check one entry and build its provider."""
    zero = entry.get("zero")
    if entry.get("kind") not in PROVIDER_KINDS:
        raise ReferenceDataError(f"providers.toml [{key}]: kind must be one of {', '.join(PROVIDER_KINDS)}")
    if zero and (zero.get("kind") not in PRICE_KINDS or find_missing_provenance(zero)):
        raise ReferenceDataError(f"providers.toml [{key}]: zero needs a price kind, a reason, a date and evidence")
    currency = entry.get("list_currency")
    if currency and (not currency.get("code") or find_missing_provenance(currency)):
        raise ReferenceDataError(f"providers.toml [{key}]: list_currency needs a code, a reason, a date and evidence")
    return Provider(
        provider_id=key,
        name=entry["name"],
        kind=entry["kind"],
        developer_id=entry.get("developer"),
        country=entry.get("country"),
        optional_prefix=entry.get("optional_prefix", ""),
        zero_kind=zero["kind"] if zero else None,
        brand=entry.get("brand"),
        list_currency=currency["code"] if currency else None,
        aka={source: tuple(names) for source, names in entry.get("aka", {}).items()},
    )


def build_provider_reference(providers: Iterable[Provider]) -> ProviderReference:
    """Index providers by id and spelling; raises ReferenceDataError when two claim one spelling."""
    by_id = {provider.provider_id: provider for provider in providers}
    spellings: dict[tuple[str, str], str] = {}
    for provider in by_id.values():
        for source, names in provider.aka.items():
            for name in names:
                other = spellings.setdefault((source, name), provider.provider_id)
                if other != provider.provider_id:
                    raise ReferenceDataError(
                        f"providers.toml: {other} and {provider.provider_id} both claim {name!r} of {source}"
                    )
    return ProviderReference(by_id, spellings)
