"""What follows for any two models of a workload before their scores are compared: gates, coverage, open questions.

All of it depends on a few groups of models alone, so it is laid out once by group and model and then only copied.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.gates import FAILS, PASSES
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.score import EPSILON, weights_of
from llmpairs.transforms.pairs.utilities import BIT, Standing
from llmpairs.warehouse.vocabulary import DIMENSIONS, GATE_STATES, GATES, LEADS, VERDICT_REASONS, VERDICTS

Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Singles = npt.NDArray[np.float32]
FEWEST_KNOWN = 0.6
"""Weight of the established dimensions below which nothing is scored."""
DECIMALS = 3
"""Of margins and coverage."""
STATES = len(GATE_STATES)
BOTH_PASS = int(PASSES) * STATES + int(PASSES)
A, B, TIE, NEITHER, DEPENDS, ABSTAIN = (np.int8(VERDICTS.index(word)) for word in VERDICTS)
REASON = {word: np.int8(place) for place, word in enumerate(VERDICT_REASONS)}
SETS_OF_DIMENSIONS = 1 << len(DIMENSIONS)
WITHOUT_QUALITY = BIT["cost"] | BIT["context"] | BIT["operators"]
"""What a lead compares."""
COMPARED, BLANK = np.int8(-2), np.int8(-1)
"""Where both sides pass the gates: a lead that has yet to be found, with all facts known or not."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One workload among all models.

    The tables have a row for each group and a column for each model: what holds when A is of that group and B
    is that model. Pairs whose quality compares know one dimension more than `coverage` and `is_scored` say.
    """

    standing: Standing
    group: npt.NDArray[np.int64]
    """Group of each model: its state at the gates and which of its facts are known."""
    verdict: Codes
    """Position in VERDICTS; what holds where the scores are not compared."""
    reason: Codes
    """Position in VERDICT_REASONS, likewise."""
    coverage: Singles
    """Weight of the dimensions established for both sides."""
    is_scored: Flags
    """Both pass the gates, and enough is known."""
    lead: Codes
    """Position in LEADS where the gates decide it, else COMPARED or BLANK."""
    size: npt.NDArray[np.int64]
    """Group of each model by context up to twice the need and by known operators."""
    has_more: Codes
    """By size: bit 0 says that A has more of one of the two, bit 1 that B has; what is unknown is not more."""


def build_contest(standing: Standing) -> Contest:
    """The tables of a workload."""
    gates = standing.gates
    traits = np.array([gates.state, gates.open, standing.known], dtype=np.int64)
    groups, group = np.unique(traits, axis=1, return_inverse=True)
    state, still_open, known = groups[:, :, None]
    gate = state * STATES + gates.state
    both_known = (known & standing.known).astype(np.int64)
    weight, is_enough = coverage_of_sets(standing.scenario)
    reason = GATE_REASONS[gate]
    lead = GATE_LEADS[gate]
    size, has_more = _compare_sizes(np.array([standing.context, standing.operators]))
    return Contest(
        standing=standing,
        group=group.ravel(),
        verdict=GATE_VERDICTS[gate],
        reason=np.where(reason == UNSETTLED, FIRST_GATE[still_open | gates.open], reason),
        coverage=weight[both_known],
        is_scored=(gate == BOTH_PASS) & is_enough[both_known],
        lead=np.where((lead == COMPARED) & ((both_known & WITHOUT_QUALITY) != WITHOUT_QUALITY), BLANK, lead),
        size=size,
        has_more=has_more,
    )


def _compare_sizes(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], Codes]:
    """Groups of models with equal values, shape (2, models), and who has more of one of the two."""
    groups, size = np.unique(np.nan_to_num(values, nan=-1.0), axis=1, return_inverse=True)
    own = np.where(groups < 0, np.nan, groups)[:, :, None]
    other = values[:, None, :]
    has_more = np.where((own > other).any(axis=0), 1, 0) | np.where((other > own).any(axis=0), 2, 0)
    return size.ravel().astype(np.int64), has_more.astype(np.int8)


@cache
def coverage_of_sets(scenario: Scenario) -> tuple[Singles, Flags]:
    """Weight of each set of DIMENSIONS, and whether it is enough to score by."""
    sets = np.arange(SETS_OF_DIMENSIONS)
    weight = np.zeros(SETS_OF_DIMENSIONS)
    for place, share in enumerate(weights_of(scenario)):
        weight += share * (sets >> place & 1)
    return np.round(weight, DECIMALS).astype(np.float32), weight >= FEWEST_KNOWN - EPSILON


UNSETTLED = np.int8(-1)
"""Stands for the reason that names the open gate."""


def _gate_tables() -> tuple[Codes, Codes, Codes]:
    """Verdict, reason and lead by gates: A's state times 3 plus B's.

    Who alone is established to pass leads, for no other route serves the workload; where neither is, there is
    nothing to weigh.
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
    """Reason that names the first gate of each set of GATES."""
    first = np.full(1 << len(GATES), UNSETTLED)
    for place, gate in reversed(list(enumerate(GATES))):
        if (reason := f"{gate}_not_established") in REASON:
            first[np.flatnonzero(np.arange(len(first)) >> place & 1)] = REASON[reason]
    return first


GATE_VERDICTS, GATE_REASONS, GATE_LEADS = _gate_tables()
FIRST_GATE = _first_gate()
