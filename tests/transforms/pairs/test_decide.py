"""Verdicts and leads of two models, fact by fact, as docs/VERDICTS.md states them."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from llmpairs.transforms.pairs.decide import compute_details, compute_grounds, compute_verdicts, decide_overall
from llmpairs.transforms.pairs.decision_tables import Contest, build_contest
from llmpairs.transforms.pairs.quality import QualityDifferences
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.transforms.pairs.requirements import ModelRequirements
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.transforms.pairs.score import share_ahead, weights_of
from llmpairs.transforms.pairs.utilities import ModelFacts, compute_utilities
from llmpairs.warehouse.vocabulary import (
    DIMENSIONS,
    GATE_STATES,
    GATES,
    LEADS,
    OVERALL_VERDICTS,
    SCENARIOS,
    VERDICT_REASONS,
    VERDICTS,
)
from tests.transforms.pairs.conftest import PairSample

WORKLOADS = load_scenarios()
UNKNOWN = float("nan")
CERTAIN = 0.0


@dataclass(frozen=True)
class Model:
    """Facts of one side, with defaults."""

    cost: float = 100.0
    context: float = 1_000_000.0
    operators: float = 7.0
    openness: float = 1.0
    gate: str = "passes"
    unknown: tuple[str, ...] = field(default=())


def contest(scenario_id: str, *models: Model, z: tuple[float, float] | None = None) -> Contest:
    """The models in one workload; `z` is mean and standard error of the first one's lead over the second."""

    def column(name: str) -> Any:
        return np.array([getattr(model, name) for model in models])

    def bits(names: tuple[str, ...]) -> int:
        return sum(1 << GATES.index(name) for name in names)

    compared = np.arange(1 if z else 0)
    mean, error = z or (0.0, 0.0)
    requirements = ModelRequirements(
        state=np.array([GATE_STATES.index(model.gate) for model in models], dtype=np.int8),
        failed=np.zeros(len(models), dtype=np.uint8),
        unknown=np.array([bits(model.unknown) for model in models], dtype=np.uint8),
    )
    quality = QualityDifferences(
        low=compared,
        high=compared + 1,
        mean=np.full(len(compared), mean),
        error=np.full(len(compared), error),
        rows=np.full(len(compared), 3, dtype=np.int16),
    )
    facts = ModelFacts(
        **{name: column(name) for name in ("cost", "context", "operators", "openness")}, best_cost=column("cost")
    )
    return build_contest(compute_utilities(WORKLOADS[scenario_id], requirements, facts, quality))


def decide_pair(scenario_id: str, a: Model, b: Model, z: tuple[float, float] | None = None) -> dict[str, Any]:
    """The row of the pair; checked against that of the pair with its sides swapped."""
    row = read(contest(scenario_id, a, b, z=z))
    back = read(contest(scenario_id, b, a, z=(-z[0], z[1]) if z else None))
    mirrored = {"a": "b", "b": "a"}
    assert back["verdict"] == mirrored.get(row["verdict"], row["verdict"])
    assert back["lead"] == mirrored.get(row["lead"], row["lead"])
    assert back["margin"] == pytest.approx(-row["margin"], nan_ok=True)
    same = ("reason", "coverage", "robust")
    assert [back[name] for name in same] == pytest.approx([row[name] for name in same], nan_ok=True)
    return row


def read(found: Contest) -> dict[str, Any]:
    grounds = compute_grounds(found, all_pairs(2))
    brief = compute_verdicts(found, all_pairs(2))
    assert (brief.verdict, brief.lead) == (grounds.verdict, grounds.lead)
    return {
        "verdict": VERDICTS[grounds.verdict[0]],
        "reason": VERDICT_REASONS[grounds.reason[0]],
        "margin": float(grounds.margin[0]),
        "coverage": float(grounds.coverage[0]),
        "robust": float(grounds.robust[0]),
        "lead": LEADS[grounds.lead[0]],
    }


def outcome_of(row: dict[str, Any]) -> tuple[str, str]:
    return row["verdict"], row["reason"]


FAILS = Model(gate="fails", cost=UNKNOWN)
OPEN = Model(gate="not_established", cost=UNKNOWN, unknown=("vision",))


def test_requirements_precede_coverage_and_coverage_precedes_the_score() -> None:
    bare = Model(cost=UNKNOWN, context=UNKNOWN, operators=UNKNOWN, openness=UNKNOWN)
    assert outcome_of(decide_pair("vision", bare, FAILS)) == ("a", "gate")
    assert outcome_of(decide_pair("vision", FAILS, FAILS)) == ("neither", "both_fail")
    for other in (Model(), OPEN, FAILS):
        assert outcome_of(decide_pair("vision", OPEN, other)) == ("abstain", "vision_not_established")
    assert outcome_of(decide_pair("vision", bare, Model())) == ("abstain", "coverage")


def test_the_first_unknown_requirement_is_named_whichever_side_has_it() -> None:
    tools = Model(gate="not_established", unknown=("function_calling", "structured_outputs"))
    format_ = Model(gate="not_established", unknown=("structured_outputs",))
    assert outcome_of(decide_pair("agents", tools, format_)) == ("abstain", "function_calling_not_established")
    assert outcome_of(decide_pair("agents", Model(), format_)) == ("abstain", "structured_outputs_not_established")
    size = Model(gate="not_established", unknown=("context",))
    assert outcome_of(decide_pair("long_context", size, Model())) == ("abstain", "context_not_established")


def test_a_known_weight_of_0_6_is_enough_and_less_is_not() -> None:
    closed_book = Model(openness=UNKNOWN)
    covered = decide_pair("seed_chat", closed_book, Model())
    assert (covered["coverage"], outcome_of(covered)) == (pytest.approx(0.6), ("depends", "interval_open"))
    short = decide_pair("rag", closed_book, Model())
    assert (short["coverage"], outcome_of(short)) == (pytest.approx(0.55), ("abstain", "coverage"))
    assert decide_pair("seed_chat", Model(), Model(cost=UNKNOWN))["coverage"] == pytest.approx(0.2)
    assert decide_pair("seed_chat", Model(), Model(), z=(0.0, CERTAIN))["coverage"] == pytest.approx(1.0)


def test_a_side_wins_when_it_is_ahead_for_every_unknown_value() -> None:
    # Unknown quality may cost 0.35; a 32nd of the cost brings 0.45, operators 0.1 * 5/6, the licence 0.05.
    strong, weak = Model(operators=63.0), Model(cost=3_200.0, operators=1.0, openness=0.0)
    row = decide_pair("seed_chat", strong, weak)
    assert row["margin"] == pytest.approx(0.45 - 0.35 + 0.1 * 5 / 6 + 0.05, abs=5e-4)
    assert outcome_of(row) == ("a", "score")
    row = decide_pair("seed_chat", strong, replace(weak, openness=1.0))
    assert row["margin"] == pytest.approx(0.45 - 0.35 + 0.1 * 5 / 6, abs=5e-4)
    assert outcome_of(row) == ("depends", "not_robust")
    row = decide_pair("seed_chat", strong, replace(weak, openness=1.0), z=(0.0, CERTAIN))
    assert row["margin"] == pytest.approx(0.45 + 0.1 * 5 / 6, abs=5e-4)
    assert outcome_of(row) == ("a", "score")
    assert row["robust"] > 0.999


def test_a_difference_of_cost_counts_by_its_logarithm_up_to_32_times() -> None:
    for ratio, share in ((2.0, 0.2), (8.0, 0.6), (32.0, 1.0), (1_000.0, 1.0)):
        row = decide_pair("seed_chat", Model(), Model(cost=100.0 * ratio), z=(0.0, CERTAIN))
        assert row["margin"] == pytest.approx(0.45 * share, abs=6e-4)


def test_quality_counts_by_its_standard_deviations_up_to_two() -> None:
    for z, share in ((0.5, 0.25), (-1.0, -0.5), (2.0, 1.0), (5.0, 1.0)):
        row = decide_pair("coding", Model(), Model(), z=(z, CERTAIN))
        assert row["margin"] == pytest.approx(0.55 * share, abs=6e-4)


def test_quality_is_as_uncertain_as_its_95_percent_interval() -> None:
    row = decide_pair("coding", Model(), Model(), z=(1.0, 0.25))
    assert row["margin"] == pytest.approx(0.55 * (1.0 - 1.96 * 0.25) / 2, abs=5e-4)
    assert outcome_of(decide_pair("coding", Model(), Model(), z=(1.0, 0.6))) == ("depends", "interval_open")


def test_context_counts_up_to_twice_the_need() -> None:
    need = 128_000
    row = decide_pair("long_context", Model(context=need), Model(context=1.5 * need), z=(0.0, CERTAIN))
    assert row["margin"] == pytest.approx(-0.15 * 0.25, abs=5e-4)
    assert row["lead"] == "b"
    row = decide_pair("long_context", Model(context=2 * need), Model(context=8 * need), z=(0.0, CERTAIN))
    assert (row["margin"], row["lead"], outcome_of(row)) == (0.0, "even", ("tie", "within_margin"))


@pytest.mark.parametrize(
    ("a", "b", "margin"),
    [
        (Model(operators=1.0), Model(operators=3.0), -0.1 / 6),
        (Model(operators=63.0), Model(operators=500.0), 0.0),
        (Model(openness=0.5), Model(openness=0.0), 0.05 * 0.5),
        (Model(openness=1.0), Model(openness=0.5), 0.05 * 0.5),
    ],
)
def test_operators_and_licence_count_by_their_utility(a: Model, b: Model, margin: float) -> None:
    row = decide_pair("seed_chat", a, b, z=(0.0, CERTAIN))
    assert row["margin"] == pytest.approx(margin, abs=5e-4)
    assert outcome_of(row) == ("tie", "within_margin")


def test_an_unknown_licence_widens_the_interval_of_its_side_only() -> None:
    row = decide_pair("seed_chat", Model(), Model(openness=UNKNOWN), z=(1.0, CERTAIN))
    assert row["margin"] == pytest.approx(0.175, abs=5e-4)
    row = decide_pair("seed_chat", Model(openness=UNKNOWN), Model(), z=(1.0, CERTAIN))
    assert row["margin"] == pytest.approx(0.175 - 0.05, abs=5e-4)


def test_the_whole_interval_must_lie_within_the_margin_for_a_tie() -> None:
    # 0.35 * z / 2 is 0.05 at 2/7.
    assert outcome_of(decide_pair("seed_chat", Model(), Model(), z=(2 / 7, 0.0))) == ("tie", "within_margin")
    assert outcome_of(decide_pair("seed_chat", Model(), Model(), z=(0.29, 0.0)))[0] != "tie"
    assert outcome_of(decide_pair("seed_chat", Model(), Model(), z=(0.2, 0.1))) == ("depends", "interval_open")


def test_no_side_is_ahead_where_the_interval_contains_zero() -> None:
    row = decide_pair("seed_chat", Model(), Model(cost=50.0))
    assert np.isnan(row["margin"])
    assert np.isnan(row["robust"])
    assert outcome_of(row) == ("depends", "interval_open")


def test_a_verdict_that_other_weights_reverse_is_not_robust() -> None:
    # Cheaper but worse: 0.45 * 1 - 0.35 * 0.8 is ahead by 0.17 at the published weights.
    row = decide_pair("seed_chat", Model(), Model(cost=3_200.0), z=(-1.6, CERTAIN))
    assert row["margin"] == pytest.approx(0.17, abs=5e-4)
    assert 0.5 < row["robust"] < 0.9
    assert outcome_of(row) == ("depends", "not_robust")


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_the_closed_form_of_robustness_agrees_with_monte_carlo(scenario_id: str) -> None:
    rng = np.random.default_rng(11)
    weights = weights_of(WORKLOADS[scenario_id])
    drawn = np.zeros((20_000, len(weights)))
    drawn[:, weights > 0] = rng.dirichlet(50 * weights[weights > 0], len(drawn))
    terms = rng.uniform(-1, 1, (len(weights), 300))
    share = share_ahead(weights, terms)
    plain = (drawn @ terms > 0.05).mean(axis=0)
    # The sum is not quite normal where one term outweighs the rest: the worst of 300 is off by 0.07, near 0.5.
    assert np.abs(share - plain).mean() < 0.01
    assert np.abs(share - plain).max() < 0.1
    near = np.abs(share - 0.9) < 0.05
    assert near.sum() > 5
    assert np.abs(share - plain)[near].max() < 0.03


def test_equal_terms_do_not_depend_on_the_weights() -> None:
    weights = weights_of(WORKLOADS["seed_chat"])
    terms = np.array([[0.06] * 5, [0.05] * 5, [-0.5] * 5]).T
    assert share_ahead(weights, terms).tolist() == [1.0, 0.0, 0.0]


LEAD_CASES = [
    (Model(), Model(), "even"),
    (Model(), Model(cost=109.0), "even"),
    (Model(), Model(cost=111.0), "a"),
    (Model(), Model(operators=8.0), "b"),
    (Model(), Model(cost=120.0, operators=8.0), "trade_off"),
    (Model(), Model(cost=UNKNOWN), "unknown"),
    (Model(), Model(operators=UNKNOWN), "unknown"),
    (Model(), Model(cost=120.0, operators=UNKNOWN), "unknown"),
    (Model(context=UNKNOWN), Model(cost=120.0, operators=8.0), "trade_off"),
    (Model(openness=UNKNOWN), Model(openness=0.0), "even"),
    (Model(cost=UNKNOWN), FAILS, "a"),
    (Model(cost=UNKNOWN, operators=1.0), OPEN, "a"),
    (OPEN, FAILS, "unknown"),
    (FAILS, FAILS, "unknown"),
    (OPEN, OPEN, "unknown"),
]


@pytest.mark.parametrize(("a", "b", "lead"), LEAD_CASES)
def test_a_lead_is_pareto_over_the_known_dimensions_without_quality(a: Model, b: Model, lead: str) -> None:
    assert decide_pair("vision", a, b)["lead"] == lead
    assert decide_pair("vision", a, b, z=(-2.0, 0.1))["lead"] == lead


@pytest.mark.parametrize(
    ("wins_a", "wins_b", "overall"),
    [(4, 0, "a"), (3, 0, "depends"), (4, 1, "depends"), (0, 7, "b"), (0, 0, "abstain"), (0, 1, "depends")],
)
def test_a_side_wins_overall_with_most_workloads_and_no_loss(wins_a: int, wins_b: int, overall: str) -> None:
    a, b = (np.array([count], dtype=np.int8) for count in (wins_a, wins_b))
    assert OVERALL_VERDICTS[decide_overall(a, b, scenarios=7)[0]] == overall


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_the_details_of_a_verdict_add_up(sample: PairSample, scenario_id: str) -> None:
    found = compute_details(sample.arrays.contest(scenario_id), all_pairs(len(sample.arrays)))
    weights = weights_of(found.scenario)
    low, high = weights @ found.terms_low, weights @ found.terms_high
    assert (low <= high + 1e-9).all()
    ahead = np.where(found.margin > 0, low, np.where(found.margin < 0, high, 0.0))
    has_margin = ~np.isnan(found.margin)
    np.testing.assert_allclose(ahead[has_margin], found.margin[has_margin], atol=5.1e-4)
    missing = found.missing_a | found.missing_b
    known = sum(weights[place] * (missing >> place & 1 == 0) for place in range(len(DIMENSIONS)))
    np.testing.assert_allclose(known, found.coverage, atol=1e-6)
    assert ((found.quality_rows > 0) == ~np.isnan(found.quality_mean)).all()
    passes = GATE_STATES.index("passes")
    gate_only = found.reason == VERDICT_REASONS.index("gate")
    assert ((found.gate_a == passes) ^ (found.gate_b == passes))[gate_only].all()
    assert (found.unknown_a[found.gate_a == passes] == 0).all()


def test_an_unknown_workload_raises_an_error_with_the_known_ones(sample: PairSample) -> None:
    with pytest.raises(KeyError, match=r"no workload poetry; known: seed_chat, rag"):
        sample.arrays.contest("poetry")


def test_contract_and_scenario_file_name_the_same_workloads() -> None:
    assert tuple(WORKLOADS.ids) == SCENARIOS
