"""Classifies models by kind (text, image, embedding, ...) from name, output modalities and task label."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.reference_files import read_reference_file


@dataclass(frozen=True)
class KindReference:
    """Kind by task label, and kind by name part (kinds.toml)."""

    tasks: Mapping[str, str]
    parts: Mapping[str, str]


def load_kind_reference() -> KindReference:
    """Load kinds.toml."""
    raw = read_reference_file("normalise/kinds.toml")
    tasks = {label: kind for kind, labels in raw["tasks"].items() for label in labels}
    parts = {part: kind for kind, names in raw["parts"].items() for part in names}
    return KindReference(tasks, parts)


def classify_models(chosen: DataFrame, reference: KindReference) -> DataFrame:
    """`kind` and `is_text_generating` by model_id, from the chosen `task` and `output_modalities` claims.

    Precedence: name (a guard model is sold as a chat model), output modalities, task label.
    """
    ids = chosen.index.to_series()
    by_name = ids.map({model_id: classify_name(model_id, reference) for model_id in ids}).astype("str")
    by_task = chosen["task"].str.lower().map(dict(reference.tasks)).astype("str")
    outputs = chosen["output_modalities"].str.split(";")
    has_text = outputs.map(lambda cell: "text" in cell, na_action="ignore")
    only = chosen["output_modalities"].map(
        {"image": "image", "video": "video", "audio": "audio", "speech": "speech", "embeddings": "embedding",
         "embedding": "embedding", "rerank": "rerank", "transcription": "transcription"}
    )  # fmt: skip
    kind = by_name.fillna(only).fillna(by_task.where(by_task != "text"))
    is_text = (has_text.astype("boolean").fillna(False) | (by_task == "text").fillna(False)).astype(bool)
    kind = kind.fillna(Series(np.where(is_text, "text", "unknown"), index=ids.index, dtype="str"))
    return DataFrame({"kind": kind, "is_text_generating": (kind == "text") & is_text})


def classify_name(model_id: str, reference: KindReference) -> str | None:
    """Kind by the first reviewed part of a model's name; None where there is none."""
    name = model_id.split("/", 1)[-1]
    if "dall-e" in name:
        return "image"
    for part in re.split(r"[-_./: ]+", name):
        if part in reference.parts:
            return reference.parts[part]
    return None
