"""Benchmark results of models, with all that a comparison of two results needs."""

from llmpairs.warehouse.columns import (
    CAPTURE_ID,
    FIRST_SEEN_AT,
    MODEL_ID,
    SOURCE_ID,
    count,
    day,
    enum,
    flag,
    number,
    text,
    timestamp,
)
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import EVALUATOR_CLASSES, SCORE_UNITS


def figure(name: str, about: str, null_means: str | None = None) -> Column:
    """A number in the unit that the column `unit` names."""
    return number(name, about, "the score's unit", null_means)


BENCHMARK_SCORES = Table(
    name="benchmark_scores",
    grain="one score of a model in one column of a benchmark, as one source reports it",
    key=("model_id", "source_id", "benchmark", "version", "metric", "harness", "effort", "evaluator_class"),
    columns=(
        MODEL_ID,
        SOURCE_ID,
        text("benchmark", "Canonical name of the benchmark."),
        text("version", "Edition, data set or month of the table; `unspecified` where not stated."),
        text("metric", "Canonical name of the metric."),
        text("harness", "Program or agent that ran the model; `unspecified` where not stated."),
        text("effort", "Reasoning effort, budget or setting; `unspecified` where not stated."),
        enum("evaluator_class", EVALUATOR_CLASSES, "Kind of evaluator."),
        figure("value", "Score: the double nearest to the printed decimal."),
        enum("unit", SCORE_UNITS, "Unit of the score; a percent is of 100, a fraction of 1."),
        figure("standard_error", "Standard error of the score.", "the source states neither an error nor an interval"),
        flag("higher_is_better", "Direction of the metric."),
        figure("metric_low", "Lowest possible score of the metric.", "the metric has no lower bound"),
        figure("metric_high", "Highest possible score of the metric.", "the metric has no upper bound"),
        flag(
            "is_comparable",
            "Whether scores of other models can be compared with it: the version is stated, and the harness where "
            "the benchmark runs an agent.",
        ),
        day("evaluated_on", "Date of the evaluation, first day of a stated month.", "the source does not state it"),
        text("printed_value", "Score as the source prints it."),
        text("printed_harness", "Harness as printed, with its version and settings.", "the source does not state it"),
        count("claim_count", "Results of the source for this row; the best documented one is used.", minimum=1),
        flag("redistributable", "Whether the terms allow passing the source's data on.", "the terms do not state it"),
        text("terms", "Terms of the source on reuse."),
        text("provider_model_key", "Name of the model, verbatim from the source."),
        CAPTURE_ID,
        text("locator", "Position in the archived response."),
        timestamp("observed_at", "Capture time."),
        FIRST_SEEN_AT,
    ),
    warnings=(
        "Scores are comparable only where benchmark, version, metric, harness and effort agree, and `is_comparable`.",
        "A lab's own claim is `lab_claimed`: label it as such.",
        "`redistributable` false: do not pass the score on (SWE-bench).",
    ),
)
