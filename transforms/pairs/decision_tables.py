"""Everything about two models of a workload that follows before their scores are compared: requirements and coverage.

It depends on a few groups of models, so it is tabulated once by group and model, and pairs copy their entry.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.transforms.pairs.requirements import FAILS, PASSES
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.score import EPSILON, weights_of
from llmpairs.transforms.pairs.utilities import DIMENSION_BIT, WorkloadInputs
from llmpairs.warehouse.verdict_rules import MIN_KNOWN_WEIGHT, SAME_COST_RATIO
from llmpairs.warehouse.vocabulary import DIMENSIONS, GATE_STATES, GATES, LEADS, VERDICT_REASONS, VERDICTS

Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
DECIMALS = 3
"""Decimals of margins and coverage."""
STATES = len(GATE_STATES)
BOTH_PASS = int(PASSES) * STATES + int(PASSES)
A, B, TIE, NEITHER, DEPENDS, ABSTAIN = (np.int8(code) for code in range(len(VERDICTS)))
REASON = {reason: np.int8(code) for code, reason in enumerate(VERDICT_REASONS)}
SETS_OF_DIMENSIONS = 1 << len(DIMENSIONS)
WITHOUT_QUALITY = DIMENSION_BIT["cost"] | DIMENSION_BIT["context"] | DIMENSION_BIT["operators"]
"""Dimensions that a lead compares."""
UNKNOWN, TRADE_OFF = np.int8(LEADS.index("unknown")), np.int8(LEADS.index("trade_off"))
COMPARED, BLANK = np.int8(-2), np.int8(-1)
"""Leads still to be found by `find_leads`, where both sides pass the requirements: every fact known, or not."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Decision tables of one workload.

    A table has a row for each group and a column for each model: the entry holds when A is of that group and B is that
    model. Pairs with comparable quality know one dimension more than `coverage` and `is_scored` count.
    """

    inputs: WorkloadInputs
    group: npt.NDArray[np.int64]
    """Group of each model: state of its requirements and which of its facts are known."""
    verdict: Codes
    """Position in VERDICTS; holds where the scores are not compared."""
    reason: Codes
    """Position in VERDICT_REASONS, likewise."""
    coverage: Singles
    """Weight of the dimensions known for both sides."""
    is_scored: Flags
    """Whether both pass the requirements and enough is known."""
    lead: Codes
    """Position in LEADS where the requirements decide it, else COMPARED or BLANK."""
    size: npt.NDArray[np.int64]
    """Group of each model by context (capped at twice the need) and known operators."""
    has_more: Codes
    """By size: bit 0 is set where A has more of one of the two, bit 1 where B has; an unknown value is not more."""


def build_contest(inputs: WorkloadInputs) -> Contest:
    """Build the decision tables of a workload."""
    results = inputs.requirements
    traits = np.array([results.state, results.unknown, inputs.known], dtype=np.int64)
    groups, group = np.unique(traits, axis=1, return_inverse=True)
    state, unknown, known = groups[:, :, None]
    gate = state * STATES + results.state
    both_known = (known & inputs.known).astype(np.int64)
    weight, is_enough = coverage_of_sets(inputs.scenario)
    reason = GATE_REASONS[gate]
    lead = GATE_LEADS[gate]
    size, has_more = _compare_sizes(np.array([inputs.context, inputs.operators]))
    return Contest(
        inputs=inputs,
        group=group.ravel(),
        verdict=GATE_VERDICTS[gate],
        reason=np.where(reason == UNSETTLED, FIRST_GATE[unknown | results.unknown], reason),
        coverage=weight[both_known],
        is_scored=(gate == BOTH_PASS) & is_enough[both_known],
        lead=np.where((lead == COMPARED) & ((both_known & WITHOUT_QUALITY) != WITHOUT_QUALITY), BLANK, lead),
        size=size,
        has_more=has_more,
    )


def _compare_sizes(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], Codes]:
    """Group models with equal values, shape (2, models), and compare the groups with each model."""
    groups, size = np.unique(np.nan_to_num(values, nan=-1.0), axis=1, return_inverse=True)
    own = np.where(groups < 0, np.nan, groups)[:, :, None]
    other = values[:, None, :]
    has_more = np.where((own > other).any(axis=0), 1, 0) | np.where((other > own).any(axis=0), 2, 0)
    return size.ravel().astype(np.int64), has_more.astype(np.int8)


@cache
def coverage_of_sets(scenario: Scenario) -> tuple[Singles, Flags]:
    """Weight of each set of DIMENSIONS, and whether it is enough to compute a score."""
    sets = np.arange(SETS_OF_DIMENSIONS)
    weight = np.zeros(SETS_OF_DIMENSIONS)
    for bit, share in enumerate(weights_of(scenario)):
        weight += share * (sets >> bit & 1)
    return np.round(weight, DECIMALS).astype(np.float32), weight >= MIN_KNOWN_WEIGHT - EPSILON


UNSETTLED = np.int8(-1)
"""Placeholder for the reason that names the unknown requirement."""


def _gate_tables() -> tuple[Codes, Codes, Codes]:
    """Verdict, reason and lead by requirement states: A's state times 3 plus B's.

    A side that alone is known to pass leads, because no other offer is known to serve the workload.
    """
    verdicts = np.full(STATES * STATES, ABSTAIN)
    reasons = np.full(STATES * STATES, UNSETTLED)
    leads = np.full(STATES * STATES, LEADS.index("unknown"), dtype=np.int8)
    for state, verdict, reason in (
        (PASSES * STATES + FAILS, A, "gate"),
        (FAILS * STATES + PASSES, B, "gate"),
        (FAILS * STATES + FAILS, NEITHER, "both_fail"),
        (BOTH_PASS, ABSTAIN, "coverage"),
    ):
        verdicts[state], reasons[state] = verdict, REASON[reason]
    leads[PASSES * STATES : BOTH_PASS] = LEADS.index("a")
    leads[PASSES:BOTH_PASS:STATES] = LEADS.index("b")
    leads[BOTH_PASS] = COMPARED
    return verdicts, reasons, leads


def _first_gate() -> Codes:
    """Reason that names the first requirement of each set of GATES."""
    first = np.full(1 << len(GATES), UNSETTLED)
    for position, gate in reversed(list(enumerate(GATES))):
        if (reason := f"{gate}_not_established") in REASON:
            first[np.flatnonzero(np.arange(len(first)) >> position & 1)] = REASON[reason]
    return first


def find_leads(contest: Contest, pairs: PairRange, cost_ratio: Floats) -> Codes:
    """Find the lead of each pair as a position in LEADS; `cost_ratio` is A's cost over B's.

    Cost, context (capped at twice the need) and known operators are compared. With an unknown value only a trade-off
    between the known ones remains.
    """
    better = pairs.lookup(contest.size, contest.has_more)
    better |= (cost_ratio < 1 / (SAME_COST_RATIO + EPSILON)).view(np.int8)
    better |= (cost_ratio > SAME_COST_RATIO + EPSILON).view(np.int8) << np.int8(1)
    # Order of LEADS: A alone is better, B alone, both, none; none is 0 and wraps round to 3.
    found = (better - np.int8(1)) & np.int8(3)
    decided = pairs.lookup(contest.group, contest.lead)
    # Masks of all bits or none take a tenth of the time of np.where on bytes.
    is_blank = -((decided == BLANK) & (found != TRADE_OFF)).view(np.int8)
    found = (found & ~is_blank) | (UNKNOWN & is_blank)
    is_left = decided >> np.int8(7)
    return np.asarray((found & is_left) | (decided & ~is_left))


GATE_VERDICTS, GATE_REASONS, GATE_LEADS = _gate_tables()
FIRST_GATE = _first_gate()
