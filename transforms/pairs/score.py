"""Score of a pair in a workload: its interval, its terms, and its robustness to the weights."""

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.utilities import OWN_DIMENSIONS, WorkloadInputs
from llmpairs.warehouse.verdict_rules import TIE_MARGIN
from llmpairs.warehouse.vocabulary import DIMENSIONS

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.signedinteger]
DOUBLINGS = 5.0
"""Utility of cost is 0.5 - log2(own / other) / 10: a factor of 32 spans the whole scale."""
QUALITY_SCALE = 2.0
"""Utility of quality is 0.5 +- z / 4: two standard deviations span the whole scale."""
SPREAD_OF_WEIGHTS = 51.0
"""Concentration (50) plus one of the Dirichlet distribution around the published weights: the standard deviation of a
weight of 0.45 is then 0.07."""
EPSILON = 1e-9


class Interval(NamedTuple):
    """Least and greatest value for each pair."""

    low: Floats
    high: Floats


def weights_of(scenario: Scenario) -> Floats:
    """Weights in the order of DIMENSIONS."""
    return np.array([getattr(scenario.weights, name) for name in DIMENSIONS])


def compare_costs(inputs: WorkloadInputs, a: Positions, b: Positions) -> Interval:
    """Utility of cost of A minus that of B; -1 to 1 where a cost is unknown."""
    doublings = (inputs.log_cost[b] - inputs.log_cost[a]) / DOUBLINGS
    # fmin and fmax ignore NaN, so an unknown cost spans the whole scale.
    return Interval(low=np.fmin(np.fmax(doublings, -1.0), 1.0), high=np.fmax(np.fmin(doublings, 1.0), -1.0))


def compare_qualities(mean: Floats, error: Floats) -> Interval:
    """Utility of quality of A minus that of B, from a mean difference in standard deviations and its half width."""
    return Interval(
        low=np.clip((mean - error) / QUALITY_SCALE, -1.0, 1.0), high=np.clip((mean + error) / QUALITY_SCALE, -1.0, 1.0)
    )


def score_pairs(inputs: WorkloadInputs, a: Positions, b: Positions, quality: Interval) -> Interval:
    """Score of A minus that of B."""
    cost = compare_costs(inputs, a, b)
    weights = inputs.scenario.weights
    return Interval(
        low=inputs.least_sum[a] - inputs.greatest_sum[b] + (weights.cost * cost.low + weights.quality * quality.low),
        high=inputs.greatest_sum[a] - inputs.least_sum[b] + (weights.cost * cost.high + weights.quality * quality.high),
    )


def compute_terms(inputs: WorkloadInputs, a: Positions, b: Positions, quality: Interval) -> Interval:
    """Utility of A minus that of B in each of DIMENSIONS, unweighted: shape (5, pairs)."""
    terms = {"cost": compare_costs(inputs, a, b), "quality": quality}
    for name, least, greatest in zip(OWN_DIMENSIONS, inputs.least, inputs.greatest, strict=True):
        terms[name] = Interval(least[a] - greatest[b], greatest[a] - least[b])
    low, high = (np.array([terms[name][end] for name in DIMENSIONS]) for end in (0, 1))
    return Interval(low, high)


def normal_share(deviations: Floats) -> Floats:
    """Share of a normal distribution below each number of standard deviations.

    A single one, as in `compare`, is computed without SciPy, whose import takes longer than the whole comparison.
    """
    if len(deviations) <= 1:
        return np.array([erfc(-deviation / sqrt(2.0)) / 2.0 for deviation in deviations])
    from scipy.special import ndtr

    return np.asarray(ndtr(deviations))


def share_ahead(weights: Floats, terms: Floats) -> Floats:
    """Share of the weightings around the published ones that leave a side ahead by more than TIE_MARGIN.

    `terms` are the differences in that side's favour, shape (5, pairs). Weightings follow a Dirichlet distribution
    around `weights`; their weighted sum is approximated by a normal distribution of the same mean and variance.
    """
    mean, square = np.zeros(terms.shape[1]), np.zeros(terms.shape[1])
    for weight, term in zip(weights, terms, strict=True):
        mean += weight * term
        square += weight * term * term
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0) / SPREAD_OF_WEIGHTS)
    beyond = mean - TIE_MARGIN
    certain = deviation < EPSILON
    share = normal_share(beyond / np.where(certain, 1.0, deviation))
    return np.where(certain, (beyond > EPSILON).astype(np.float64), share)
