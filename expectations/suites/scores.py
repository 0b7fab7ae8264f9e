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
    warning,
    with_tolerance,
)
from llmpairs.warehouse.contracts.scores import BENCHMARK_SCORES, MODEL_QUALITY, QUALITY_FACTORS

UNSPECIFIED = "unspecified"
CELL = ("model_id", "benchmark", "version", "metric", "harness", "effort", "evaluator_class")
METRIC = ["benchmark", "version", "metric"]
MIN_SCORES = 5
"""From this number of scores of a metric on, some are expected above 1 percent."""
MAX_POINTS = 3.0
MAX_STANDARD_ERRORS = 2.0


def percents_are_not_fractions(rows: pd.DataFrame) -> pd.Series:
    """A percent metric with several scores has one above 1."""
    scores = rows.groupby(METRIC)["value"]
    many = scores.transform("size") >= MIN_SCORES
    return only_where((rows["unit"] == "percent") & many, scores.transform("max") > 1)


def redistributable_matches_source(rows: pd.DataFrame, sources: pd.DataFrame) -> pd.Series:
    """The score is redistributable exactly where its source is."""
    allowed = rows["source_id"].map(sources.set_index("source_id")["redistributable"]).astype("boolean")
    own = rows["redistributable"].astype("boolean")
    same = (own == allowed).fillna(False) | (own.isna() & allowed.isna())
    return only_where(rows["source_id"].isin(sources["source_id"]), same)


def evaluated_after_release(rows: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """A model is evaluated on or after its release date."""
    released = rows["model_id"].map(models.set_index("model_id")["released_date"])
    evaluated = rows["evaluated_on"]
    return only_where(released.notna() & evaluated.notna(), evaluated >= released)


def sources_agree(rows: pd.DataFrame) -> pd.Series:
    """Two sources of one score differ by at most 3 points, or two standard errors where that is more."""
    cell = rows.groupby(list(CELL))
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
            "a metric has one unit and one direction",
            lambda rows: (
                rows.groupby(["benchmark", "metric"])[["unit", "higher_is_better"]].transform("nunique") == 1
            ).all(axis=1),
            rows=("metric", "unit", "higher_is_better"),
            why="two scores of one metric are compared as numbers",
            check_id="Q45",
        ),
        critical(
            "a comparable score states its version",
            lambda rows: only_where(rows["is_comparable"], rows["version"] != UNSPECIFIED),
            rows=("is_comparable", "version"),
            check_id="Q46",
        ),
        critical(
            "a score cites an archived response",
            lambda rows, captures: is_in(rows["capture_id"], captures["capture_id"]),
            rows=("capture_id",),
            captures=("capture_id",),
            check_id="Q58",
        ),
        critical(
            "redistributable matches the terms of the source",
            redistributable_matches_source,
            rows=("source_id", "redistributable"),
            sources=("source_id", "redistributable"),
            why="SWE-bench forbids commercial reuse",
        ),
        warning(
            "no percent metric has only fractions",
            percents_are_not_fractions,
            rows=(*METRIC, "unit", "value"),
            why="0.74 for 74% is within the range of a percent",
            check_id="Q45",
        ),
        with_tolerance(
            0.1,
            warning(
                "two sources of one score agree within 3 points",
                sources_agree,
                rows=(*CELL, "source_id", "value", "standard_error"),
                why="they report the same run, or one is wrong; one cell of twelve always differs: models.dev prints "
                "o3's 81.3 at high effort without the effort (seen 2026-05-18)",
                check_id="Q47",
            ),
        ),
        info("the version is stated", lambda rows: rows["version"] != UNSPECIFIED, rows=("version",), check_id="Q46"),
        info(
            "the evaluator is stated",
            lambda rows: rows["evaluator_class"] != UNSPECIFIED,
            rows=("evaluator_class",),
            check_id="Q46",
        ),
        info("the effort is stated", lambda rows: rows["effort"] != UNSPECIFIED, rows=("effort",), check_id="Q48"),
        with_tolerance(
            0.05,
            warning(
                "evaluated on or after the model's release",
                evaluated_after_release,
                rows=("model_id", "evaluated_on"),
                models=("model_id", "released_date"),
                why="labs publish a result with the model, and release dates differ by days between sources",
                check_id="Q48",
            ),
        ),
    ),
)


MAX_MOVE = 3.0
Z95 = 1.96
UNCERTAIN = ("sd_own", *(f"sd_factor_{number}" for number in range(1, QUALITY_FACTORS + 1)))


def interval_recomputes(rows: pd.DataFrame) -> pd.Series:
    """The interval is the index plus and minus 1.96 standard deviations, to a hundredth of a point."""
    half = Z95 * (rows[list(UNCERTAIN)] ** 2).sum(axis=1) ** 0.5
    ends = (rows["index"] - rows["low95"], rows["high95"] - rows["index"])
    return (ends[0] - half).abs().lt(0.02) & (ends[1] - half).abs().lt(0.02)


def moves_have_new_scores(rows: pd.DataFrame, parent_model_quality: pd.DataFrame) -> pd.Series:
    """A measured index that rests on as many scores as before moves at most MAX_MOVE points."""
    before = parent_model_quality.set_index(["model_id", "domain"])[["index", "scores_used", "formula_version"]]
    old = before.reindex(pd.MultiIndex.from_frame(rows[["model_id", "domain"]].astype("str"))).set_axis(rows.index)
    same = (rows["scores_used"] == old["scores_used"]) & (rows["formula_version"] == old["formula_version"])
    return only_where(same & (rows["basis"] == "measured"), (rows["index"] - old["index"]).abs() <= MAX_MOVE)


QUALITY_SUITE = Suite(
    name="model_quality",
    table="model_quality",
    key=MODEL_QUALITY.key,
    rules=(
        *from_contract(MODEL_QUALITY),
        critical(references("model_id", "models", "model_id")),
        critical(
            "the interval recomputes from its parts",
            interval_recomputes,
            rows=("index", "low95", "high95", *UNCERTAIN),
            why="a quality claim without its interval is not printed",
        ),
        critical(
            "a measured index rests on scores, an estimated one on none",
            lambda rows: (rows["basis"] == "measured") == (rows["scores_used"] > 0),
            rows=("basis", "scores_used"),
        ),
        warning(
            "an index moves at most 3 points without a new score",
            moves_have_new_scores,
            rows=("model_id", "domain", "index", "scores_used", "basis", "formula_version"),
            parent_model_quality=("model_id", "domain", "index", "scores_used", "formula_version"),
        ),
        warning(
            "no set of scores contradicts everything else known of the model",
            lambda rows: rows["families_doubted"] == 0,
            rows=("families_doubted",),
            why="a planted score of 100 weighs little and is listed here",
        ),
    ),
)
