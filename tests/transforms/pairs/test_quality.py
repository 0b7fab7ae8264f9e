"""Quality differences from scores of a basket."""

import math
import statistics
from typing import Any

import numpy as np
import pandas as pd
import pytest

from llmpairs.transforms.pairs.quality import QualityDifferences, compare_quality, standardise_rows
from llmpairs.transforms.pairs.scenarios import load_scenarios
from tests.transforms.pairs.rows import score

CODING = load_scenarios()["coding"]
IDS = pd.Index(["lab/a", "lab/b"])
OTHERS = {"c": 40.0, "d": 50.0, "e": 60.0}
COLUMNS = list(score("a", 0.0))
SWE, LIVE, AIDER = "swe-bench-verified", "livecodebench", "aider-polyglot"


def row(a: float, b: float, **changes: Any) -> list[dict[str, Any]]:
    """One benchmark row of five models, two of which are compared."""
    values = {"a": a, "b": b, **OTHERS}
    return [score(model, value, **changes) for model, value in values.items()]


def compare(*rows: list[dict[str, Any]], ids: pd.Index = IDS) -> QualityDifferences:
    scores = pd.DataFrame([line for lines in rows for line in lines], columns=COLUMNS)
    return compare_quality(standardise_rows(scores, ids), CODING)


def standardised(a: float, b: float) -> float:
    return (a - b) / statistics.stdev([a, b, *OTHERS.values()])


THREE = (
    row(70, 50, benchmark=SWE),
    row(65, 55, benchmark=LIVE, metric="pass"),
    row(30, 35, benchmark=LIVE, metric="hard"),
)


def test_the_mean_difference_is_in_standard_deviations_of_each_row() -> None:
    found = compare(*THREE)
    z = [standardised(70, 50), standardised(65, 55), standardised(30, 35)]
    assert (found.low.tolist(), found.high.tolist(), found.rows.tolist()) == ([0], [1], [3])
    assert found.mean[0] == pytest.approx(statistics.fmean(z))
    assert found.error[0] == pytest.approx(statistics.stdev(z) / math.sqrt(3))


def test_three_rows_of_two_benchmarks_are_needed() -> None:
    assert len(compare(*THREE[:2]).low) == 0
    assert len(compare(*(row(70, 50, benchmark=SWE, metric=str(n)) for n in range(9))).low) == 0
    assert len(compare(*THREE[:2], row(30, 35, benchmark=AIDER)).low) == 1


@pytest.mark.parametrize("name", ["version", "metric", "harness", "effort", "evaluator_class"])
def test_scores_of_another_kind_do_not_compare(name: str) -> None:
    lines = row(30, 35, benchmark=AIDER)
    apart = [line | {name: "lab_claimed"} if line["model_id"] == "lab/b" else line for line in lines]
    assert len(compare(*THREE[:2], lines).low) == 1
    assert len(compare(*THREE[:2], apart).low) == 0


def test_what_is_in_no_basket_or_of_another_edition_does_not_count() -> None:
    assert len(compare(*THREE[:2], row(30, 35, benchmark="gpqa-diamond")).low) == 0
    general = load_scenarios()["seed_chat"]
    scores = [*row(70, 50, benchmark="lmarena-text"), *row(70, 50, benchmark="lmarena-text", metric="x")]
    for edition, pairs in (("2026-01-08", 1), ("2024-01-01", 0)):
        table = pd.DataFrame([*scores, *row(70, 50, benchmark="livebench", version=edition)], columns=COLUMNS)
        assert len(compare_quality(standardise_rows(table, IDS), general).low) == pairs


def test_a_saturated_row_says_nothing() -> None:
    crowded = [score(name, value, benchmark=AIDER) for name, value in zip("abcde", (99, 97, 96, 50, 40))]  # noqa: B905
    assert len(compare(*THREE[:2], crowded).low) == 0
    roomy = [line | {"metric_high": 200.0} for line in crowded]
    assert len(compare(*THREE[:2], roomy).low) == 1
    errors = [line | {"higher_is_better": False, "value": 100 - line["value"]} for line in crowded]
    assert len(compare(*THREE[:2], errors).low) == 0
    unbounded = [line | {"metric_high": np.nan} for line in crowded]
    assert len(compare(*THREE[:2], unbounded).low) == 1


def test_a_row_of_few_models_has_no_spread() -> None:
    few = row(30, 35, benchmark=AIDER)[:4]
    assert len(compare(*THREE[:2], few).low) == 0
    assert len(compare(*THREE[:2], [score(n, 50.0, benchmark=AIDER) for n in "abcde"]).low) == 0


def test_where_less_is_better_the_difference_turns_round() -> None:
    turned = [[line | {"higher_is_better": False} for line in lines] for lines in THREE]
    assert compare(*turned).mean[0] == pytest.approx(-compare(*THREE).mean[0])


def test_two_sources_of_a_score_count_as_their_mean() -> None:
    twice = [line | {"value": line["value"] + shift} for line in THREE[0] for shift in (-3.0, 3.0)]
    assert compare(twice, *THREE[1:]).mean[0] == pytest.approx(compare(*THREE).mean[0])


def test_scores_that_do_not_compare_and_those_of_nobody_are_left_out() -> None:
    for change in ({"is_comparable": False}, {"evaluator_class": "unspecified"}):
        lines = [line | change for line in row(30, 35, benchmark=AIDER)]
        assert len(compare(*THREE[:2], lines).low) == 0


def test_other_models_in_the_comparison_change_nothing() -> None:
    both = compare(*THREE)
    every = compare(*THREE, ids=pd.Index([f"lab/{name}" for name in "abcde"]))
    assert len(every.low) == 10
    assert (every.mean[0], every.error[0]) == (both.mean[0], both.error[0])


def test_no_scores_make_no_comparison() -> None:
    assert len(compare().low) == 0
