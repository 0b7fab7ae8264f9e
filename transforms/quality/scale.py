"""One latent ability per model, fitted over all scores of a domain by marginal maximum likelihood.

For model i and item j of family f: y = d_j + a_j (theta_i + u_if) + e, with theta ~ N(0, 1), u ~ N(0, t_f^2) and
e ~ N(0, s_j^2). The integrals are closed: a family enters by its sums p = sum a^2/s^2 and q = sum a (y - d)/s^2.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from llmpairs.transforms.quality.cells import Cells, Floats

LOG_A = (0.0, 0.5)
LOG_S = (-0.7, 0.7)
LOG_T = (-0.9, 0.7)
"""Mean and standard deviation of the weak priors on log a, log s and log t."""
SD_OF_D = 5.0
STEP = 1e-5
"""Step of the central differences by which the Hessian is computed from the gradient."""


class Sums(NamedTuple):
    """Sufficient sums of each model and family, shape (models, families)."""

    p: Floats
    q: Floats
    rest: float
    """Sum over all cells of log s^2 and (y - d)^2 / s^2."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A fitted scale."""

    cells: Cells
    parameters: Floats
    """d, log a and log s by item, log t by family."""
    covariance: Floats
    """Of the parameters: the inverse Hessian."""


class Abilities(NamedTuple):
    """Posterior of each model's ability, given the parameters."""

    theta: Floats
    variance: Floats
    """Without the uncertainty of the parameters."""
    evidence: Floats
    """Sum of the weights of the families; 0 for a model without a score."""
    mean: Floats
    """Weighted mean of the families' values, not shrunk; NaN without one."""


def fit_scale(cells: Cells) -> Scale:
    """Fit the parameters; the same cells give the same bits."""
    from scipy.optimize import minimize

    start = _start(cells)
    options = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-8, "maxcor": 30}
    found = minimize(lambda x: evaluate(cells, x), start, jac=True, method="L-BFGS-B", options=options)
    parameters = polish(cells, np.asarray(found.x))
    return Scale(cells=cells, parameters=parameters, covariance=_invert(hessian(cells, parameters)))


def _invert(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def polish(cells: Cells, parameters: Floats) -> Floats:
    """Two Newton steps: the optimum is then exact far below what is published, on any processor."""
    for _ in range(2):
        _, gradient = evaluate(cells, parameters)
        step = np.linalg.solve(hessian(cells, parameters), gradient)
        if not np.all(np.isfinite(step)) or np.abs(step).max() > 0.1:
            return parameters
        parameters = parameters - step
    return parameters


def _start(cells: Cells) -> Floats:
    items, count = len(cells.items), np.bincount(cells.item, minlength=len(cells.items)).clip(1)
    mean = np.bincount(cells.item, cells.value, items) / count
    return np.concatenate([mean, np.zeros(items), np.full(items, LOG_S[0]), np.full(len(cells.families), LOG_T[0])])


def split(cells: Cells, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """d, a, s by item and t^2 by family."""
    n = len(cells.items)
    return x[:n], np.exp(x[n : 2 * n]), np.exp(x[2 * n : 3 * n]), np.exp(2 * x[3 * n :])


def _prior_mean(cells: Cells) -> Floats:
    items = len(cells.items)
    mean = _start(cells)[:items]
    return np.concatenate(
        [mean, np.full(items, LOG_A[0]), np.full(items, LOG_S[0]), np.full(len(cells.families), LOG_T[0])]
    )


def _prior_sd(cells: Cells) -> Floats:
    items = len(cells.items)
    sds = (SD_OF_D, LOG_A[1], LOG_S[1])
    return np.concatenate([*(np.full(items, sd) for sd in sds), np.full(len(cells.families), LOG_T[1])])


def add_up(cells: Cells, x: Floats) -> Sums:
    """Sums of each model and family."""
    d, a, s, _ = split(cells, x)
    shape = (len(cells.models), len(cells.families))
    group = cells.model * shape[1] + cells.family_of_item[cells.item]
    own_a, own_s = a[cells.item], s[cells.item]
    residual = cells.value - d[cells.item]
    p, q = (
        np.bincount(group, terms, shape[0] * shape[1]).reshape(shape).astype(np.float64)
        for terms in ((own_a / own_s) ** 2, own_a * residual / own_s**2)
    )
    return Sums(p, q, float(np.sum(2 * np.log(own_s) + (residual / own_s) ** 2)))


def evaluate(cells: Cells, x: Floats) -> tuple[float, Floats]:
    """Negative log posterior of the parameters, and its gradient."""
    t2 = split(cells, x)[3]
    p, q, rest = add_up(cells, x)
    c = 1 + t2 * p
    precision, lever = 1 + (p / c).sum(axis=1, keepdims=True), (q / c).sum(axis=1, keepdims=True)
    family = np.log(c) - t2 * q**2 / c
    value = 0.5 * (rest + family.sum() + np.sum(np.log(precision) - lever**2 / precision))
    by_precision = 1 / precision + (lever / precision) ** 2
    by_lever = -2 * lever / precision
    by_p = 0.5 * (t2 / c + (t2 * q / c) ** 2 + by_precision / c**2 - by_lever * q * t2 / c**2)
    by_q = 0.5 * (-2 * t2 * q / c + by_lever / c)
    by_t2 = 0.5 * (p / c - (q / c) ** 2 - by_precision * (p / c) ** 2 - by_lever * q * p / c**2)
    gradient = np.concatenate([_by_item(cells, x, by_p, by_q), 2 * t2 * by_t2.sum(axis=0)])
    deviation = (x - _prior_mean(cells)) / _prior_sd(cells)
    return float(value + 0.5 * np.sum(deviation**2)), gradient + deviation / _prior_sd(cells)


def _by_item(cells: Cells, x: Floats, by_p: Floats, by_q: Floats) -> Floats:
    """Gradient by d, log a and log s of each item."""
    d, a, s, _ = split(cells, x)
    family = cells.family_of_item[cells.item]
    g_p, g_q = by_p[cells.model, family], by_q[cells.model, family]
    own_a, s2 = a[cells.item], s[cells.item] ** 2
    residual = cells.value - d[cells.item]
    terms = (
        -g_q * own_a / s2 - residual / s2,
        2 * g_p * own_a**2 / s2 + g_q * own_a * residual / s2,
        -2 * g_p * own_a**2 / s2 - 2 * g_q * own_a * residual / s2 - residual**2 / s2 + 1,
    )
    return np.concatenate([np.bincount(cells.item, term, len(cells.items)) for term in terms])


def hessian(cells: Cells, x: Floats) -> Floats:
    """Second derivatives by central differences of the gradient, symmetric."""
    rows = []
    for at in range(len(x)):
        step = np.zeros(len(x))
        step[at] = STEP
        rows.append((evaluate(cells, x + step)[1] - evaluate(cells, x - step)[1]) / (2 * STEP))
    found = np.array(rows)
    return (found + found.T) / 2


def find_abilities(cells: Cells, x: Floats, k: float) -> Abilities:
    """Abilities of all models of the cells, with family effects inflated by k."""
    _, _, _, t2 = split(cells, x)
    p, q, _ = add_up(cells, x)
    c = 1 + k * t2 * p
    evidence, lever = (p / c).sum(axis=1), (q / c).sum(axis=1)
    variance = 1 / (1 + evidence)
    mean = np.divide(lever, evidence, out=np.full(len(evidence), np.nan), where=evidence > 0)
    return Abilities(variance * lever, variance, evidence, mean)


def sensitivity(cells: Cells, x: Floats, k: float) -> Floats:
    """Derivative of each ability by each parameter: (models, parameters)."""
    columns = []
    for at in range(len(x)):
        step = np.zeros(len(x))
        step[at] = STEP
        ends = (find_abilities(cells, x + side * step, k).theta for side in (1, -1))
        columns.append((next(ends) - next(ends)) / (2 * STEP))
    return np.array(columns).T


def family_values(cells: Cells, x: Floats) -> tuple[Floats, Floats]:
    """Ability by each family alone and its error variance without the family effect; NaN where it has no score."""
    p, q, _ = add_up(cells, x)
    has = p > 0
    safe = np.where(has, p, 1.0)
    return np.where(has, q / safe, np.nan), np.where(has, 1 / safe, np.nan)
