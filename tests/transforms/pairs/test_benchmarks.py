"""Which scores of two models compare, and who is ahead."""

from typing import Any

import numpy as np
import pandas as pd

from llmpairs.transforms.pairs.benchmarks import ROW, ScoreGrid, build_grid, counts_by_pair
from llmpairs.transforms.pairs.ranges import PairRange
from tests.transforms.pairs.rows import score

IDS = pd.Index(["lab/a", "lab/b", "lab/c", "lab/d"])


def build(*rows: dict[str, Any]) -> ScoreGrid:
    return build_grid(pd.DataFrame(rows, columns=list(score("a", 0))), IDS)


def counts(grid: ScoreGrid) -> dict[str, tuple[int, ...]]:
    """Shared and indicative rows, those of the first and those of the second, by pair; pairs without any left out."""
    pairs = PairRange(0, len(IDS), len(IDS))
    names = IDS.str.removeprefix("lab/").to_numpy()
    columns = [counts_by_pair(grid, each, pairs) for each in (grid.shared, grid.indicative, grid.wins, grid.wins.T)]
    rows = zip(pairs.a(names), pairs.b(names), *columns, strict=True)
    return {a + b: tuple(map(int, found)) for a, b, *found in rows if any(found)}


def test_two_scores_compare_where_all_that_makes_a_row_agrees() -> None:
    assert counts(build(score("a", 70), score("c", 60))) == {"ac": (1, 1, 1, 0)}
    for name in ("benchmark", "version", "metric", "harness"):
        assert counts(build(score("a", 70), score("c", 60, **{name: "other"}))) == {}


def test_another_effort_or_evaluator_only_indicates() -> None:
    for name in ("effort", "evaluator_class"):
        other = score("b", 80, **{name: "lab_claimed"})
        assert counts(build(score("a", 70), other)) == {"ab": (0, 1, 0, 1)}


def test_a_score_of_unnamed_who_is_named_is_shared_by_none() -> None:
    unnamed = {"evaluator_class": "unspecified"}
    assert counts(build(score("a", 70, **unnamed), score("b", 60, **unnamed))) == {"ab": (0, 1, 1, 0)}


def test_what_is_not_comparable_counts_nowhere() -> None:
    assert counts(build(score("a", 70), score("b", 60, is_comparable=False))) == {}


def test_each_side_stands_at_its_best_effort_and_counts_once() -> None:
    grid = build(score("a", 70), score("a", 95, effort="low"), score("b", 80), score("b", 60, effort="low"))
    assert counts(grid) == {"ab": (2, 1, 1, 0)}


def test_where_less_is_better_the_lower_score_wins_and_is_the_best() -> None:
    errors = {"metric": "errors", "higher_is_better": False}
    grid = build(score("a", 9, **errors), score("a", 2, effort="low", **errors), score("b", 5, **errors))
    assert counts(grid) == {"ab": (1, 1, 1, 0)}


def test_equal_scores_are_unnameds() -> None:
    assert counts(build(score("a", 70), score("b", 70))) == {"ab": (1, 1, 0, 0)}


def test_two_sources_of_one_row_are_one_row() -> None:
    assert counts(build(score("a", 70), score("a", 71), score("d", 70.5))) == {"ad": (1, 1, 1, 0)}


def test_models_that_are_no_side_are_left_out() -> None:
    assert counts(build(score("a", 70), score("zz", 60))) == {}
    assert counts(build()) == {}


def test_every_part_of_the_pairs_has_the_counts_of_the_whole() -> None:
    rng = np.random.default_rng(5)
    rows = [
        score(model, float(rng.integers(9)), benchmark=str(n), effort=str(rng.integers(2)))
        for n in range(12)
        for model in "abd"
        if rng.random() < 0.7
    ]
    grid = build(*rows)
    whole = counts_by_pair(grid, grid.wins, PairRange(0, 4, 4))
    parts = [counts_by_pair(grid, grid.wins, PairRange(first, first + 1, 4)) for first in range(4)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert whole.any()
    shuffled = build(*[rows[place] for place in rng.permutation(len(rows))])
    assert np.array_equal(shuffled.wins, grid.wins)
    assert np.array_equal(grid.shared, grid.shared.T)
    assert len(ROW) == 6
