"""Every check of a row of `pairs` against the models that it compares, and of its mirror image."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.suites.pair_decisions import FEWEST_KNOWN, NOTHING, decide, decide_overall
from llmpairs.expectations.suites.pair_facts import FACTS, Batch, Flags, Sides, close
from llmpairs.expectations.suites.pair_standing import Places, Standing
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.vocabulary import COST_STATES, DETAILED_SCENARIO, MIRRORED_WORDS, VERDICT_REASONS

VERDICTS_RECOMPUTE = "verdicts recompute"
LEADS_RECOMPUTE = "leads recompute"
COSTS_RECOMPUTE = "ratios of costs recompute"
DETAIL_RECOMPUTES = "reason, margin, coverage and robustness recompute"
COST_STATE_RECOMPUTES = "cost_state_seed_chat recomputes"
OVERALL_FOLLOWS = "the overall verdict follows from the workloads"
SCORED_IS_COVERED = "nothing is scored below a coverage of 0.6, and nothing above is left for it"
DECISIONS = (
    VERDICTS_RECOMPUTE,
    LEADS_RECOMPUTE,
    COSTS_RECOMPUTE,
    DETAIL_RECOMPUTES,
    COST_STATE_RECOMPUTES,
    OVERALL_FOLLOWS,
    SCORED_IS_COVERED,
)
MIRRORED = "a row says of its sides swapped what their own row would"
RECOMPUTED = (*FACTS, *DECISIONS, MIRRORED)
SCORED = [VERDICT_REASONS.index(word) for word in ("score", "within_margin", "interval_open", "not_robust")]
HALF_OF_A_THOUSANDTH = 0.0005 + 1e-6
"""Margins stand to three decimals."""

Fault = tuple[str, str, Flags]
"""Check, column, flagged rows."""


def find_faults(batch: Batch, sides: Sides, sampled: Flags) -> Iterator[Fault]:
    """Rows that are not what their two models give; of the sampled ones also seen from the other side."""
    yield from straight_faults(batch, sides)
    rows = np.flatnonzero(sampled)
    if len(rows):
        wrong = np.zeros(len(sampled), dtype=bool)
        turned = swap_sides(batch, rows)
        for _, _, flags in straight_faults(turned, sides):
            wrong[rows] |= flags
        yield MIRRORED, "any", wrong


def straight_faults(batch: Batch, sides: Sides) -> Iterator[Fault]:
    """Rows that are not what their two models give."""
    for check, differs in FACTS.items():
        yield check, check, differs(batch, sides)
    for standing in sides.standings:
        yield from decision_faults(batch, standing)
    verdicts = [batch.words(name) for name in PAIRS.column_names if name.startswith("verdict_")]
    wrong = batch.words("overall_verdict") != decide_overall(verdicts)
    yield OVERALL_FOLLOWS, "overall_verdict", wrong


def decision_faults(batch: Batch, standing: Standing) -> Iterator[Fault]:
    """Rows whose columns on one workload are not what its definitions give."""
    name, expected = standing.scenario_id, decide(standing, batch.a, batch.b)
    column = f"verdict_{name}"
    yield VERDICTS_RECOMPUTE, column, batch.words(column) != expected.verdict
    column = f"lead_{name}"
    yield LEADS_RECOMPUTE, column, batch.words(column) != expected.lead
    column = f"cost_ratio_{name}"
    yield COSTS_RECOMPUTE, column, ~close(batch.numbers(column), expected.cost_ratio)
    if name != DETAILED_SCENARIO:
        return
    reason, coverage = batch.words(f"reason_{name}"), batch.numbers(f"coverage_{name}")
    margin = batch.numbers(f"margin_{name}")
    near = np.abs(margin - expected.margin) <= HALF_OF_A_THOUSANDTH
    near |= np.isnan(margin) & np.isnan(expected.margin)
    robust = close(batch.numbers(f"robust_{name}"), expected.robust)
    fits = (reason == expected.reason) & near & close(coverage, expected.coverage) & robust
    yield DETAIL_RECOMPUTES, name, ~fits
    scored, left = np.isin(reason, SCORED), reason == VERDICT_REASONS.index("coverage")
    enough = coverage >= FEWEST_KNOWN - NOTHING
    # Stored in single precision, 0.6 reads as 0.60000002.
    yield SCORED_IS_COVERED, f"coverage_{name}", (scored & ~enough) | (left & enough)
    unknown = np.isnan(standing.cost)
    state = unknown[batch.a] * COST_STATES.index("a_unknown") + unknown[batch.b] * COST_STATES.index(
        "b_unknown"
    )
    yield COST_STATE_RECOMPUTES, f"cost_state_{name}", batch.words(f"cost_state_{name}") != state


def swap_sides(batch: Batch, rows: Places) -> Batch:
    """Some rows of a batch as the contract says that they read with their sides swapped."""
    chosen = batch.rows.take(pa.array(rows))
    columns = {column.name: chosen.column(column.name) for column in PAIRS.columns}
    ways = {
        "negated": pc.negate,
        "inverted": lambda values: pc.divide(pa.scalar(1, values.type), values),
        "words": swap_words,
    }
    turned = [
        ways[column.mirror](columns[column.name])
        if column.mirror in ways
        else columns[column.mirror or column.name]
        for column in PAIRS.columns
    ]
    swapped = pa.RecordBatch.from_arrays(turned, names=PAIRS.column_names)
    return Batch(rows=swapped, a=batch.b[rows], b=batch.a[rows])


def swap_words(values: pa.Array) -> pa.Array:
    """Words with each side's own turned into the other's."""
    words = values.cast(pa.string()).to_pylist()
    return pa.array([MIRRORED_WORDS.get(word, word) for word in words], pa.string())
