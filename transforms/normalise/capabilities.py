"""Stated flags and modality lists to capability claims; what is not stated makes no claim."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS, Standing, basis_of


@dataclass(frozen=True)
class CapabilityWords:
    """The sources' words for each capability, and what an exhaustive modality list says of which ones."""

    words: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def load_capability_words() -> CapabilityWords:
    """The words from capabilities.toml."""
    raw = tomllib.loads(
        (files("llmpairs.transforms.normalise") / "capabilities.toml").read_text(encoding="utf-8")
    )
    return CapabilityWords(raw["words"], raw["input_modalities"], raw["output_modalities"])


def claim_capabilities(
    rows: DataFrame, stated: DataFrame, subject_kind: str, words: CapabilityWords, standing: Standing
) -> DataFrame:
    """Capability claims of landed rows, plus `evidence`: `boolean` for a flag, `list` for an exhaustive list.

    `rows` carry row_id, subject_id, lineage and authority; `stated` is landed_capabilities of their kind.
    """
    flags = stated.assign(capability=stated["capability"].str.removeprefix("supports_").map(words.words))
    flags = flags[flags["capability"].notna()].merge(rows, on="row_id", how="inner")
    flags = flags.assign(evidence="boolean", basis=basis_of(flags, "capabilities", standing))
    flags["printed"] = flags["value"].map({True: "true", False: "false"})
    flags["yes"] = flags["value"].astype(bool)
    lists = [
        read_lists(rows, "input_modalities", words.inputs, standing),
        read_lists(rows, "output_modalities", words.outputs, standing),
    ]
    claims = pd.concat([flags, *lists], ignore_index=True)
    claims["subject_kind"] = subject_kind
    claims["field"] = "capability:" + claims["capability"].astype("str")
    claims["value"] = np.where(claims["yes"].astype(bool), "yes", "no")
    claims["provider_model_key"] = claims["model_key"]
    claims["observed_at"] = claims["captured_at"]
    return claims[[*CLAIM_COLUMNS, "evidence"]]


def read_lists(rows: DataFrame, column: str, meaning: Mapping[str, str], standing: Standing) -> DataFrame:
    """What an exhaustive list says of each capability it could name: in it is yes, not in it is no."""
    listed = rows[rows[column].notna()].reset_index(drop=True)
    sets = [frozenset(word.lower() for word in cell) for cell in listed[column]]
    answers: dict[str, list[bool]] = {}
    for capability in dict.fromkeys(meaning.values()):
        names = {word for word, means in meaning.items() if means == capability}
        answers[capability] = [bool(names & words) for words in sets]
    if column == "input_modalities":
        answers["multimodal_input"] = [bool(words - {"text"}) for words in sets]
    basis = basis_of(listed, column, standing)
    printed = Series([", ".join(sorted(words)) for words in sets], index=listed.index, dtype="str")
    parts = [
        listed.assign(capability=capability, yes=yes, evidence="list", basis=basis, printed=printed)
        for capability, yes in answers.items()
    ]
    return pd.concat([part[[bool(words) for words in sets]] for part in parts], ignore_index=True)
