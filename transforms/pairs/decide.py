"""The verdict of a workload for every pair of a range, in this order: gates, coverage, score, robustness.

`decide` gives all there is to say of each pair, `judge` and `judge_with_grounds` what its row says. Swapping the
sides mirrors them: every rule is stated once for both. The definitions stand in docs/VERDICTS.md.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
    Singles,
    coverage_of_sets,
)
from llmpairs.transforms.pairs.dominance import find_leads
from llmpairs.transforms.pairs.quality import STANDARD_ERRORS
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.score import (
    EPSILON,
    MARGIN,
    Interval,
    Places,
    difference_of_quality,
    difference_of_scores,
    share_ahead,
    terms_of_scores,
    weights_of,
)
from llmpairs.transforms.pairs.utilities import BIT, Bits, Standing
from llmpairs.warehouse.vocabulary import DIMENSIONS, OVERALL_VERDICTS

if TYPE_CHECKING:
    from llmpairs.transforms.pairs.model_arrays import Sides

Floats = npt.NDArray[np.float64]
FEWEST_ROBUST = 0.9
"""Share of weightings under which a side must stay ahead to win."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the row of each pair says of a workload; one entry a pair, in the order of the range."""

    verdict: Codes
    """Position in VERDICTS."""
    lead: Codes
    """Position in LEADS: what can be said without quality."""
    cost_ratio: Floats
    """Cheapest monthly cost of A over that of B. NaN where one is unknown."""


@dataclass(frozen=True, kw_only=True)
class Grounds(Outcome):
    """An outcome with what decided it; one entry a pair."""

    reason: Codes
    """Position in VERDICT_REASONS."""
    margin: Singles
    """Difference of the scores with every unknown against the side ahead: above 0 A is ahead whatever the
    unknowns are, below 0 B is. NaN where either could be, and where nothing was scored."""
    coverage: Singles
    """Weight of the dimensions that are established for both sides, 0 to 1."""
    robust: Singles
    """Share of weightings under which the side ahead stays ahead by more than 0.05. NaN where no side is."""


@dataclass(frozen=True, kw_only=True)
class Decision(Grounds):
    """An outcome with all that it rests on; one entry a pair, terms one column a pair."""

    scenario: Scenario
    gate_a: Codes
    """How A stands at the gates: position in GATE_STATES."""
    gate_b: Codes
    failed_a: Bits
    """Gates that A fails even on its best route: a set of GATES; 0 unless A fails."""
    failed_b: Bits
    open_a: Bits
    """Gates that are not established for A's best route: a set of GATES; 0 unless `gate_a` says so."""
    open_b: Bits
    cost_a: Floats
    """USD per month on A's cheapest eligible route of any kind, NaN where unknown."""
    cost_b: Floats
    missing_a: Bits
    """Weighed facts that are not established for A: a set of DIMENSIONS, `cost` for a metered price of an
    eligible route. `quality` is missing for both sides or for neither."""
    missing_b: Bits
    terms_low: Floats
    """Utility of A less that of B in each of DIMENSIONS, unweighted, at its least: shape (5, pairs)."""
    terms_high: Floats
    """The same at its greatest; equal where both sides are known."""
    quality_mean: Floats
    """Mean difference of the comparable scores in standard deviations, positive for A; NaN where not scored."""
    quality_error: Floats
    """Standard error of that mean."""
    quality_rows: npt.NDArray[np.int16]
    """Benchmark rows behind it; 0 where quality is not comparable."""


class Scored(NamedTuple):
    """The rows of a range whose scores are compared, ascending, and what comes of it; one entry a row."""

    rows: Places
    verdict: Codes
    reason: Codes
    margin: Singles
    robust: Singles


def judge(contest: Contest, pairs: PairRange) -> Outcome:
    """What the rows of a range say of every workload."""
    return _conclude(contest, pairs, _compare_scores(contest, pairs))


def _conclude(contest: Contest, pairs: PairRange, scored: Scored) -> Outcome:
    verdict = pairs.meet(contest.group, contest.verdict)
    verdict[scored.rows] = scored.verdict
    cost_ratio = pairs.a(contest.standing.cost) / pairs.b(contest.standing.cost)
    return Outcome(verdict=verdict, lead=find_leads(contest, pairs, cost_ratio), cost_ratio=cost_ratio)


def judge_with_grounds(contest: Contest, pairs: PairRange) -> Grounds:
    """The same, with reason, margin, coverage and robustness."""
    part, at = contest.standing.quality.within(pairs)
    scored = _compare_scores(contest, pairs)
    reason, coverage = pairs.meet(contest.group, contest.reason), pairs.meet(contest.group, contest.coverage)
    coverage[at], _ = _cover_with_quality(contest.standing, part)
    margin, robust = (np.full(len(pairs), np.nan, dtype=np.float32) for _ in range(2))
    reason[scored.rows], margin[scored.rows], robust[scored.rows] = scored[2:]
    outcome = vars(_conclude(contest, pairs, scored))
    return Grounds(**outcome, reason=reason, margin=margin, coverage=coverage, robust=robust)


def _compare_scores(contest: Contest, pairs: PairRange) -> Scored:
    """Score the pairs of a range that pass the gates and are covered."""
    standing = contest.standing
    part, at = standing.quality.within(pairs)
    is_scored = pairs.meet(contest.group, contest.is_scored)
    _, is_scored[at] = _cover_with_quality(standing, part)
    rows = np.flatnonzero(is_scored)
    quality = _quality_of(standing, rows, part, at)
    return Scored(rows, *_score(standing, pairs.place_a[rows], pairs.place_b[rows], quality))


def _cover_with_quality(standing: Standing, part: slice) -> tuple[Singles, npt.NDArray[np.bool_]]:
    """Coverage of a part of the workload's comparable pairs, and whether they are scored."""
    low, high = standing.quality.low[part], standing.quality.high[part]
    weight, is_enough = coverage_of_sets(standing.scenario)
    known = standing.known[low] & standing.known[high] | BIT["quality"]
    state = standing.gates.state
    both_pass = state[low] * STATES + state[high] == BOTH_PASS
    return weight[known], both_pass & is_enough[known]


def decide(sides: "Sides", pairs: PairRange, scenario_id: str) -> Decision:
    """Everything there is to say of a workload for each pair of a range; KeyError for an unknown workload."""
    return decide_contest(sides.contest(scenario_id), pairs)


def decide_contest(contest: Contest, pairs: PairRange) -> Decision:
    """Everything there is to say of the contest for each pair of a range."""
    grounds, standing = judge_with_grounds(contest, pairs), contest.standing
    gates = standing.gates
    part, at = standing.quality.within(pairs)
    quality = _quality_of(standing, np.arange(len(pairs)), part, at)
    mean, error = (np.full(len(pairs), np.nan) for _ in range(2))
    mean[at], error[at] = standing.quality.mean[part], standing.quality.error[part]
    rows = np.zeros(len(pairs), dtype=np.int16)
    rows[at] = standing.quality.rows[part]
    weighed = np.uint8(sum(int(BIT[name]) for name in DIMENSIONS if getattr(standing.scenario.weights, name)))
    compared = (rows > 0) * BIT["quality"]
    terms = terms_of_scores(standing, pairs.place_a, pairs.place_b, quality)
    return Decision(
        **vars(grounds),
        scenario=standing.scenario,
        gate_a=pairs.a(gates.state),
        gate_b=pairs.b(gates.state),
        failed_a=pairs.a(gates.failed),
        failed_b=pairs.b(gates.failed),
        open_a=pairs.a(gates.open),
        open_b=pairs.b(gates.open),
        cost_a=pairs.a(standing.cost),
        cost_b=pairs.b(standing.cost),
        missing_a=weighed & ~(pairs.a(standing.known) | compared),
        missing_b=weighed & ~(pairs.b(standing.known) | compared),
        terms_low=terms.low,
        terms_high=terms.high,
        quality_mean=mean,
        quality_error=error,
        quality_rows=rows,
    )


def decide_overall(wins_a: Codes, wins_b: Codes, scenarios: int) -> Codes:
    """Position in OVERALL_VERDICTS from the workloads that each side wins, of so many.

    A side wins overall with more than half of the workloads and no loss; where none is won by a side, nothing
    is decided.
    """
    conditions = [
        (wins_a * 2 > scenarios) & (wins_b == 0),
        (wins_b * 2 > scenarios) & (wins_a == 0),
        wins_a + wins_b > 0,
    ]
    a, b, depends, abstain = (np.int8(OVERALL_VERDICTS.index(w)) for w in ("a", "b", "depends", "abstain"))
    return np.asarray(np.select(conditions, [a, b, depends], abstain))


def _quality_of(standing: Standing, chosen: Places, part: slice, at: Places) -> Interval:
    """Difference of quality for the chosen rows of a range, ascending; -1 to 1 where it is not comparable.

    `part` of the workload's comparable pairs stands in the rows `at` of the range.
    """
    low, high = np.full(len(chosen), -1.0), np.full(len(chosen), 1.0)
    place = np.searchsorted(chosen, at)
    is_chosen = np.append(chosen, -1)[place] == at
    half_width = STANDARD_ERRORS * standing.quality.error[part]
    found = difference_of_quality(standing.quality.mean[part], half_width)
    low[place[is_chosen]] = found.low[is_chosen]
    high[place[is_chosen]] = found.high[is_chosen]
    return Interval(low, high)


def _score(
    standing: Standing, a: Places, b: Places, quality: Interval
) -> tuple[Codes, Codes, Singles, Singles]:
    """Verdict, reason, margin and robustness of pairs that pass the gates and are covered."""
    low, high = difference_of_scores(standing, a, b, quality)
    won_by_a, won_by_b = low > MARGIN + EPSILON, high < -MARGIN - EPSILON
    is_tie = (low >= -MARGIN - EPSILON) & (high <= MARGIN + EPSILON)
    verdict = np.where(is_tie, TIE, np.where(won_by_a, A, np.where(won_by_b, B, DEPENDS)))
    reason = np.where(is_tie, REASON["within_margin"], REASON["interval_open"])
    decided = np.flatnonzero(won_by_a | won_by_b)
    terms = terms_of_scores(standing, a[decided], b[decided], Interval(*(end[decided] for end in quality)))
    for_side_ahead = np.where(won_by_a[decided], terms.low, -terms.high)
    robust = np.full(len(a), np.nan, dtype=np.float32)
    share = share_ahead(weights_of(standing.scenario), for_side_ahead)
    robust[decided] = share
    stays = share >= FEWEST_ROBUST - EPSILON
    verdict[decided[~stays]] = DEPENDS
    reason[decided] = np.where(stays, REASON["score"], REASON["not_robust"])
    return verdict, reason, _margin(low, high), robust


def _margin(low: Floats, high: Floats) -> Singles:
    """The end of the interval that is nearer to 0, NaN where 0 lies between the two."""
    ahead_a = np.where(low >= -EPSILON, np.maximum(low, 0.0), np.nan)
    margin = np.where(high <= EPSILON, np.minimum(high, 0.0), ahead_a)
    # Adding 0 turns -0 into 0: the row and its mirror image must not differ in a sign of nothing.
    return (np.round(margin, DECIMALS) + 0.0).astype(np.float32)
