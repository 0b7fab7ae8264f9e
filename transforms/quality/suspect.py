"""Suspect scores: results far from what everything else known of their model predicts. They are kept and not used."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.quality.cells import CELL, SCORE_COLUMNS, Floats, name_items, select_cells
from llmpairs.transforms.quality.rules import QualityRules
from llmpairs.transforms.quality.scale import Scale, add_up, fit_scale, split
from llmpairs.warehouse.contracts.scores import BENCHMARK_SCORES
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

KEY = list(BENCHMARK_SCORES.key)
STATED = [*KEY, *(name for name in SCORE_COLUMNS if name not in KEY and name != "is_comparable")]


def mark_suspect(scores: DataFrame, context: RunContext) -> DataFrame:
    """BENCHMARK_SCORES with is_suspect set; a suspect score is not comparable.

    A score that is carried over stays suspect. The marks of the previous release stay while all scores are the same.
    """
    before = context.previous["benchmark_scores"]
    if len(before) == len(scores) and _digest(before).equals(_digest(scores)):
        known = before.set_index(KEY)["is_suspect"].astype("boolean").fillna(False)
        found = known.reindex(pd.MultiIndex.from_frame(scores[KEY])).fillna(False).to_numpy(dtype=bool)
    else:
        found = find_suspect(scores, context.reference_data.quality).to_numpy(dtype=bool)
    found = found | scores["is_suspect"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    return scores.assign(is_suspect=found, is_comparable=scores["is_comparable"].astype(bool) & ~found)


def _digest(scores: DataFrame) -> Series:
    hashed = pd.util.hash_pandas_object(scores[STATED].astype("str").fillna(""), index=False)
    return hashed.sort_values(ignore_index=True)


def find_suspect(scores: DataFrame, rules: QualityRules) -> Series:
    """Whether the value of a model on an item lies further than `row_z` from its prediction, in any domain."""
    cells = pd.MultiIndex.from_arrays([scores["model_id"], name_items(scores)])
    found = Series(False, index=scores.index)
    for domain in QUALITY_DOMAINS:
        selected = select_cells(scores, domain, rules)
        if len(selected.families) == 0:
            continue
        scale = fit_scale(selected)
        far = np.abs(predict_residuals(scale, rules.k[domain])) > rules.row_z
        names = [np.asarray(selected.models)[selected.model[far]], np.asarray(selected.items)[selected.item[far]]]
        found |= cells.isin(pd.MultiIndex.from_arrays(names, names=CELL))
    return found


def predict_residuals(scale: Scale, k: float) -> Floats:
    """Standardised distance of each cell from its prediction by all other cells of its model.

    The other families predict the ability, the other cells of the own family ability plus family effect.
    """
    cells = scale.cells
    d, a, s, t2 = split(cells, scale.parameters)
    p, q, _ = add_up(cells, scale.parameters)
    c = 1 + k * t2 * p
    family = cells.family_of_item[cells.item]
    own_a, own_s = a[cells.item], s[cells.item]
    residual = cells.value - d[cells.item]
    own = (cells.model, family)
    evidence = 1 + (p / c).sum(axis=1)[cells.model] - (p / c)[own]
    lever = (q / c).sum(axis=1)[cells.model] - (q / c)[own]
    spread = 1 / evidence + k * t2[family]
    precision = 1 / spread + p[own] - (own_a / own_s) ** 2
    mean = (lever / evidence / spread + q[own] - own_a * residual / own_s**2) / precision
    return np.asarray((residual - own_a * mean) / np.sqrt(own_a**2 / precision + own_s**2), dtype=np.float64)
