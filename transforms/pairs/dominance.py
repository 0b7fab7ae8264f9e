"""What can be said without quality: who is no worse at anything and better at something."""

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.decision_tables import BLANK, Contest
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.warehouse.vocabulary import LEADS

Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
SAME_COST = 1.1
"""Costs whose ratio is at most this, either way round, count as equal."""
EPSILON = 1e-9
UNKNOWN, TRADE_OFF = np.int8(LEADS.index("unknown")), np.int8(LEADS.index("trade_off"))


def find_leads(contest: Contest, pairs: PairRange, cost_ratio: Floats) -> Codes:
    """The lead of each pair, as a position in LEADS; `cost_ratio` is A's cost over B's.

    Compared are cost, context up to twice the need, and known operators. What is unknown leaves a trade-off
    between the known standing, and nothing else.
    """
    better = pairs.meet(contest.size, contest.has_more)
    better |= (cost_ratio < 1 / (SAME_COST + EPSILON)).view(np.int8)
    better |= (cost_ratio > SAME_COST + EPSILON).view(np.int8) << np.int8(1)
    # LEADS stand in this order: A alone is better, B alone, both, none; none is 0 and wraps round to 3.
    found = (better - np.int8(1)) & np.int8(3)
    decided = pairs.meet(contest.group, contest.lead)
    # Chosen by masks of all bits or none, which take a tenth of the time of np.where on bytes.
    is_blank = -((decided == BLANK) & (found != TRADE_OFF)).view(np.int8)
    found = (found & ~is_blank) | (UNKNOWN & is_blank)
    is_left = decided >> np.int8(7)
    return np.asarray((found & is_left) | (decided & ~is_left))
