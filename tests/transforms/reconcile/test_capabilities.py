from typing import Any

import pytest
from pandas import DataFrame

from llmpairs.transforms.reconcile.capabilities import (
    list_model_capabilities,
    resolve_states,
    tabulate_offer_capabilities,
)
from tests.transforms.frames import AS_OF

MODEL = "openai/gpt-oss-120b"


def flag(value: str, lineage: str = "models_dev", evidence: str = "boolean", **more: Any) -> dict[str, Any]:
    return {"value": value, "lineage": lineage, "source_id": lineage, "evidence": evidence, **more}


def states(*rows: dict[str, Any]) -> DataFrame:
    full = [
        {
            "subject_id": MODEL, "field": "capability:vision", "basis": "declared", "authority": 3, "operator_id": "-",
            "fact_id": f"f{number}", "capture_id": "c", "observed_at": AS_OF,
            "provider_model_key": "k", "locator": f"/{number}", **row,
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    return resolve_states(DataFrame(full))


@pytest.mark.parametrize(
    ("rows", "state", "rule"),
    [
        ([flag("yes")], "yes", "declared_yes"),
        ([flag("no")], "unknown", "no_evidence"),
        ([flag("no"), flag("no", "litellm")], "no", "two_lineages"),
        ([flag("no", evidence="list")], "no", "exhaustive_list"),
        ([flag("no", authority=0)], "no", "first_party"),
        ([flag("yes", authority=0), flag("no", "litellm", "list")], "yes", "first_party"),
        ([flag("yes"), flag("no", "litellm", "list")], "unknown", "conflict"),
        ([flag("no", basis="default")], None, None),
        # models.dev prints tool_call for every row: evidence are two operators, or the developer's own row
        ([flag("no", operator_id="groq"), flag("no", operator_id="novita")], "no", "several_operators"),
        ([flag("no", authority=2)], "no", "several_operators"),
        (
            [flag("no", operator_id="groq"), flag("no", operator_id="novita"), flag("yes", "litellm")],
            "yes",
            "declared_yes",
        ),
        # command-a-vision: Cohere's row denies tools, a host's row at one catalogue claims them (2026-05-18)
        ([flag("no", authority=2), flag("yes", "litellm")], "unknown", "conflict"),
        ([flag("no", authority=2), flag("yes", "litellm"), flag("yes", "openrouter")], "yes", "declared_yes"),
        ([flag("no", evidence="introduced")], "no", "before_introduction"),
        ([flag("no", evidence="introduced"), flag("yes"), flag("yes")], "yes", "declared_yes"),
        # o3-deep-research: its maker's page denies functions, two catalogues claim them
        (
            [flag("no", "reviewed", "reviewed", authority=1), flag("yes", "litellm"), flag("yes", "openrouter")],
            "no",
            "first_party",
        ),
    ],
)
def test_a_no_needs_evidence_and_a_yes_one_source(
    rows: list[dict[str, Any]], state: str | None, rule: str | None
) -> None:
    found = states(*rows)
    assert (None if found.empty else found.loc[0, "state"], None if found.empty else found.loc[0, "rule"]) == (
        state,
        rule,
    )


def test_resellers_that_claim_more_than_the_model_are_outvoted_and_disputed() -> None:
    many = [flag("no", evidence="list")] * 44 + [flag("yes", evidence="list")] * 2
    found = states(*many, flag("no", "openrouter", "list"), flag("yes", "litellm")).iloc[0]
    assert (found["state"], found["rule"], found["is_disputed"]) == ("no", "exhaustive_list", True)
    assert (found["witnesses_for"], found["witnesses_against"]) == (1, 2)


def test_a_no_names_the_claim_that_it_rests_on() -> None:
    found = states(flag("yes", "litellm"), flag("no", evidence="list"), flag("no", "openrouter", "list")).iloc[0]
    assert found["state"] == "no"
    assert found["fact_id"] in ("f1", "f2")


def test_a_capability_without_claims_is_unknown_and_never_no() -> None:
    table = list_model_capabilities(states(flag("yes")), DataFrame({"m": [MODEL]})["m"], ("vision", "reasoning"))
    assert table.set_index("capability")["state"].to_dict() == {"vision": "yes", "reasoning": "unknown"}
    assert table.set_index("capability").loc["reasoning", "rule"] == "no_evidence"


def test_an_offer_without_claims_inherits_the_state_of_its_model() -> None:
    models = list_model_capabilities(states(flag("yes")), DataFrame({"m": [MODEL]})["m"], ("vision",))
    offers = DataFrame({"offer_id": ["a", "b"], "model_id": [MODEL, MODEL]})
    own = states(flag("no", evidence="list", subject_id="b"))
    table = tabulate_offer_capabilities(own, offers, models).set_index("offer_id")
    assert table["effective"].to_dict() == {"a": "yes", "b": "no"}
    assert table["is_inherited"].to_dict() == {"a": True, "b": False}
