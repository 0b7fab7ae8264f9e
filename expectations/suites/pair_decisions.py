"""What verdicts and leads must be, computed again from the standing of both models."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from llmpairs.expectations.suites.pair_standing import FAILS, PASSES, Floats, Places, Standing
from llmpairs.warehouse.vocabulary import (
    DIMENSIONS,
    GATES,
    LEADS,
    OVERALL_VERDICTS,
    VERDICT_REASONS,
    VERDICTS,
)

Flags = npt.NDArray[np.bool_]
Cases = list[tuple[Flags, str]]
Ends = tuple[Floats, Floats]
MARGIN, FEWEST_KNOWN, FEWEST_ROBUST, SAME_COST = 0.05, 0.6, 0.9, 1.1
NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What the rows must say of a workload; words as positions in their lists, unknown is NaN."""

    verdict: Places
    reason: Places
    margin: Floats
    coverage: Floats
    robust: Floats
    lead: Places
    cost_ratio: Floats


def decide(standing: Standing, a: Places, b: Places) -> Decided:
    """The decision between models at these positions."""
    terms, known = difference(standing, a, b)
    coverage = np.add.reduce([standing.weights[name] * known[name] for name in DIMENSIONS])
    gate_a, gate_b = standing.gate[a], standing.gate[b]
    pass_a, pass_b, fail_a, fail_b = gate_a == PASSES, gate_b == PASSES, gate_a == FAILS, gate_b == FAILS
    scored = pass_a & pass_b & (coverage >= FEWEST_KNOWN - NOTHING)
    first = np.minimum(standing.open_gate[a], standing.open_gate[b])
    one_passes = (pass_a & fail_b) | (fail_a & pass_b)
    settled: Cases = [(one_passes, "gate"), (fail_a & fail_b, "both_fail"), (pass_a & pass_b, "coverage")]
    still_open: Cases = [(first == place, f"{gate}_not_established") for place, gate in enumerate(GATES[:-1])]
    verdict = pick(
        VERDICTS, [(pass_a & fail_b, "a"), (fail_a & pass_b, "b"), (fail_a & fail_b, "neither")], "abstain"
    )
    reason = pick(VERDICT_REASONS, [*settled, *still_open], "coverage")
    margin, robust = np.full(len(a), np.nan), np.full(len(a), np.nan)
    of_scored = {name: (low[scored], high[scored]) for name, (low, high) in terms.items()}
    verdict[scored], reason[scored], margin[scored], robust[scored] = score_terms(standing.weights, of_scored)
    ratio = standing.cost[a] / standing.cost[b]
    return Decided(
        verdict=verdict,
        reason=reason,
        margin=margin,
        coverage=coverage,
        robust=robust,
        lead=find_lead(standing, a, b, ratio),
        cost_ratio=ratio,
    )


def pick(words: tuple[str, ...], cases: Cases, otherwise: str) -> Places:
    """Position of the word of the first case that holds."""
    places = [np.int64(words.index(word)) for _, word in cases]
    return np.asarray(np.select([holds for holds, _ in cases], places, np.int64(words.index(otherwise))))


def difference(standing: Standing, a: Places, b: Places) -> tuple[dict[str, Ends], dict[str, Flags]]:
    """Utility of A less that of B at its least and greatest, and whether both are known, by dimension."""
    one_sided = {
        "context": standing.context,
        "operators": np.minimum(np.log2(1 + standing.operators) / 6, 1),
        "openness": standing.openness,
    }
    terms: dict[str, Ends] = {}
    known: dict[str, Flags] = {}
    for name, utility in one_sided.items():
        least, greatest = np.nan_to_num(utility, nan=0.0), np.nan_to_num(utility, nan=1.0)
        terms[name] = (least[a] - greatest[b], greatest[a] - least[b])
        known[name] = ~np.isnan(utility[a]) & ~np.isnan(utility[b])
    doublings = np.log2(standing.cost[b] / standing.cost[a]) / 5
    known["cost"] = ~np.isnan(doublings)
    terms["cost"] = within(doublings, doublings, known["cost"])
    mean, error, known["quality"] = quality_of(standing, a, b)
    terms["quality"] = within((mean - 1.96 * error) / 2, (mean + 1.96 * error) / 2, known["quality"])
    return terms, known


def within(low: Floats, high: Floats, known: Flags) -> Ends:
    """Ends clipped to -1 and 1, and just these where the difference is unknown."""
    return np.where(known, np.clip(low, -1, 1), -1.0), np.where(known, np.clip(high, -1, 1), 1.0)


def quality_of(standing: Standing, a: Places, b: Places) -> tuple[Floats, Floats, Flags]:
    """Mean and error of A's lead over B, and whether they compare."""
    quality = standing.quality
    asked = np.minimum(a, b) * len(standing.gate) + np.maximum(a, b)
    place = np.searchsorted(quality.key, asked)
    found = np.append(quality.key, -1)[place] == asked
    mean, error = np.append(quality.mean, 0.0)[place], np.append(quality.error, 0.0)[place]
    return np.where(a < b, mean, -mean), error, found


def score_terms(
    weights: Mapping[str, float], terms: Mapping[str, Ends]
) -> tuple[Places, Places, Floats, Floats]:
    """Verdict, reason, margin and robustness from the terms of the score."""
    low, high = (np.add.reduce([weights[name] * ends[end] for name, ends in terms.items()]) for end in (0, 1))
    ahead = np.where(low > MARGIN + NOTHING, 1, np.where(high < -MARGIN - NOTHING, -1, 0))
    share = np.where(ahead != 0, stay_ahead(weights, terms, ahead), np.nan)
    wins = share >= FEWEST_ROBUST - NOTHING
    tie = (low >= -MARGIN - NOTHING) & (high <= MARGIN + NOTHING)
    verdict = pick(VERDICTS, [(wins & (ahead > 0), "a"), (wins & (ahead < 0), "b"), (tie, "tie")], "depends")
    reasons: Cases = [(wins, "score"), (ahead != 0, "not_robust"), (tie, "within_margin")]
    margin = np.where(low >= -NOTHING, np.maximum(low, 0.0), np.nan)
    return (
        verdict,
        pick(VERDICT_REASONS, reasons, "interval_open"),
        np.where(high <= NOTHING, np.minimum(high, 0.0), margin),
        share,
    )


def stay_ahead(weights: Mapping[str, float], terms: Mapping[str, Ends], ahead: Places) -> Floats:
    """Share of weightings that leave the side ahead by more than MARGIN; without meaning where none is."""
    from scipy.special import ndtr  # a tenth of a second that only this check needs

    own = {name: np.where(ahead > 0, low, -high) for name, (low, high) in terms.items()}
    mean = np.add.reduce([weights[name] * term for name, term in own.items()])
    square = np.add.reduce([weights[name] * term**2 for name, term in own.items()])
    deviation = np.sqrt(np.maximum(square - mean**2, 0) / 51)
    sure = deviation < NOTHING
    share: Floats = np.where(
        sure, mean > MARGIN + NOTHING, ndtr((mean - MARGIN) / np.where(sure, 1, deviation))
    )
    return share


def find_lead(standing: Standing, a: Places, b: Places, ratio: Floats) -> Places:
    """Pareto over gates, cost, context and operators."""
    pass_a, pass_b = standing.gate[a] == PASSES, standing.gate[b] == PASSES
    more = [(values[a], values[b]) for values in (standing.context, standing.operators)]
    better_a = (ratio < 1 / SAME_COST - NOTHING) | np.logical_or.reduce([one > other for one, other in more])
    better_b = (ratio > SAME_COST + NOTHING) | np.logical_or.reduce([other > one for one, other in more])
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


def decide_overall(verdicts: list[Places]) -> Places:
    """The verdict over all workloads, from the stored ones."""
    a, b = (
        np.add.reduce([found == VERDICTS.index(side) for found in verdicts], dtype=np.int64) for side in "ab"
    )
    half = len(verdicts) / 2
    cases: Cases = [((a > half) & (b == 0), "a"), ((b > half) & (a == 0), "b"), (a + b > 0, "depends")]
    return pick(OVERALL_VERDICTS, cases, "abstain")
