"""Pairs that differ between two releases, found by streaming the content hashes of both."""

from collections.abc import Iterator

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
from llmpairs.warehouse.pair_hashes import PairHashReader
from llmpairs.warehouse.staging import read_staged
from llmpairs.warehouse.store import Store


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
