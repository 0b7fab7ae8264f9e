"""All sources by id: addresses, source group, terms, freshness limits, and how the parser was verified."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from llmpairs.spiders.registry.benchmarks import BENCHMARKS
from llmpairs.spiders.registry.cards import CARDS
from llmpairs.spiders.registry.catalogues import CATALOGUES
from llmpairs.spiders.registry.lists import LISTS
from llmpairs.spiders.registry.pages import PAGES
from llmpairs.spiders.registry.source import Basis, Kind, Lateness, Source

__all__ = ["SOURCES", "Basis", "Kind", "Lateness", "Source", "source_rows"]

SOURCES: Mapping[str, Source] = MappingProxyType(
    {source.id: source for source in (*CATALOGUES, *CARDS, *BENCHMARKS, *LISTS, *PAGES)}
)


def source_rows() -> list[dict[str, Any]]:
    """The registry as rows of the landed table `sources`, sorted by id; ages in hours, "*" for every provider."""
    return [_row(SOURCES[source_id]) for source_id in sorted(SOURCES)]


def _row(source: Source) -> dict[str, Any]:
    bases = {"*": source.basis, **source.basis_by_provider}
    return {
        "source_id": source.id,
        "title": source.title,
        "kind": source.kind,
        "urls": list(source.urls.values()),
        "homepage": source.homepage,
        "lineage": source.lineage,
        "lineage_by_provider": [
            {"provider_key": key, "lineage": source.lineage_by_provider[key]}
            for key in sorted(source.lineage_by_provider)
        ],
        "terms": source.terms,
        "terms_url": source.terms_url,
        "redistributable": source.redistributable,
        "late_after_hours": source.late_after.total_seconds() / 3600,
        "expires_after_hours": source.expires_after.total_seconds() / 3600,
        "fewest_items": source.fewest_items,
        "key_env": source.key_env,
        "wave": source.wave,
        "basis": [
            {"provider_key": provider, "field": name, "basis": fields[name]}
            for provider, fields in sorted(bases.items())
            for name in sorted(fields)
        ],
        "first_party_of": source.first_party_of,
        "accepts_late": source.accepts_late,
        "verified": source.verified,
        "verified_note": source.verified_note,
    }
