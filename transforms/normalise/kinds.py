"""What a model is for, from its task label, its outputs and the parts of its name."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from pandas import DataFrame, Series


@dataclass(frozen=True)
class KindWords:
    """Kind by task label, and kind by part of a name."""

    tasks: Mapping[str, str]
    parts: Mapping[str, str]


def load_kind_words() -> KindWords:
    """The words from kinds.toml."""
    raw = tomllib.loads((files("llmpairs.transforms.normalise") / "kinds.toml").read_text(encoding="utf-8"))
    tasks = {word: kind for kind, words in raw["tasks"].items() for word in words}
    parts = {word: kind for kind, words in raw["parts"].items() for word in words}
    return KindWords(tasks, parts)


def classify_models(chosen: DataFrame, words: KindWords) -> DataFrame:
    """`kind` and `is_text_generating` by model_id from the chosen task and output_modalities.

    The name decides first (a guard is sold as a chat model), then the outputs, then the task label.
    """
    ids = chosen.index.to_series()
    by_name = ids.map({model_id: kind_of_name(model_id, words) for model_id in ids}).astype("str")
    by_task = chosen["task"].str.lower().map(dict(words.tasks)).astype("str")
    outputs = chosen["output_modalities"].str.split(";")
    has_text = outputs.map(lambda cell: "text" in cell, na_action="ignore")
    only = chosen["output_modalities"].map(
        {"image": "image", "video": "video", "audio": "audio", "speech": "speech", "embeddings": "embedding",
         "embedding": "embedding", "rerank": "rerank", "transcription": "transcription"}
    )  # fmt: skip
    kind = by_name.fillna(only).fillna(by_task.where(by_task != "text"))
    speaks = (has_text.astype("boolean").fillna(False) | (by_task == "text").fillna(False)).astype(bool)
    kind = kind.fillna(Series(np.where(speaks, "text", "unknown"), index=ids.index, dtype="str"))
    return DataFrame({"kind": kind, "is_text_generating": (kind == "text") & speaks})


def kind_of_name(model_id: str, words: KindWords) -> str | None:
    """Kind that a part of the name gives away; None for most names."""
    name = model_id.split("/", 1)[-1]
    if "dall-e" in name:
        return "image"
    for part in re.split(r"[-_./: ]+", name):
        if part in words.parts:
            return words.parts[part]
    return None
