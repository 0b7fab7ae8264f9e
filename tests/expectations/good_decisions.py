"""Outcomes of the small release for each pair and workload, computed by hand."""

from typing import Any

from llmpairs.warehouse.vocabulary import SCENARIOS
from tests.expectations.good_catalogue import ALPHA, BETA, DELTA, GAMMA
from tests.expectations.good_costs import SCENARIO_IDS

COSTS = {
    "seed_chat": {ALPHA: 72.0, BETA: 180.0, GAMMA: 1_800.0},
    "long_context": {ALPHA: 90.0, BETA: 248.0},
    "batch_cheap": {ALPHA: 380.0},
}
# Outcome and reason by pair: batch_cheap, long_context (which gamma's 32,768 tokens fail), seed_chat, then the overall
# outcome. Indexes: alpha 102, beta 96.5, gamma 90 (estimated), delta none; a difference has a standard deviation of
# sqrt(2 * 3^2) = 4.24, so that 3.57 points are 80% and 8.32 are 97.5%.
NONE, FAILED = ("unknown", "nothing_known"), ("a", "requirement_failed")
LEAN = ("lean_a", "probably_stronger")
NO_WORSE = ("a", "cheaper_and_no_worse")
OUTCOMES: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    (ALPHA, BETA): (LEAN, NO_WORSE, NO_WORSE, LEAN),
    (ALPHA, DELTA): (NONE, NONE, NONE, NONE),
    (ALPHA, GAMMA): (LEAN, FAILED, ("a", "cheaper_and_stronger"), LEAN),
    (BETA, DELTA): (NONE, NONE, NONE, NONE),
    (BETA, GAMMA): (LEAN, FAILED, NO_WORSE, LEAN),
    (DELTA, GAMMA): (NONE, FAILED, NONE, NONE),
}
INDEXES = {ALPHA: 102.0, BETA: 96.5, GAMMA: 90.0}
HALF_WIDTH = 1.96 * 18**0.5


def outcomes_of(a: str, b: str) -> dict[str, Any]:
    """The columns on outcomes of the pair of `a` and `b`."""
    row: dict[str, Any] = {}
    for name in SCENARIOS:
        row |= {f"outcome_{name}": NONE[0], f"outcome_reason_{name}": NONE[1]}
    *published, overall = OUTCOMES[a, b]
    for name, (outcome, reason) in zip(SCENARIO_IDS, published, strict=True):
        row |= {f"outcome_{name}": outcome, f"outcome_reason_{name}": reason}
    row |= {"overall_outcome": overall[0], "overall_outcome_reason": overall[1], "cheaper": "unknown"}
    if DELTA in (a, b):
        return row | {"stronger": "unknown", "quality_basis": "unknown"}
    difference = INDEXES[a] - INDEXES[b]
    return row | {
        "stronger": "a" if difference > HALF_WIDTH else "open",
        "quality_difference": difference,
        "quality_difference_low95": difference - HALF_WIDTH,
        "quality_difference_high95": difference + HALF_WIDTH,
        "quality_basis": "one_estimated" if b == GAMMA else "measured",
    }


VERDICTS = {"a": "a", "lean_a": "depends", "unknown": "abstain"}
LEADS = {"a": "a", "lean_a": "a", "unknown": "unknown"}


def decisions_of(a: str, b: str) -> dict[str, Any]:
    """The columns that repeat the outcomes of the pair of `a` and `b`, and its cost ratios."""
    *published, overall = OUTCOMES[a, b]
    row: dict[str, Any] = {"overall_verdict": VERDICTS[overall[0]]}
    for name in SCENARIOS:
        row |= {f"verdict_{name}": "abstain", f"lead_{name}": "unknown"}
    for name, (outcome, _) in zip(SCENARIO_IDS, published, strict=True):
        costs = COSTS[name]
        row |= {f"verdict_{name}": VERDICTS[outcome], f"lead_{name}": LEADS[outcome]}
        row[f"cost_ratio_{name}"] = costs[a] / costs[b] if a in costs and b in costs else None
    return row
