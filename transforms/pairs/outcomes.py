"""Outcome of a comparison: requirements first, then cost and quality. The rules are defined in docs/OUTCOMES.md.

Swapping the sides mirrors every result: each rule is stated for A and for B by the same expression.
"""

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.quality_index import IndexDifference
from llmpairs.transforms.pairs.requirements import FAILS, NOT_ESTABLISHED, PASSES
from llmpairs.warehouse.outcome_rules import (
    AHEAD_Z,
    LIKELY_Z,
    MAX_WORSE_POINTS,
    SAME_COST_RATIO,
    SIMILAR_POINTS,
    SIMILAR_SHARE,
)
from llmpairs.warehouse.vocabulary import (
    CHEAPER,
    LEADS,
    OUTCOME_REASONS,
    OUTCOMES,
    OVERALL_VERDICTS,
    STRONGER,
    VERDICTS,
)

Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
CODE = {name: np.int8(code) for code, name in enumerate(OUTCOMES)}
WHY = {name: np.int8(code) for code, name in enumerate(OUTCOME_REASONS)}
CHEAPER_CODE = {name: np.int8(code) for code, name in enumerate(CHEAPER)}
STRONGER_CODE = {name: np.int8(code) for code, name in enumerate(STRONGER)}


DEPENDS = ("trade_off", "lean_a", "lean_b", "lean_trade_off")


def _list_codes(values: tuple[str, ...], names: dict[str, str]) -> Codes:
    """Position in `values` of the name of each outcome; an outcome that is not listed keeps its own."""
    return np.array([values.index(names.get(outcome, outcome)) for outcome in OUTCOMES], dtype=np.int8)


VERDICT_NAMES = {"similar": "tie", "unknown": "abstain"} | dict.fromkeys(DEPENDS, "depends")
VERDICT_OF = _list_codes(VERDICTS, VERDICT_NAMES)
"""Position in VERDICTS of each outcome."""
OVERALL_VERDICT_OF = _list_codes(OVERALL_VERDICTS, VERDICT_NAMES | {"neither": "abstain"})
"""Position in OVERALL_VERDICTS; `overall_outcome` is never `neither`."""
LEAD_OF = _list_codes(
    LEADS, {"similar": "even", "neither": "unknown", "lean_a": "a", "lean_b": "b", "lean_trade_off": "trade_off"}
)
"""Position in LEADS: also the side to which an outcome leans."""


class CostComparison(NamedTuple):
    """Which side is cheaper by more than SAME_COST_RATIO; no flag is set where a cost is unknown."""

    a: Flags
    b: Flags
    same: Flags


class Outcomes(NamedTuple):
    """Outcome and reason of each pair, as positions in OUTCOMES and OUTCOME_REASONS."""

    outcome: Codes
    reason: Codes


def compare_costs(cost_a: Floats, cost_b: Floats) -> CostComparison:
    """Compare the costs of both sides; unknown is NaN."""
    a, b = cost_a * SAME_COST_RATIO < cost_b, cost_b * SAME_COST_RATIO < cost_a
    return CostComparison(a, b, (cost_a == cost_a) & (cost_b == cost_b) & ~a & ~b)


def name_cheaper(costs: CostComparison) -> Codes:
    """Position in CHEAPER."""
    found = np.full(len(costs.a), CHEAPER_CODE["unknown"])
    for flags, name in zip(costs, ("a", "b", "same"), strict=True):
        found[flags] = CHEAPER_CODE[name]
    return found


def name_stronger(quality: IndexDifference) -> Codes:
    """Position in STRONGER: the side whose index is higher with 97.5%."""
    found = np.full(len(quality.difference), STRONGER_CODE["open"])
    found[np.isnan(quality.difference)] = STRONGER_CODE["unknown"]
    beyond = AHEAD_Z * quality.sd
    found[quality.difference >= beyond] = STRONGER_CODE["a"]
    found[quality.difference <= -beyond] = STRONGER_CODE["b"]
    return found


def decide(costs: CostComparison, quality: IndexDifference) -> Outcomes:
    """Outcome of cost and quality alone, for sides that meet the requirements; the first rule that holds decides."""
    difference, sd = quality.difference, quality.sd
    ahead, likely, worse = AHEAD_Z * sd, LIKELY_Z * sd, AHEAD_Z * sd - MAX_WORSE_POINTS
    strong_a, strong_b = difference >= ahead, difference <= -ahead
    likely_a, likely_b = difference >= likely, difference <= -likely
    no_worse_a, no_worse_b = (difference > worse) & ~likely_b, (-difference > worse) & ~likely_a
    open_cost = ~(costs.a | costs.b)
    rules = (
        ((costs.a & strong_b) | (costs.b & strong_a), "trade_off", "cheaper_or_stronger"),
        (costs.a & strong_a, "a", "cheaper_and_stronger"),
        (costs.b & strong_b, "b", "cheaper_and_stronger"),
        (costs.a & no_worse_a, "a", "cheaper_and_no_worse"),
        (costs.b & no_worse_b, "b", "cheaper_and_no_worse"),
        (costs.same & strong_a, "a", "stronger_at_same_cost"),
        (costs.same & strong_b, "b", "stronger_at_same_cost"),
        (_are_similar(costs, quality), "similar", "cost_and_quality_close"),
        ((costs.a & likely_b) | (costs.b & likely_a), "lean_trade_off", "cheaper_or_probably_stronger"),
        (costs.a, "lean_a", "cheaper"),
        (costs.b, "lean_b", "cheaper"),
        (open_cost & likely_a, "lean_a", "probably_stronger"),
        (open_cost & likely_b, "lean_b", "probably_stronger"),
        (costs.same | ~np.isnan(difference), "unknown", "nothing_ahead"),
    )
    outcome = np.full(len(difference), CODE["unknown"])
    reason = np.full(len(difference), WHY["nothing_known"])
    # The last rule first, so that an earlier one overwrites it: a tenth of the time of np.select.
    for flags, name, why in reversed(rules):
        outcome[flags] = CODE[name]
        reason[flags] = WHY[why]
    return Outcomes(outcome, reason)


def normal_share(deviations: Floats) -> Floats:
    """Share of a normal distribution below each number of standard deviations.

    A single one, as in `compare`, is computed without SciPy, whose import takes longer than the whole comparison.
    """
    if len(deviations) <= 1:
        return np.array([erfc(-deviation / sqrt(2.0)) / 2.0 for deviation in deviations])
    from scipy.special import ndtr

    return np.asarray(ndtr(deviations))


def _are_similar(costs: CostComparison, quality: IndexDifference) -> Flags:
    """Equal costs, both measured, and the indexes within SIMILAR_POINTS with SIMILAR_SHARE."""
    found = costs.same & quality.both_measured & (np.abs(quality.difference) <= SIMILAR_POINTS)
    at = np.flatnonzero(found)
    difference, sd = quality.difference[at], quality.sd[at]
    inside = normal_share((SIMILAR_POINTS - difference) / sd) - normal_share((-SIMILAR_POINTS - difference) / sd)
    found[at] = np.round(inside, 9) >= SIMILAR_SHARE
    return found


LEAN_OF = np.array(
    [CODE[{"a": "lean_a", "b": "lean_b", "trade_off": "lean_trade_off"}.get(name, name)] for name in OUTCOMES]
)
LEAN_OF[CODE["similar"]] = CODE["unknown"]


def apply_requirements(found: Outcomes, state_a: Codes, state_b: Codes) -> Outcomes:
    """The outcome where requirements are not known to be met by both sides; states are positions in GATE_STATES.

    One side known to fail decides; an unknown one lowers every decision to a lean, and alone leans to the other side.
    """
    pass_a, pass_b, fail_a, fail_b = state_a == PASSES, state_b == PASSES, state_a == FAILS, state_b == FAILS
    open_a, open_b = state_a == NOT_ESTABLISHED, state_b == NOT_ESTABLISHED
    outcome, reason = found.outcome.copy(), found.reason.copy()
    is_open = ~(pass_a & pass_b)
    outcome[is_open] = LEAN_OF[outcome[is_open]]
    left = is_open & (outcome == CODE["unknown"])
    cases = (
        (left & (open_a | open_b), "unknown", "requirement_unknown"),
        (left & pass_a & open_b, "lean_a", "requirement_unknown"),
        (left & pass_b & open_a, "lean_b", "requirement_unknown"),
        (open_a & fail_b, "lean_a", "requirement_failed"),
        (open_b & fail_a, "lean_b", "requirement_failed"),
        (fail_a & fail_b, "neither", "requirement_failed"),
        (pass_a & fail_b, "a", "requirement_failed"),
        (pass_b & fail_a, "b", "requirement_failed"),
    )
    for flags, name, why in cases:
        outcome[flags] = CODE[name]
        reason[flags] = WHY[why]
    return Outcomes(outcome, reason)
