"""Tonight's pairs against the parent release's, both read as one stream of content hashes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas import DataFrame

from flows.night import Night
from transforms.pairs.changes import (
    TABLE_OF_BLOCK,
    Hashes,
    Release,
    causes_of_models,
    changed_blocks,
    pair_changes,
)
from warehouse.arrow import empty_frame
from warehouse.contracts.pairs import PAIR_CHANGES
from warehouse.log import read_log
from warehouse.parquet import sound
from warehouse.releases import open_parts, read_manifest, stage_table
from warehouse.staging import read_staged, release_dir
from warehouse.store import Store

ROWS_PER_BATCH = 1 << 18


def stage_pair_changes(night: Night, default: str) -> int:
    """Stage PAIR_CHANGES of a night whose pairs are staged; returns the number of rows.

    `default` is the cause of what no row of CHANGES explains. A first night has no changes.
    """
    store, parent = night.store, night.parent
    if parent is None or "pairs" not in read_manifest(store, parent).tables:
        stage_table(store, night.run_id, PAIR_CHANGES, empty_frame(PAIR_CHANGES))
        return 0
    changes = read_log(store, "changes", night.run_id)
    with open_parts(store, night.run_id, PAIR_CHANGES) as writer:
        for rows in compare_releases(store, night.run_id, parent, changes, default):
            writer.write(rows)
    return int(writer.rows)


def compare_releases(
    store: Store, run_id: str, before: str, changes: DataFrame, default: str
) -> Iterator[pa.Table]:
    """PAIR_CHANGES between two releases, of which the later may be staged; `changes` are the CHANGES between them."""
    tonight, parent = (
        {table: read_staged(store, each, table) for table in TABLE_OF_BLOCK.values()}
        for each in (run_id, before)
    )
    blocks = changed_blocks(tonight, parent)
    causes = causes_of_models(changes, blocks, tonight["offers"], default)
    now, then = (
        Release(ids=compared_ids(tables["models"]), take=HashReader(store, each).take)
        for each, tables in ((run_id, tonight), (before, parent))
    )
    return pair_changes(now, then, blocks, causes, default)


def compared_ids(models: DataFrame) -> pd.Index:
    """Sorted ids of the models that stand in pairs."""
    compared = models["is_live"].astype(bool) & models["is_text_generating"].astype(bool)
    return pd.Index(models.loc[compared, "model_id"].sort_values())


class HashReader:
    """The content hashes of a release's pairs, a few at a time and in order."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._batches = self._read(store, f"{release_dir(run_id)}/pairs")
        self._rest: Hashes = np.empty(0, dtype=np.int64)

    @staticmethod
    def _read(store: Store, folder: str) -> Iterator[Hashes]:
        for name in store.list_files(folder):
            with sound(store, name), store.open_input(name) as source:
                file = pq.ParquetFile(source, page_checksum_verification=True)
                for batch in file.iter_batches(batch_size=ROWS_PER_BATCH, columns=["content_hash"]):
                    yield batch.column(0).to_numpy()

    def take(self, count: int) -> Hashes:
        """The next so many hashes; ValueError when there are fewer."""
        parts, have = [self._rest], len(self._rest)
        while have < count:
            batch = next(self._batches, None)
            if batch is None:
                raise ValueError(f"{count - have} pairs fewer than the models of the release make")
            parts.append(batch)
            have += len(batch)
        whole = np.concatenate(parts)
        self._rest = whole[count:]
        return whole[:count]
