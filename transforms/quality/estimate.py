"""Ability of models without scores, from published facts: ridge regression with random effects, by maximum likelihood.

The covariance of two models is a sum of parts: shared features, the same developer, the same series, and an own part.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.quality.cells import Floats
from llmpairs.transforms.quality.rules import QualityRules

EPOCH = pd.Timestamp("2024-01-01")
DAYS_A_YEAR = 365.25
LOG_SD_MEAN, LOG_SD_SPREAD = -1.0, 1.0
"""Weak prior on the logarithm of each part's standard deviation."""
SD_OF_INTERCEPT = 3.0
FEATURE_COLUMNS = (
    "model_id", "developer_id", "family", "released_date", "parameters_total", "parameters_active",
    "list_blended_usd_per_mtok", "context_tokens",
)  # fmt: skip
"""Columns of MODELS that determine the estimate, besides the reasoning capability."""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Facts of models as numbers, one row a model."""

    ids: pd.Index
    features: Floats
    """Standardised; 0 where unknown, with a flag of its own."""
    developer: npt.NDArray[np.int64]
    series: npt.NDArray[np.int64]
    """Code of the series within its developer; -1 for none."""


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """Fitted on measured models."""

    traits: Traits
    sd: Floats
    """Standard deviation of each part: features, developer, series, own."""
    rows: npt.NDArray[np.int64]
    """Positions of the measured models in `traits`."""
    inverse: Floats
    """Of the covariance of the measured means."""
    weights: Floats
    """`inverse` times the measured means."""
    means: Floats
    noise: Floats
    """Error variance of each measured mean."""


def read_traits(models: DataFrame, thinks: Series, rules: QualityRules) -> Traits:
    """Facts of MODELS as features; `thinks` states by model_id whether the model reasons (missing: unknown)."""
    table = models.sort_values("model_id").set_index("model_id")
    size = table["parameters_total"].fillna(table["parameters_active"])
    facts = {
        "age": (pd.to_datetime(table["released_date"]) - EPOCH).dt.days / DAYS_A_YEAR,
        "size": np.log2(size.astype("float64").where(lambda value: value > 0)),
        "active": np.log2(table["parameters_active"].astype("float64").where(lambda value: value > 0)),
        "price": np.log2(table["list_blended_usd_per_mtok"].astype("float64").where(lambda value: value > 0)),
        "context": np.log2(table["context_tokens"].astype("float64")),
        "thinks": thinks.reindex(table.index).astype("float64"),
    }
    known = DataFrame(facts, index=table.index)
    scaled = ((known - known.mean()) / known.std().replace(0, 1)).fillna(0.0)
    parts = [set(re.split(r"[-_./:]", name.partition("/")[2])) for name in table.index]
    tiers = [[float(bool(part & rules.small_tiers)), float(bool(part & rules.large_tiers))] for part in parts]
    missing = known.isna().to_numpy(dtype="float64")
    features = np.hstack([scaled.to_numpy(dtype="float64"), missing, np.array(tiers).reshape(len(table), 2)])
    series = (table["developer_id"] + " " + table["family"]).where(table["family"].notna())
    return Traits(
        ids=table.index,
        features=np.round(features, 6),
        developer=pd.factorize(table["developer_id"], sort=True)[0].astype(np.int64),
        series=pd.factorize(series, sort=True)[0].astype(np.int64),
    )


def _parts(traits: Traits, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Covariance of models `a` and `b` by unit standard deviation of features, developer and series."""
    features = traits.features[a] @ traits.features[b].T
    developer = (traits.developer[a][:, None] == traits.developer[b]).astype("float64")
    series = (traits.series[a][:, None] == traits.series[b]) & (traits.series[a][:, None] >= 0)
    return features, developer, series.astype("float64")


def _combine(parts: tuple[Floats, Floats, Floats], sd: Floats) -> Floats:
    features, developer, series = (part * own**2 for part, own in zip(parts, sd[:3], strict=True))
    return np.asarray(SD_OF_INTERCEPT**2 + features + developer + series, dtype=np.float64)


def fit_estimator(traits: Traits, ids: pd.Index, means: Floats, noise: Floats) -> Estimator:
    """Fit the standard deviation of each part on the measured models `ids`."""
    from scipy.optimize import minimize

    rows = traits.ids.get_indexer(ids).astype(np.int64)
    parts = _parts(traits, rows, rows)

    def evaluate(log_sd: Floats) -> tuple[float, Floats]:
        sd = np.exp(log_sd)
        inverse = np.linalg.inv(_combine(parts, sd) + np.diag(sd[3] ** 2 + noise))
        weights = inverse @ means
        _, log_determinant = np.linalg.slogdet(inverse)
        by_part = [*parts, np.eye(len(rows))]
        slopes = [
            own**2 * (np.sum(inverse * part) - weights @ part @ weights) for part, own in zip(by_part, sd, strict=True)
        ]
        off = (log_sd - LOG_SD_MEAN) / LOG_SD_SPREAD
        value = 0.5 * (means @ weights - log_determinant) + 0.5 * np.sum(off**2)
        return float(value), np.array(slopes) + off / LOG_SD_SPREAD

    options = {"maxiter": 200, "ftol": 1e-13, "gtol": 1e-6}
    found = minimize(evaluate, np.full(4, LOG_SD_MEAN), jac=True, method="L-BFGS-B", options=options)
    sd = np.exp(np.round(found.x, 4))  # far above the error of the optimum, so that every processor has the same
    inverse = np.asarray(np.linalg.inv(_combine(parts, sd) + np.diag(sd[3] ** 2 + noise)), dtype=np.float64)
    return Estimator(
        traits=traits, sd=sd, rows=rows, inverse=inverse, weights=inverse @ means, means=means, noise=noise
    )


def predict(fitted: Estimator, ids: pd.Index) -> tuple[Floats, Floats]:
    """Mean and variance of the ability of other models."""
    new = fitted.traits.ids.get_indexer(ids).astype(np.int64)
    shared = _combine(_parts(fitted.traits, new, fitted.rows), fitted.sd)
    features, developer, series = _parts(fitted.traits, new, new)
    own = _combine((features, developer, series), fitted.sd).diagonal() + fitted.sd[3] ** 2
    return shared @ fitted.weights, own - np.einsum("ij,jk,ik->i", shared, fitted.inverse, shared)


def predict_measured(fitted: Estimator) -> tuple[Floats, Floats]:
    """Mean and variance of the ability of each measured model, without its own scores."""
    precision = fitted.inverse.diagonal()
    return fitted.means - fitted.weights / precision, np.maximum(1 / precision - fitted.noise, 0.0)
