"""Pairs that changed between two releases, and since when the content of each pair is the same.

Both are found by streaming the content hashes of the kept releases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas import DataFrame

from llmpairs.transforms.pairs.changes import (
    TABLE_OF_BLOCK,
    ReleaseHashes,
    causes_of_models,
    changed_blocks,
    pair_changes,
)
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.pair_hashes import PairHashReader
from llmpairs.warehouse.releases import list_releases, read_manifest, read_table
from llmpairs.warehouse.staging import read_staged
from llmpairs.warehouse.store import Store

PAIRS_PER_BATCH = 1 << 18


def find_changed_pairs(store: Store, run_id: str, before: str, changes: DataFrame, default: str) -> Iterator[pa.Table]:
    """PAIR_CHANGES between two releases.

    The later release may still be staged. `changes` are the CHANGES between them, `default` is the cause of differences
    that they do not explain.
    """
    current, parent = (
        {table: read_staged(store, each, table) for table in TABLE_OF_BLOCK.values()} for each in (run_id, before)
    )
    blocks = changed_blocks(current, parent)
    causes = causes_of_models(changes, blocks, current["offers"], default)
    now, then = (
        ReleaseHashes(ids=compared_ids(tables["models"]), read_next=PairHashReader(store, each).take)
        for each, tables in ((run_id, current), (before, parent))
    )
    return pair_changes(now, then, blocks, causes, default)


def compared_ids(models: DataFrame) -> pd.Index:
    """Sorted ids of the models that are in pairs."""
    compared = models["is_live"].astype(bool) & models["is_text_generating"].astype(bool)
    return pd.Index(models.loc[compared, "model_id"].sort_values())


@dataclass(frozen=True, kw_only=True)
class LastChanged:
    """For each pair of a release, in key order, the earliest kept release since which its content is the same."""

    release: npt.NDArray[np.int16]
    """Number of that release, the newest 0."""
    times: list[datetime]
    """As-of time of each release."""

    def at(self, positions: npt.NDArray[np.int64]) -> pa.Array:
        """The times of some pairs by position; null where a position is below 0."""
        chosen = np.where(positions < 0, 0, positions)
        numbers = pa.array(self.release[chosen].astype(np.int64), mask=positions < 0)
        return pa.array(self.times, pa.timestamp("us", "UTC")).take(numbers)


def find_last_changed(store: Store, run_id: str) -> LastChanged:
    """Walk back through the kept releases as long as a pair's content hash is the same.

    Where releases were pruned the time is that of the next kept one: it is never earlier than the change.
    """
    kept = [other for other in list_releases(store) if run_order(other) <= run_order(run_id)]
    runs = sorted(kept, key=run_order, reverse=True)
    runs = [other for other in runs if "pairs" in read_manifest(store, other).tables]
    ids = [
        compared_ids(read_table(store, other, "models", ["model_id", "is_live", "is_text_generating"]))
        for other in runs
    ]
    all_ids = pd.Index(sorted(set().union(*ids)))
    present = [each.get_indexer(all_ids) >= 0 for each in ids]
    readers = [PairHashReader(store, other) for other in runs]
    found = []
    for pairs in all_pairs(len(all_ids)).split(PAIRS_PER_BATCH):
        exists_now = pairs.a(present[0]) & pairs.b(present[0])
        current = readers[0].take(int(exists_now.sum()))
        first, unchanged = np.zeros(len(current), dtype=np.int16), np.ones(len(current), dtype=np.bool_)
        for number, (is_present, reader) in enumerate(zip(present[1:], readers[1:], strict=True), 1):
            existed = pairs.a(is_present) & pairs.b(is_present)
            hashes = np.zeros(len(pairs), dtype=np.int64)
            hashes[existed] = reader.take(int(existed.sum()))
            unchanged &= existed[exists_now] & (hashes[exists_now] == current)
            first[unchanged] = number
        found.append(first)
    release = np.concatenate(found) if found else np.empty(0, dtype=np.int16)
    return LastChanged(release=release, times=[read_manifest(store, other).as_of for other in runs])
