"""Which pairs differ from the parent release's, in which blocks of a page, and why.

Both releases hold every pair of their models in the order of their ids, so a pair's row is found by
counting: no id of a pair is ever read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.ranges import PairRange, all_pairs
from llmpairs.warehouse.vocabulary import CHANGE_CAUSES, PAIR_BLOCKS, PAIR_CHANGE_KINDS

Hashes = npt.NDArray[np.int64]
Bits = npt.NDArray[np.int16]
TABLE_OF_BLOCK: Mapping[str, str] = {
    "specs": "models",
    "capabilities": "model_capabilities",
    "routes": "offers",
    "costs": "model_scenario_costs",
    "benchmarks": "benchmark_scores",
}
PAIR_ALONE = np.int16(1 << PAIR_BLOCKS.index("pair"))
PAIRS_AT_A_TIME = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release's pairs: sorted ids of its compared models, and its content hashes in the order of the pairs."""

    ids: pd.Index
    take: Callable[[int], Hashes]
    """The hashes of the next so many pairs."""


def changed_blocks(tonight: Mapping[str, pd.DataFrame], previous: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Which blocks of each model's published facts differ, as bits of PAIR_BLOCKS by model_id."""
    bits = pd.Series(dtype="int16")
    for block, table in TABLE_OF_BLOCK.items():
        before = fingerprint_models({table: previous[table]})
        after = fingerprint_models({table: tonight[table]})
        both = pd.concat([before.rename("before"), after.rename("after")], axis=1)
        differs = both["before"].ne(both["after"]) | both.isna().any(axis=1)
        flag = differs.astype("int16") * np.int16(1 << PAIR_BLOCKS.index(block))
        bits = bits.add(flag, fill_value=0).astype("int16")
    return bits


def causes_of_models(
    changes: pd.DataFrame, blocks: pd.Series, offers: pd.DataFrame, default: str
) -> pd.Series:
    """Why each changed model differs, as bits of CHANGE_CAUSES by model_id.

    `changes` are the night's CHANGES of models and offers; a changed model of which they name no column
    (a capability, a score) has the cause `default`.
    """
    of_offers = changes["subject_id"].map(
        offers.drop_duplicates("offer_id").set_index("offer_id")["model_id"]
    )
    kind = changes["subject_kind"].astype("str")
    model = changes["subject_id"].where(kind == "model").fillna(of_offers.where(kind == "offer"))
    moved = changes[(changes["field"] == "model_id") & (kind == "offer")]
    named = pd.concat(
        [
            pd.DataFrame({"model_id": model, "cause": changes["cause"].astype("str")}),
            pd.DataFrame({"model_id": moved["old_value"], "cause": moved["cause"].astype("str")}),
        ]
    ).dropna()
    bit = named["cause"].map({word: 1 << place for place, word in enumerate(CHANGE_CAUSES)})
    found = bit.groupby(named["model_id"]).agg(np.bitwise_or.reduce) if len(bit) else pd.Series(dtype="int64")
    changed = blocks.index[blocks != 0]
    return found.reindex(changed).fillna(1 << CHANGE_CAUSES.index(default)).astype("int16")


def pair_changes(
    tonight: Release, parent: Release, blocks: pd.Series, causes: pd.Series, default: str
) -> Iterator[pa.Table]:
    """PAIR_CHANGES in key order, block by block: pairs that are new, gone, or of another content hash.

    `blocks` and `causes` are bits by model_id. A pair that differs though neither model does (its score is
    measured against all models) changed in the block `pair`, for every cause of the night.
    """
    ids = tonight.ids.union(parent.ids)
    places = [release.ids.get_indexer(ids) >= 0 for release in (tonight, parent)]
    block_of = blocks.reindex(ids).fillna(0).to_numpy(dtype=np.int16)
    cause_of = causes.reindex(ids).fillna(0).to_numpy(dtype=np.int16)
    any_cause = np.int16(np.bitwise_or.reduce(causes.to_numpy(dtype=np.int16), initial=0))
    any_cause = any_cause or np.int16(1 << CHANGE_CAUSES.index(default))
    names = pa.array(ids.to_list(), pa.string())
    for pairs in all_pairs(len(ids)).cut(PAIRS_AT_A_TIME):
        here, there = (_spread(pairs, is_in) for is_in in places)
        now, before = _fill(here, tonight), _fill(there, parent)
        differs = (here != there) | (here & there & (now != before))
        at = np.flatnonzero(differs)
        if len(at):
            yield _rows(pairs, at, here[at], there[at], names, (block_of, cause_of, any_cause))


def _spread(pairs: PairRange, is_in: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pairs of which both models are in a release."""
    both: npt.NDArray[np.bool_] = pairs.a(is_in) & pairs.b(is_in)
    return both


def _fill(has: npt.NDArray[np.bool_], release: Release) -> Hashes:
    """The release's hashes laid beside the pairs that it has; 0 elsewhere."""
    hashes = np.zeros(len(has), dtype=np.int64)
    hashes[has] = release.take(int(has.sum()))
    return hashes


def _rows(
    pairs: PairRange,
    at: npt.NDArray[np.int64],
    here: npt.NDArray[np.bool_],
    there: npt.NDArray[np.bool_],
    names: pa.Array,
    bits: tuple[Bits, Bits, np.int16],
) -> pa.Table:
    """The differing pairs of a range as a table of PAIR_CHANGES."""
    block_of, cause_of, any_cause = bits
    place = np.arange(len(names), dtype=np.int32)
    blocks = (pairs.a(block_of) | pairs.b(block_of))[at]
    causes = (pairs.a(cause_of) | pairs.b(cause_of))[at]
    alone = blocks == 0
    kinds = np.select([here & there, here], [PAIR_CHANGE_KINDS.index("changed"), PAIR_CHANGE_KINDS.index("added")],
                      PAIR_CHANGE_KINDS.index("removed")).astype(np.int8)  # fmt: skip
    ids = [pa.DictionaryArray.from_arrays(pa.array(side(place)[at]), names) for side in (pairs.a, pairs.b)]
    return pa.table(
        {
            "model_a_id": ids[0],
            "model_b_id": ids[1],
            "kind": pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(PAIR_CHANGE_KINDS)),
            "blocks": np.where(alone, PAIR_ALONE, blocks),
            "causes": np.where(alone | (causes == 0), any_cause, causes),
        }
    )
