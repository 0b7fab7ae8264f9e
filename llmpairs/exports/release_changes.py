"""Which pairs differ between two releases, both read as one stream of content hashes."""

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
from pandas import DataFrame

from llmpairs.transforms.pairs.changes import (
    TABLE_OF_BLOCK,
    Release,
    causes_of_models,
    changed_blocks,
    pair_changes,
)
from llmpairs.warehouse.pair_hashes import HashReader
from llmpairs.warehouse.staging import read_staged
from llmpairs.warehouse.store import Store


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
