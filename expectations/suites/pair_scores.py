"""What the benchmark columns of `pairs` must be, computed again from `benchmark_scores`, model by model."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Places = npt.NDArray[np.int64]
LOOSE = ["benchmark", "version", "metric", "harness"]
STRICT = [*LOOSE, "effort", "evaluator_class"]


@dataclass(frozen=True, kw_only=True)
class ScoreCounts:
    """Counts for every two scored models, and 0 in the last row and column for models without scores."""

    place: Places
    """Row of each model, by its position in bytewise order of the ids."""
    shared: Places
    indicative: Places
    wins: Places
    """Rows in which the first is ahead of the second."""

    def expect(self, a: Places, b: Places) -> dict[str, Places]:
        """The benchmark columns of pairs of models at these positions."""
        row, column = self.place[a], self.place[b]
        return {
            "shared_benchmark_count": self.shared[row, column],
            "indicative_benchmark_count": self.indicative[row, column],
            "a_benchmark_wins": self.wins[row, column],
            "b_benchmark_wins": self.wins[column, row],
        }


def count_scores(scores: pd.DataFrame, ids: pd.Index) -> ScoreCounts:
    """Comparable scores of the models `ids` to their counts."""
    rows = scores[scores["is_comparable"] & scores["model_id"].isin(ids)]
    better = rows["value"].where(rows["higher_is_better"], -rows["value"])
    best = better.groupby([rows["model_id"], *(rows[name] for name in LOOSE)], observed=True).max()
    table = best.unstack("model_id").reindex(columns=sorted(rows["model_id"].unique()))
    named = rows[rows["evaluator_class"] != "unspecified"]
    strict = pd.crosstab([named[name] for name in STRICT], named["model_id"]).clip(upper=1)
    strict = strict.reindex(columns=table.columns, fill_value=0)
    values = table.to_numpy("float64").T
    known = (~np.isnan(values)).astype(np.int64)
    wins = [np.count_nonzero(own > values, axis=1) for own in values]
    return ScoreCounts(
        place=np.where(ids.isin(table.columns), table.columns.get_indexer(ids), len(table.columns)),
        shared=_with_nobody(strict.to_numpy("int64").T @ strict.to_numpy("int64")),
        indicative=_with_nobody(known @ known.T),
        wins=_with_nobody(np.array(wins, dtype=np.int64).reshape(len(values), len(values))),
    )


def _with_nobody(counts: Places) -> Places:
    """The counts with a row and a column of zeros behind them."""
    return np.pad(counts, ((0, 1), (0, 1)))
