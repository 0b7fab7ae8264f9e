"""Exact counts of what is wrong in `pairs`, part by part and batch by batch: a million rows, a frame of a few."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.staged import Parts
from expectations.suites.coverage import is_in_pairs
from expectations.suites.pair_scores import ScoreCounts, count_scores
from warehouse.contracts.pairs import PAIRS
from warehouse.vocabulary import CAPABILITIES, COST_STATES

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
KEYS_KEPT = 20
ALL_PARTS = "all parts"
CLOSE = 1e-6
"""Relative; single precision holds seven digits."""
A, B = PAIRS.key


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What a pair row is computed from, by position of the model in bytewise order of the ids."""

    ids: pa.Array
    context: Floats
    cost: Floats
    """Cheapest monthly cost in seed_chat, NaN where unknown."""
    released: Floats
    """Days since 1970, NaN where unknown."""
    completeness: Floats
    license: npt.NDArray[np.int64]
    """Code of the licence, -1 where unknown."""
    yes: npt.NDArray[np.int64]
    no: npt.NDArray[np.int64]
    scores: ScoreCounts

    def __len__(self) -> int:
        return len(self.ids)


def build_sides(
    models: pd.DataFrame,
    model_scenario_costs: pd.DataFrame,
    model_capabilities: pd.DataFrame,
    benchmark_scores: pd.DataFrame,
) -> Sides:
    """The live text-generating models, in bytewise order of their ids."""
    live = models[is_in_pairs(models)].sort_values("model_id").set_index("model_id")
    costs = model_scenario_costs[model_scenario_costs["scenario_id"] == "seed_chat"]
    days = live["released_date"].astype("datetime64[s]").astype("int64") / 86_400
    return Sides(
        ids=pa.array(live.index.to_list(), pa.string()),
        context=live["context_tokens"].to_numpy("float64", na_value=np.nan),
        cost=costs.set_index("model_id")["cheapest_usd"].reindex(live.index).to_numpy("float64"),
        released=days.where(live["released_date"].notna()).to_numpy("float64"),
        completeness=live["completeness"].to_numpy("float64"),
        license=pd.factorize(live["license_spdx"])[0].astype(np.int64),
        yes=capability_bits(model_capabilities, live.index, "yes"),
        no=capability_bits(model_capabilities, live.index, "no"),
        scores=count_scores(benchmark_scores, live.index),
    )


def capability_bits(rows: pd.DataFrame, ids: pd.Index, state: str) -> npt.NDArray[np.int64]:
    """Capabilities in that state as a bit set by model."""
    bit = {name: 1 << place for place, name in enumerate(CAPABILITIES)}
    named = rows[rows["state"] == state]
    sums = named["capability"].map(bit).groupby(named["model_id"]).sum()
    return np.asarray(sums.reindex(ids).fillna(0).to_numpy("int64"))


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some rows of pairs: positions of both sides in `Sides` (-1 for an unknown id), and the columns."""

    rows: pa.RecordBatch
    a: npt.NDArray[np.int64]
    b: npt.NDArray[np.int64]

    def numbers(self, name: str) -> Floats:
        """A column as floats, NaN for null."""
        values = self.rows.column(name)
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False))


@dataclass
class Tally:
    """How many rows of one part break each check, and the first of them."""

    part: str
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, check: str, wrong: Flags, batch: Batch, note: str = "") -> None:
        """Counts the flagged rows of a batch."""
        self.counts[check] = self.counts.get(check, 0) + int(np.count_nonzero(wrong))
        kept = self.examples.setdefault(check, [])
        first = np.flatnonzero(wrong)[: KEYS_KEPT - len(kept)]
        if len(first):
            rows = batch.rows.select([A, B]).take(pa.array(first)).to_pylist()
            kept += [f"{row[A]} | {row[B]}{note}" for row in rows]


def close(stored: Floats, expected: Floats) -> Flags:
    """Equal within single precision, or both unknown."""
    near = np.abs(stored - expected) <= CLOSE * np.abs(expected)
    return near | (np.isnan(stored) & np.isnan(expected))


def ratio(values: Floats, batch: Batch) -> Floats:
    """A over B, NaN where either is unknown or zero."""
    usable = np.where(values > 0, values, np.nan)
    return np.asarray(usable[batch.a] / usable[batch.b])


def context_differs(batch: Batch, sides: Sides) -> Flags:
    """context_ratio is not that of the models."""
    return ~close(batch.numbers("context_ratio"), ratio(sides.context, batch))


def cost_differs(batch: Batch, sides: Sides) -> Flags:
    """cost_ratio_seed_chat is not that of the cheapest costs."""
    return ~close(batch.numbers("cost_ratio_seed_chat"), ratio(sides.cost, batch))


def cost_state_differs(batch: Batch, sides: Sides) -> Flags:
    """cost_state_seed_chat does not say which sides have a cost."""
    unknown = np.isnan(sides.cost)
    expected = unknown[batch.a] * COST_STATES.index("a_unknown") + unknown[batch.b] * COST_STATES.index(
        "b_unknown"
    )
    words = pa.array(COST_STATES, pa.string())
    stored = pc.index_in(batch.rows.column("cost_state_seed_chat").cast(pa.string()), words)
    return np.asarray(stored.fill_null(-1).to_numpy(zero_copy_only=False) != expected)


def release_gap_differs(batch: Batch, sides: Sides) -> Flags:
    """release_gap_days is not the days between the releases."""
    return ~close(batch.numbers("release_gap_days"), sides.released[batch.b] - sides.released[batch.a])


def license_differs(batch: Batch, sides: Sides) -> Flags:
    """same_license does not compare the licences."""
    a, b = sides.license[batch.a], sides.license[batch.b]
    expected = np.where((a >= 0) & (b >= 0), (a == b).astype("float64"), np.nan)
    return ~close(batch.numbers("same_license"), expected)


def completeness_differs(batch: Batch, sides: Sides) -> Flags:
    """completeness_min is not that of the less complete side."""
    expected = np.minimum(sides.completeness[batch.a], sides.completeness[batch.b])
    return ~close(batch.numbers("completeness_min"), expected)


def capabilities_differ(batch: Batch, sides: Sides) -> Flags:
    """A set of capabilities is not what is established for the two sides."""
    yes_a, yes_b, no_a, no_b = (bits[side] for bits in (sides.yes, sides.no) for side in (batch.a, batch.b))
    every = (1 << len(CAPABILITIES)) - 1
    expected = {
        "a_only_capabilities": yes_a & no_b,
        "b_only_capabilities": no_a & yes_b,
        "both_capabilities": yes_a & yes_b,
        "not_established_capabilities": every & ~((yes_a | no_a) & (yes_b | no_b)),
    }
    wrong = [batch.numbers(name) != bits for name, bits in expected.items()]
    return np.asarray(np.logical_or.reduce(wrong))


def scores_differ(batch: Batch, sides: Sides) -> Flags:
    """A count of benchmark rows, or of leads in them, is not what the scores give."""
    expected = sides.scores.expect(batch.a, batch.b)
    return np.asarray(
        np.logical_or.reduce([batch.numbers(name) != count for name, count in expected.items()])
    )


def index_reason_differs(batch: Batch, _: Sides) -> Flags:
    """A pair that is not indexable gives no reason, or an indexable one gives one."""
    withheld = batch.rows.column("noindex_reason").is_valid()
    return np.asarray(pc.equal(withheld, batch.rows.column("indexable")).fill_null(True).to_numpy(False))


RECOMPUTED: dict[str, Callable[[Batch, Sides], Flags]] = {
    "context_ratio recomputes": context_differs,
    "cost_ratio_seed_chat recomputes": cost_differs,
    "cost_state_seed_chat recomputes": cost_state_differs,
    "release_gap_days recomputes": release_gap_differs,
    "same_license recomputes": license_differs,
    "completeness_min recomputes": completeness_differs,
    "sets of capabilities recompute": capabilities_differ,
    "benchmark counts recompute": scores_differ,
    "a pair that is not listed says why": index_reason_differs,
}
KNOWN = "both models are live and text-generating"
ORDERED = "model_a_id sorts before model_b_id"
ASCENDING = "pairs ascend, none twice"
NO_NULLS = "no column is null that may not be"
IN_RANGE = "every number lies in its range"
IN_WORDS = "every word stands in its list"
COUNTED = (KNOWN, ORDERED, ASCENDING, NO_NULLS, IN_RANGE, IN_WORDS, *RECOMPUTED)
"""Every check of a row of pairs; the summary has a count and examples of each."""


def tally_pairs(
    pairs: Parts,
    models: pd.DataFrame,
    model_scenario_costs: pd.DataFrame,
    model_capabilities: pd.DataFrame,
    benchmark_scores: pd.DataFrame,
) -> pd.DataFrame:
    """One row per part with its rows and, for every check, violations and their first keys.

    A last row, "all parts", has the number of rows beyond n(n-1)/2 (negative when too few).
    """
    sides = build_sides(models, model_scenario_costs, model_capabilities, benchmark_scores)
    tallies: dict[str, Tally] = {}
    last = -1
    for part, rows in pairs.batches(PAIRS.column_names, encoded=PAIRS.key):
        batch = Batch(rows=rows, a=positions(rows.column(A), sides), b=positions(rows.column(B), sides))
        tally = tallies.setdefault(part, Tally(part=part))
        last = tally_batch(tally, batch, sides, last)
    wanted = len(sides) * (len(sides) - 1) // 2
    return summarise([*tallies.values()], wanted)


def positions(ids: Any, sides: Sides) -> npt.NDArray[np.int64]:
    """Position of each id among the sides, -1 where it is not one of them."""
    words, codes = (ids.dictionary, ids.indices) if pa.types.is_dictionary(ids.type) else (ids, None)
    found = np.asarray(pc.index_in(words, sides.ids).fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    return found if codes is None else np.append(found, -1)[codes.fill_null(len(found)).to_numpy(False)]


def tally_batch(tally: Tally, batch: Batch, sides: Sides, last: int) -> int:
    """Counts one batch; gives the key of its last row, for the next batch to come after."""
    tally.rows += batch.rows.num_rows
    known = (batch.a >= 0) & (batch.b >= 0)
    tally.add(KNOWN, ~known, batch)
    tally.add(ORDERED, known & (batch.a >= batch.b), batch)
    keys = batch.a * len(sides) + batch.b
    before = np.append(last, keys[:-1])
    tally.add(ASCENDING, known & (keys <= before), batch)
    for check, column, wrong in contract_faults(batch.rows):
        tally.add(check, wrong, batch, f": {column}")
    for check, differs in RECOMPUTED.items():
        tally.add(check, known & differs(batch, sides), batch)
    return int(keys[-1]) if len(keys) else last


def contract_faults(rows: pa.RecordBatch) -> Iterator[tuple[str, str, Flags]]:
    """Check, column and flagged rows for every promise of the contract; no flags where a column is sound."""
    none = np.zeros(rows.num_rows, dtype=bool)
    for column in PAIRS.columns:
        values = rows.column(column.name)
        nulls = none if column.nullable or not values.null_count else np.asarray(values.is_null())
        yield NO_NULLS, column.name, nulls
        if column.values is not None:
            yield IN_WORDS, column.name, strange_words(values, column.values)
        if column.minimum is not None or column.maximum is not None:
            yield IN_RANGE, column.name, out_of_range(values, column.minimum, column.maximum)


def strange_words(values: Any, words: tuple[str, ...]) -> Flags:
    """Rows whose word is not in the list."""
    listed = pc.is_in(values.cast(pa.string()), pa.array(words, pa.string()))
    return np.asarray(pc.and_(pc.invert(listed), values.is_valid()).to_numpy(False))


def out_of_range(values: Any, low: float | None, high: float | None) -> Flags:
    """Rows below `low` or above `high`."""
    wrong = np.zeros(len(values), dtype=bool)
    extremes = pc.min_max(values).as_py()
    if low is not None and extremes["min"] is not None and extremes["min"] < low:
        wrong |= np.asarray(pc.less(values, low).fill_null(False).to_numpy(False))
    if high is not None and extremes["max"] is not None and extremes["max"] > high:
        wrong |= np.asarray(pc.greater(values, high).fill_null(False).to_numpy(False))
    return wrong


def summarise(tallies: list[Tally], wanted: int) -> pd.DataFrame:
    """Tallies as a frame, with the row for all parts."""
    table: dict[str, list[Any]] = {
        "part": [*(tally.part for tally in tallies), ALL_PARTS],
        "rows": [*(tally.rows for tally in tallies), 0],
        "surplus": [*(None for _ in tallies), sum(tally.rows for tally in tallies) - wanted],
    }
    for check in COUNTED:
        table[count_column(check)] = [*(tally.counts.get(check, 0) for tally in tallies), 0]
        table[keys_column(check)] = [*(tally.examples.get(check, []) for tally in tallies), []]
    return pd.DataFrame(table).astype({"surplus": "Int64"})


def count_column(check: str) -> str:
    """Column of the summary with a check's violations."""
    return f"violations: {check}"


def keys_column(check: str) -> str:
    """Column of the summary with a check's first keys."""
    return f"keys: {check}"
