"""One row for every unordered pair of live text-generating models."""

import pyarrow as pa

from llmpairs.warehouse.columns import bit_set, enum, flag, number, share, text, timestamp
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.outcome_rules import SAME_COST_RATIO
from llmpairs.warehouse.vocabulary import (
    CAPABILITIES,
    CHANGE_CAUSES,
    CHEAPER,
    COST_STATES,
    DETAILED_SCENARIO,
    FRICTION_SEVERITIES,
    FRICTIONS,
    LEADS,
    OUTCOME_REASONS,
    OUTCOMES,
    OVERALL_VERDICTS,
    PAIR_BLOCKS,
    PAIR_CHANGE_KINDS,
    PAIR_QUALITY_BASES,
    RELATIONS,
    SCENARIOS,
    STRONGER,
    VERDICT_REASONS,
    VERDICTS,
)


def ratio(name: str, about: str, null_means: str) -> Column:
    """A over B in single precision."""
    return number(name, about, "ratio a/b", null_means, of=pa.float32()).within(0).mirrored("inverted")


def capability_set(name: str, about: str) -> Column:
    """A set of capabilities as bits."""
    return bit_set(name, about, CAPABILITIES, pa.int32()).within(0)


def friction_set(name: str, about: str) -> Column:
    """A set of kinds of switching effort as bits."""
    return bit_set(name, about, FRICTIONS, pa.int16()).within(0)


def small_count(name: str, about: str) -> Column:
    """A count that fits 16 bits."""
    return number(name, about, "count", of=pa.int16()).within(0)


def outcome_columns(name: str, what: str) -> tuple[Column, ...]:
    """Outcome and reason of one comparison."""
    about = f"Outcome {what}: decided, a lean with less evidence, or unknown; docs/OUTCOMES.md has the rules."
    return (
        enum(f"outcome_{name}", OUTCOMES, about).mirrored("mapped"),
        enum(f"outcome_reason_{name}", OUTCOME_REASONS, f"Rule that gave outcome_{name}."),
    )


def quality_points(name: str, about: str) -> Column:
    """A number of index points in single precision."""
    return number(name, about, "index points", "a side has no quality index", of=pa.float32())


def decision_columns(scenario: str) -> tuple[Column, ...]:
    """Columns for every workload."""
    return (
        *outcome_columns(scenario, f"in {scenario}"),
        enum(
            f"verdict_{scenario}",
            VERDICTS,
            f"outcome_{scenario} in fewer values: similar is tie, trade_off and leans are depends, unknown is abstain.",
        ).mirrored("mapped"),
        enum(
            f"lead_{scenario}",
            LEADS,
            f"outcome_{scenario} without its certainty: a lean counts as the side that it leans to, similar is even, "
            "neither is unknown.",
        ).mirrored("mapped"),
        ratio(
            f"cost_ratio_{scenario}",
            f"Cheapest monthly cost of A over that of B in {scenario} on the basis `any`, which decides nothing; "
            "outcomes compare the basis `best`.",
            "a side has no cost; see `state` in model_scenario_costs",
        ),
    )


NO_LONGER = "always: outcomes have replaced weighted scores, and the column is removed in the next version"


def detail_columns(scenario: str) -> tuple[Column, ...]:
    """Columns for the detailed workload only."""
    return (
        enum(f"reason_{scenario}", VERDICT_REASONS, "No longer computed; see outcome_reason.", NO_LONGER),
        number(f"margin_{scenario}", "No longer computed.", "score", NO_LONGER, of=pa.float32()).within(-1, 1),
        share(f"coverage_{scenario}", "No longer computed.", NO_LONGER),
        share(f"robust_{scenario}", "No longer computed.", NO_LONGER),
        enum(f"cost_state_{scenario}", COST_STATES, f"Which sides have a known cost in {scenario}.").mirrored("mapped"),
    )


COMPARISON_COLUMNS: tuple[Column, ...] = (
    enum(
        "overall_outcome", OUTCOMES, "Outcome of blended `best` price and `general` quality, without requirements."
    ).mirrored("mapped"),
    enum("overall_outcome_reason", OUTCOME_REASONS, "Rule that gave overall_outcome."),
    enum(
        "cheaper",
        CHEAPER,
        f"Side whose blended price on the basis `best` is lower by more than {SAME_COST_RATIO:g} times.",
    ).mirrored("mapped"),
    ratio(
        "cost_ratio_best",
        "Blended price of A over that of B on the basis `best`: named operators, no outliers.",
        "a side has no such price",
    ),
    ratio(
        "cost_ratio_list",
        "Blended price of A over that of B on the basis `list`; equals list_price_ratio.",
        "a list price is unknown or zero",
    ),
    enum(
        "stronger",
        STRONGER,
        "Side whose quality index in `general` is higher with a probability of 97.5%; open where neither is.",
    ).mirrored("mapped"),
    quality_points("quality_difference", "Quality index of A minus that of B in `general`.").mirrored("negated"),
    quality_points(
        "quality_difference_low95", "Lower end of the 95% interval of the index of A minus that of B."
    ).mirrored("negated quality_difference_high95"),
    quality_points(
        "quality_difference_high95", "Upper end of the 95% interval of the index of A minus that of B."
    ).mirrored("negated quality_difference_low95"),
    enum("quality_basis", PAIR_QUALITY_BASES, "Whether both indexes rest on scores, or one or both are estimated."),
)
"""Cost, quality and outcome over all workloads."""

PAIRS = Table(
    name="pairs",
    grain="an unordered pair of live text-generating models, model_a_id < model_b_id bytewise",
    key=("model_a_id", "model_b_id"),
    columns=(
        text("model_a_id", "The side that sorts first, bytewise.").mirrored("model_b_id"),
        text("model_b_id", "The other side.").mirrored("model_a_id"),
        enum(
            "relation",
            RELATIONS,
            "Relation of A to B: `base` when B derives from A, `derivative` when A derives from B.",
        ).mirrored("mapped"),
        number(
            "release_gap_days",
            "Days from the release of A to that of B.",
            "days",
            "a release date is unknown",
            of=pa.int32(),
        ).mirrored("negated"),
        ratio("context_ratio", "Context window of A over that of B.", "a context window is unknown"),
        flag("same_license", "Whether both carry the same licence.", "a licence is unknown"),
        small_count("shared_operator_count", "Known operators that run both models."),
        small_count("shared_provider_count", "Providers that sell both models."),
        capability_set("a_only_capabilities", "Known yes for A and known no for B.").mirrored("b_only_capabilities"),
        capability_set("b_only_capabilities", "Known yes for B and known no for A.").mirrored("a_only_capabilities"),
        capability_set("both_capabilities", "Known yes for both sides."),
        capability_set("not_established_capabilities", "Unknown for at least one side."),
        ratio("list_price_ratio", "Blended list price of A over that of B.", "a list price is unknown or zero"),
        small_count(
            "shared_benchmark_count",
            "Benchmark results of both sides with the same version, metric, harness, effort and evaluator class.",
        ),
        small_count(
            "indicative_benchmark_count",
            "Benchmark results of both sides with the same version, metric and harness, each side at its best effort.",
        ),
        small_count("a_benchmark_wins", "Indicative results in which A is strictly ahead.").mirrored(
            "b_benchmark_wins"
        ),
        small_count("b_benchmark_wins", "Indicative results in which B is strictly ahead.").mirrored(
            "a_benchmark_wins"
        ),
        *(column for scenario in SCENARIOS for column in decision_columns(scenario)),
        *detail_columns(DETAILED_SCENARIO),
        *COMPARISON_COLUMNS,
        enum(
            "overall_verdict",
            OVERALL_VERDICTS,
            "overall_outcome in fewer values: similar is tie, trade_off and leans are depends, unknown is abstain.",
        ).mirrored("mapped"),
        enum("friction_a_to_b", FRICTION_SEVERITIES, "Switching effort from A to B: the most severe kind.").mirrored(
            "friction_b_to_a"
        ),
        enum("friction_b_to_a", FRICTION_SEVERITIES, "Switching effort from B to A: the most severe kind.").mirrored(
            "friction_a_to_b"
        ),
        friction_set("friction_kinds_a_to_b", "Kinds of switching effort from A to B.").mirrored(
            "friction_kinds_b_to_a"
        ),
        friction_set("friction_kinds_b_to_a", "Kinds of switching effort from B to A.").mirrored(
            "friction_kinds_a_to_b"
        ),
        share("completeness_min", "`completeness` of the less complete side."),
        timestamp(
            "oldest_fact_at", "Capture time of the oldest published fact of either side.", "no fact is published"
        ),
        small_count("open_issue_count", "Coverage gaps, holds and disagreements of both sides."),
        flag("indexable", "Whether a page of the pair has enough content to be indexed."),
        enum(
            "noindex_reason",
            ("too_few_facts", "no_price", "identity_unconfirmed", "same_family_snapshot", "nothing_decided"),
            "Why the pair is not indexable.",
            "the pair is indexable",
        ),
        Column(
            name="content_hash",
            type=pa.int64(),
            about="Digest of the row and of both sides' published facts; equal digests mean no change.",
        ),
    ),
    warnings=(
        "Columns of one side only are in `models`; `pairs_wide` joins them.",
        "Bit sets: bit i is the i-th value listed with the column; the views show them as lists.",
        "Benchmark wins mix efforts and evaluators; only the `shared_benchmark_count` results are comparable.",
        "`verdict_*`, `lead_*` and `overall_verdict` only repeat the outcomes. docs/OUTCOMES.md has every rule.",
        "Costs are per token: tokens that a model spends on reasoning are not counted.",
    ),
)

OUTCOME_COLUMNS = (
    *(column.name for scenario in SCENARIOS for column in outcome_columns(scenario, "")),
    *(column.name for column in COMPARISON_COLUMNS),
)
"""Names of the columns on outcomes, cost and quality."""

PAIR_CHANGES = Table(
    name="pair_changes",
    grain="a pair whose content differs from the parent release's",
    key=("model_a_id", "model_b_id"),
    columns=(
        text("model_a_id", "The side that sorts first, bytewise."),
        text("model_b_id", "The other side."),
        enum("kind", PAIR_CHANGE_KINDS, "Whether the pair is new, differs, or is gone."),
        bit_set(
            "blocks",
            "Blocks that differ, of either model; `pair` alone: only values relative to all other models.",
            PAIR_BLOCKS,
            of=pa.int16(),
        ).within(1),
        bit_set(
            "causes",
            "Causes: a source changed a value, the rules changed, an identity, a decision or a correction.",
            CHANGE_CAUSES,
            of=pa.int16(),
        ).within(1),
    ),
    warnings=("Empty in a first release: there is nothing to compare with.",),
)
