import copy
import re
from pathlib import Path
from typing import Any

import pytest

from llmpairs.transforms.pairs.scenarios import ScenarioError, list_workloads, load_scenarios, parse_scenarios
from llmpairs.warehouse.outcome_rules import SCENARIO_LABELS

PUBLISHED = {
    # id: prompt, cached, answer, requests, weights of cost, quality, context, operators, openness
    "seed_chat": (800, 0, 250, 1_000_000, (0.45, 0.35, 0.05, 0.10, 0.05)),
    "rag": (6_000, 1_800, 400, 300_000, (0.35, 0.40, 0.10, 0.10, 0.05)),
    "agents": (20_000, 14_000, 1_500, 100_000, (0.25, 0.50, 0.05, 0.15, 0.05)),
    "long_context": (120_000, 24_000, 1_000, 20_000, (0.35, 0.40, 0.15, 0.05, 0.05)),
    "vision": (3_500, 0, 400, 200_000, (0.35, 0.45, 0.05, 0.10, 0.05)),
    "coding": (12_000, 7_200, 2_000, 60_000, (0.25, 0.55, 0.05, 0.10, 0.05)),
    "batch_cheap": (1_000, 0, 200, 10_000_000, (0.65, 0.25, 0.00, 0.05, 0.05)),
}
ONE: dict[str, Any] = {
    "formula_version": "1",
    "baskets": {"general": [{"benchmark": "livebench", "version": "2026-01-08"}]},
    "scenarios": {
        "chat": {
            "label": "Chat",
            "about": "Chat.",
            "input_tokens": 100,
            "output_tokens": 10,
            "requests_per_month": 1_000,
            "cached_share": 0.5,
            "basket": "general",
            "weights": {"cost": 0.4, "quality": 0.3, "context": 0.1, "operators": 0.1, "openness": 0.1},
        }
    },
}


def test_the_shipped_workloads_are_the_published_ones() -> None:
    shipped = {
        s.scenario_id: (
            s.prompt_tokens,
            s.cached_tokens,
            s.output_tokens,
            s.requests_per_month,
            (s.weights.cost, s.weights.quality, s.weights.context, s.weights.operators, s.weights.openness),
        )
        for s in load_scenarios()
    }
    assert shipped == PUBLISHED


def test_the_shipped_gates_and_tiers_are_the_published_ones() -> None:
    scenarios = load_scenarios()
    assert {s.scenario_id: s.must_have for s in scenarios if s.must_have} == {
        "agents": ("function_calling", "structured_outputs"),
        "vision": ("vision",),
        "coding": ("function_calling",),
    }
    assert {s.scenario_id: s.context_at_least for s in scenarios if s.context_at_least} == {"long_context": 128_000}
    assert [s.scenario_id for s in scenarios if s.service_tier == "batch"] == ["batch_cheap"]
    assert all(s.basket for s in scenarios)


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"no scenario chat; known: seed_chat, rag"):
        load_scenarios()["chat"]


def test_workloads_are_plain_rows() -> None:
    assert list_workloads(load_scenarios())[0] == {
        "scenario_id": "seed_chat",
        "prompt_tokens": 800,
        "cached_tokens": 0,
        "output_tokens": 250,
        "requests_per_month": 1_000_000,
        "service_tier": "standard",
        "must_have": (),
        "context_at_least": None,
        "context_need": 1_050,
        "domain": "general",
        "weights": {"cost": 0.45, "quality": 0.35, "context": 0.05, "operators": 0.1, "openness": 0.05},
        "basket": [
            {"benchmark": "livebench", "version": "2026-01-08"},
            {"benchmark": "mmlu-pro", "version": None},
            {"benchmark": "gpqa-diamond", "version": None},
            {"benchmark": "lmarena-text", "version": None},
        ],
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {"cost": 0.5}}, "scenario chat: weights: quality is missing"),
        (
            {"weights": {"cost": 0.5, "quality": 0.3, "context": 0.1, "operators": 0.1, "openness": 0.1}},
            "scenario chat: weights sum to 1.1, they must sum to 1",
        ),
        (
            {"weights": {"cost": 0.3, "quality": 0.3, "context": 0.1, "operators": 0.1, "openness": 0.1}},
            "scenario chat: weights sum to 0.9, they must sum to 1",
        ),
        ({"cached_share": 1.5}, "scenario chat: cached_share must be between 0 and 1, not 1.5"),
        ({"cached_share": 0.123}, "choose a share that gives whole tokens"),
        ({"input_tokens": 0}, "scenario chat: input_tokens must be a whole number above 0, not 0"),
        ({"output_tokens": 1.5}, "output_tokens must be a whole number above 0, not 1.5"),
        ({"requests_per_month": True}, "requests_per_month must be a whole number above 0, not True"),
        ({"service_tier": "flex"}, "service_tier flex is not one of standard, batch"),
        ({"must_have": ["sight"]}, "must_have names no capability of GATES: sight"),
        ({"must_have": ["vision", "vision"]}, "must_have names a capability twice"),
        ({"must_have": "vision"}, "must_have must be a list of capabilities"),
        ({"basket": "chat"}, "scenario chat: basket chat is not declared; known: general"),
        ({"context_at_least": 50}, "context_at_least 50 is below prompt plus output, 110 tokens"),
        ({"images": 2}, "images and tokens_per_image must be given together"),
        ({"tokens": 2}, "scenario chat: unknown keys tokens; known: about, basket"),
        ({"about": ""}, "about must be a text that is not empty"),
    ],
)
def test_a_wrong_scenario_is_refused_with_its_place(change: dict[str, Any], message: str) -> None:
    raw = copy.deepcopy(ONE)
    raw["scenarios"]["chat"] |= change
    with pytest.raises(ScenarioError, match=re.escape(message)):
        parse_scenarios(raw)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "the file: formula_version is missing"),
        (ONE | {"scenarios": {}}, "no scenario is declared"),
        (ONE | {"baskets": {"general": []}}, "basket general: must be a list of tables"),
        (ONE | {"baskets": {"general": [{"version": "1"}]}}, "basket general: benchmark is missing"),
        (ONE | {"baskets": {"general": [{"benchmark": "a"}] * 2}}, "basket general: names a benchmark twice"),
        (ONE | {"scenario": {}}, "the file: unknown keys scenario"),
        (ONE | {"scenarios": {"chat": 1}}, "scenarios: chat must be a table, not 1"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        parse_scenarios(raw)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "workloads.toml"
    path.write_text("formula_version = ", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^workloads\.toml: "):
        load_scenarios(path)


def test_every_workload_has_a_label_of_its_own() -> None:
    labels = [scenario.label for scenario in load_scenarios()]
    assert labels[0] == "Short chat"
    assert len(set(labels)) == len(labels)
    assert dict(zip(load_scenarios().ids, labels, strict=True)) == SCENARIO_LABELS
