"""When the content of each pair last changed, from the content hashes of the releases that are kept."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from llmpairs.exports.release_changes import compared_ids
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.pair_hashes import HashReader
from llmpairs.warehouse.releases import list_releases, read_manifest, read_table
from llmpairs.warehouse.store import Store

PAIRS_AT_A_TIME = 1 << 18


@dataclass(frozen=True, kw_only=True)
class LastChanged:
    """For each pair of a release, in its order, the first of the kept releases in a row with its content."""

    release: npt.NDArray[np.int16]
    """Number of that release, the newest 0."""
    moments: list[datetime]
    """Moment of each release."""

    def at(self, positions: npt.NDArray[np.int64]) -> pa.Array:
        """The moments of some pairs; null where a position is below 0."""
        chosen = np.where(positions < 0, 0, positions)
        places = pa.array(self.release[chosen].astype(np.int64), mask=positions < 0)
        return pa.array(self.moments, pa.timestamp("us", "UTC")).take(places)


def find_last_changed(store: Store, run_id: str) -> LastChanged:
    """Walk back through the kept releases as long as a pair's content hash stays.

    Where releases were pruned the moment is that of the next kept one: it is never earlier than the change.
    """
    kept = [other for other in list_releases(store) if run_order(other) <= run_order(run_id)]
    runs = sorted(kept, key=run_order, reverse=True)
    runs = [other for other in runs if "pairs" in read_manifest(store, other).tables]
    ids = [
        compared_ids(read_table(store, other, "models", ["model_id", "is_live", "is_text_generating"]))
        for other in runs
    ]
    everything = pd.Index(sorted(set().union(*ids)))
    present = [each.get_indexer(everything) >= 0 for each in ids]
    readers = [HashReader(store, other) for other in runs]
    found = []
    for pairs in all_pairs(len(everything)).cut(PAIRS_AT_A_TIME):
        here = pairs.a(present[0]) & pairs.b(present[0])
        now = readers[0].take(int(here.sum()))
        first, stands = np.zeros(len(now), dtype=np.int16), np.ones(len(now), dtype=np.bool_)
        for number, (is_in, reader) in enumerate(zip(present[1:], readers[1:], strict=True), 1):
            there = pairs.a(is_in) & pairs.b(is_in)
            hashes = np.zeros(len(pairs), dtype=np.int64)
            hashes[there] = reader.take(int(there.sum()))
            stands &= there[here] & (hashes[here] == now)
            first[stands] = number
        found.append(first)
    release = np.concatenate(found) if found else np.empty(0, dtype=np.int16)
    return LastChanged(release=release, moments=[read_manifest(store, other).as_of for other in runs])
