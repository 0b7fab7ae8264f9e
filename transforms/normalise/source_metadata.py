"""What is known about each source: kind, independent source group (lineage), basis of its fields, and priority."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.reference_files import read_reference_file

DEFAULT_PRIORITY = 4
"""Of a source that source_priority.toml does not list; 0 is the highest priority."""


@dataclass(frozen=True)
class SourceMetadata:
    """Metadata of the registered sources.

    `sources`: source_id, kind, lineage, first_party_of, late_after, expires_after (timedeltas).
    `lineages`, `bases`: overrides by source_id and provider_key, '*' for every provider.
    `priorities`: reviewed priority of sources that are neither first party nor model card.
    """

    sources: DataFrame
    lineages: DataFrame
    bases: DataFrame
    priorities: dict[str, int]


def load_source_priorities() -> dict[str, int]:
    """Load the priority of each listed source from source_priority.toml."""
    return {
        source: int(entry["rank"]) for source, entry in read_reference_file("normalise/source_priority.toml").items()
    }


def _lookup(overrides: DataFrame, column: str, rows: DataFrame, provider_keys: Series | str) -> Series:
    own = overrides.set_index(["source_id", "provider_key"])[column]
    index = pd.MultiIndex.from_frame(rows[["source_id"]].assign(provider_key=provider_keys))
    return Series(own.reindex(index).to_numpy(), index=rows.index, dtype="str")


def lookup_lineage(rows: DataFrame, metadata: SourceMetadata) -> Series:
    """Lineage of each row: the override for its source and provider, else the source's."""
    default = rows["source_id"].map(metadata.sources.set_index("source_id")["lineage"])
    return _lookup(metadata.lineages, "lineage", rows, rows["provider_key"].fillna("*")).fillna(default)


def lookup_basis(rows: DataFrame, item_field: str, metadata: SourceMetadata) -> Series:
    """Basis of an item's field in each row: the override for source and provider, the source's, else declared."""
    overrides = metadata.bases[metadata.bases["field"] == item_field]
    if overrides.empty:
        return Series("declared", index=rows.index, dtype="str")
    own = _lookup(overrides, "basis", rows, rows["provider_key"].fillna("*"))
    return own.fillna(_lookup(overrides, "basis", rows, "*")).fillna("declared")


def rank_model_claims(
    rows: DataFrame, metadata: SourceMetadata, provider_developers: Series, developers: Series
) -> Series:
    """Priority of each row's claims about its model, as int8.

    0 first party, 1 model card, 2 a catalogue's entry for the first party, else the source's own priority.
    `provider_developers` is the developer that the row's provider belongs to; `developers` the model's developer.
    """
    known = metadata.sources.set_index("source_id")
    first_party_of = rows["source_id"].map(known["first_party_of"])
    card = rows["source_id"].map(known["kind"]) == "card"
    conditions = [
        (first_party_of.notna() & (first_party_of == developers)).to_numpy(dtype=bool),
        card.to_numpy(dtype=bool),
        (provider_developers.notna() & (provider_developers == developers)).to_numpy(dtype=bool),
    ]
    own = rows["source_id"].map(metadata.priorities).fillna(DEFAULT_PRIORITY)
    return Series(np.select(conditions, [0, 1, 2], default=own), index=rows.index).astype("int8")


def rank_offer_claims(rows: DataFrame, metadata: SourceMetadata, provider_developers: Series) -> Series:
    """Priority of each row's claims about its offer, as int8: 0 from the provider itself, else the source's own.

    `provider_developers` is the developer that the row's provider belongs to.
    """
    known = metadata.sources.set_index("source_id")
    first_party_of = rows["source_id"].map(known["first_party_of"])
    is_own = (rows["source_id"].map(known["lineage"]) == rows["provider_id"]) | (
        first_party_of.notna() & (first_party_of == provider_developers)
    )
    own = rows["source_id"].map(metadata.priorities).fillna(DEFAULT_PRIORITY)
    return own.mask(is_own, 0).astype("int8")
