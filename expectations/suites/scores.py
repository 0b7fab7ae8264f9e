"""Checklist of `benchmark_scores`: every score is in its range, with all columns that a comparison needs."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    critical,
    info,
    is_in,
    not_above,
    only_where,
    references,
    rows_satisfy,
    warning,
    with_tolerance,
)
from llmpairs.warehouse.contracts.scores import BENCHMARK_SCORES

UNSPECIFIED = "unspecified"
CELL = ("model_id", "benchmark", "version", "metric", "harness", "effort", "evaluator_class")
METRIC = ["benchmark", "version", "metric"]
MIN_SCORES = 5
"""From this number of scores of a metric on, some are expected above 1 percent."""
MAX_POINTS = 3.0
MAX_STANDARD_ERRORS = 2.0


def percents_are_not_fractions(benchmark_scores: pd.DataFrame) -> pd.Series:
    """A percent metric with several scores has one above 1."""
    scores = benchmark_scores.groupby(METRIC)["value"]
    many = scores.transform("size") >= MIN_SCORES
    return only_where((benchmark_scores["unit"] == "percent") & many, scores.transform("max") > 1)


def version_is_stated(benchmark_scores: pd.DataFrame) -> pd.Series:
    """The version of the benchmark is stated."""
    return benchmark_scores["version"] != UNSPECIFIED


def evaluator_is_stated(benchmark_scores: pd.DataFrame) -> pd.Series:
    """The evaluator of the score is stated."""
    return benchmark_scores["evaluator_class"] != UNSPECIFIED


def effort_is_stated(benchmark_scores: pd.DataFrame) -> pd.Series:
    """The effort or setting is stated."""
    return benchmark_scores["effort"] != UNSPECIFIED


def comparable_has_version(benchmark_scores: pd.DataFrame) -> pd.Series:
    """A comparable score states its version."""
    return only_where(benchmark_scores["is_comparable"], benchmark_scores["version"] != UNSPECIFIED)


def metric_is_consistent(benchmark_scores: pd.DataFrame) -> pd.Series:
    """A metric has one unit and one direction, whichever source reports it."""
    distinct = benchmark_scores.groupby(["benchmark", "metric"])[["unit", "higher_is_better"]].transform("nunique")
    return (distinct == 1).all(axis=1)


def score_is_archived(benchmark_scores: pd.DataFrame, captures: pd.DataFrame) -> pd.Series:
    """A score cites an archived response."""
    return is_in(benchmark_scores["capture_id"], captures["capture_id"])


def redistributable_matches_source(benchmark_scores: pd.DataFrame, sources: pd.DataFrame) -> pd.Series:
    """The score is redistributable exactly where its source is."""
    by_source = sources.set_index("source_id")["redistributable"]
    allowed = benchmark_scores["source_id"].map(by_source).astype("boolean")
    own = benchmark_scores["redistributable"].astype("boolean")
    same = (own == allowed).fillna(False) | (own.isna() & allowed.isna())
    return only_where(benchmark_scores["source_id"].isin(sources["source_id"]), same)


def evaluated_after_release(benchmark_scores: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """A model is evaluated on or after its release date."""
    released = benchmark_scores["model_id"].map(models.set_index("model_id")["released_date"])
    evaluated = benchmark_scores["evaluated_on"]
    return only_where(released.notna() & evaluated.notna(), evaluated >= released)


def sources_agree(benchmark_scores: pd.DataFrame) -> pd.Series:
    """Two sources of one score differ by at most 3 points, or two standard errors where that is more."""
    cell = benchmark_scores.groupby(list(CELL))
    spread = cell["value"].transform("max") - cell["value"].transform("min")
    error = cell["standard_error"].transform("max").fillna(0)
    return only_where(
        cell["source_id"].transform("size") > 1, spread <= (MAX_STANDARD_ERRORS * error).clip(lower=MAX_POINTS)
    )


SCORES_SUITE = Suite(
    name="benchmark_scores",
    table="benchmark_scores",
    key=BENCHMARK_SCORES.key,
    rules=(
        *from_contract(BENCHMARK_SCORES),
        critical(references("model_id", "models", "model_id")),
        critical(
            not_above("value", "metric_high"), why="a score out of its metric's range is a unit error", check_id="Q45"
        ),
        critical(
            not_above("metric_low", "value"), why="a score out of its metric's range is a unit error", check_id="Q45"
        ),
        critical(
            rows_satisfy(
                "a metric has one unit and one direction",
                metric_is_consistent,
                benchmark_scores=("metric", "unit", "higher_is_better"),
            ),
            why="two scores of one metric are compared as numbers",
            check_id="Q45",
        ),
        critical(
            rows_satisfy(
                "a comparable score states its version",
                comparable_has_version,
                benchmark_scores=("is_comparable", "version"),
            ),
            check_id="Q46",
        ),
        critical(
            rows_satisfy(
                "a score cites an archived response",
                score_is_archived,
                benchmark_scores=("capture_id",),
                captures=("capture_id",),
            ),
            check_id="Q58",
        ),
        critical(
            rows_satisfy(
                "redistributable matches the terms of the source",
                redistributable_matches_source,
                benchmark_scores=("source_id", "redistributable"),
                sources=("source_id", "redistributable"),
            ),
            why="SWE-bench forbids commercial reuse",
        ),
        warning(
            rows_satisfy(
                "no percent metric has only fractions",
                percents_are_not_fractions,
                benchmark_scores=(*METRIC, "unit", "value"),
            ),
            why="0.74 for 74% is within the range of a percent",
            check_id="Q45",
        ),
        warning(
            with_tolerance(
                0.1,
                rows_satisfy(
                    "two sources of one score agree within 3 points",
                    sources_agree,
                    benchmark_scores=(*CELL, "source_id", "value", "standard_error"),
                ),
            ),
            why="they report the same run, or one is wrong; one cell of twelve always differs: models.dev prints "
            "o3's 81.3 at high effort without the effort (seen 2026-05-18)",
            check_id="Q47",
        ),
        info(rows_satisfy("the version is stated", version_is_stated, benchmark_scores=("version",)), check_id="Q46"),
        info(
            rows_satisfy("the evaluator is stated", evaluator_is_stated, benchmark_scores=("evaluator_class",)),
            check_id="Q46",
        ),
        info(rows_satisfy("the effort is stated", effort_is_stated, benchmark_scores=("effort",)), check_id="Q48"),
        warning(
            with_tolerance(
                0.05,
                rows_satisfy(
                    "evaluated on or after the model's release",
                    evaluated_after_release,
                    benchmark_scores=("model_id", "evaluated_on"),
                    models=("model_id", "released_date"),
                ),
            ),
            why="labs publish a result with the model, and release dates differ by days between sources",
            check_id="Q48",
        ),
    ),
)
