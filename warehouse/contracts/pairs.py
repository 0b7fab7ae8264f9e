"""One row for every unordered pair of live text-generating models."""

import pyarrow as pa

from warehouse.columns import enum, flag, moment, text
from warehouse.contract import Column, Table
from warehouse.vocabulary import (
    CAPABILITIES,
    CHANGE_CAUSES,
    COST_STATES,
    FRICTION_SEVERITIES,
    FRICTIONS,
    PAIR_BLOCKS,
    PAIR_CHANGE_KINDS,
    RELATIONS,
)


def ratio(name: str, about: str, null_means: str) -> Column:
    """A over B in single precision."""
    return Column(
        name=name, type=pa.float32(), about=about, unit="ratio a/b", null_means=null_means, minimum=0
    )


def capability_set(name: str, about: str) -> Column:
    """A set of capabilities as bits."""
    return Column(name=name, type=pa.int32(), about=about, unit="bit set", minimum=0, bits=CAPABILITIES)


def friction_set(name: str, about: str) -> Column:
    """A set of friction kinds as bits."""
    return Column(name=name, type=pa.int16(), about=about, unit="bit set", minimum=0, bits=FRICTIONS)


def small_count(name: str, about: str) -> Column:
    """A count that fits 16 bits."""
    return Column(name=name, type=pa.int16(), about=about, unit="count", minimum=0)


PAIRS = Table(
    name="pairs",
    grain="an unordered pair of live text-generating models, model_a_id < model_b_id bytewise",
    key=("model_a_id", "model_b_id"),
    columns=(
        text("model_a_id", "The side that sorts first, bytewise."),
        text("model_b_id", "The other side."),
        enum(
            "relation",
            RELATIONS,
            "What A is to B: `base` when B derives from A, `derivative` the other way round.",
        ),
        Column(
            name="release_gap_days",
            type=pa.int32(),
            about="Days from the release of A to that of B.",
            unit="days",
            null_means="a release date is unknown",
        ),
        ratio("context_ratio", "Context window of A over that of B.", "a context window is unknown"),
        flag("same_license", "Whether both carry the same licence.", "a licence is unknown"),
        small_count("shared_operator_count", "Known operators that run both."),
        small_count("shared_provider_count", "Providers that sell both."),
        capability_set("a_only_capabilities", "Established yes for A and established no for B."),
        capability_set("b_only_capabilities", "Established yes for B and established no for A."),
        capability_set("both_capabilities", "Established yes for both."),
        capability_set("not_established_capabilities", "Unknown for at least one side."),
        ratio(
            "list_price_ratio", "Blended list price of A over that of B.", "a list price is unknown or zero"
        ),
        ratio(
            "cost_ratio_seed_chat",
            "Cheapest monthly cost of A over that of B in seed_chat.",
            "a cost is unknown or zero; see cost_state_seed_chat",
        ),
        enum("cost_state_seed_chat", COST_STATES, "Which sides have a cost in seed_chat."),
        small_count(
            "shared_benchmark_count",
            "Benchmark rows that both have at the same version, metric, harness, effort and evaluator class.",
        ),
        small_count(
            "indicative_benchmark_count",
            "Benchmark rows that both have at the same version, metric and harness, each side at its best effort.",
        ),
        small_count("a_benchmark_wins", "Indicative rows in which A is strictly ahead."),
        small_count("b_benchmark_wins", "Indicative rows in which B is strictly ahead."),
        enum("friction_a_to_b", FRICTION_SEVERITIES, "Worst obstacle when moving from A to B."),
        enum("friction_b_to_a", FRICTION_SEVERITIES, "Worst obstacle when moving from B to A."),
        friction_set("friction_kinds_a_to_b", "Obstacles when moving from A to B."),
        friction_set("friction_kinds_b_to_a", "Obstacles when moving from B to A."),
        Column(
            name="completeness_min",
            type=pa.float32(),
            about="Completeness of the less complete side.",
            unit="share",
            minimum=0,
            maximum=1,
        ),
        moment(
            "oldest_fact_at",
            "Capture time of the oldest published fact of either side.",
            "no fact is published",
        ),
        small_count("open_issue_count", "Coverage gaps, holds and disagreements of either side."),
        flag("indexable", "Whether a page of the pair says enough to be listed."),
        enum(
            "noindex_reason",
            ("too_few_facts", "no_price", "identity_unconfirmed", "same_family_snapshot"),
            "Why not.",
            "the pair is indexable",
        ),
        Column(
            name="content_hash",
            type=pa.int64(),
            about="Digest of the row and of both sides' published facts; equal means nothing changed.",
        ),
    ),
    warnings=(
        "Columns that hold for one side alone are in `models`; `pairs_wide` joins them.",
        "Bit sets: bit i is the i-th word listed with the column; the views spell them out.",
        "Benchmark wins mix efforts and evaluators: they indicate, `shared_benchmark_count` counts what compares.",
    ),
)

PAIR_CHANGES = Table(
    name="pair_changes",
    grain="a pair whose content differs from the parent release's",
    key=("model_a_id", "model_b_id"),
    columns=(
        text("model_a_id", "The side that sorts first, bytewise."),
        text("model_b_id", "The other side."),
        enum("kind", PAIR_CHANGE_KINDS, "Whether the pair is new, differs, or is gone."),
        Column(
            name="blocks",
            type=pa.int16(),
            about="What differs, of either model; `pair` alone: only how the two stand to all others.",
            unit="bit set",
            minimum=1,
            bits=PAIR_BLOCKS,
        ),
        Column(
            name="causes",
            type=pa.int16(),
            about="Why: a source said something else, our rules changed, an identity, a decision or a correction.",
            unit="bit set",
            minimum=1,
            bits=CHANGE_CAUSES,
        ),
    ),
    warnings=("Empty on a first night: there is nothing to compare with.",),
)
