"""Which models meet the requirements of a workload, and which requirements are unknown."""

from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.pairs.requirements import check_model_requirements, check_offer_requirements
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.vocabulary import GATE_STATES, GATES
from tests.transforms.pairs.rows import MODEL, NO_CAPABILITIES, NO_STATES, effective, known_state, offers

SCENARIOS = load_scenarios()
IDS = pd.Index([MODEL])


def check(
    scenario_id: str,
    *changes: dict[str, Any],
    of_offers: pd.DataFrame = NO_CAPABILITIES,
    of_model: pd.DataFrame = NO_STATES,
) -> tuple[str, set[str], set[str]]:
    """State of the model in a workload, the requirements that it fails, and those that are unknown."""
    scenario, table = SCENARIOS[scenario_id], offers(*changes)
    found = check_model_requirements(
        table, check_offer_requirements(table, of_offers, of_model, scenario), IDS, scenario
    )
    return GATE_STATES[found.state[0]], names(int(found.failed[0])), names(int(found.unknown[0]))


def names(bits: int) -> set[str]:
    return {gate for place, gate in enumerate(GATES) if bits >> place & 1}


PASSES: tuple[str, set[str], set[str]] = ("passes", set(), set())


def test_a_model_passes_with_one_offer_that_passes() -> None:
    assert check("vision", {}, {}, of_offers=effective("no", "yes")) == PASSES
    assert check("vision", {}, {}, of_offers=effective("no", "no")) == ("fails", {"vision"}, set())


def test_a_reseller_claim_does_not_override_a_known_no_of_the_model() -> None:
    # Two resellers list image input for a model that four independent source groups list as text only, seen 2026-05-18.
    claimed = effective("yes", "no")
    assert check("vision", {}, {}, of_offers=claimed, of_model=known_state("no")) == ("fails", {"vision"}, set())
    assert check("vision", {}, {}, of_offers=claimed, of_model=known_state("unknown")) == PASSES


def test_an_unknown_capability_is_unknown_and_no_failure() -> None:
    assert check("vision", {}) == ("not_established", set(), {"vision"})
    assert check("vision", {}, {}, of_offers=effective("no", None)) == ("not_established", set(), {"vision"})
    assert check("vision", {}, {}, of_offers=effective("no", "unknown"))[0] == "not_established"


def test_the_unknown_requirements_are_those_of_the_best_offer() -> None:
    tools = effective(None, "yes", capability="function_calling")
    assert check("agents", {}, {}, of_offers=tools) == ("not_established", set(), {"structured_outputs"})
    assert check("agents", {}) == ("not_established", set(), {"function_calling", "structured_outputs"})


def test_one_offer_must_pass_all_requirements_at_once() -> None:
    apart = pd.concat(
        [effective("yes", "no", capability="function_calling"), effective("no", "yes", capability="structured_outputs")]
    )
    state, failed, unknown = check("agents", {}, {}, of_offers=apart)
    assert (state, unknown) == ("fails", set())
    assert failed == {"function_calling"}


@pytest.mark.parametrize("kind", ["free_tier", "subscription", "unknown"])
def test_an_offer_of_any_price_kind_can_pass(kind: str) -> None:
    assert check("vision", {"price_kind": kind}, of_offers=effective("yes")) == PASSES


@pytest.mark.parametrize("status", ["deprecated", "stale", "retired"])
def test_only_active_offers_count(status: str) -> None:
    gone = {"offer_status": status}
    assert check("vision", gone, of_offers=effective("yes")) == ("not_established", set(), {"vision"})
    assert check("vision", gone, {}, of_offers=effective("yes", "no"))[0] == "fails"
    assert check("long_context", gone) == ("not_established", set(), {"context"})
    assert check("seed_chat", gone) == PASSES


def test_a_list_entry_does_not_count_beside_an_endpoint_of_its_aggregator() -> None:
    entry, endpoint = {"route_kind": "aggregate"}, {"route_kind": "via_aggregator"}
    assert check("vision", entry, of_offers=effective("yes")) == PASSES
    assert check("vision", entry, endpoint, of_offers=effective("yes", "no"))[0] == "fails"
    other = endpoint | {"provider_id": "q"}
    assert check("vision", entry, other, of_offers=effective("yes", "no")) == PASSES


def test_sizes_fail_where_they_are_known_to_be_too_small() -> None:
    assert check("seed_chat", {"context_tokens": 1_050}) == PASSES
    assert check("seed_chat", {"context_tokens": 1_049}) == ("fails", {"context"}, set())
    assert check("seed_chat", {"context_tokens": pd.NA, "max_output_tokens": pd.NA}) == PASSES
    assert check("coding", {"max_output_tokens": 1_999}, of_offers=tools()) == ("fails", {"max_output"}, set())


def tools() -> pd.DataFrame:
    return effective("yes", capability="function_calling")


def test_only_a_stated_minimum_requires_a_known_context() -> None:
    assert check("long_context", {"context_tokens": 128_000}) == PASSES
    assert check("long_context", {"context_tokens": 127_999})[0] == "fails"
    assert check("long_context", {"context_tokens": pd.NA}) == ("not_established", set(), {"context"})


def test_costs_and_requirements_use_the_same_rules() -> None:
    """The cheapest offer of a workload meets its requirements."""
    from llmpairs.transforms.pairs.costs import cost_offers

    table = offers({"input_usd_per_mtok": 0.01}, {})
    costs = cost_offers(table, effective("yes", "yes"), known_state("no"), SCENARIOS)
    vision = costs[costs["scenario_id"] == "vision"]
    assert set(vision["ineligible_reason"]) == {"gate_failed"}
