"""Facts and score counts of `pairs`, recomputed independently of `transforms.pairs`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.suites.coverage import is_in_pairs
from llmpairs.expectations.suites.recomputed_inputs import (
    SCORE_ROW,
    Flags,
    Floats,
    Positions,
    WorkloadFacts,
    recompute_inputs,
)
from llmpairs.expectations.suites.recomputed_outcomes import OutcomeInputs, read_outcome_inputs
from llmpairs.warehouse.contracts.pairs import NO_LONGER, PAIRS
from llmpairs.warehouse.vocabulary import CAPABILITIES

RELATIVE_TOLERANCE = 1e-6
"""Single precision has seven digits."""
INDICATIVE_ROW = SCORE_ROW[:4]
"""Scores that agree in these columns are compared at any effort and by any evaluator."""
UNUSED = tuple(column.name for column in PAIRS.columns if column.null_means == NO_LONGER)
NEVER = np.iinfo(np.int64).max
"""Time of the oldest fact of a model without facts."""


@dataclass(frozen=True, kw_only=True)
class ScoreCounts:
    """Counts for every two scored models; the last row and column are zeros, for models without scores."""

    row: Positions
    """Row of each model, by its position in bytewise order of the ids."""
    shared: Positions
    indicative: Positions
    wins: Positions
    """Rows in which the first model is ahead of the second."""

    def expected_columns(self, a: Positions, b: Positions) -> dict[str, Positions]:
        """The benchmark columns of pairs of models at these positions."""
        row, column = self.row[a], self.row[b]
        return {
            "shared_benchmark_count": self.shared[row, column],
            "indicative_benchmark_count": self.indicative[row, column],
            "a_benchmark_wins": self.wins[row, column],
            "b_benchmark_wins": self.wins[column, row],
        }


def count_scores(scores: pd.DataFrame, ids: pd.Index) -> ScoreCounts:
    """Count the comparable scores of the models `ids`."""
    rows = scores[scores["is_comparable"] & scores["model_id"].isin(ids)]
    better = rows["value"].where(rows["higher_is_better"], -rows["value"])
    best = better.groupby([rows["model_id"], *(rows[name] for name in INDICATIVE_ROW)], observed=True).max()
    table = best.unstack("model_id").reindex(columns=sorted(rows["model_id"].unique()))
    named = rows[rows["evaluator_class"] != "unspecified"]
    strict = pd.crosstab([named[name] for name in SCORE_ROW], named["model_id"]).clip(upper=1)
    strict = strict.reindex(columns=table.columns, fill_value=0)
    values = table.to_numpy("float64").T
    known = (~np.isnan(values)).astype(np.int64)
    wins = [np.count_nonzero(own > values, axis=1) for own in values]
    return ScoreCounts(
        row=np.where(ids.isin(table.columns), table.columns.get_indexer(ids), len(table.columns)),
        shared=_pad_with_zeros(strict.to_numpy("int64").T @ strict.to_numpy("int64")),
        indicative=_pad_with_zeros(known @ known.T),
        wins=_pad_with_zeros(np.array(wins, dtype=np.int64).reshape(len(values), len(values))),
    )


def _pad_with_zeros(counts: Positions) -> Positions:
    return np.pad(counts, ((0, 1), (0, 1)))


@dataclass(frozen=True, kw_only=True)
class ComparedModels:
    """Values that a pair row is computed from, by position of the model in bytewise order of the ids."""

    ids: pa.Array
    context: Floats
    released: Floats
    """Days since 1970, NaN where unknown."""
    completeness: Floats
    list_price: Floats
    oldest_fact: Positions
    """Microseconds since 1970, NEVER where no fact is published."""
    open_issues: Positions
    license: Positions
    """Code of the licence, -1 where unknown."""
    supported: Positions
    """Capabilities in state yes as a bit set."""
    unsupported: Positions
    """Capabilities in state no as a bit set."""
    scores: ScoreCounts
    workloads: list[WorkloadFacts]
    """By workload."""
    outcome_inputs: OutcomeInputs

    def __len__(self) -> int:
        return len(self.ids)


def load_compared_models(frames: Mapping[str, pd.DataFrame], scenarios: pd.DataFrame) -> ComparedModels:
    """The live text-generating models of the state tables, in bytewise order of their ids."""
    models = frames["models"]
    live = models[is_in_pairs(models)].sort_values("model_id").set_index("model_id")
    days = live["released_date"].astype("datetime64[s]").astype("int64") / 86_400
    oldest = live["oldest_fact_at"].dt.tz_convert(None).astype("datetime64[us]").astype("int64")
    workloads = recompute_inputs(frames, scenarios, live.index)
    gates = {inputs.scenario_id: inputs.gate for inputs in workloads}
    return ComparedModels(
        ids=pa.array(live.index.to_list(), pa.string()),
        context=live["context_tokens"].to_numpy("float64", na_value=np.nan),
        released=days.where(live["released_date"].notna()).to_numpy("float64"),
        completeness=live["completeness"].to_numpy("float64"),
        list_price=live["list_blended_usd_per_mtok"].to_numpy("float64", na_value=np.nan),
        oldest_fact=oldest.where(live["oldest_fact_at"].notna(), NEVER).to_numpy("int64"),
        open_issues=count_issues(frames, live.index),
        license=pd.factorize(live["license_spdx"])[0].astype(np.int64),
        supported=capability_bits(frames["model_capabilities"], live.index, "yes"),
        unsupported=capability_bits(frames["model_capabilities"], live.index, "no"),
        scores=count_scores(frames["benchmark_scores"], live.index),
        workloads=workloads,
        outcome_inputs=read_outcome_inputs(frames, scenarios, live.index, gates),
    )


def count_issues(frames: Mapping[str, pd.DataFrame], ids: pd.Index) -> Positions:
    """Gaps, open holds and undecided disagreements by model; those of an offer count for its model."""
    open_ones = (
        frames["holds"][frames["holds"]["state"] == "held"],
        frames["disagreements"][frames["disagreements"]["decision"].isna()],
    )
    subjects = pd.concat([rows[["subject_kind", "subject_id"]].astype("object") for rows in open_ones])
    of_offers = frames["offers"][["offer_id", "model_id"]].rename(columns={"offer_id": "subject_id"})
    by_offer = subjects[subjects["subject_kind"] == "offer"].merge(of_offers, on="subject_id")["model_id"]
    named = (frames["coverage_gaps"]["model_id"], by_offer, subjects[subjects["subject_kind"] != "offer"]["subject_id"])
    return np.asarray(sum(rows.value_counts().reindex(ids).fillna(0).to_numpy("int64") for rows in named))


def capability_bits(rows: pd.DataFrame, ids: pd.Index, state: str) -> Positions:
    """Capabilities in that state as a bit set by model."""
    bit = {name: 1 << at for at, name in enumerate(CAPABILITIES)}
    named = rows[rows["state"] == state]
    sums = named["capability"].map(bit).groupby(named["model_id"]).sum()
    return np.asarray(sums.reindex(ids).fillna(0).to_numpy("int64"))


@dataclass(frozen=True, kw_only=True)
class PairRowBatch:
    """Some rows of pairs, with the positions of both sides in `ComparedModels` (-1 for an unknown id)."""

    rows: pa.RecordBatch
    a: Positions
    b: Positions

    def numbers(self, name: str) -> Floats:
        """A column as floats, NaN for null."""
        values = self.rows.column(name)
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False))

    def codes(self, name: str) -> Positions:
        """An enum column as positions in its list of values, -1 for null or an unlisted value."""
        listed = pa.array(PAIRS[name].values, pa.string())
        stored = self.rows.column(name)
        own, codes = (stored.dictionary, stored.indices) if pa.types.is_dictionary(stored.type) else (stored, None)
        found = pc.index_in(own.cast(pa.string()), listed).fill_null(-1).to_numpy(zero_copy_only=False)
        positions = np.asarray(found, np.int64)
        if codes is None:
            return positions
        padded: Positions = np.append(positions, -1)
        return np.asarray(padded[codes.fill_null(len(positions)).to_numpy(False)])


ColumnCheck = Callable[[PairRowBatch, ComparedModels], Flags]


def find_positions(ids: Any, known: pa.Array) -> Positions:
    """Position of each id among the known ones, -1 where it is not one of them."""
    own, codes = (ids.dictionary, ids.indices) if pa.types.is_dictionary(ids.type) else (ids, None)
    found = np.asarray(pc.index_in(own, known).fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    return found if codes is None else np.append(found, -1)[codes.fill_null(len(found)).to_numpy(False)]


def is_close(stored: Floats, expected: Floats) -> Flags:
    """Equal within single precision, or both unknown."""
    near = np.abs(stored - expected) <= RELATIVE_TOLERANCE * np.abs(expected)
    return near | (np.isnan(stored) & np.isnan(expected))


def divide_sides(values: Floats, batch: PairRowBatch) -> Floats:
    """The value of A over that of B, NaN where either is unknown or zero."""
    usable = np.where(values > 0, values, np.nan)
    return np.asarray(usable[batch.a] / usable[batch.b])


def same_license(batch: PairRowBatch, models: ComparedModels) -> Floats:
    """1 for the same licence, 0 for another, NaN where one is unknown."""
    a, b = models.license[batch.a], models.license[batch.b]
    return np.where((a >= 0) & (b >= 0), (a == b).astype("float64"), np.nan)


def differs(column: str, recompute: Callable[[PairRowBatch, ComparedModels], Floats]) -> ColumnCheck:
    """A check that flags rows whose column differs from what is recomputed."""
    return lambda batch, models: ~is_close(batch.numbers(column), recompute(batch, models))


def capabilities_differ(batch: PairRowBatch, models: ComparedModels) -> Flags:
    """Rows in which a capability set differs."""
    yes_a, yes_b = models.supported[batch.a], models.supported[batch.b]
    no_a, no_b = models.unsupported[batch.a], models.unsupported[batch.b]
    every = (1 << len(CAPABILITIES)) - 1
    expected = {
        "a_only_capabilities": yes_a & no_b,
        "b_only_capabilities": no_a & yes_b,
        "both_capabilities": yes_a & yes_b,
        "not_established_capabilities": every & ~((yes_a | no_a) & (yes_b | no_b)),
    }
    wrong = [batch.numbers(name) != bits for name, bits in expected.items()]
    return np.asarray(np.logical_or.reduce(wrong))


def scores_differ(batch: PairRowBatch, models: ComparedModels) -> Flags:
    """Rows in which a count of benchmark rows or of wins differs."""
    expected = models.scores.expected_columns(batch.a, batch.b)
    return np.asarray(np.logical_or.reduce([batch.numbers(name) != count for name, count in expected.items()]))


def index_reason_differs(batch: PairRowBatch, _: ComparedModels) -> Flags:
    """Rows whose noindex_reason does not match indexable."""
    has_reason = batch.rows.column("noindex_reason").is_valid()
    return np.asarray(pc.equal(has_reason, batch.rows.column("indexable")).fill_null(True).to_numpy(False))


def oldest_fact_differs(batch: PairRowBatch, models: ComparedModels) -> Flags:
    """Rows whose oldest fact is not the older one of both sides."""
    stored = batch.rows.column("oldest_fact_at").cast(pa.int64()).fill_null(NEVER)
    expected = np.minimum(models.oldest_fact[batch.a], models.oldest_fact[batch.b])
    return np.asarray(stored.to_numpy(False) != expected)


def unused_is_set(batch: PairRowBatch, _: ComparedModels) -> Flags:
    """Rows with a value in a column that is no longer computed."""
    filled = [batch.rows.column(name) for name in UNUSED if batch.rows.column(name).null_count < batch.rows.num_rows]
    none = np.zeros(batch.rows.num_rows, dtype=bool)
    return np.asarray(np.logical_or.reduce([none, *(np.asarray(column.is_valid()) for column in filled)]))


COLUMN_CHECKS: dict[str, ColumnCheck] = {
    "context_ratio recomputes": differs("context_ratio", lambda batch, models: divide_sides(models.context, batch)),
    "release_gap_days recomputes": differs(
        "release_gap_days", lambda batch, models: models.released[batch.b] - models.released[batch.a]
    ),
    "same_license recomputes": differs("same_license", same_license),
    "completeness_min recomputes": differs(
        "completeness_min", lambda batch, models: np.minimum(models.completeness[batch.a], models.completeness[batch.b])
    ),
    "capability sets recompute": capabilities_differ,
    "benchmark counts recompute": scores_differ,
    **{
        f"{name} recomputes": differs(name, lambda batch, models: divide_sides(models.list_price, batch))
        for name in ("list_price_ratio", "cost_ratio_list")
    },
    "oldest_fact_at recomputes": oldest_fact_differs,
    "open_issue_count recomputes": differs(
        "open_issue_count",
        lambda batch, models: (models.open_issues[batch.a] + models.open_issues[batch.b]).astype(np.float64),
    ),
    "columns that are no longer computed are null": unused_is_set,
    "noindex_reason is set exactly where indexable is false": index_reason_differs,
}
