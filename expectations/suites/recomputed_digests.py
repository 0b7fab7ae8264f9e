"""Content hashes of `pairs`, recomputed from the state tables independently of `transforms.pairs`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from llmpairs.expectations.suites.recomputed_columns import PairRowBatch
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.contracts.pairs import PAIRS

Words = npt.NDArray[np.uint64]
OF_A_RUN = {
    *("capture_id", "price_capture_id", "source_id", "price_source_id", "fact_id", "locator", "claim_count"),
    *("nights_absent", "witnesses_for", "witnesses_against"),
    *("uptime_percent", "latency_ms", "throughput_tokens_per_s"),
    *("best_blended_usd_per_mtok", "list_blended_usd_per_mtok"),
}
"""Columns that no digest covers: when and where a fact was seen, measurements, prices that repeat the offers'."""
DIGESTED_TABLES: Mapping[str, tuple[str, ...]] = {
    name: tuple(column for column in TABLES[name].column_names if column not in OF_A_RUN and not column.endswith("_at"))
    for name in (
        *("benchmark_scores", "model_capabilities", "model_quality", "model_scenario_costs", "models", "offers"),
    )
}
"""Columns that the digest of a model covers, by table."""
NOT_COVERED = (*PAIRS.key, "oldest_fact_at", "content_hash")


def digest_models(frames: Mapping[str, pd.DataFrame], ids: Sequence[str]) -> Words:
    """Digest the published facts of each of these models to 64 bits: one line of JSON for each row, sorted."""
    lines: dict[str, list[str]] = defaultdict(list)
    for name, columns in DIGESTED_TABLES.items():
        frame = frames[name]
        rows = frame.loc[frame["model_id"].isin(ids), sorted(columns)]
        rows = rows.astype(dict.fromkeys(rows.select_dtypes("number").columns, "float64"))
        text = rows.to_json(orient="records", lines=True, date_format="iso", double_precision=15)
        for model_id, line in zip(rows["model_id"], filter(None, text.split("\n")), strict=True):
            lines[model_id].append(f"{name} {line}")
    return np.array([to_word("\n".join(sorted(lines[model_id]))) for model_id in ids], dtype=np.uint64)


def digest_rows(batch: PairRowBatch, digests: Words) -> npt.NDArray[np.int64]:
    """Content hash of each row: both models' digests and every covered column, each times the factor of its name."""
    total = scramble(digests[batch.a] ^ factor_of("a")) + scramble(digests[batch.b] ^ factor_of("b"))
    for column in PAIRS.columns:
        if column.name not in NOT_COVERED:
            total += read_words(batch, column) * factor_of(column.name)
            nulls = np.asarray(batch.rows.column(column.name).is_null())
            total += nulls.astype(np.uint64) * factor_of(f"{column.name} is null")
    return scramble(total).view(np.int64)


def read_words(batch: PairRowBatch, column: Column) -> Words:
    """The bits of a column's values, 0 for null; enum values as their position in the list."""
    if column.values is not None:
        return np.maximum(batch.codes(column.name), 0).astype(np.uint64)
    values: Any = batch.rows.column(column.name)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())
    stored = values.fill_null(0).to_numpy(zero_copy_only=False)
    return np.asarray(stored.view(f"u{stored.itemsize}").astype(np.uint64))


def to_word(text: str) -> int:
    """64 bits of BLAKE2b."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def factor_of(name: str) -> np.uint64:
    """The odd factor that belongs to a name."""
    return np.uint64(to_word(name) | 1)


def scramble(words: Words) -> Words:
    """SplitMix64's finaliser."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words = (words ^ (words >> np.uint64(shift))) * np.uint64(factor)
    return words ^ (words >> np.uint64(31))
