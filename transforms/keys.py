"""Every key that a source uses for a model, as the identity step takes it, and the way back."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from transforms.normalise.providers import ProviderBook

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


def collect_keys(models: DataFrame, routes: DataFrame, book: ProviderBook) -> DataFrame:
    """One row per source, provider and verbatim key, with what the source says beside the key."""
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
    keys = pd.concat([said.sort_values("row_id")[columns], only], ignore_index=True)
    keys = keys.groupby(KEY, sort=True, as_index=False).first()
    keys["is_first_party"] = book.column(keys["provider_id"], "kind").isin(["developer"])
    return keys


def attach_models(rows: DataFrame, identities: DataFrame) -> DataFrame:
    """Rows plus model_id of their source, provider and verbatim key; null while unresolved."""
    known = identities.set_index(KEY)["model_id"]
    index = pd.MultiIndex.from_frame(rows[["source_id", "provider_id", "model_key"]])
    return rows.assign(model_id=Series(known.reindex(index).to_numpy(), index=rows.index, dtype="str"))
