"""Verdicts and leads, recomputed from the inputs of both models independently of `transforms.pairs`."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from llmpairs.expectations.suites.recomputed_inputs import FAILS, PASSES, Flags, Floats, Positions, VerdictInputs
from llmpairs.warehouse.vocabulary import DIMENSIONS, GATES, LEADS, OVERALL_VERDICTS, VERDICT_REASONS, VERDICTS

Cases = list[tuple[Flags, str]]
Bounds = tuple[Floats, Floats]
MARGIN, MIN_COVERAGE, MIN_ROBUSTNESS, SAME_COST = 0.05, 0.6, 0.9, 1.1
EPSILON = 1e-9


@dataclass(frozen=True, kw_only=True)
class RecomputedVerdicts:
    """Columns of one workload for some pairs; enum values as positions in their lists, unknown is NaN."""

    verdict: Positions
    reason: Positions
    margin: Floats
    coverage: Floats
    robust: Floats
    lead: Positions
    cost_ratio: Floats


def recompute_verdicts(inputs: VerdictInputs, a: Positions, b: Positions) -> RecomputedVerdicts:
    """Verdicts of the pairs of models at positions `a` and `b`."""
    terms, known = utility_differences(inputs, a, b)
    coverage = np.add.reduce([inputs.weights[name] * known[name] for name in DIMENSIONS])
    gate_a, gate_b = inputs.gate[a], inputs.gate[b]
    pass_a, pass_b, fail_a, fail_b = gate_a == PASSES, gate_b == PASSES, gate_a == FAILS, gate_b == FAILS
    scored = pass_a & pass_b & (coverage >= MIN_COVERAGE - EPSILON)
    first = np.minimum(inputs.open_gate[a], inputs.open_gate[b])
    one_passes = (pass_a & fail_b) | (fail_a & pass_b)
    decided: Cases = [(one_passes, "gate"), (fail_a & fail_b, "both_fail"), (pass_a & pass_b, "coverage")]
    unknown: Cases = [(first == at, f"{gate}_not_established") for at, gate in enumerate(GATES[:-1])]
    verdict = pick(VERDICTS, [(pass_a & fail_b, "a"), (fail_a & pass_b, "b"), (fail_a & fail_b, "neither")], "abstain")
    reason = pick(VERDICT_REASONS, [*decided, *unknown], "coverage")
    margin, robust = np.full(len(a), np.nan), np.full(len(a), np.nan)
    scored_terms = {name: (low[scored], high[scored]) for name, (low, high) in terms.items()}
    verdict[scored], reason[scored], margin[scored], robust[scored] = score_terms(inputs.weights, scored_terms)
    ratio = inputs.cost[a] / inputs.cost[b]
    return RecomputedVerdicts(
        verdict=verdict,
        reason=reason,
        margin=margin,
        coverage=coverage,
        robust=robust,
        lead=recompute_lead(inputs, a, b, ratio),
        cost_ratio=ratio,
    )


def pick(values: tuple[str, ...], cases: Cases, otherwise: str) -> Positions:
    """Position in `values` of the first case that holds."""
    positions = [np.int64(values.index(value)) for _, value in cases]
    return np.asarray(np.select([holds for holds, _ in cases], positions, np.int64(values.index(otherwise))))


def utility_differences(
    inputs: VerdictInputs, a: Positions, b: Positions
) -> tuple[dict[str, Bounds], dict[str, Flags]]:
    """Bounds of the utility of A minus that of B, and whether both are known, by dimension."""
    one_sided = {
        "context": inputs.context,
        "operators": np.minimum(np.log2(1 + inputs.operators) / 6, 1),
        "openness": inputs.openness,
    }
    terms: dict[str, Bounds] = {}
    known: dict[str, Flags] = {}
    for name, utility in one_sided.items():
        least, greatest = np.nan_to_num(utility, nan=0.0), np.nan_to_num(utility, nan=1.0)
        terms[name] = (least[a] - greatest[b], greatest[a] - least[b])
        known[name] = ~np.isnan(utility[a]) & ~np.isnan(utility[b])
    doublings = np.log2(inputs.cost[b] / inputs.cost[a]) / 5
    known["cost"] = ~np.isnan(doublings)
    terms["cost"] = clip_bounds(doublings, doublings, known["cost"])
    mean, error, known["quality"] = quality_difference(inputs, a, b)
    terms["quality"] = clip_bounds((mean - 1.96 * error) / 2, (mean + 1.96 * error) / 2, known["quality"])
    return terms, known


def clip_bounds(low: Floats, high: Floats, known: Flags) -> Bounds:
    """Bounds clipped to -1 and 1; -1 and 1 where the difference is unknown."""
    return np.where(known, np.clip(low, -1, 1), -1.0), np.where(known, np.clip(high, -1, 1), 1.0)


def quality_difference(inputs: VerdictInputs, a: Positions, b: Positions) -> tuple[Floats, Floats, Flags]:
    """Mean and standard error of the quality of A minus that of B, and whether they are comparable."""
    quality = inputs.quality
    key = np.minimum(a, b) * len(inputs.gate) + np.maximum(a, b)
    at = np.searchsorted(quality.key, key)
    found = np.append(quality.key, -1)[at] == key
    mean, error = np.append(quality.mean, 0.0)[at], np.append(quality.error, 0.0)[at]
    return np.where(a < b, mean, -mean), error, found


def score_terms(
    weights: Mapping[str, float], terms: Mapping[str, Bounds]
) -> tuple[Positions, Positions, Floats, Floats]:
    """Verdict, reason, margin and robustness from the terms of the score."""
    low, high = (np.add.reduce([weights[name] * bounds[end] for name, bounds in terms.items()]) for end in (0, 1))
    ahead = np.where(low > MARGIN + EPSILON, 1, np.where(high < -MARGIN - EPSILON, -1, 0))
    share = np.where(ahead != 0, share_of_weightings(weights, terms, ahead), np.nan)
    wins = share >= MIN_ROBUSTNESS - EPSILON
    tie = (low >= -MARGIN - EPSILON) & (high <= MARGIN + EPSILON)
    verdict = pick(VERDICTS, [(wins & (ahead > 0), "a"), (wins & (ahead < 0), "b"), (tie, "tie")], "depends")
    reasons: Cases = [(wins, "score"), (ahead != 0, "not_robust"), (tie, "within_margin")]
    margin = np.where(low >= -EPSILON, np.maximum(low, 0.0), np.nan)
    return (
        verdict,
        pick(VERDICT_REASONS, reasons, "interval_open"),
        np.where(high <= EPSILON, np.minimum(high, 0.0), margin),
        share,
    )


def share_of_weightings(weights: Mapping[str, float], terms: Mapping[str, Bounds], ahead: Positions) -> Floats:
    """Share of random weightings that keep the side ahead by more than MARGIN; undefined where no side is ahead."""
    from scipy.special import ndtr  # a tenth of a second that only this check needs

    own = {name: np.where(ahead > 0, low, -high) for name, (low, high) in terms.items()}
    mean = np.add.reduce([weights[name] * term for name, term in own.items()])
    square = np.add.reduce([weights[name] * term**2 for name, term in own.items()])
    deviation = np.sqrt(np.maximum(square - mean**2, 0) / 51)
    certain = deviation < EPSILON
    share: Floats = np.where(certain, mean > MARGIN + EPSILON, ndtr((mean - MARGIN) / np.where(certain, 1, deviation)))
    return share


def recompute_lead(inputs: VerdictInputs, a: Positions, b: Positions, ratio: Floats) -> Positions:
    """Pareto dominance over requirements, cost, context and operators."""
    pass_a, pass_b = inputs.gate[a] == PASSES, inputs.gate[b] == PASSES
    more = [(values[a], values[b]) for values in (inputs.context, inputs.operators)]
    better_a = (ratio < 1 / SAME_COST - EPSILON) | np.logical_or.reduce([one > other for one, other in more])
    better_b = (ratio > SAME_COST + EPSILON) | np.logical_or.reduce([other > one for one, other in more])
    unknown = np.isnan(ratio) | np.logical_or.reduce([np.isnan(one + other) for one, other in more])
    cases: Cases = [
        (pass_a & ~pass_b, "a"),
        (pass_b & ~pass_a, "b"),
        (~pass_a, "unknown"),
        (better_a & better_b, "trade_off"),
        (unknown, "unknown"),
        (better_a, "a"),
        (better_b, "b"),
    ]
    return pick(LEADS, cases, "even")


def recompute_overall(verdicts: list[Positions]) -> Positions:
    """The verdict over all workloads, from the stored verdicts."""
    a, b = (np.add.reduce([found == VERDICTS.index(side) for found in verdicts], dtype=np.int64) for side in "ab")
    half = len(verdicts) / 2
    cases: Cases = [((a > half) & (b == 0), "a"), ((b > half) & (a == 0), "b"), (a + b > 0, "depends")]
    return pick(OVERALL_VERDICTS, cases, "abstain")
