"""Benchmark results: what somebody measured of a model, with all that a comparison of two results needs."""

import pyarrow as pa

from llmpairs.warehouse.columns import (
    CAPTURE_ID,
    FIRST_SEEN_AT,
    MODEL_ID,
    SOURCE_ID,
    count,
    day,
    enum,
    flag,
    moment,
    text,
)
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import EVALUATOR_CLASSES, SCORE_UNITS

IN_UNIT = "the score's unit"


def figure(name: str, about: str, null_means: str | None = None) -> Column:
    """A number in the unit that stands in `unit`."""
    return Column(name=name, type=pa.float64(), about=about, unit=IN_UNIT, null_means=null_means)


BENCHMARK_SCORES = Table(
    name="benchmark_scores",
    grain="one score of a model in one column of a benchmark, as one source reports it",
    key=(
        "model_id",
        "source_id",
        "benchmark",
        "version",
        "metric",
        "harness",
        "effort",
        "evaluator_class",
    ),
    columns=(
        MODEL_ID,
        SOURCE_ID,
        text("benchmark", "Benchmark by its canonical name."),
        text("version", "Edition, data set or month of the table; `unspecified` where nothing says it."),
        text("metric", "Column of the benchmark by its canonical name."),
        text("harness", "Program or agent that ran the model; `unspecified` where nothing says it."),
        text("effort", "Reasoning effort, budget or setting; `unspecified` where the source says none."),
        enum("evaluator_class", EVALUATOR_CLASSES, "Who stands behind the result."),
        figure("value", "The score: the nearest double to the printed decimal."),
        enum("unit", SCORE_UNITS, "Unit of the score; a percent is of 100, a fraction of 1."),
        figure(
            "standard_error",
            "Standard error of the score.",
            "the source states neither an error nor an interval",
        ),
        flag("higher_is_better", "Direction of the metric."),
        figure("metric_low", "Lowest score that the metric can have.", "the metric has no lowest"),
        figure("metric_high", "Highest score that the metric can have.", "the metric has no highest"),
        flag(
            "is_comparable",
            "Whether a score of another model may stand beside it: the version is stated, and the harness where "
            "the benchmark runs an agent.",
        ),
        day("evaluated_on", "Day of the evaluation, first day of a stated month.", "the source does not say"),
        text("printed_value", "The score as the source prints it."),
        text(
            "printed_harness",
            "Harness as printed, with its version and settings.",
            "the source does not say",
        ),
        count(
            "claim_count",
            "Results of the source for this row; the best documented one stands here.",
            minimum=1,
        ),
        flag(
            "redistributable", "Whether the source's data may be passed on.", "the source's terms do not say"
        ),
        text("terms", "What the source's terms say about reuse."),
        text("provider_model_key", "The source's verbatim name of the model."),
        CAPTURE_ID,
        text("locator", "Place in the archived response."),
        moment("observed_at", "Capture time."),
        FIRST_SEEN_AT,
    ),
    warnings=(
        "Two scores compare only where benchmark, version, metric, harness and effort agree, and `is_comparable`.",
        "A lab's own claim is `lab_claimed`: never show it without saying so.",
        "`redistributable` false: do not pass the score on (SWE-bench).",
    ),
)
