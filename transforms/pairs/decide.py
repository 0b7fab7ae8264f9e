"""Verdicts of a workload for a range of pairs, decided in this order: requirements, coverage, score, robustness.

`compute_verdicts` and `compute_grounds` give the columns of a pair's row, `compute_details` everything behind them.
Swapping the sides mirrors the result. The rules are defined in docs/VERDICTS.md.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.decision_tables import (
    BOTH_PASS,
    DECIMALS,
    DEPENDS,
    REASON,
    STATES,
    TIE,
    A,
    B,
    Codes,
    Contest,
    Floats,
    Singles,
    coverage_of_sets,
    find_leads,
)
from llmpairs.transforms.pairs.quality import STANDARD_ERRORS
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.score import (
    EPSILON,
    Interval,
    Positions,
    compare_qualities,
    compute_terms,
    score_pairs,
    share_ahead,
    weights_of,
)
from llmpairs.transforms.pairs.utilities import DIMENSION_BIT, Bits, WorkloadInputs
from llmpairs.warehouse.verdict_rules import MIN_ROBUST_SHARE, TIE_MARGIN
from llmpairs.warehouse.vocabulary import DIMENSIONS, OVERALL_VERDICTS


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Verdicts of one workload; one entry a pair, in the order of the range."""

    verdict: Codes
    """Position in VERDICTS."""
    lead: Codes
    """Position in LEADS: the comparison without quality."""
    cost_ratio: Floats
    """Cheapest monthly cost of A over that of B. NaN where one is unknown."""


@dataclass(frozen=True, kw_only=True)
class Grounds(Verdicts):
    """Verdicts with their reasons and figures; one entry a pair."""

    reason: Codes
    """Position in VERDICT_REASONS."""
    margin: Singles
    """Difference of the scores with every unknown counted against the side ahead: above 0 A is ahead whatever the
    unknown values are, below 0 B is. NaN where either could be ahead, and where no score was computed."""
    coverage: Singles
    """Weight of the dimensions that are known for both sides, 0 to 1."""
    robust: Singles
    """Share of weightings under which the side ahead stays ahead by more than TIE_MARGIN. NaN where no side is."""


@dataclass(frozen=True, kw_only=True)
class VerdictDetails(Grounds):
    """Verdicts with everything behind them; one entry a pair, terms one column a pair."""

    scenario: Scenario
    gate_a: Codes
    """State of A's requirements: position in GATE_STATES."""
    gate_b: Codes
    failed_a: Bits
    """Requirements that A's best offer fails: a set of GATES; 0 unless A fails."""
    failed_b: Bits
    unknown_a: Bits
    """Requirements unknown for A's best offer: a set of GATES; 0 unless `gate_a` is `not_established`."""
    unknown_b: Bits
    missing_a: Bits
    """Weighed facts that are unknown for A: a set of DIMENSIONS, `cost` for a metered price of an eligible offer.
    `quality` is missing for both sides or for neither."""
    missing_b: Bits
    terms_low: Floats
    """Utility of A minus that of B in each of DIMENSIONS, unweighted, at its least: shape (5, pairs)."""
    terms_high: Floats
    """The same at its greatest; equal where both sides are known."""
    quality_mean: Floats
    """Mean difference of the comparable scores in standard deviations, positive for A; NaN where not scored."""
    quality_rows: npt.NDArray[np.int16]
    """Benchmark rows behind it; 0 where quality is not comparable."""


class ScoredPairs(NamedTuple):
    """Rows of a range whose scores are compared, ascending, and the result; one entry a row."""

    rows: Positions
    verdict: Codes
    reason: Codes
    margin: Singles
    robust: Singles


def compute_verdicts(contest: Contest, pairs: PairRange) -> Verdicts:
    """Compute verdict, lead and cost ratio of each pair of a range."""
    return _conclude(contest, pairs, _compare_scores(contest, pairs))


def _conclude(contest: Contest, pairs: PairRange, scored: ScoredPairs) -> Verdicts:
    verdict = pairs.lookup(contest.group, contest.verdict)
    verdict[scored.rows] = scored.verdict
    cost_ratio = pairs.a(contest.inputs.cost) / pairs.b(contest.inputs.cost)
    return Verdicts(verdict=verdict, lead=find_leads(contest, pairs, cost_ratio), cost_ratio=cost_ratio)


def compute_grounds(contest: Contest, pairs: PairRange) -> Grounds:
    """Compute the verdicts with reason, margin, coverage and robustness."""
    part, at = contest.inputs.quality.entries_of(pairs)
    scored = _compare_scores(contest, pairs)
    reason, coverage = (pairs.lookup(contest.group, contest.reason), pairs.lookup(contest.group, contest.coverage))
    coverage[at], _ = _cover_with_quality(contest.inputs, part)
    margin, robust = (np.full(len(pairs), np.nan, dtype=np.float32) for _ in range(2))
    reason[scored.rows], margin[scored.rows], robust[scored.rows] = scored[2:]
    verdicts = vars(_conclude(contest, pairs, scored))
    return Grounds(**verdicts, reason=reason, margin=margin, coverage=coverage, robust=robust)


def _compare_scores(contest: Contest, pairs: PairRange) -> ScoredPairs:
    """Score the pairs of a range that pass the requirements and have enough known facts."""
    inputs = contest.inputs
    part, at = inputs.quality.entries_of(pairs)
    is_scored = pairs.lookup(contest.group, contest.is_scored)
    _, is_scored[at] = _cover_with_quality(inputs, part)
    rows = np.flatnonzero(is_scored)
    quality = _quality_interval(inputs, rows, part, at)
    return ScoredPairs(rows, *_score(inputs, pairs.position_a[rows], pairs.position_b[rows], quality))


def _cover_with_quality(inputs: WorkloadInputs, part: slice) -> tuple[Singles, npt.NDArray[np.bool_]]:
    """Coverage of a part of the workload's comparable pairs, and whether they are scored."""
    low, high = inputs.quality.low[part], inputs.quality.high[part]
    weight, is_enough = coverage_of_sets(inputs.scenario)
    known = inputs.known[low] & inputs.known[high] | DIMENSION_BIT["quality"]
    state = inputs.requirements.state
    both_pass = state[low] * STATES + state[high] == BOTH_PASS
    return weight[known], both_pass & is_enough[known]


def compute_details(contest: Contest, pairs: PairRange) -> VerdictDetails:
    """Compute the verdicts of a range with everything behind them."""
    grounds, inputs = compute_grounds(contest, pairs), contest.inputs
    requirements = inputs.requirements
    part, at = inputs.quality.entries_of(pairs)
    quality = _quality_interval(inputs, np.arange(len(pairs)), part, at)
    mean = np.full(len(pairs), np.nan)
    mean[at] = inputs.quality.mean[part]
    rows = np.zeros(len(pairs), dtype=np.int16)
    rows[at] = inputs.quality.rows[part]
    weighed = np.uint8(sum(int(DIMENSION_BIT[name]) for name in DIMENSIONS if getattr(inputs.scenario.weights, name)))
    compared = (rows > 0) * DIMENSION_BIT["quality"]
    terms = compute_terms(inputs, pairs.position_a, pairs.position_b, quality)
    return VerdictDetails(
        **vars(grounds),
        scenario=inputs.scenario,
        gate_a=pairs.a(requirements.state),
        gate_b=pairs.b(requirements.state),
        failed_a=pairs.a(requirements.failed),
        failed_b=pairs.b(requirements.failed),
        unknown_a=pairs.a(requirements.unknown),
        unknown_b=pairs.b(requirements.unknown),
        missing_a=weighed & ~(pairs.a(inputs.known) | compared),
        missing_b=weighed & ~(pairs.b(inputs.known) | compared),
        terms_low=terms.low,
        terms_high=terms.high,
        quality_mean=mean,
        quality_rows=rows,
    )


def decide_overall(wins_a: Codes, wins_b: Codes, scenarios: int) -> Codes:
    """Position in OVERALL_VERDICTS from the numbers of workloads that each side wins, out of `scenarios`.

    A side wins overall with more than half of the workloads and no loss. Where neither wins one: `abstain`.
    """
    conditions = [
        (wins_a * 2 > scenarios) & (wins_b == 0),
        (wins_b * 2 > scenarios) & (wins_a == 0),
        wins_a + wins_b > 0,
    ]
    a, b, depends, abstain = (np.int8(OVERALL_VERDICTS.index(w)) for w in ("a", "b", "depends", "abstain"))
    return np.asarray(np.select(conditions, [a, b, depends], abstain))


def _quality_interval(inputs: WorkloadInputs, chosen: Positions, part: slice, at: Positions) -> Interval:
    """Difference of quality for the chosen rows of a range, ascending; -1 to 1 where it is not comparable.

    `part` is the slice of the workload's comparable pairs, `at` their rows in the range.
    """
    low, high = np.full(len(chosen), -1.0), np.full(len(chosen), 1.0)
    position = np.searchsorted(chosen, at)
    is_chosen = np.append(chosen, -1)[position] == at
    half_width = STANDARD_ERRORS * inputs.quality.error[part]
    found = compare_qualities(inputs.quality.mean[part], half_width)
    low[position[is_chosen]] = found.low[is_chosen]
    high[position[is_chosen]] = found.high[is_chosen]
    return Interval(low, high)


def _score(
    inputs: WorkloadInputs, a: Positions, b: Positions, quality: Interval
) -> tuple[Codes, Codes, Singles, Singles]:
    """Verdict, reason, margin and robustness of pairs that pass the requirements and have enough known facts."""
    low, high = score_pairs(inputs, a, b, quality)
    won_by_a, won_by_b = low > TIE_MARGIN + EPSILON, high < -TIE_MARGIN - EPSILON
    is_tie = (low >= -TIE_MARGIN - EPSILON) & (high <= TIE_MARGIN + EPSILON)
    verdict = np.where(is_tie, TIE, np.where(won_by_a, A, np.where(won_by_b, B, DEPENDS)))
    reason = np.where(is_tie, REASON["within_margin"], REASON["interval_open"])
    decided = np.flatnonzero(won_by_a | won_by_b)
    terms = compute_terms(inputs, a[decided], b[decided], Interval(*(end[decided] for end in quality)))
    for_side_ahead = np.where(won_by_a[decided], terms.low, -terms.high)
    robust = np.full(len(a), np.nan, dtype=np.float32)
    share = share_ahead(weights_of(inputs.scenario), for_side_ahead)
    robust[decided] = share
    stays = share >= MIN_ROBUST_SHARE - EPSILON
    verdict[decided[~stays]] = DEPENDS
    reason[decided] = np.where(stays, REASON["score"], REASON["not_robust"])
    return verdict, reason, _margin(low, high), robust


def _margin(low: Floats, high: Floats) -> Singles:
    """End of the interval that is nearer to 0, NaN where 0 lies inside."""
    ahead_a = np.where(low >= -EPSILON, np.maximum(low, 0.0), np.nan)
    margin = np.where(high <= EPSILON, np.minimum(high, 0.0), ahead_a)
    # Adding 0 turns -0 into 0, so that a row and its mirror image are equal.
    return (np.round(margin, DECIMALS) + 0.0).astype(np.float32)
