"""Reviewed facts about families of models, from the pages of their makers (family_facts.toml)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pandas import DataFrame, Series

from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)
from llmpairs.warehouse.vocabulary import CAPABILITIES

REVIEWED_LINEAGE = "reviewed"
"""Independent source group of reviewed facts: one vote, however many rows name the model."""
ITEM_FIELDS = (
    "license", "open_weights", "released", "input_modalities", "context_tokens", "max_input_tokens",
    "max_output_tokens", "parameters_total", "parameters_active",
)  # fmt: skip
"""Landed fields that an entry may state."""
KEYS = frozenset({"models", *ITEM_FIELDS, "yes", "no", "reason", "date", "evidence"})


@dataclass(frozen=True)
class FamilyEntry:
    """One entry: the models that it covers, and what their maker states."""

    pattern: re.Pattern[str]
    fields: Mapping[str, object]
    """Value by landed field."""
    capabilities: Mapping[str, bool]
    evidence: str


@dataclass(frozen=True)
class FamilyReference:
    """Entries of family_facts.toml in their order."""

    entries: tuple[FamilyEntry, ...]

    def list_fields(self, model_ids: Series) -> DataFrame:
        """`model_id`, landed `field`, `stated` and `evidence` of the models; one row per model and field."""
        found = [
            {"model_id": model_id, "field": field, "stated": value, "evidence": entry.evidence}
            for entry, covered in self._match(model_ids)
            for field, value in entry.fields.items()
            for model_id in covered
        ]
        table = DataFrame(found, columns=["model_id", "field", "stated", "evidence"])
        return table.drop_duplicates(["model_id", "field"]).reset_index(drop=True)

    def list_capabilities(self, model_ids: Series) -> DataFrame:
        """`model_id`, `capability`, `yes` and `evidence` of the models; one row per model and capability."""
        found = [
            {"model_id": model_id, "capability": name, "yes": value, "evidence": entry.evidence}
            for entry, covered in self._match(model_ids)
            for name, value in entry.capabilities.items()
            for model_id in covered
        ]
        table = DataFrame(found, columns=["model_id", "capability", "yes", "evidence"])
        return table.drop_duplicates(["model_id", "capability"]).reset_index(drop=True)

    def _match(self, model_ids: Series) -> list[tuple[FamilyEntry, list[str]]]:
        ids = Series(model_ids.dropna().unique(), dtype="str")
        return [(entry, ids[ids.str.fullmatch(entry.pattern)].tolist()) for entry in self.entries]


def load_family_reference() -> FamilyReference:
    """Load family_facts.toml; ReferenceDataError for an entry without provenance or with an unknown field."""
    raw = read_reference_file("normalise/family_facts.toml")
    return FamilyReference(tuple(parse_entry(entry) for entry in raw["family"]))


def parse_entry(entry: Mapping[str, object]) -> FamilyEntry:
    """An entry of the file; ReferenceDataError when it cannot be used."""
    models = entry.get("models")
    if not isinstance(models, list) or not models:
        raise ReferenceDataError("family_facts.toml: an entry names no models")
    lists = {name: entry.get(name, []) for name in ("yes", "no")}
    capabilities = {
        str(name): key == "yes" for key, names in lists.items() if isinstance(names, list) for name in names
    }
    problems = [
        *find_missing_provenance(entry),
        *sorted(entry.keys() - KEYS),
        *sorted(capabilities.keys() - {*CAPABILITIES}),
    ]
    if problems:
        raise ReferenceDataError(f"family_facts.toml {models}: missing or unknown: {', '.join(problems)}")
    pattern = "|".join(re.escape(str(model)).replace(r"\*", ".*") for model in models)
    fields = {name: entry[name] for name in ITEM_FIELDS if name in entry}
    return FamilyEntry(re.compile(pattern), fields, capabilities, str(entry["evidence"]))
