"""A book that contradicts itself stops the run and says where."""

import copy
import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from llmpairs.transforms.identity.reference_data import BOOKS, IdentityBookError, build_books
from llmpairs.transforms.identity.reference_types import IdentityBooks

PROOF = {"reason": "seen", "date": date(2026, 5, 18), "evidence": "a list"}


@pytest.fixture
def raw() -> dict[str, Any]:
    return {
        name: tomllib.loads((files("llmpairs.transforms.identity") / name).read_text("utf-8"))
        for name in BOOKS
    }


def _build(raw: dict[str, Any]) -> IdentityBooks:
    return build_books(*(copy.deepcopy(raw[name]) for name in BOOKS), version="test")


def _add_model(raw: dict[str, Any], developer: str, **model: Any) -> None:
    raw["aliases.toml"]["known"].append({"developer": developer, "models": [model], **PROOF})


def test_the_own_books_are_sound_and_carry_a_version(raw: dict[str, Any], books: IdentityBooks) -> None:
    assert _build(raw).known == books.known
    assert books.version.count(".") == 1


def test_a_spelling_of_two_developers_is_refused(raw: dict[str, Any]) -> None:
    raw["developers.toml"]["developer"].append(
        {"id": "acme", "name": "Acme", "spellings": ["openai"], **PROOF}
    )
    with pytest.raises(IdentityBookError, match="'openai' spells both openai and acme"):
        _build(raw)


def test_a_family_word_of_two_makers_is_refused(raw: dict[str, Any]) -> None:
    family = {"words": ["claude"], "weights": "closed"}
    raw["developers.toml"]["developer"].append(
        {"id": "acme", "name": "Acme", "spellings": ["acme"], "families": [family], **PROOF}
    )
    with pytest.raises(IdentityBookError, match="'claude' belongs to anthropic and to acme"):
        _build(raw)


def test_an_alias_of_two_models_is_refused(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9-large", aliases=["gpt-9"])
    _add_model(raw, "openai", name="gpt-9-mini", aliases=["gpt-9"])
    with pytest.raises(IdentityBookError, match="'gpt-9' leads to both 'gpt-9-large' and 'gpt-9-mini'"):
        _build(raw)


def test_an_alias_that_is_another_models_name_is_refused(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9-large")
    _add_model(raw, "openai", name="gpt-9-mini", aliases=["gpt-9-large"])
    with pytest.raises(IdentityBookError, match="'gpt-9-large' leads to both"):
        _build(raw)


def test_an_alias_that_says_nothing_new_is_refused(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9.1-mini", aliases=["gpt-9p1-mini"])
    with pytest.raises(IdentityBookError, match="already parses into"):
        _build(raw)


def test_an_axis_that_does_not_exist_is_refused(raw: dict[str, Any]) -> None:
    _add_model(raw, "openai", name="gpt-9", implies={"weight": "9b"})
    with pytest.raises(IdentityBookError, match="weight"):
        _build(raw)


@pytest.mark.parametrize("field", ["reason", "date", "evidence"])
def test_an_entry_without_its_proof_is_refused(raw: dict[str, Any], field: str) -> None:
    del raw["affixes.toml"]["prefix"][0][field]
    with pytest.raises(IdentityBookError, match=rf"affixes.toml: entry 1 of \[\[prefix\]\] lacks {field}"):
        _build(raw)
