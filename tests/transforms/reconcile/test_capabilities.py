from typing import Any

import pytest
from pandas import DataFrame

from llmpairs.transforms.reconcile.capabilities import resolve_states, tabulate_models, tabulate_offers
from tests.transforms.frames import AS_OF

MODEL = "openai/gpt-oss-120b"


def says(value: str, lineage: str = "models_dev", evidence: str = "boolean", **more: Any) -> dict[str, Any]:
    return {"value": value, "lineage": lineage, "source_id": lineage, "evidence": evidence, **more}


def states(*rows: dict[str, Any]) -> DataFrame:
    full = [
        {
            "subject_id": MODEL, "field": "capability:vision", "basis": "declared", "authority": 3,
            "fact_id": f"f{number}", "capture_id": "c", "observed_at": AS_OF, "provider_model_key": "k", **row,
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    return resolve_states(DataFrame(full))


@pytest.mark.parametrize(
    ("rows", "state", "rule"),
    [
        ([says("yes")], "yes", "declared_yes"),
        ([says("no")], "unknown", "no_evidence"),
        ([says("no"), says("no", "litellm")], "no", "two_lineages"),
        ([says("no", evidence="list")], "no", "exhaustive_list"),
        ([says("no", authority=0)], "no", "first_party"),
        ([says("yes", authority=0), says("no", "litellm", "list")], "yes", "first_party"),
        ([says("yes"), says("no", "litellm", "list")], "unknown", "conflict"),
        ([says("no", basis="default")], None, None),
    ],
)
def test_a_no_needs_evidence_and_a_yes_a_witness(
    rows: list[dict[str, Any]], state: str | None, rule: str | None
) -> None:
    found = states(*rows)
    assert (
        None if found.empty else found.loc[0, "state"],
        None if found.empty else found.loc[0, "rule"],
    ) == (state, rule)


def test_resellers_that_claim_more_than_the_model_are_outvoted_and_the_dispute_is_shown() -> None:
    many = [says("no", evidence="list")] * 44 + [says("yes", evidence="list")] * 2
    found = states(*many, says("no", "openrouter", "list"), says("yes", "litellm")).iloc[0]
    assert (found["state"], found["rule"], found["is_disputed"]) == ("no", "exhaustive_list", True)
    assert (found["witnesses_for"], found["witnesses_against"]) == (1, 2)


def test_a_no_names_the_claim_that_it_rests_on() -> None:
    found = states(
        says("yes", "litellm"), says("no", evidence="list"), says("no", "openrouter", "list")
    ).iloc[0]
    assert found["state"] == "no"
    assert found["fact_id"] in ("f1", "f2")


def test_what_nobody_speaks_of_is_unknown_and_never_no() -> None:
    table = tabulate_models(states(says("yes")), DataFrame({"m": [MODEL]})["m"], ("vision", "reasoning"))
    assert table.set_index("capability")["state"].to_dict() == {"vision": "yes", "reasoning": "unknown"}
    assert table.set_index("capability").loc["reasoning", "rule"] == "no_evidence"


def test_a_route_that_says_nothing_inherits_its_models_state_and_says_so() -> None:
    models = tabulate_models(states(says("yes")), DataFrame({"m": [MODEL]})["m"], ("vision",))
    offers = DataFrame({"offer_id": ["a", "b"], "model_id": [MODEL, MODEL]})
    own = states(says("no", evidence="list", subject_id="b"))
    table = tabulate_offers(own, offers, models).set_index("offer_id")
    assert table["effective"].to_dict() == {"a": "yes", "b": "no"}
    assert table["is_inherited"].to_dict() == {"a": True, "b": False}
