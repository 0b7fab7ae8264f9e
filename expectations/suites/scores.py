"""Checklist of `benchmark_scores`: every score in its range, with all that a comparison needs beside it."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    among,
    at_most_share,
    critical,
    info,
    known_in,
    not_above,
    only,
    that,
    warning,
)
from llmpairs.warehouse.contracts.scores import BENCHMARK_SCORES

UNSPECIFIED = "unspecified"
CELL = ("model_id", "benchmark", "version", "metric", "harness", "effort", "evaluator_class")
COLUMN = ["benchmark", "version", "metric"]
FEWEST = 5
"""Scores of a column from which on it is odd that none of them is above 1 percent."""
POINTS = 3.0
ERRORS = 2.0


def percents_are_no_fractions(benchmark_scores: pd.DataFrame) -> pd.Series:
    """A column of percents with several scores has one above 1."""
    column = benchmark_scores.groupby(COLUMN)["value"]
    many = column.transform("size") >= FEWEST
    return only((benchmark_scores["unit"] == "percent") & many, column.transform("max") > 1)


def version_is_stated(benchmark_scores: pd.DataFrame) -> pd.Series:
    """The edition of the benchmark is stated."""
    return benchmark_scores["version"] != UNSPECIFIED


def evaluator_is_stated(benchmark_scores: pd.DataFrame) -> pd.Series:
    """It is stated who stands behind the score."""
    return benchmark_scores["evaluator_class"] != UNSPECIFIED


def effort_is_stated(benchmark_scores: pd.DataFrame) -> pd.Series:
    """The effort or setting is stated."""
    return benchmark_scores["effort"] != UNSPECIFIED


def comparable_has_version(benchmark_scores: pd.DataFrame) -> pd.Series:
    """A score that may be compared states its version."""
    return only(benchmark_scores["is_comparable"], benchmark_scores["version"] != UNSPECIFIED)


def metric_is_one(benchmark_scores: pd.DataFrame) -> pd.Series:
    """A column of a benchmark has one unit and one direction, whichever source reports it."""
    said = benchmark_scores.groupby(["benchmark", "metric"])[["unit", "higher_is_better"]].transform(
        "nunique"
    )
    return (said == 1).all(axis=1)


def score_is_archived(benchmark_scores: pd.DataFrame, captures: pd.DataFrame) -> pd.Series:
    """A score was read from an archived response."""
    return among(benchmark_scores["capture_id"], captures["capture_id"])


def terms_are_the_sources(benchmark_scores: pd.DataFrame, sources: pd.DataFrame) -> pd.Series:
    """What may be passed on is what the source's terms say."""
    said = sources.set_index("source_id")["redistributable"]
    allowed = benchmark_scores["source_id"].map(said).astype("boolean")
    own = benchmark_scores["redistributable"].astype("boolean")
    same = (own == allowed).fillna(False) | (own.isna() & allowed.isna())
    return only(benchmark_scores["source_id"].isin(sources["source_id"]), same)


def evaluated_after_release(benchmark_scores: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """A model was evaluated on or after the day of its release."""
    released = benchmark_scores["model_id"].map(models.set_index("model_id")["released_date"])
    evaluated = benchmark_scores["evaluated_on"]
    return only(released.notna() & evaluated.notna(), evaluated >= released)


def sources_agree(benchmark_scores: pd.DataFrame) -> pd.Series:
    """Two sources of one cell differ by at most 3 points, or by two standard errors where those are larger."""
    cell = benchmark_scores.groupby(list(CELL))
    spread = cell["value"].transform("max") - cell["value"].transform("min")
    error = cell["standard_error"].transform("max").fillna(0)
    return only(cell["source_id"].transform("size") > 1, spread <= (ERRORS * error).clip(lower=POINTS))


SCORES_SUITE = Suite(
    name="benchmark_scores",
    table="benchmark_scores",
    key=BENCHMARK_SCORES.key,
    rules=(
        *from_contract(BENCHMARK_SCORES),
        critical(known_in("model_id", "models", "model_id")),
        critical(
            not_above("value", "metric_high"),
            why="a score out of its metric's range is a slip of unit",
            check_id="Q45",
        ),
        critical(
            not_above("metric_low", "value"),
            why="a score out of its metric's range is a slip of unit",
            check_id="Q45",
        ),
        critical(
            that(
                "a column has one unit and one direction",
                metric_is_one,
                benchmark_scores=("metric", "unit", "higher_is_better"),
            ),
            why="two scores of one column are compared as numbers",
            check_id="Q45",
        ),
        critical(
            that(
                "a comparable score states its version",
                comparable_has_version,
                benchmark_scores=("is_comparable", "version"),
            ),
            check_id="Q46",
        ),
        critical(
            that(
                "a score leads to an archived response",
                score_is_archived,
                benchmark_scores=("capture_id",),
                captures=("capture_id",),
            ),
            check_id="Q58",
        ),
        critical(
            that(
                "what may be passed on is what the source's terms say",
                terms_are_the_sources,
                benchmark_scores=("source_id", "redistributable"),
                sources=("source_id", "redistributable"),
            ),
            why="SWE-bench forbids commercial reuse",
        ),
        warning(
            that(
                "no column of percents holds only fractions",
                percents_are_no_fractions,
                benchmark_scores=(*COLUMN, "unit", "value"),
            ),
            why="0.74 for 74% lies in the range of a percent",
            check_id="Q45",
        ),
        warning(
            at_most_share(
                0.1,
                that(
                    "two sources of one score agree within 3 points",
                    sources_agree,
                    benchmark_scores=(*CELL, "source_id", "value", "standard_error"),
                ),
            ),
            why="they report the same run, or one has slipped; one cell of twelve differs for good: models.dev prints "
            "o3's 81.3 of high effort without the effort (seen 2026-05-18)",
            check_id="Q47",
        ),
        info(that("the version is stated", version_is_stated, benchmark_scores=("version",)), check_id="Q46"),
        info(
            that("it is stated who evaluated", evaluator_is_stated, benchmark_scores=("evaluator_class",)),
            check_id="Q46",
        ),
        info(that("the effort is stated", effort_is_stated, benchmark_scores=("effort",)), check_id="Q48"),
        warning(
            at_most_share(
                0.05,
                that(
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
