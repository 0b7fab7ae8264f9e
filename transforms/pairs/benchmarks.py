"""Benchmark rows that two models share, and how many of them each model leads."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.ranges import PairRange

if TYPE_CHECKING:
    import pandas as pd

Counts = npt.NDArray[np.int16]
ROW = ["benchmark", "version", "metric", "harness", "effort", "evaluator_class"]
"""Key of a strictly compared row."""
LOOSE_ROW = ROW[:4]
"""Key of an indicative row: efforts and evaluators may differ."""
UNSTATED = "unspecified"


@dataclass(frozen=True, kw_only=True)
class ScoreGrid:
    """Comparable scores of the S models that have any.

    The counts are S x S: entry [i, j] is of the i-th and the j-th scored model. S is a few hundred, so their size does
    not depend on the number of all models.
    """

    models: npt.NDArray[np.int64]
    """Positions of the scored models among all models, ascending."""
    strict: npt.NDArray[np.bool_]
    """Which strictly compared rows each model has: (S, rows)."""
    best: npt.NDArray[np.float64]
    """Best score of each model in each indicative row, signed so that more is better: (S, rows); NaN for none."""

    @cached_property
    def shared(self) -> Counts:
        """Strictly compared rows that both have."""
        return _count_common(self.strict)

    @cached_property
    def indicative(self) -> Counts:
        """Indicative rows that both have, each at its best effort."""
        return _count_common(~np.isnan(self.best))

    @cached_property
    def wins(self) -> Counts:
        """Indicative rows in which the first is strictly ahead of the second."""
        wins = np.zeros((len(self.models), len(self.models)), dtype=np.int16)
        for row in self.best.T:
            have = np.flatnonzero(~np.isnan(row))
            wins[np.ix_(have, have)] += row[have][:, None] > row[have]
        return wins


def build_grid(scores: "pd.DataFrame", ids: "pd.Index") -> ScoreGrid:
    """Build the grid of the models `ids` (sorted) from BENCHMARK_SCORES.

    Rows that are not comparable are left out; strict rows also need a stated evaluator.
    """
    rows = scores[scores["is_comparable"].astype(bool) & scores["model_id"].isin(ids)]
    models = np.unique(ids.get_indexer(rows["model_id"])).astype(np.int64)
    strict = rows[rows["evaluator_class"] != UNSTATED]
    member, row = _locate(strict, ids, models, ROW)
    has = np.zeros((len(models), row.max(initial=-1) + 1), dtype=bool)
    has[member, row] = True
    member, row = _locate(rows, ids, models, LOOSE_ROW)
    sign = np.where(rows["higher_is_better"].to_numpy(dtype=bool), 1.0, -1.0)
    best = np.full((len(models), row.max(initial=-1) + 1), np.nan)
    np.fmax.at(best, (member, row), rows["value"].to_numpy(dtype=np.float64) * sign)
    return ScoreGrid(models=models, strict=has, best=best)


def counts_by_pair(grid: ScoreGrid, counts: Counts, pairs: PairRange) -> Counts:
    """Spread S x S counts over the pairs of a range; 0 where a side has no scores."""
    column = np.zeros(len(pairs), dtype=np.int16)
    start, stop = np.searchsorted(grid.models, [pairs.first, pairs.stop])
    scored = PairRange(int(start), int(stop), len(grid.models))
    if len(scored):
        position = np.arange(len(grid.models))
        at = pairs.positions(scored.a(grid.models), scored.b(grid.models))
        column[at] = counts[scored.a(position), scored.b(position)]
    return column


def _locate(
    rows: "pd.DataFrame", ids: "pd.Index", models: npt.NDArray[np.int64], key: list[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Position of each row's model among the scored models, and the number of its key among the distinct keys."""
    member = np.searchsorted(models, ids.get_indexer(rows["model_id"]))
    return member, rows.groupby(key, sort=True, observed=True).ngroup().to_numpy(dtype=np.int64)


def _count_common(has: npt.NDArray[np.bool_]) -> Counts:
    """Count the columns that each two rows share; whole numbers below 2^24 are exact in single precision."""
    flags = has.astype(np.float32)
    return np.asarray(flags @ flags.T).astype(np.int16)
