"""Who may serve a workload at all, and what is still open."""

from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.pairs.gates import model_gates, route_gates
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.vocabulary import GATE_STATES, GATES
from tests.transforms.pairs.routes import MODEL, NO_CAPABILITIES, NO_STATES, effective, established, offers

SCENARIOS = load_scenarios()
IDS = pd.Index([MODEL])


def gates(
    scenario_id: str,
    *routes: dict[str, Any],
    of_routes: pd.DataFrame = NO_CAPABILITIES,
    of_model: pd.DataFrame = NO_STATES,
) -> tuple[str, set[str], set[str]]:
    """State of the model at the workload's gates, those that it fails, and those that are open."""
    scenario, table = SCENARIOS[scenario_id], offers(*routes)
    found = model_gates(table, route_gates(table, of_routes, of_model, scenario), IDS, scenario)
    return GATE_STATES[found.state[0]], words(int(found.failed[0])), words(int(found.open[0]))


def words(bits: int) -> set[str]:
    return {gate for place, gate in enumerate(GATES) if bits >> place & 1}


PASSES: tuple[str, set[str], set[str]] = ("passes", set(), set())


def test_a_model_passes_with_one_route_that_can() -> None:
    assert gates("vision", {}, {}, of_routes=effective("no", "yes")) == PASSES
    assert gates("vision", {}, {}, of_routes=effective("no", "no")) == ("fails", {"vision"}, set())


def test_no_reseller_gives_a_model_what_it_is_established_not_to_have() -> None:
    # Two resellers list image input for a model that four lineages list as text only, seen 2026-05-18.
    claimed = effective("yes", "no")
    assert gates("vision", {}, {}, of_routes=claimed, of_model=established("no")) == (
        "fails",
        {"vision"},
        set(),
    )
    assert gates("vision", {}, {}, of_routes=claimed, of_model=established("unknown")) == PASSES


def test_what_nobody_says_is_open_and_no_failure() -> None:
    assert gates("vision", {}) == ("not_established", set(), {"vision"})
    assert gates("vision", {}, {}, of_routes=effective("no", None)) == ("not_established", set(), {"vision"})
    assert gates("vision", {}, {}, of_routes=effective("no", "unknown"))[0] == "not_established"


def test_the_open_gates_are_those_of_the_best_route() -> None:
    tools = effective(None, "yes", capability="function_calling")
    assert gates("agents", {}, {}, of_routes=tools) == ("not_established", set(), {"structured_outputs"})
    assert gates("agents", {}) == ("not_established", set(), {"function_calling", "structured_outputs"})


def test_one_route_must_pass_all_gates_at_once() -> None:
    apart = pd.concat(
        [
            effective("yes", "no", capability="function_calling"),
            effective("no", "yes", capability="structured_outputs"),
        ]
    )
    state, failed, still_open = gates("agents", {}, {}, of_routes=apart)
    assert (state, still_open) == ("fails", set())
    assert failed == {"function_calling"}


@pytest.mark.parametrize("kind", ["free_tier", "subscription", "unknown"])
def test_a_route_of_any_price_kind_passes_gates(kind: str) -> None:
    assert gates("vision", {"price_kind": kind}, of_routes=effective("yes")) == PASSES


@pytest.mark.parametrize("status", ["deprecated", "stale", "retired"])
def test_only_active_routes_count(status: str) -> None:
    gone = {"offer_status": status}
    assert gates("vision", gone, of_routes=effective("yes")) == ("not_established", set(), {"vision"})
    assert gates("vision", gone, {}, of_routes=effective("yes", "no"))[0] == "fails"
    assert gates("long_context", gone) == ("not_established", set(), {"context"})
    assert gates("seed_chat", gone) == PASSES


def test_a_list_entry_is_no_route_beside_an_endpoint_of_its_aggregator() -> None:
    entry, endpoint = {"route_kind": "aggregate"}, {"route_kind": "via_aggregator"}
    assert gates("vision", entry, of_routes=effective("yes")) == PASSES
    assert gates("vision", entry, endpoint, of_routes=effective("yes", "no"))[0] == "fails"
    other = endpoint | {"provider_id": "q"}
    assert gates("vision", entry, other, of_routes=effective("yes", "no")) == PASSES


def test_sizes_fail_where_they_are_known_to_be_too_small() -> None:
    assert gates("seed_chat", {"context_tokens": 1_050}) == PASSES
    assert gates("seed_chat", {"context_tokens": 1_049}) == ("fails", {"context"}, set())
    assert gates("seed_chat", {"context_tokens": pd.NA, "max_output_tokens": pd.NA}) == PASSES
    assert gates("coding", {"max_output_tokens": 1_999}, of_routes=tools()) == (
        "fails",
        {"max_output"},
        set(),
    )


def tools() -> pd.DataFrame:
    return effective("yes", capability="function_calling")


def test_only_a_stated_gate_asks_for_a_known_context() -> None:
    assert gates("long_context", {"context_tokens": 128_000}) == PASSES
    assert gates("long_context", {"context_tokens": 127_999})[0] == "fails"
    assert gates("long_context", {"context_tokens": pd.NA}) == ("not_established", set(), {"context"})


def test_the_cheapest_route_of_a_workload_passes_its_gates() -> None:
    """Costs and gates speak of the same routes."""
    from llmpairs.transforms.pairs.costs import cost_offers

    table = offers({"input_usd_per_mtok": 0.01}, {})
    costs = cost_offers(table, effective("yes", "yes"), established("no"), SCENARIOS)
    vision = costs[costs["scenario_id"] == "vision"]
    assert set(vision["ineligible_reason"]) == {"gate_failed"}
