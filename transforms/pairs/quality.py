"""Quality differences: how much better one model scores than another in a workload's benchmarks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.benchmarks import ROW, UNSTATED
from llmpairs.transforms.pairs.columns import Table, flags, numbers, positions, texts
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.warehouse.verdict_rules import MIN_MODELS_OF_ROW, MIN_SHARED_BENCHMARKS, MIN_SHARED_ROWS, SATURATION_SHARE

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
STANDARD_ERRORS = 1.96
"""Half of the 95% interval of a mean, in its standard errors."""


@dataclass(frozen=True, kw_only=True)
class QualityDifferences:
    """Pairs of models whose scores are comparable in a workload's basket, sorted by (low, high).

    Differences are in standard deviations of a benchmark row over all models that have it, positive when `low` scores
    better; `mean` is over the rows that both have.
    """

    low: Positions
    high: Positions
    """Positions of both models; likewise `low`."""
    mean: Floats
    error: Floats
    """Standard error of the mean."""
    rows: npt.NDArray[np.int16]

    def entries_of(self, pairs: PairRange) -> "tuple[slice, Positions]":
        """Slice of the entries that lie in a range of pairs, and their rows in that range."""
        start, stop = np.searchsorted(self.low, [pairs.first, pairs.stop])
        part = slice(int(start), int(stop))
        return part, pairs.positions(self.low[part], self.high[part])


@dataclass(frozen=True, kw_only=True)
class StandardisedRow:
    """Values of one benchmark row with a usable spread, one for each model, higher is better."""

    benchmark: str
    version: str
    model: Positions
    """Positions among the compared models, ascending; other models of the row are left out."""
    standardised: Floats


def standardise_rows(scores: Table, ids: Sequence[str]) -> list[StandardisedRow]:
    """Standardise the rows of BENCHMARK_SCORES that the models `ids` have, each by its spread.

    The spread is over every model of the table, compared or not. Two sources of one score count as their mean.
    Saturated rows, rows of fewer than MIN_MODELS_OF_ROW models and scores that are not comparable are left out.
    """
    usable = flags(scores, "is_comparable") & (texts(scores, "evaluator_class") != UNSTATED)
    low, high, value = (numbers(scores, name) for name in ("metric_low", "metric_high", "value"))
    signs = np.where(flags(scores, "higher_is_better"), 1.0, -1.0)
    is_near = np.abs(value - np.where(signs > 0, high, low)) <= SATURATION_SHARE * (high - low)
    key = zip(*(texts(scores, name)[usable] for name in ROW), strict=True)
    groups: dict[tuple[str, ...], dict[str, list[tuple[float, bool]]]] = defaultdict(lambda: defaultdict(list))
    for row, model, *score in zip(
        key, texts(scores, "model_id")[usable], (value * signs)[usable], is_near[usable], strict=True
    ):
        groups[row][model].append((score[0], score[1]))
    return [row for key in sorted(groups) for row in _standardise(key, groups[key], ids)]


def _standardise(
    key: tuple[str, ...], scores: Mapping[str, list[tuple[float, bool]]], ids: Sequence[str]
) -> Iterator[StandardisedRow]:
    """Yield the row of that key, or nothing where it has no usable spread."""
    names = sorted(scores)
    values = np.array([np.mean([value for value, _ in scores[name]]) for name in names])
    near = sum(all(is_near for _, is_near in scores[name]) for name in names)
    spread = float(np.std(values, ddof=1)) if len(values) >= MIN_MODELS_OF_ROW else 0.0
    if spread == 0 or 2 * near >= len(values):
        return
    position = positions(np.array(names, dtype=object), ids)
    model = position[position >= 0]
    order = np.argsort(model, kind="stable")
    yield StandardisedRow(
        benchmark=str(key[0]),
        version=str(key[1]),
        model=model[order],
        standardised=(values[position >= 0] / spread)[order],
    )


def compare_quality(rows: list[StandardisedRow], scenario: Scenario) -> QualityDifferences:
    """Compare the pairs that share MIN_SHARED_ROWS rows of MIN_SHARED_BENCHMARKS benchmarks of the basket, or more."""
    basket = {(entry.benchmark, entry.version) for entry in scenario.basket}
    chosen = [row for row in rows if {(row.benchmark, None), (row.benchmark, row.version)} & basket]
    models = np.unique(np.concatenate([row.model for row in chosen])) if chosen else np.zeros(0, np.int64)
    shape = (len(models), len(models))
    count, benchmarks = np.zeros(shape, np.int16), np.zeros(shape, np.int8)
    total, squares = np.zeros(shape), np.zeros(shape)
    for name in dict.fromkeys(row.benchmark for row in chosen):
        shared = np.zeros(shape, dtype=bool)
        for row in (row for row in chosen if row.benchmark == name):
            cells = np.ix_(*[np.searchsorted(models, row.model)] * 2)
            difference = row.standardised[:, None] - row.standardised
            count[cells] += 1
            total[cells] += difference
            squares[cells] += difference * difference
            shared[cells] = True
        benchmarks += shared
    enough = (count >= MIN_SHARED_ROWS) & (benchmarks >= MIN_SHARED_BENCHMARKS)
    low, high = np.nonzero(np.triu(enough, k=1))
    number = count[low, high]
    mean = total[low, high] / number
    spare = np.maximum(squares[low, high] - number * mean * mean, 0)
    error = np.sqrt(spare / (number - 1.0) / number)
    return QualityDifferences(low=models[low], high=models[high], mean=mean, error=error, rows=number)
