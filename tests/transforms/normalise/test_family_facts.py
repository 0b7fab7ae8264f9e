"""Reviewed facts of families: the file, its matching, and the claims that rows make with it."""

from typing import Any

import pytest
from pandas import DataFrame, Series

from llmpairs.spiders.registry import SOURCES
from llmpairs.transforms.normalise.family_facts import FamilyReference, load_family_reference, parse_entry
from llmpairs.transforms.normalise.reference_files import ReferenceDataError
from tests.transforms.frames import load_reference
from tests.transforms.planted_runs import PlantedRuns, SourceRow
from tests.transforms.reconcile.test_choose import claims, published

PROVENANCE = {"reason": "r", "date": "2026-05-18", "evidence": "https://example.org"}


def entry(**fields: Any) -> dict[str, Any]:
    return {"models": ["acme/alpha-*"], **PROVENANCE, **fields}


EARLY = {"released": "2024-05-13"}
ROWS = (
    SourceRow(source="models_dev", key="openai/gpt-oss-120b"),
    SourceRow(source="litellm", key="gpt-oss-120b"),
    SourceRow(source="models_dev", key="claude-opus-4", provider="anthropic"),
    SourceRow(source="models_dev", key="acme/delta-35b-a3b"),
    SourceRow(source="litellm", key="acme/epsilon-2512", provider="openrouter"),
    SourceRow(source="models_dev", key="acme/alpha-7b", model=EARLY),
    SourceRow(source="models_dev", key="acme/beta-7b", model=EARLY, flags={"reasoning": True}),
    SourceRow(source="models_dev", key="acme/gamma-7b", model={"released": "2025-05-13"}),
)
"""Models of which the sources state next to nothing."""


@pytest.fixture(scope="module")
def stated() -> PlantedRuns:
    """A run of those models with the reviewed file; not to be added to."""
    runs = PlantedRuns(reference_data=load_reference())
    runs.add(*ROWS)
    return runs


def select_chosen(runs: PlantedRuns, model_id: str, prefix: str) -> DataFrame:
    """Chosen facts of the fields of a model that start with a prefix."""
    facts = runs.tables["facts"].query("subject_id == @model_id and is_chosen")
    return facts[facts["field"].str.startswith(prefix)]


def test_every_entry_of_the_file_has_provenance_and_known_fields() -> None:
    entries = load_family_reference().entries
    assert all(each.evidence.startswith("https://") for each in entries)
    assert all(each.fields or each.capabilities for each in entries)


@pytest.mark.parametrize(
    "given", [{"evidence": ""}, {"reason": ""}, {"models": []}, {"licence": "mit"}, {"yes": ["magic"]}]
)
def test_an_entry_without_provenance_or_with_an_unknown_field_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ReferenceDataError):
        parse_entry(entry(**given))


def test_the_first_entry_that_states_a_field_counts() -> None:
    exact = parse_entry(entry(models=["acme/alpha-1"], license="mit"))
    family = parse_entry(entry(license="gemma", parameters_total=7))
    found = FamilyReference((exact, family)).list_fields(Series(["acme/alpha-1", "acme/alpha-2", "acme/beta"]))
    assert found.set_index(["model_id", "field"])["stated"].to_dict() == {
        ("acme/alpha-1", "license"): "mit",
        ("acme/alpha-1", "parameters_total"): 7,
        ("acme/alpha-2", "license"): "gemma",
        ("acme/alpha-2", "parameters_total"): 7,
    }


def test_a_model_has_the_licence_and_the_size_that_its_maker_states(stated: PlantedRuns) -> None:
    """gpt-oss-120b: 117 billion on the card, 120 in the name; no catalogue states the licence."""
    model = stated.row("models", "openai/gpt-oss-120b")
    assert (model["license_spdx"], model["license_class"]) == ("Apache-2.0", "open")
    assert (model["parameters_total"], model["parameters_active"]) == (117_000_000_000, 5_100_000_000)
    sizes = select_chosen(stated, "openai/gpt-oss-120b", "parameters_total")
    assert list(sizes["basis"]) == ["derived"]
    assert sizes.iloc[0]["printed"].startswith("https://")


def test_a_size_in_the_key_is_published_as_derived(stated: PlantedRuns) -> None:
    sizes = select_chosen(stated, "acme/delta-35b-a3b", "parameters_")
    assert dict(zip(sizes["field"], sizes["value"], strict=True)) == {
        "parameters_total": "35000000000",
        "parameters_active": "3000000000",
    }
    assert set(sizes["basis"]) == {"derived"}


def test_a_date_in_the_key_is_a_month_where_nothing_is_declared(stated: PlantedRuns) -> None:
    chosen = select_chosen(stated, "acme/epsilon-2512", "released_date")
    assert list(zip(chosen["value"], chosen["basis"], strict=True)) == [("2025-12", "derived")]


def test_a_closed_model_is_proprietary(stated: PlantedRuns) -> None:
    """claude-opus-4: weights "no" settles the class; no source states a licence."""
    model = stated.row("models", "anthropic/claude-opus-4")
    assert (model["is_open_weights"], model["license_class"]) == (False, "proprietary")


def test_an_input_limit_is_no_context_window() -> None:
    """LiteLLM prints 272,000 for gpt-5, whose context is 400,000 (2026-05-18)."""
    assert SOURCES["litellm"].basis_of("context_tokens", "openai") == "derived"
    limit = {"field": "context_tokens", "value": "272000", "source_id": "litellm", "basis": "derived"}
    limits = [{**limit, "operator_id": operator} for operator in ("openai", "azure")]
    window = {"field": "context_tokens", "value": "400000"}
    assert published(claims(*limits, window), "context_tokens") == "400000"
    assert published(claims(*limits), "context_tokens") == "272000"


def test_a_model_released_before_any_reasoning_model_does_not_reason(stated: PlantedRuns) -> None:
    """o1-preview of 2024-09-12 was the first; a source that states yes comes first."""
    states = stated.tables["model_capabilities"].query("capability == 'reasoning'").set_index("model_id")["state"]
    assert [states[f"acme/{name}-7b"] for name in ("alpha", "beta", "gamma")] == ["no", "yes", "unknown"]
