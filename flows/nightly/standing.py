"""The registry as the transforms take it: frames of lineages, bases and ages."""

import pandas as pd
from pandas import DataFrame

from llmpairs.spiders.registry import SOURCES
from llmpairs.transforms.normalise.claims import Standing, load_ranks


def standing_of_sources() -> Standing:
    """Standing of every registered source."""
    sources = DataFrame(
        [
            {
                "source_id": source.id,
                "kind": source.kind,
                "lineage": source.lineage,
                "first_party_of": source.first_party_of,
                "late_after": source.late_after,
                "expires_after": source.expires_after,
            }
            for source in SOURCES.values()
        ]
    )
    lineages = [
        {"source_id": source.id, "provider_key": provider, "lineage": lineage}
        for source in SOURCES.values()
        for provider, lineage in source.lineage_by_provider.items()
    ]
    bases = [
        {"source_id": source.id, "provider_key": provider, "field": field, "basis": basis}
        for source in SOURCES.values()
        for provider, fields in {"*": source.basis, **source.basis_by_provider}.items()
        for field, basis in fields.items()
    ]
    return Standing(
        sources=sources.astype({"first_party_of": "str"}),
        lineages=pd.DataFrame(lineages, columns=["source_id", "provider_key", "lineage"], dtype="str"),
        bases=pd.DataFrame(bases, columns=["source_id", "provider_key", "field", "basis"], dtype="str"),
        ranks=load_ranks(),
    )
