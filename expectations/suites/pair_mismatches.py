"""Rows of `pairs` that differ from the columns and verdicts recomputed from both models, also with sides swapped."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.suites.recomputed_columns import COLUMN_CHECKS, ComparedModels, PairRowBatch, is_close
from llmpairs.expectations.suites.recomputed_inputs import Flags, Positions, WorkloadFacts
from llmpairs.expectations.suites.recomputed_outcomes import (
    OutcomeInputs,
    compare_quality,
    name_codes,
    name_overall,
    recompute_cheaper,
    recompute_outcome,
    recompute_stronger,
    recompute_workload,
)
from llmpairs.expectations.suites.recomputed_sample import (
    DIGEST,
    SAMPLE_CHECKS,
    PairSample,
    compare_sampled,
    digest_differs,
)
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.vocabulary import COST_STATES, DETAILED_SCENARIO, MIRRORED_VALUES

VERDICTS_RECOMPUTE = "verdicts follow from the outcomes"
LEADS_RECOMPUTE = "leads follow from the outcomes"
COSTS_RECOMPUTE = "cost ratios recompute"
COST_STATE_RECOMPUTES = f"cost_state_{DETAILED_SCENARIO} recomputes"
OVERALL_FOLLOWS = "the overall verdict follows from the overall outcome"
OUTCOMES_RECOMPUTE = "outcomes recompute"
SIDES_RECOMPUTE = "cheaper and stronger side recompute, with the differences behind them"
VERDICT_CHECKS = (
    OUTCOMES_RECOMPUTE,
    SIDES_RECOMPUTE,
    VERDICTS_RECOMPUTE,
    LEADS_RECOMPUTE,
    COSTS_RECOMPUTE,
    COST_STATE_RECOMPUTES,
    OVERALL_FOLLOWS,
)
MIRRORED = "a pair with its sides swapped gives the mirrored row"
SAMPLED = (*SAMPLE_CHECKS, MIRRORED)
RECOMPUTED = (*COLUMN_CHECKS, *VERDICT_CHECKS, *SAMPLED)

POINTS_TOLERANCE = 1e-4
"""Index points in single precision."""

Mismatch = tuple[str, str, Flags]
"""Check, column, flagged rows."""


def find_mismatches(
    batch: PairRowBatch, models: ComparedModels, sample: PairSample, rows: Positions
) -> Iterator[Mismatch]:
    """Rows that differ from what is recomputed; the sampled `rows` in every column, and with their sides swapped."""
    yield from compare_rows(batch, models)
    yield DIGEST, "content_hash", digest_differs(batch, sample)
    if not len(rows):
        return
    drawn = PairRowBatch(rows=batch.rows.take(pa.array(rows)), a=batch.a[rows], b=batch.b[rows])
    swapped = np.logical_or.reduce([flags for _, _, flags in compare_rows(swap_sides(drawn), models)])
    for check, column, flags in (*compare_sampled(drawn, models, sample), (MIRRORED, "any", swapped)):
        wrong = np.zeros(batch.rows.num_rows, dtype=bool)
        wrong[rows] = flags
        yield check, column, wrong


def compare_rows(batch: PairRowBatch, models: ComparedModels) -> Iterator[Mismatch]:
    """Rows that differ from what is recomputed."""
    for check, find_different in COLUMN_CHECKS.items():
        yield check, check, find_different(batch, models)
    yield from compare_outcomes(batch, models.outcome_inputs)
    for inputs in models.workloads:
        yield from compare_workload(batch, inputs)
    overall = name_overall(batch.codes("overall_outcome"))
    yield OVERALL_FOLLOWS, "overall_verdict", batch.codes("overall_verdict") != overall


def compare_outcomes(batch: PairRowBatch, inputs: OutcomeInputs) -> Iterator[Mismatch]:
    """Rows whose outcomes, cheaper or stronger side, or quality difference differ from what is recomputed."""
    for name in inputs.best_cost:
        expected, near = recompute_workload(inputs, name, batch.a, batch.b)
        column = f"outcome_{name}"
        yield OUTCOMES_RECOMPUTE, column, (batch.codes(column) != expected) & ~near
    ratio = inputs.best_price[batch.a] / inputs.best_price[batch.b]
    quality = compare_quality(inputs, "general", batch.a, batch.b)
    expected, near = recompute_outcome(ratio, quality)
    yield OUTCOMES_RECOMPUTE, "overall_outcome", (batch.codes("overall_outcome") != expected) & ~near
    yield SIDES_RECOMPUTE, "cheaper", (batch.codes("cheaper") != recompute_cheaper(ratio)) & ~near
    stronger = recompute_stronger(quality[0], quality[1])
    yield SIDES_RECOMPUTE, "stronger", (batch.codes("stronger") != stronger) & ~near
    yield SIDES_RECOMPUTE, "cost_ratio_best", ~is_close(batch.numbers("cost_ratio_best"), ratio)
    for column, deviations in (
        ("quality_difference", 0.0), ("quality_difference_low95", -1.96), ("quality_difference_high95", 1.96),
    ):  # fmt: skip
        expected_points = quality[0] + deviations * quality[1]
        stored = batch.numbers(column)
        is_near = (np.abs(stored - expected_points) <= POINTS_TOLERANCE) | (
            np.isnan(stored) & np.isnan(expected_points)
        )
        yield SIDES_RECOMPUTE, column, ~is_near


def compare_workload(batch: PairRowBatch, inputs: WorkloadFacts) -> Iterator[Mismatch]:
    """Rows whose columns of one workload differ from what is recomputed."""
    name = inputs.scenario_id
    outcome = batch.codes(f"outcome_{name}")
    column = f"verdict_{name}"
    yield VERDICTS_RECOMPUTE, column, batch.codes(column) != name_codes(outcome, 0)
    column = f"lead_{name}"
    yield LEADS_RECOMPUTE, column, batch.codes(column) != name_codes(outcome, 1)
    column = f"cost_ratio_{name}"
    yield COSTS_RECOMPUTE, column, ~is_close(batch.numbers(column), inputs.cost[batch.a] / inputs.cost[batch.b])
    if name != DETAILED_SCENARIO:
        return
    unknown = np.isnan(inputs.cost)
    state = unknown[batch.a] * COST_STATES.index("a_unknown")
    state = state + unknown[batch.b] * COST_STATES.index("b_unknown")
    yield COST_STATE_RECOMPUTES, f"cost_state_{name}", batch.codes(f"cost_state_{name}") != state


def swap_sides(batch: PairRowBatch) -> PairRowBatch:
    """The rows with their sides swapped, as the contract defines the mirror of each column."""
    columns = {column.name: batch.rows.column(column.name) for column in PAIRS.columns}
    mirrors = {
        "negated": pc.negate,
        "inverted": lambda values: pc.divide(pa.scalar(1, values.type), values),
        "mapped": lambda values: pa.array(
            [MIRRORED_VALUES.get(name, name) for name in values.cast(pa.string()).to_pylist()], pa.string()
        ),
    }
    mirrored = []
    for column in PAIRS.columns:
        operation, _, other = (column.mirror or "").partition(" ")
        source = columns[other or (column.name if operation in mirrors or not operation else operation)]
        mirrored.append(mirrors[operation](source) if operation in mirrors else source)
    swapped = pa.RecordBatch.from_arrays(mirrored, names=PAIRS.column_names)
    return PairRowBatch(rows=swapped, a=batch.b, b=batch.a)
