"""MODEL_QUALITY: the quality index of every model and domain, measured where it has scores, else estimated."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.coverage import make_gaps
from llmpairs.transforms.quality.cells import SCORE_COLUMNS, Cells, Floats, list_unlisted, select_cells
from llmpairs.transforms.quality.estimate import (
    FEATURE_COLUMNS,
    Estimator,
    Traits,
    fit_estimator,
    predict,
    predict_measured,
    read_traits,
)
from llmpairs.transforms.quality.rules import QualityRules
from llmpairs.transforms.quality.scale import Scale, add_up, fit_scale, sensitivity, split
from llmpairs.warehouse.contracts.scores import MODEL_QUALITY, QUALITY_FACTORS
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

POINTS = 10.0
"""Index points in a standard deviation of the measured models' abilities; 100 is their mean."""
DECIMALS = 2
Z95 = 1.959964
MIN_FAMILIES = 3
"""Families that a domain needs: with fewer, leaving one out tells nothing of the calibration."""


class Measured(NamedTuple):
    """Abilities of the scored models of a domain, in standard deviations."""

    theta: Floats
    own_variance: Floats
    factors: Floats
    """Loadings on the shared uncertainty of the parameters: (models, QUALITY_FACTORS)."""
    trust: Floats
    """Weight of each family of each model, 1 for what agrees with the rest: (models, families)."""


def tabulate_quality(scores: DataFrame, models: DataFrame, capabilities: DataFrame, context: RunContext) -> DataFrame:
    """MODEL_QUALITY of this run; that of the previous release where nothing changed that it rests on."""
    rules, previous = context.reference_data.quality, context.previous
    kept = previous["model_quality"]
    before = [previous[name] for name in ("benchmark_scores", "models", "model_capabilities")]
    is_same_formula = len(kept) > 0 and bool((kept["formula_version"] == rules.formula_version).all())
    if is_same_formula and digest_inputs(*before).equals(digest_inputs(scores, models, capabilities)):
        return kept[MODEL_QUALITY.column_names]
    return build_quality(scores, models, capabilities, rules)


def find_unlisted(scores: DataFrame, rules: QualityRules) -> DataFrame:
    """A gap for each source of independent scores of a benchmark that quality_rules.toml does not name."""
    rows = scores[scores["benchmark"].isin(list_unlisted(scores, rules))]
    names = rows.groupby("source_id")["benchmark"].agg(lambda found: ", ".join(sorted(set(found))))
    listed = names.rename("detail").reset_index()
    gaps = make_gaps("source", listed["source_id"], None, "model_quality")
    return gaps.assign(state="unverified", detail="in no quality index: " + listed["detail"].astype("str"))


def build_quality(scores: DataFrame, models: DataFrame, capabilities: DataFrame, rules: QualityRules) -> DataFrame:
    """MODEL_QUALITY of BENCHMARK_SCORES, MODELS and MODEL_CAPABILITIES, sorted by its key.

    The fit converges ten digits below the rounding, so that the order in which a processor adds up does not show.
    """
    parts = [_build_domain(scores, models, capabilities, domain, rules) for domain in QUALITY_DOMAINS]
    table = pd.concat([part for part in parts if len(part)] or [DataFrame(columns=MODEL_QUALITY.column_names)])
    table["formula_version"] = rules.formula_version
    return table.sort_values(list(MODEL_QUALITY.key), ignore_index=True)[MODEL_QUALITY.column_names]


def digest_inputs(scores: DataFrame, models: DataFrame, capabilities: DataFrame) -> DataFrame:
    """Everything that `build_quality` reads, as sorted digests of rows: equal for two runs means an equal table."""
    thinks = capabilities[capabilities["capability"] == "reasoning"][["model_id", "state"]]
    compared = models.loc[(models["is_live"] & models["is_text_generating"]).astype(bool), list(FEATURE_COLUMNS)]
    parts = [scores[list(SCORE_COLUMNS)], compared, thinks]
    digests = [pd.util.hash_pandas_object(part.astype("str").fillna(""), index=False) for part in parts]
    return DataFrame({"digest": np.sort(np.concatenate([digest.to_numpy() for digest in digests]))})


def _build_domain(
    scores: DataFrame, models: DataFrame, capabilities: DataFrame, domain: str, rules: QualityRules
) -> DataFrame:
    empty = DataFrame(columns=MODEL_QUALITY.column_names)
    if domain in rules.withheld:
        return empty
    cells = select_cells(scores[scores["model_id"].isin(models["model_id"])], domain, rules)
    if len(cells.families) < MIN_FAMILIES:
        return empty
    scale = fit_scale(cells)
    thinks = capabilities[(capabilities["capability"] == "reasoning") & capabilities["state"].isin(["yes", "no"])]
    traits = read_traits(models, thinks.set_index("model_id")["state"] == "yes", rules)
    every, k = np.ones((len(cells.models), len(cells.families))), rules.k[domain]
    estimator = _fit_estimator(scale, every, traits, k)
    measured = measure(scale, find_trust(scale, predict_measured(estimator), rules, k), k)
    table = _describe_measured(cells, measured, domain)
    if domain != QUALITY_DOMAINS[0]:
        return table
    live = models[(models["is_live"] & models["is_text_generating"]).astype(bool)]
    unscored = pd.Index(sorted(set(live["model_id"]) - set(cells.models)))
    estimator = _fit_estimator(scale, measured.trust, traits, k)
    return pd.concat([table, _describe_estimated(estimator, unscored, domain, rules.inflation)], ignore_index=True)


def weigh_families(scale: Scale, trust: Floats, k: float) -> tuple[Floats, Floats]:
    """Weight and weighted value of each model's families."""
    _, _, _, t2 = split(scale.cells, scale.parameters)
    p, q, _ = add_up(scale.cells, scale.parameters)
    c = 1 + k * t2 * p
    return trust * p / c, trust * q / c


def _fit_estimator(scale: Scale, trust: Floats, traits: Traits, k: float) -> Estimator:
    weight, lever = (values.sum(axis=1) for values in weigh_families(scale, trust, k))
    ids = pd.Index(scale.cells.models)
    return fit_estimator(traits, ids, np.round(lever / weight, 6), np.round(1 / weight, 6))


def find_trust(scale: Scale, expected: tuple[Floats, Floats], rules: QualityRules, k: float) -> Floats:
    """Weight of each model's families: 1, or less for one that disagrees with everything else known of the model.

    `expected` is the ability estimated from facts, which stands beside the other families: a model of one family has
    nothing else. One family a model is judged at a time, the worst first, so that a false one does not discredit the
    true ones.
    """
    weight, lever = weigh_families(scale, np.ones((len(scale.cells.models), len(scale.cells.families))), k)
    mean, variance = expected
    prior = 1 / np.maximum(variance, 1e-6)
    trust = np.ones_like(weight)
    limit = np.where((weight > 0).sum(axis=1, keepdims=True) > 1, rules.suspect_z, rules.suspect_z_alone)
    for _ in scale.cells.families:
        own = trust * weight
        rest = prior[:, None] + own.sum(axis=1, keepdims=True) - own
        others = ((prior * mean)[:, None] + (trust * lever).sum(axis=1, keepdims=True) - trust * lever) / rest
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.abs(lever / weight - others) / np.sqrt(1 / weight + 1 / rest)
        z = np.where((weight > 0) & (trust == 1), z, 0.0)
        worst = z == z.max(axis=1, keepdims=True)
        trust = np.where(worst & (z > limit), (limit / np.maximum(z, limit)) ** rules.suspect_power, trust)
    return trust


def measure(scale: Scale, trust: Floats, k: float) -> Measured:
    """Abilities of all models of a scale with the given weights of their families."""
    weight, lever = (values.sum(axis=1) for values in weigh_families(scale, trust, k))
    variance = 1 / (1 + weight)
    slopes = sensitivity(scale.cells, scale.parameters, k)
    values, vectors = np.linalg.eigh(scale.covariance)
    root = slopes @ (vectors * np.sqrt(np.maximum(values, 0.0)))
    left, size, _ = np.linalg.svd(root, full_matrices=False)
    loadings = left * size
    signs = np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])])
    factors = (loadings * np.where(signs == 0, 1.0, signs))[:, :QUALITY_FACTORS]
    factors = np.pad(factors, ((0, 0), (0, QUALITY_FACTORS - factors.shape[1])))
    left_over = (root**2).sum(axis=1) - (factors**2).sum(axis=1)
    return Measured(variance * lever, variance + np.maximum(left_over, 0.0), factors, trust)


def _describe_measured(cells: Cells, measured: Measured, domain: str) -> DataFrame:
    columns = _index_columns(measured.theta, measured.own_variance, measured.factors)
    family = cells.family_of_item[cells.item]
    used = DataFrame({"model": cells.model, "family": family, "effort": cells.effort})
    by_model = used.groupby("model")
    efforts = by_model["effort"].agg(lambda names: ", ".join(sorted(set(names))))
    suspect = (measured.trust < 1).sum(axis=1)
    return DataFrame(columns).assign(
        model_id=list(cells.models),
        domain=domain,
        basis="measured",
        families=by_model["family"].nunique().to_numpy(),
        families_doubted=suspect,
        scores_used=by_model.size().to_numpy(),
        effort=efforts.to_numpy(),
    )


def _describe_estimated(estimator: Estimator, ids: pd.Index, domain: str, inflation: float) -> DataFrame:
    mean, variance = predict(estimator, ids)
    columns = _index_columns(mean, variance * inflation**2, np.zeros((len(ids), QUALITY_FACTORS)))
    return DataFrame(columns).assign(
        model_id=ids, domain=domain, basis="estimated", families=0, families_doubted=0, scores_used=0, effort=None
    )


def _index_columns(theta: Floats, variance: Floats, factors: Floats) -> dict[str, Floats]:
    """Index, interval and the parts of its uncertainty in index points, rounded before anything is derived."""
    index = np.round(100 + POINTS * theta, DECIMALS) + 0.0
    own = np.round(POINTS * np.sqrt(variance), DECIMALS)
    shared = np.round(POINTS * factors, DECIMALS) + 0.0
    half = Z95 * np.sqrt(own**2 + (shared**2).sum(axis=1))
    return {
        "index": index,
        "low95": np.round(index - half, DECIMALS),
        "high95": np.round(index + half, DECIMALS),
        "sd_own": own,
        **{f"sd_factor_{number}": shared[:, number - 1] for number in range(1, QUALITY_FACTORS + 1)},
    }
