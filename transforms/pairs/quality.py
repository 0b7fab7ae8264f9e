"""How much better one model scores than another, where a workload's benchmarks allow to say so."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.benchmarks import ROW, UNSTATED
from llmpairs.transforms.pairs.columns import Table, flags, numbers, places, words
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.transforms.pairs.scenarios import Benchmark, Scenario

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
FEWEST_ROWS = 3
FEWEST_BENCHMARKS = 2
FEWEST_MODELS = 5
"""A row of fewer models has no spread to speak of: with two, every difference is 1.4 of it."""
SATURATED = 0.05
"""A row is saturated when half of its models are within this share of the range from its best end."""
STANDARD_ERRORS = 1.96
"""Half of the 95% interval of a mean, in its standard errors."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The pairs of models whose scores compare in a workload's basket, sorted by (low, high).

    A difference is in standard deviations of the row over all models that have it, positive when `low` scores
    better; `mean` is over the rows that both have.
    """

    low: Places
    high: Places
    """Positions of both models."""
    mean: Floats
    error: Floats
    """Standard error of the mean."""
    rows: npt.NDArray[np.int16]

    def within(self, pairs: PairRange) -> "tuple[slice, Places]":
        """The entries of a range of pairs, and their rows in it."""
        start, stop = np.searchsorted(self.low, [pairs.first, pairs.stop])
        part = slice(int(start), int(stop))
        return part, pairs.positions(self.low[part], self.high[part])


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Values of one benchmark row that tells models apart, one for each model, better is higher."""

    benchmark: str
    version: str
    model: Places
    """Positions among the sides, ascending; the models of the row that are no side are left out."""
    standardised: Floats


def score_rows(scores: Table, ids: Sequence[str]) -> list[_Row]:
    """BENCHMARK_SCORES to the rows in which the models `ids` compare, each standardised by its spread.

    The spread is that over every model of the table, side or not. Two sources of one score count as their mean.
    Saturated rows and those of fewer than FEWEST_MODELS models are left out, as are scores that do not compare.
    """
    usable = flags(scores, "is_comparable") & (words(scores, "evaluator_class") != UNSTATED)
    low, high, value = (numbers(scores, name) for name in ("metric_low", "metric_high", "value"))
    signs = np.where(flags(scores, "higher_is_better"), 1.0, -1.0)
    is_near = np.abs(value - np.where(signs > 0, high, low)) <= SATURATED * (high - low)
    key = zip(*(words(scores, name)[usable] for name in ROW), strict=True)
    groups: dict[tuple[str, ...], dict[str, list[tuple[float, bool]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row, model, *score in zip(
        key, words(scores, "model_id")[usable], (value * signs)[usable], is_near[usable], strict=True
    ):
        groups[row][model].append((score[0], score[1]))
    return [row for key in sorted(groups) for row in _standardise(key, groups[key], ids)]


def _standardise(
    key: tuple[str, ...], scores: Mapping[str, list[tuple[float, bool]]], ids: Sequence[str]
) -> Iterator[_Row]:
    """The row of that key, unless it does not tell models apart."""
    names = sorted(scores)
    values = np.array([np.mean([value for value, _ in scores[name]]) for name in names])
    near = sum(all(is_near for _, is_near in scores[name]) for name in names)
    spread = float(np.std(values, ddof=1)) if len(values) >= FEWEST_MODELS else 0.0
    if spread == 0 or 2 * near >= len(values):
        return
    place = places(np.array(names, dtype=object), ids)
    model = place[place >= 0]
    order = np.argsort(model, kind="stable")
    yield _Row(
        benchmark=str(key[0]),
        version=str(key[1]),
        model=model[order],
        standardised=(values[place >= 0] / spread)[order],
    )


def compare_quality(rows: list[_Row], scenario: Scenario) -> Quality:
    """The pairs that compare in the workload's basket: FEWEST_ROWS rows of FEWEST_BENCHMARKS benchmarks or more."""
    chosen = [row for row in rows if any(_names(entry, row) for entry in scenario.basket)]
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
    enough = (count >= FEWEST_ROWS) & (benchmarks >= FEWEST_BENCHMARKS)
    low, high = np.nonzero(np.triu(enough, k=1))
    number = count[low, high]
    mean = total[low, high] / number
    spare = np.maximum(squares[low, high] - number * mean * mean, 0)
    error = np.sqrt(spare / (number - 1.0) / number)
    return Quality(low=models[low], high=models[high], mean=mean, error=error, rows=number)


def _names(entry: Benchmark, row: _Row) -> bool:
    return entry.benchmark == row.benchmark and entry.version in (None, row.version)
