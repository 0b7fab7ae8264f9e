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
from llmpairs.warehouse.vocabulary import EVALUATOR_CLASSES, QUALITY_BASES, QUALITY_DOMAINS, SCORE_UNITS

QUALITY_FACTORS = 4
"""Shared parts of the uncertainty of quality indexes; what they leave over counts as each model's own."""


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
            "the benchmark runs an agent. A suspect score never is.",
        ),
        flag(
            "is_suspect",
            "Whether the value lies far from what the model's other scores predict; it is shown and not used.",
            "the release was before this was checked",
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


def points(name: str, about: str) -> Column:
    """A number in index points: ten are one standard deviation of the measured models."""
    return number(name, about, "index points")


MODEL_QUALITY = Table(
    name="model_quality",
    grain="the quality index of a model in a domain",
    key=("model_id", "domain"),
    columns=(
        MODEL_ID,
        enum("domain", QUALITY_DOMAINS, "Ability; a model without an index in a domain is compared in `general`."),
        points("index", "Ability on one scale over all benchmarks of the domain: 100 is the mean of scored models."),
        points("low95", "Lower end of the 95% interval."),
        points("high95", "Upper end of the 95% interval."),
        enum(
            "basis",
            QUALITY_BASES,
            "measured: from independent scores; estimated: without any, from date, size, price and maker.",
        ),
        count("families", "Independent evaluators' sets of results that the index rests on."),
        count("families_doubted", "Those that contradict everything else known of the model and weigh little."),
        count("scores_used", "Scores that the index rests on."),
        text("effort", "Reasoning efforts of those scores, the highest published in each set.", "no scores"),
        points("sd_own", "Standard deviation of what is uncertain of this model alone.").within(0),
        *(
            points(f"sd_factor_{at}", f"Loading on shared uncertainty {at}: differences of two models subtract it.")
            for at in range(1, QUALITY_FACTORS + 1)
        ),
        text("formula_version", "Version of `transforms/quality/quality_rules.toml`."),
    ),
    warnings=(
        "Compare two indexes by their difference and its own interval, not by whether the two intervals overlap.",
        "An estimated index rests on no score of the model: say so wherever it is shown.",
    ),
)
