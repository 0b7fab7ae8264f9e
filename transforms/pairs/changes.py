"""Pairs that differ from the parent release, the page blocks that differ, and the causes.

Both releases hold every pair of their models in the order of the ids, so rows are aligned by counting and the ids of
pairs are never read.
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
ADDED, CHANGED, REMOVED = (np.int8(PAIR_CHANGE_KINDS.index(kind)) for kind in ("added", "changed", "removed"))
PAIRS_AT_A_TIME = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ReleaseHashes:
    """Content hashes of one release: sorted ids of its compared models, and a reader of hashes in pair order."""

    ids: pd.Index
    read_next: Callable[[int], Hashes]
    """Reads the hashes of the next `n` pairs."""


@dataclass(frozen=True, kw_only=True)
class _ChangedModels:
    """Models of two releases in the order of their ids, with the bits of what changed."""

    ids: pa.Array
    blocks: Bits
    causes: Bits
    any_cause: np.int16
    """Causes of all models together."""


def changed_blocks(current: Mapping[str, pd.DataFrame], previous: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Blocks of each model's published facts that differ, as bits of PAIR_BLOCKS by model_id."""
    bits = pd.Series(dtype="int16")
    for block, table in TABLE_OF_BLOCK.items():
        before = fingerprint_models({table: previous[table]})
        after = fingerprint_models({table: current[table]})
        both = pd.concat([before.rename("before"), after.rename("after")], axis=1)
        differs = both["before"].ne(both["after"]) | both.isna().any(axis=1)
        flag = differs.astype("int16") * np.int16(1 << PAIR_BLOCKS.index(block))
        bits = bits.add(flag, fill_value=0).astype("int16")
    return bits


def causes_of_models(changes: pd.DataFrame, blocks: pd.Series, offers: pd.DataFrame, default: str) -> pd.Series:
    """Causes of each changed model, as bits of CHANGE_CAUSES by model_id.

    `changes` are the CHANGES of models and offers in this run; a changed model without a row there (a capability, a
    score) has the cause `default`.
    """
    of_offers = changes["subject_id"].map(offers.drop_duplicates("offer_id").set_index("offer_id")["model_id"])
    kind = changes["subject_kind"].astype("str")
    model = changes["subject_id"].where(kind == "model").fillna(of_offers.where(kind == "offer"))
    moved = changes[(changes["field"] == "model_id") & (kind == "offer")]
    named = pd.concat(
        [
            pd.DataFrame({"model_id": model, "cause": changes["cause"].astype("str")}),
            pd.DataFrame({"model_id": moved["old_value"], "cause": moved["cause"].astype("str")}),
        ]
    ).dropna()
    bit = named["cause"].map({cause: 1 << bit_number for bit_number, cause in enumerate(CHANGE_CAUSES)})
    found = bit.groupby(named["model_id"]).agg(np.bitwise_or.reduce) if len(bit) else pd.Series(dtype="int64")
    changed = blocks.index[blocks != 0]
    return found.reindex(changed).fillna(1 << CHANGE_CAUSES.index(default)).astype("int16")


def pair_changes(
    current: ReleaseHashes, parent: ReleaseHashes, blocks: pd.Series, causes: pd.Series, default: str
) -> Iterator[pa.Table]:
    """Yield PAIR_CHANGES in key order, block by block: pairs that are added, removed, or have another content hash.

    `blocks` and `causes` are bits by model_id. A pair that differs though neither model does (its score is relative to
    all models) changed in the block `pair`, for every cause of the run.
    """
    ids = current.ids.union(parent.ids)
    in_current, in_parent = (release.ids.get_indexer(ids) >= 0 for release in (current, parent))
    any_cause = np.int16(np.bitwise_or.reduce(causes.to_numpy(dtype=np.int16), initial=0))
    models = _ChangedModels(
        ids=pa.array(ids.to_list(), pa.string()),
        blocks=blocks.reindex(ids).fillna(0).to_numpy(dtype=np.int16),
        causes=causes.reindex(ids).fillna(0).to_numpy(dtype=np.int16),
        any_cause=any_cause or np.int16(1 << CHANGE_CAUSES.index(default)),
    )
    for pairs in all_pairs(len(ids)).split(PAIRS_AT_A_TIME):
        # Pairs of which a release has both models.
        is_new, is_old = (pairs.a(is_in) & pairs.b(is_in) for is_in in (in_current, in_parent))
        now, before = _fill(is_new, current), _fill(is_old, parent)
        at = np.flatnonzero((is_new != is_old) | (is_new & is_old & (now != before)))
        if len(at):
            kinds = np.select([is_new[at] & is_old[at], is_new[at]], [CHANGED, ADDED], REMOVED)
            yield _change_rows(pairs, at, kinds, models)


def _fill(has: npt.NDArray[np.bool_], release: ReleaseHashes) -> Hashes:
    """Align the release's hashes with the pairs that it has; 0 elsewhere."""
    hashes = np.zeros(len(has), dtype=np.int64)
    hashes[has] = release.read_next(int(has.sum()))
    return hashes


def _change_rows(
    pairs: PairRange, at: npt.NDArray[np.int64], kinds: npt.NDArray[np.int8], models: _ChangedModels
) -> pa.Table:
    blocks = (pairs.a(models.blocks) | pairs.b(models.blocks))[at]
    causes = (pairs.a(models.causes) | pairs.b(models.causes))[at]
    no_model_changed = blocks == 0
    ids = [
        pa.DictionaryArray.from_arrays(pa.array(side[at]), models.ids) for side in (pairs.position_a, pairs.position_b)
    ]
    return pa.table(
        {
            "model_a_id": ids[0],
            "model_b_id": ids[1],
            "kind": pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(PAIR_CHANGE_KINDS)),
            "blocks": np.where(no_model_changed, PAIR_ALONE, blocks),
            "causes": np.where(no_model_changed | (causes == 0), models.any_cause, causes),
        }
    )
