"""Digests of what is published about a model, and of a pair's row: equal means nothing changed."""

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pandas as pd

Words = npt.NDArray[np.uint64]

PROVENANCE = frozenset(
    {
        "capture_id",
        "claim_count",
        "fact_id",
        "locator",
        "nights_absent",
        "price_capture_id",
        "price_source_id",
        "source_id",
        "witnesses_against",
        "witnesses_for",
    }
)
"""When and where a fact was seen: moves every night without a change of any fact."""
MEASURED = frozenset({"latency_ms", "throughput_tokens_per_s", "uptime_percent"})
"""Operation of the last hours: never the same twice."""


def fingerprint_models(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """64-bit digest of each model's rows in the given tables, by model_id.

    Every table has a model_id; rows without one are left out. Moments (`*_at`), PROVENANCE and MEASURED
    are no facts and do not count; neither does the order of rows, columns or tables, or whether a number
    is held as a whole one.
    """
    lines = [_fact_lines(name, table) for name, table in sorted(tables.items())]
    rows = pd.concat(lines, ignore_index=True).sort_values(["model_id", "line"])
    texts = rows.groupby("model_id", sort=True)["line"].agg("\n".join)
    digests = [int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") for text in texts]
    return pd.Series(np.array(digests, dtype=np.uint64), index=texts.index)


def _fact_lines(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Each row's facts as one line of JSON."""
    rows = table[table["model_id"].notna()]
    columns = [
        column
        for column in sorted(rows.columns)
        if not column.endswith("_at") and column not in PROVENANCE | MEASURED
    ]
    facts = rows[columns]
    facts = facts.astype(dict.fromkeys(facts.select_dtypes("number"), "float64"))
    text = facts.to_json(orient="records", lines=True, date_format="iso", double_precision=15)
    lines = [f"{name} {line}" for line in text.split("\n") if line]
    return pd.DataFrame({"model_id": rows["model_id"].to_numpy(), "line": lines}, dtype="object")


def mix_words(words: Words) -> Words:
    """Spread every bit of each word over the whole word (the finaliser of SplitMix64), in place."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


def seed_of(name: str) -> np.uint64:
    """An odd 64-bit factor that belongs to a name for good."""
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") | 1)
