"""Contradicting or incomplete reference data is rejected with the file and the entry."""

import copy
import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from llmpairs.transforms.identity.reference_data import REFERENCE_FILES, build_identity_reference
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.normalise.reference_files import ReferenceDataError

PROVENANCE = {"reason": "seen", "date": date(2026, 5, 18), "evidence": "a list"}


@pytest.fixture
def raw() -> dict[str, Any]:
    return {
        name: tomllib.loads((files("llmpairs.transforms.identity") / name).read_text("utf-8"))
        for name in REFERENCE_FILES
    }


def _build(raw: dict[str, Any]) -> IdentityReference:
    return build_identity_reference(*(copy.deepcopy(raw[name]) for name in REFERENCE_FILES), version="test")


def _add_model(raw: dict[str, Any], developer: str, **model: Any) -> None:
    raw["aliases.toml"]["known"].append({"developer": developer, "models": [model], **PROVENANCE})


def test_the_own_files_are_valid_and_have_a_version(raw: dict[str, Any], reference: IdentityReference) -> None:
    assert _build(raw).known == reference.known
    assert reference.version.count(".") == 1


def test_a_spelling_of_two_developers_is_rejected(raw: dict[str, Any]) -> None:
    raw["developers.toml"]["developer"].append({"id": "acme", "name": "Acme", "spellings": ["openai"], **PROVENANCE})
    with pytest.raises(ReferenceDataError, match="'openai' names both openai and acme"):
        _build(raw)


def test_a_family_word_of_two_developers_is_rejected(raw: dict[str, Any]) -> None:
    family = {"words": ["claude"], "weights": "closed"}
    raw["developers.toml"]["developer"].append(
        {"id": "acme", "name": "Acme", "spellings": ["acme"], "families": [family], **PROVENANCE}
    )
    with pytest.raises(ReferenceDataError, match="'claude' belongs to anthropic and to acme"):
        _build(raw)


def test_an_alias_of_two_models_is_rejected(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9-large", aliases=["gpt-9"])
    _add_model(raw, "openai", name="gpt-9-mini", aliases=["gpt-9"])
    with pytest.raises(ReferenceDataError, match="'gpt-9' names both 'gpt-9-large' and 'gpt-9-mini'"):
        _build(raw)


def test_an_alias_that_is_another_models_name_is_rejected(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9-large")
    _add_model(raw, "openai", name="gpt-9-mini", aliases=["gpt-9-large"])
    with pytest.raises(ReferenceDataError, match="'gpt-9-large' names both"):
        _build(raw)


def test_a_redundant_alias_is_rejected(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9.1-mini", aliases=["gpt-9p1-mini"])
    with pytest.raises(ReferenceDataError, match="already parses into"):
        _build(raw)


def test_an_axis_that_does_not_exist_is_rejected(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9", implies={"weight": "9b"})
    with pytest.raises(ReferenceDataError, match="weight"):
        _build(raw)


@pytest.mark.parametrize("field", ["reason", "date", "evidence"])
def test_an_entry_without_provenance_is_rejected(raw: dict[str, Any], field: str) -> None:
    del raw["affixes.toml"]["prefix"][0][field]
    with pytest.raises(ReferenceDataError, match=rf"affixes.toml: entry 1 of \[\[prefix\]\] lacks {field}"):
        _build(raw)
