"""Collects the keys that sources use for models, and attaches the resolved models to landed rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.normalise.providers import ProviderReference
from llmpairs.transforms.normalise.source_metadata import SourceMetadata, lookup_lineage

STATED = {
    "display_name": "name",
    "developer_hint": "developer",
    "hugging_face_id": "hugging_face_id",
    "canonical_slug": "canonical_slug",
    "alias_target": "alias_target",
    "base_model": "base_model",
    "task": "task",
    "context_tokens": "context_tokens",
}
"""Landed column of models by the column of keys."""


@dataclass(frozen=True)
class SourceKeys:
    """The keys of a run, and the captures that list them."""

    keys: DataFrame
    """One row per KEY, with what the source states beside the key.

    `read_as` is the name to parse instead of a key that contains an effort or setting. `joins_only` marks keys of
    benchmarks: a score table is no evidence of a model, its keys only match models of other keys.
    """
    captures: DataFrame
    """KEY and capture_id of every landed row."""


def collect_source_keys(
    models: DataFrame, offers: DataFrame, scores: DataFrame, metadata: SourceMetadata, providers: ProviderReference
) -> SourceKeys:
    """Collect the keys of landed models and offers, both with provider_id and lineage, and of landed scores."""
    outputs = [
        ";".join(sorted(cell)) if isinstance(cell, (list, tuple, np.ndarray)) else None
        for cell in models["output_modalities"]
    ]
    stated = models.rename(columns={"model_key": KEY[2], **{column: name for name, column in STATED.items()}})
    stated = stated.assign(
        output_modalities=Series(outputs, index=stated.index, dtype="str"),
        context_tokens=stated["context_tokens"].astype("float64"),
    )
    columns = ["source_id", "provider_id", "model_key", "lineage", "capture_id"]
    offered = offers[columns].rename(columns={"model_key": KEY[2]})
    scored = scores.assign(provider_id="-", lineage=lookup_lineage(scores.assign(provider_key=None), metadata))
    scored = scored.rename(columns={"model_key": KEY[2], "model_name": "read_as"})
    parts = [
        stated.sort_values("row_id")[[*KEY, "lineage", *STATED, "output_modalities"]],
        offered[[*KEY, "lineage"]],
        scored[[*KEY, "lineage", "read_as"]].drop_duplicates(),
    ]
    keys = pd.concat(parts, ignore_index=True).groupby(KEY, sort=True, as_index=False).first()
    benchmarks = metadata.sources.loc[metadata.sources["kind"] == "benchmark", "source_id"]
    keys["joins_only"] = keys["source_id"].isin(benchmarks)
    keys["is_first_party"] = providers.column(keys["provider_id"], "kind").isin(["developer"])
    captures = pd.concat([frame[[*KEY, "capture_id"]] for frame in (stated, offered)])
    return SourceKeys(keys, captures.drop_duplicates(ignore_index=True))


def attach_models(rows: DataFrame, identities: DataFrame) -> DataFrame:
    """Rows plus model_id by source, provider and verbatim key; null while unresolved."""
    known = identities.set_index(KEY)["model_id"]
    index = pd.MultiIndex.from_frame(rows[["source_id", "provider_id", "model_key"]])
    return rows.assign(model_id=Series(known.reindex(index).to_numpy(), index=rows.index, dtype="str"))
