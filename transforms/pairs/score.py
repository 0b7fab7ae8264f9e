"""The score of a pair in a workload: an interval, its terms, and how far it depends on the weights."""

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.utilities import OF_ONE_SIDE, Standing
from llmpairs.warehouse.vocabulary import DIMENSIONS

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.signedinteger]
MARGIN = 0.05
"""A difference up to this is none."""
DOUBLINGS = 5.0
"""Utility of cost is 0.5 - log2(own / other) / 10: 32 times the cost is the whole of the scale."""
QUALITY_SCALE = 2.0
"""Utility of quality is 0.5 +- z / 4: two standard deviations are the whole of the scale."""
SPREAD_OF_WEIGHTS = 51.0
"""One more than the 50 that a Dirichlet distribution around the published weights has as its sum: a weight of
0.45 then strays by 0.07."""
EPSILON = 1e-9
COST, QUALITY = DIMENSIONS.index("cost"), DIMENSIONS.index("quality")


class Interval(NamedTuple):
    """Least and greatest value of something for each pair."""

    low: Floats
    high: Floats


def weights_of(scenario: Scenario) -> Floats:
    """Weights in the order of DIMENSIONS."""
    return np.array([getattr(scenario.weights, name) for name in DIMENSIONS])


def difference_of_cost(standing: Standing, a: Places, b: Places) -> Interval:
    """Utility of cost of A less that of B; -1 to 1 where a cost is unknown."""
    doublings = (standing.log_cost[b] - standing.log_cost[a]) / DOUBLINGS
    # fmin and fmax pass over an unknown, which so takes the far end.
    return Interval(low=np.fmin(np.fmax(doublings, -1.0), 1.0), high=np.fmax(np.fmin(doublings, 1.0), -1.0))


def difference_of_quality(mean: Floats, error: Floats) -> Interval:
    """Utility of quality of A less that of B from a mean difference in standard deviations and its half width."""
    return Interval(
        low=np.clip((mean - error) / QUALITY_SCALE, -1.0, 1.0),
        high=np.clip((mean + error) / QUALITY_SCALE, -1.0, 1.0),
    )


def difference_of_scores(standing: Standing, a: Places, b: Places, quality: Interval) -> Interval:
    """Score of A less that of B."""
    cost = difference_of_cost(standing, a, b)
    weights = standing.scenario.weights
    return Interval(
        low=standing.least_sum[a]
        - standing.greatest_sum[b]
        + (weights.cost * cost.low + weights.quality * quality.low),
        high=standing.greatest_sum[a]
        - standing.least_sum[b]
        + (weights.cost * cost.high + weights.quality * quality.high),
    )


def terms_of_scores(standing: Standing, a: Places, b: Places, quality: Interval) -> Interval:
    """Utility of A less that of B in each of DIMENSIONS, unweighted: shape (5, pairs)."""
    low, high = (np.empty((len(DIMENSIONS), len(a))) for _ in range(2))
    low[COST], high[COST] = difference_of_cost(standing, a, b)
    low[QUALITY], high[QUALITY] = quality
    for row, name in enumerate(OF_ONE_SIDE):
        place = DIMENSIONS.index(name)
        low[place] = standing.least[row, a] - standing.greatest[row, b]
        high[place] = standing.greatest[row, a] - standing.least[row, b]
    return Interval(low, high)


def normal_share(deviations: Floats) -> Floats:
    """Share of a normal distribution below each number of standard deviations.

    A single one, which is what `compare` asks for, is not worth the import of SciPy: that takes longer than the rest.
    """
    if len(deviations) <= 1:
        return np.array([erfc(-deviation / sqrt(2.0)) / 2.0 for deviation in deviations])
    from scipy.special import ndtr

    return np.asarray(ndtr(deviations))


def share_ahead(weights: Floats, terms: Floats) -> Floats:
    """Share of the weightings around the published ones that leave a side ahead by more than MARGIN.

    `terms` are the differences in that side's favour, shape (5, pairs). Weightings are drawn from a Dirichlet
    distribution around `weights` whose variance this formula has; its sum is taken for normal.
    """
    mean, square = np.zeros(terms.shape[1]), np.zeros(terms.shape[1])
    for weight, term in zip(weights, terms, strict=True):
        mean += weight * term
        square += weight * term * term
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0) / SPREAD_OF_WEIGHTS)
    beyond = mean - MARGIN
    certain = deviation < EPSILON
    share = normal_share(beyond / np.where(certain, 1.0, deviation))
    return np.where(certain, (beyond > EPSILON).astype(np.float64), share)
