"""Classifies models by kind (text, image, embedding, ...) from name, modalities and task label."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.reference_files import read_reference_file

ONLY_OUTPUT = {
    "image": "image", "video": "video", "audio": "audio", "speech": "speech", "embeddings": "embedding",
    "embedding": "embedding", "rerank": "rerank", "transcription": "transcription",
}  # fmt: skip
"""Kind of a model with one output modality."""


@dataclass(frozen=True)
class KindReference:
    """Kind by task label, developer and the wordings of names (kinds.toml)."""

    tasks: Mapping[str, str]
    parts: Mapping[str, str]
    phrases: Mapping[str, str]
    endings: Mapping[str, str]
    beginnings: Mapping[str, str]
    developers: Mapping[str, str]


def load_kind_reference() -> KindReference:
    """Load kinds.toml."""
    raw = read_reference_file("normalise/kinds.toml")
    return KindReference(
        **{table: {each: kind for kind, listed in kinds.items() for each in listed} for table, kinds in raw.items()}
    )


def classify_models(chosen: DataFrame, reference: KindReference) -> DataFrame:
    """`kind` and `is_text_generating` by model_id, from the chosen `task`, input and output modalities.

    Precedence: name (a guard model is sold as a chat model), output modalities, inputs without text, task label.
    """
    ids = chosen.index.to_series()
    by_name = ids.map({model_id: classify_name(model_id, reference) for model_id in ids}).astype("str")
    by_task = chosen["task"].str.lower().map(dict(reference.tasks)).astype("str")
    outputs = chosen["output_modalities"].str.split(";")
    has_text = outputs.map(lambda cell: "text" in cell, na_action="ignore")
    only = chosen["output_modalities"].map(ONLY_OUTPUT).astype("str")
    kind = by_name.fillna(only).fillna(classify_inputs(chosen["input_modalities"]))
    kind = kind.fillna(by_task.where(by_task != "text"))
    is_text = (has_text.astype("boolean").fillna(False) | (by_task == "text").fillna(False)).astype(bool)
    kind = kind.fillna(Series(np.where(is_text, "text", "unknown"), index=ids.index, dtype="str"))
    return DataFrame({"kind": kind, "is_text_generating": (kind == "text") & is_text})


def classify_inputs(inputs: Series) -> Series:
    """Kind of models that accept no text, from lists of input modalities: none of them answers a prompt."""
    listed = inputs.astype("str")
    without_text = listed.notna() & ~listed.str.split(";").map(lambda cell: "text" in cell, na_action="ignore").eq(True)
    kind = Series(np.where(listed == "audio", "transcription", "other"), index=inputs.index, dtype="str")
    return kind.where(without_text)


def classify_name(model_id: str, reference: KindReference) -> str | None:
    """Kind by the reviewed wordings of a model's name, else by its developer; None where neither is reviewed.

    Of several parts in one name the kind that kinds.toml lists first counts.
    """
    developer, _, name = model_id.rpartition("/")
    parts = re.split(r"[-_./: ]+", name)
    found = {reference.parts[part] for part in parts if part in reference.parts}
    if found:
        return next(kind for kind in reference.parts.values() if kind in found)
    joined = f"-{'-'.join(parts)}-"
    for phrase, kind in reference.phrases.items():
        if f"-{phrase}-" in joined:
            return kind
    for part in parts:
        for ending, kind in reference.endings.items():
            if part.endswith(ending):
                return kind
        for beginning, kind in reference.beginnings.items():
            if part.startswith(beginning):
                return kind
    return reference.developers.get(developer)
