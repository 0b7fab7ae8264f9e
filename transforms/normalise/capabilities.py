"""Builds capability claims from stated flags and modality lists; a missing statement makes no claim."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS, name_voter
from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)
from llmpairs.transforms.normalise.source_metadata import SourceMetadata, lookup_basis


@dataclass(frozen=True)
class CapabilityReference:
    """Capability by source label, and by entry of an exhaustive modality list (capabilities.toml)."""

    labels: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    introduced: Mapping[str, str]
    """Day on which the first model with it was announced, by capability."""


def load_capability_reference() -> CapabilityReference:
    """Load capabilities.toml."""
    raw = read_reference_file("normalise/capabilities.toml")
    lacking = [name for name, entry in raw["introduced"].items() if find_missing_provenance(entry)]
    if lacking:
        raise ReferenceDataError(f"capabilities.toml [introduced]: no reason, date or evidence: {', '.join(lacking)}")
    introduced = {name: entry["day"] for name, entry in raw["introduced"].items()}
    return CapabilityReference(raw["labels"], raw["input_modalities"], raw["output_modalities"], introduced)


def build_capability_claims(
    rows: DataFrame, stated: DataFrame, subject_kind: str, reference: CapabilityReference, metadata: SourceMetadata
) -> DataFrame:
    """Capability claims of landed rows, plus `evidence`: `boolean` for a flag, `list` for an exhaustive list.

    `rows` carry row_id, subject_id, lineage and authority; `stated` is landed_capabilities of their kind.
    """
    flags = stated.assign(capability=stated["capability"].str.removeprefix("supports_").map(reference.labels))
    flags = flags[flags["capability"].notna()].merge(rows, on="row_id", how="inner")
    flags = flags.assign(evidence="boolean", basis=lookup_basis(flags, "capabilities", metadata))
    flags["printed"] = flags["value"].map({True: "true", False: "false"})
    flags["yes"] = flags["value"].astype(bool)
    lists = [
        build_list_claims(rows, "input_modalities", reference.inputs, metadata),
        build_list_claims(rows, "output_modalities", reference.outputs, metadata),
    ]
    claims = pd.concat([flags, *lists], ignore_index=True)
    claims["subject_kind"] = subject_kind
    claims["field"] = "capability:" + claims["capability"].astype("str")
    claims["value"] = np.where(claims["yes"].astype(bool), "yes", "no")
    claims["operator_id"] = name_voter(claims)
    claims["provider_model_key"] = claims["model_key"]
    claims["observed_at"] = claims["captured_at"]
    return claims[[*CLAIM_COLUMNS, "evidence"]]


def build_list_claims(rows: DataFrame, column: str, meaning: Mapping[str, str], metadata: SourceMetadata) -> DataFrame:
    """One row per exhaustive list and capability that it can name: listed means yes, not listed means no."""
    listed = rows[rows[column].notna()].reset_index(drop=True)
    sets = [frozenset(entry.lower() for entry in cell) for cell in listed[column]]
    values: dict[str, list[bool]] = {}
    for capability in dict.fromkeys(meaning.values()):
        names = {entry for entry, named in meaning.items() if named == capability}
        values[capability] = [bool(names & entries) for entries in sets]
    if column == "input_modalities":
        values["multimodal_input"] = [bool(entries - {"text"}) for entries in sets]
    basis = lookup_basis(listed, column, metadata)
    printed = Series([", ".join(sorted(entries)) for entries in sets], index=listed.index, dtype="str")
    parts = [
        listed.assign(capability=capability, yes=yes, evidence="list", basis=basis, printed=printed)
        for capability, yes in values.items()
    ]
    return pd.concat([part[[bool(entries) for entries in sets]] for part in parts], ignore_index=True)
