"""Landed scores to the published ones: units, ranges, cells, duplicates, and gaps for unpublished results."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.scores import Scores, convert, tabulate_scores
from llmpairs.warehouse.contracts.landed import LANDED_SCORES
from llmpairs.warehouse.contracts.scores import BENCHMARK_SCORES
from llmpairs.warehouse.convert import empty_frame, to_arrow
from tests.transforms.frames import run_context

AS_OF = datetime(2026, 5, 20, tzinfo=UTC)
CAPTURED = pd.Timestamp("2026-05-18T20:00:00Z")
MODELS = DataFrame({"model_id": ["lab/m", "lab/gone", "lab/n"], "nights_absent": [0, 3, 0]})
SOURCES = DataFrame(
    {
        "source_id": ["exam", "forbids"],
        "terms": ["MIT", "No commercial reuse"],
        "redistributable": pd.array([True, False], dtype="boolean"),
    }
)
NOTHING = empty_frame(BENCHMARK_SCORES)


def row(**changes: Any) -> dict[str, Any]:
    """A landed score of lab/m in a benchmark with a range of 0 to 100 percent."""
    return {
        "source_id": "exam", "url": "https://exam.example", "capture_id": "c1", "captured_at": CAPTURED, "late": False,
        "locator": "/0", "model_key": "M", "benchmark": "SWE-bench Verified", "metric": "resolved", "value": "65.2",
        "unit": "percent", "harness": "mini-SWE-agent 1.17.2", "evaluator_class": "third_party",
    } | changes  # fmt: skip


def tabulate(*rows: dict[str, Any], previous: DataFrame = NOTHING) -> Scores:
    frame = DataFrame([{"row_id": n, **each} for n, each in enumerate(rows)])
    kinds = empty_frame(LANDED_SCORES).dtypes
    landed = frame.reindex(columns=LANDED_SCORES.column_names)
    landed = landed.astype({name: kind for name, kind in kinds.items() if "datetime" not in str(kind)})
    resolved = {"M": "lab/m", "M (high)": "lab/m", "N": "lab/n", "GONE": "lab/gone", "lost": None}
    identities = DataFrame(
        [(source, "-", key, model) for source in SOURCES["source_id"] for key, model in resolved.items()],
        columns=["source_id", "provider_id", "provider_model_key", "model_id"],
        dtype="str",
    )
    context = run_context({"benchmark_scores": previous}, as_of=AS_OF, source_health=SOURCES)
    scores = tabulate_scores(landed, identities, MODELS, context)
    to_arrow(scores.table, BENCHMARK_SCORES)
    return scores


def the_row(scores: Scores) -> dict[str, Any]:
    (found,) = scores.table.to_dict("records")
    return {str(name): value for name, value in found.items()}


# Units


@pytest.mark.parametrize(
    ("printed", "stated", "unit", "value"),
    [
        ("65.2", "percent", "percent", 65.2),
        ("0.4", "percent", "percent", 0.4),
        ("0.29", "fraction", "percent", 29.0),
        ("1", "fraction", "percent", 100.0),
        ("74", "percent", "fraction", 0.74),
        ("62.03", "unstated", "percent", 62.03),
        ("1451.3", "elo", "elo", 1451.3),
        ("57", "unstated", "points", 57.0),
    ],
)
def test_a_number_is_brought_into_its_metrics_unit(printed: str, stated: str, unit: str, value: float) -> None:
    found = convert(printed, stated, unit)
    assert (found.value, found.problem) == (value, None)
    assert found.scale == pytest.approx(value / float(printed))


@pytest.mark.parametrize(
    ("printed", "stated", "unit", "problem"),
    [
        ("0.652", "unstated", "percent", "unclear_unit"),
        ("1", "unstated", "percent", "unclear_unit"),
        ("1451", "elo", "percent", "other_unit"),
        ("65", "percent", "elo", "other_unit"),
        ("65%", "percent", "percent", "unparsed_value"),
        ("NaN", "percent", "percent", "unparsed_value"),
        ("Infinity", "elo", "elo", "unparsed_value"),
    ],
)
def test_a_fraction_is_never_taken_for_a_percent_nor_the_other_way(
    printed: str, stated: str, unit: str, problem: str
) -> None:
    found = convert(printed, stated, unit)
    assert np.isnan(found.value)
    assert found.problem == problem


def test_a_score_out_of_its_range_is_held_with_a_gap() -> None:
    scores = tabulate(row(value="652"), row(value="0.7", unit="unstated", locator="/1"))
    assert len(scores.table) == 0
    (gap,) = scores.gaps.to_dict("records")
    assert (gap["subject_kind"], gap["subject_id"], gap["state"]) == ("source", "exam", "held")
    assert gap["detail"] == "1 out_of_range, 1 unclear_unit: SWE-bench Verified, resolved"


# Cells


def test_a_score_keeps_all_that_makes_it_comparable() -> None:
    found = the_row(tabulate(row(evaluated_on="2025-12-10", model_key="M (high)", effort="high")))
    expected = {
        "model_id": "lab/m", "source_id": "exam", "benchmark": "swe-bench-verified", "version": "2024-08",
        "metric": "resolved", "harness": "mini-swe-agent", "effort": "high", "evaluator_class": "third_party",
        "value": 65.2, "unit": "percent", "higher_is_better": True, "metric_low": 0.0, "metric_high": 100.0,
        "is_comparable": True, "printed_value": "65.2", "printed_harness": "mini-SWE-agent 1.17.2",
        "claim_count": 1, "redistributable": True, "terms": "MIT", "provider_model_key": "M (high)",
        "capture_id": "c1", "locator": "/0",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert pd.Timestamp(found["evaluated_on"]) == pd.Timestamp("2025-12-10")
    assert pd.Timestamp(found["first_seen_at"]) == pd.Timestamp(AS_OF)


def test_unstated_settings_are_unspecified() -> None:
    found = the_row(tabulate(row(harness=None, evaluator_class=None)))
    assert (found["harness"], found["effort"], found["evaluator_class"]) == ("unspecified",) * 3
    assert pd.isna(found["evaluated_on"])
    assert found["is_comparable"] is False  # an agent solves these tasks, which is not stated


def test_a_benchmark_without_its_edition_compares_with_nothing() -> None:
    found = the_row(tabulate(row(benchmark="LiveCodeBench", metric="unstated", harness=None)))
    assert (found["version"], found["is_comparable"]) == ("unspecified", False)


def test_ratings_that_are_fitted_anew_have_the_month_of_their_table() -> None:
    rating = row(
        benchmark="LMArena text", metric="full", value="1451.3", unit="elo", harness=None,
        interval_low="1443.1", interval_high="1459.6",
    )  # fmt: skip
    found = the_row(tabulate(rating))
    assert (found["version"], found["harness"], found["is_comparable"]) == ("2026-05", "lmarena", True)
    assert found["standard_error"] == pytest.approx(16.5 / 3.92, rel=1e-3)


def test_a_standard_error_is_in_the_scores_own_unit() -> None:
    found = the_row(tabulate(row(value="0.65", unit="fraction", standard_error="0.02")))
    assert (found["value"], found["standard_error"]) == (pytest.approx(65), pytest.approx(2))


def test_scores_have_the_terms_of_their_source() -> None:
    scores = tabulate(row(), row(source_id="forbids"))
    table = scores.table.set_index("source_id")
    assert dict(table["redistributable"]) == {"exam": True, "forbids": False}
    assert table.loc["forbids", "terms"] == "No commercial reuse"


# What is left out, doubled or absent


def test_unresolved_names_are_no_scores() -> None:
    scores = tabulate(row(model_key="lost"))
    assert (len(scores.table), len(scores.gaps)) == (0, 0)


def test_an_unreviewed_benchmark_is_a_gap_of_its_source() -> None:
    scores = tabulate(row(benchmark="Dreams"), row(metric="speed"), row(metric="speed", locator="/2"))
    assert len(scores.table) == 0
    (gap,) = scores.gaps.to_dict("records")
    assert gap["state"] == "unverified"
    assert gap["detail"] == ("1 unknown_benchmark, 2 unknown_metric: Dreams, resolved; SWE-bench Verified, speed")


@pytest.mark.parametrize("turned", [False, True])
def test_the_best_documented_result_of_a_cell_is_published_and_all_count(turned: bool) -> None:
    rows = [row(value="60"), row(value="50", evaluated_on="2025-01-01"), row(value="55", evaluated_on="2024-01-01")]
    found = the_row(tabulate(*(rows[::-1] if turned else rows)))
    assert (found["value"], found["claim_count"]) == (50.0, 3)


def test_efforts_evaluators_and_sources_are_rows_of_their_own() -> None:
    scores = tabulate(
        row(), row(effort="high"), row(evaluator_class="lab_claimed"), row(source_id="forbids"), row(harness="X")
    )
    assert len(scores.table) == 5


def test_a_table_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = [
        row(model_key=key, effort=effort, value=v)
        for key, effort, v in [("N", None, "1"), ("M", "low", "2"), ("M", None, "3")]
    ]
    one, other = tabulate(*rows), tabulate(*reversed(rows))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_scores_of_an_absent_model_stay() -> None:
    last = tabulate(row(model_key="GONE"), row()).table.assign(first_seen_at=pd.Timestamp("2026-01-01T00:00:00Z"))
    scores = tabulate(row(value="70", locator="/9"), previous=last).table.set_index("model_id")
    assert dict(scores["value"]) == {"lab/gone": 65.2, "lab/m": 70.0}
    assert set(scores["first_seen_at"]) == {pd.Timestamp("2026-01-01T00:00:00Z")}
    assert set(tabulate(row(model_key="N"), previous=last).table["model_id"]) == {"lab/gone", "lab/n"}


def test_a_run_without_scores_has_an_empty_table() -> None:
    frame = empty_frame(LANDED_SCORES)
    nothing = DataFrame(columns=["source_id", "provider_id", "provider_model_key", "model_id"], dtype="str")
    scores = tabulate_scores(frame, nothing, MODELS, run_context(source_health=SOURCES))
    assert (len(scores.table), len(scores.gaps)) == (0, 0)
    assert to_arrow(scores.table, BENCHMARK_SCORES).num_rows == 0
