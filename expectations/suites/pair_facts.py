"""The columns of `pairs` computed again from both models, row by row: all but what workloads decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.suites.coverage import is_in_pairs
from llmpairs.expectations.suites.pair_scores import ScoreCounts, count_scores
from llmpairs.expectations.suites.pair_standing import Standing, build_standings
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.vocabulary import CAPABILITIES

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
CLOSE = 1e-6
"""Relative; single precision holds seven digits."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What a pair row is computed from, by position of the model in bytewise order of the ids."""

    ids: pa.Array
    context: Floats
    released: Floats
    """Days since 1970, NaN where unknown."""
    completeness: Floats
    license: npt.NDArray[np.int64]
    """Code of the licence, -1 where unknown."""
    yes: npt.NDArray[np.int64]
    no: npt.NDArray[np.int64]
    scores: ScoreCounts
    standings: list[Standing]
    """By workload."""

    def __len__(self) -> int:
        return len(self.ids)


def build_sides(frames: Mapping[str, pd.DataFrame], scenarios: pd.DataFrame) -> Sides:
    """The live text-generating models of the state tables, in bytewise order of their ids."""
    models = frames["models"]
    live = models[is_in_pairs(models)].sort_values("model_id").set_index("model_id")
    days = live["released_date"].astype("datetime64[s]").astype("int64") / 86_400
    return Sides(
        ids=pa.array(live.index.to_list(), pa.string()),
        context=live["context_tokens"].to_numpy("float64", na_value=np.nan),
        released=days.where(live["released_date"].notna()).to_numpy("float64"),
        completeness=live["completeness"].to_numpy("float64"),
        license=pd.factorize(live["license_spdx"])[0].astype(np.int64),
        yes=capability_bits(frames["model_capabilities"], live.index, "yes"),
        no=capability_bits(frames["model_capabilities"], live.index, "no"),
        scores=count_scores(frames["benchmark_scores"], live.index),
        standings=build_standings(frames, scenarios, live.index),
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

    def words(self, name: str) -> npt.NDArray[np.int64]:
        """A column of words as positions in its list, -1 for null or a strange word."""
        listed = pa.array(PAIRS[name].values, pa.string())
        stored = self.rows.column(name)
        own, codes = (
            (stored.dictionary, stored.indices) if pa.types.is_dictionary(stored.type) else (stored, None)
        )
        found = pc.index_in(own.cast(pa.string()), listed).fill_null(-1).to_numpy(zero_copy_only=False)
        places = np.asarray(found, np.int64)
        return (
            places if codes is None else np.append(places, -1)[codes.fill_null(len(places)).to_numpy(False)]
        )


def positions(ids: Any, known: pa.Array) -> npt.NDArray[np.int64]:
    """Position of each id among the known ones, -1 where it is not one of them."""
    words, codes = (ids.dictionary, ids.indices) if pa.types.is_dictionary(ids.type) else (ids, None)
    found = np.asarray(pc.index_in(words, known).fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    return found if codes is None else np.append(found, -1)[codes.fill_null(len(found)).to_numpy(False)]


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


FACTS: dict[str, Callable[[Batch, Sides], Flags]] = {
    "context_ratio recomputes": context_differs,
    "release_gap_days recomputes": release_gap_differs,
    "same_license recomputes": license_differs,
    "completeness_min recomputes": completeness_differs,
    "sets of capabilities recompute": capabilities_differ,
    "benchmark counts recompute": scores_differ,
    "a pair that is not listed says why": index_reason_differs,
}
