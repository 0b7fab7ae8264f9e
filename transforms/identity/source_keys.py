"""Every key that a source uses for a model, as the identity step takes it, and the way back."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.claims import Standing, lineage_of
from llmpairs.transforms.normalise.providers import ProviderBook

KEY = ["source_id", "provider_id", "provider_model_key"]
SAID = {
    "display_name": "name",
    "developer_hint": "developer",
    "hugging_face_id": "hugging_face_id",
    "canonical_slug": "canonical_slug",
    "alias_target": "alias_target",
    "base_model": "base_model",
    "task": "task",
}


def collect_keys(
    models: DataFrame, routes: DataFrame, scores: DataFrame, standing: Standing, book: ProviderBook
) -> DataFrame:
    """One row per source, provider and verbatim key, with what the source says beside the key.

    `read_as` is the name to read instead of a key that has an effort or setting in it. `joins_only` marks the
    keys of benchmarks: a table of scores is no evidence that a model exists, it joins one that does.
    """
    said = models.rename(columns={"model_key": "provider_model_key"}).rename(
        columns={v: k for k, v in SAID.items()}
    )
    outputs = [
        ";".join(sorted(cell)) if isinstance(cell, (list, tuple, np.ndarray)) else None
        for cell in models["output_modalities"]
    ]
    said = said.assign(output_modalities=Series(outputs, index=said.index, dtype="str"))
    columns = [*KEY, "lineage", *SAID, "output_modalities"]
    only = routes[["source_id", "provider_id", "model_key", "lineage"]].rename(
        columns={"model_key": "provider_model_key"}
    )
    scored = scores.assign(provider_id="-", lineage=lineage_of(scores.assign(provider_key=None), standing))
    scored = scored.rename(columns={"model_key": "provider_model_key", "model_name": "read_as"})
    parts = [
        said.sort_values("row_id")[columns],
        only,
        scored[[*KEY, "lineage", "read_as"]].drop_duplicates(),
    ]
    keys = pd.concat(parts, ignore_index=True).groupby(KEY, sort=True, as_index=False).first()
    benchmarks = standing.sources.loc[standing.sources["kind"] == "benchmark", "source_id"]
    keys["joins_only"] = keys["source_id"].isin(benchmarks)
    keys["is_first_party"] = book.column(keys["provider_id"], "kind").isin(["developer"])
    return keys


def collect_captures(models: DataFrame, routes: DataFrame) -> DataFrame:
    """Source, provider and verbatim key of every landed row, with its capture_id."""
    columns = ["source_id", "provider_id", "model_key", "capture_id"]
    rows = pd.concat([models[columns], routes[columns]], ignore_index=True)
    return rows.rename(columns={"model_key": "provider_model_key"}).drop_duplicates(ignore_index=True)


def attach_models(rows: DataFrame, identities: DataFrame) -> DataFrame:
    """Rows plus model_id of their source, provider and verbatim key; null while unresolved."""
    known = identities.set_index(KEY)["model_id"]
    index = pd.MultiIndex.from_frame(rows[["source_id", "provider_id", "model_key"]])
    return rows.assign(model_id=Series(known.reindex(index).to_numpy(), index=rows.index, dtype="str"))
