"""What can be said without quality: who is no worse at anything and better at something."""

import numpy as np
import numpy.typing as npt

from transforms.pairs.gates import FAILS, NOT_ESTABLISHED, PASSES
from transforms.pairs.ranges import PairRange
from transforms.pairs.standing import BIT, Standing
from warehouse.vocabulary import LEADS

Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
SAME_COST = 1.1
"""Costs whose ratio is at most this, either way round, count as equal."""
EPSILON = 1e-9
GATE_STATES = 3
COMPARED = BIT["cost"] | BIT["context"] | BIT["operators"]
OUTCOMES = 8
"""Sets of: A is better at something, B is, something is unknown."""


def _lead_table() -> Codes:
    """Lead by gates (A's state times 3 plus B's) and outcome.

    Where one side alone is established to pass, it leads, for no other route serves the workload. Where not
    both pass there is nothing to weigh. What is unknown leaves a trade-off standing, and nothing else.
    """
    table = np.full((GATE_STATES * GATE_STATES, OUTCOMES), LEADS.index("unknown"), dtype=np.int8)
    for other in (FAILS, NOT_ESTABLISHED):
        table[PASSES * GATE_STATES + other] = LEADS.index("a")
        table[other * GATE_STATES + PASSES] = LEADS.index("b")
    words = ("even", "a", "b", "trade_off", "unknown", "unknown", "unknown", "trade_off")
    table[PASSES * GATE_STATES + PASSES] = [LEADS.index(word) for word in words]
    return table.ravel()


LEAD_TABLE = _lead_table()


def find_leads(
    standing: Standing,
    pairs: PairRange,
    gates: npt.NDArray[np.int8],
    known: npt.NDArray[np.uint8],
    cost_ratio: Floats,
) -> Codes:
    """The lead of each pair, as a position in LEADS.

    `gates` is A's state times 3 plus B's, `known` the facts established for both sides, `cost_ratio` A's cost
    over B's. Compared are cost, context up to twice the need, and known operators.
    """
    better_a = cost_ratio < 1 / (SAME_COST + EPSILON)
    better_b = cost_ratio > SAME_COST + EPSILON
    for values in (standing.context, standing.operators):
        narrow = values.astype(np.float32)
        a, b = pairs.a(narrow), pairs.b(narrow)
        better_a |= a > b
        better_b |= b > a
    unknown = (known & COMPARED) != COMPARED
    outcome = better_a.view(np.int8) | better_b.view(np.int8) << 1 | unknown.view(np.int8) << 2
    return np.asarray(LEAD_TABLE[gates * np.int8(OUTCOMES) + outcome])
