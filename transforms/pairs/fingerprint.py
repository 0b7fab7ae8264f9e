"""Digests of what is published about a model, and of a pair's row: equal means nothing changed."""

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pandas as pd

Digests = npt.NDArray[np.uint64]
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
"""When and where a fact was seen: differs in every run though no fact changes."""
MEASURED = frozenset({"latency_ms", "throughput_tokens_per_s", "uptime_percent"})
"""Measurements of the last hours: differ in every run."""
FROM_OFFERS = frozenset({"best_blended_usd_per_mtok", "list_blended_usd_per_mtok"})
"""Prices of a model: they follow from its offers, which have a digest of their own."""
IGNORED = PROVENANCE | MEASURED | FROM_OFFERS


def fingerprint_models(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Digest each model's rows in the given tables to 64 bits, by model_id.

    Every table has a model_id; rows without one are left out. Times (`*_at`) and IGNORED columns are
    left out, as are the order of rows, columns and tables, and whether a number is stored as an integer.
    """
    lines = [_fact_lines(name, table) for name, table in sorted(tables.items())]
    rows = pd.concat(lines, ignore_index=True).sort_values(["model_id", "line"])
    texts = rows.groupby("model_id", sort=True)["line"].agg("\n".join)
    digests = [int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") for text in texts]
    return pd.Series(np.array(digests, dtype=np.uint64), index=texts.index)


def _fact_lines(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Serialise the facts of each row to one line of JSON."""
    rows = table[table["model_id"].notna()]
    columns = [column for column in sorted(rows.columns) if not column.endswith("_at") and column not in IGNORED]
    facts = rows[columns]
    facts = facts.astype(dict.fromkeys(facts.select_dtypes("number"), "float64"))
    text = facts.to_json(orient="records", lines=True, date_format="iso", double_precision=15)
    lines = [f"{name} {line}" for line in text.split("\n") if line]
    return pd.DataFrame({"model_id": rows["model_id"].to_numpy(), "line": lines}, dtype="object")


def mix_bits(digests: Digests) -> Digests:
    """Spread every bit of each digest over all 64 bits (the finaliser of SplitMix64), in place."""
    digests ^= digests >> np.uint64(30)
    digests *= np.uint64(0xBF58476D1CE4E5B9)
    digests ^= digests >> np.uint64(27)
    digests *= np.uint64(0x94D049BB133111EB)
    digests ^= digests >> np.uint64(31)
    return digests


def seed_of(name: str) -> np.uint64:
    """Derive an odd 64-bit factor from a name, always the same one."""
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") | 1)
