"""Reader of the content hashes of a release's pairs, in key order."""

from collections.abc import Iterator

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from llmpairs.warehouse.parquet import naming_damaged_file
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store

Hashes = NDArray[np.int64]
ROWS_PER_BATCH = 1 << 18


class PairHashReader:
    """Reads the content hashes of a release's pairs in key order, some at a time."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._batches = self._read(store, f"{release_dir(run_id)}/pairs")
        self._rest: Hashes = np.empty(0, dtype=np.int64)

    @staticmethod
    def _read(store: Store, folder: str) -> Iterator[Hashes]:
        for name in store.list_files(folder):
            with naming_damaged_file(store, name), store.open_input(name) as source:
                file = pq.ParquetFile(source, page_checksum_verification=True)
                for batch in file.iter_batches(batch_size=ROWS_PER_BATCH, columns=["content_hash"]):
                    yield batch.column(0).to_numpy()

    def take(self, count: int) -> Hashes:
        """The next so many hashes; ValueError when there are fewer."""
        parts, have = [self._rest], len(self._rest)
        while have < count:
            batch = next(self._batches, None)
            if batch is None:
                raise ValueError(f"{count - have} pairs fewer than the number of models implies")
            parts.append(batch)
            have += len(batch)
        whole = np.concatenate(parts)
        self._rest = whole[count:]
        return whole[:count]
