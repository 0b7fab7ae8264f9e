"""Content hashes of pairs, row by row with Python integers."""

import struct
from collections.abc import Mapping

import pyarrow as pa

from llmpairs.transforms.pairs.fingerprint import seed_of
from llmpairs.warehouse.contracts.pairs import PAIRS

NOT_HASHED = {"model_a_id", "model_b_id", "oldest_fact_at", "content_hash"}


def digest_pairs(table: pa.Table, prints: Mapping[str, int], step: int = 1) -> list[int]:
    """The hash of every `step`-th row, as a signed number; `prints` are the digests of the models."""
    hashed = [name for name in table.column_names if name not in NOT_HASHED]
    raw = {name: raw_bits(table.combine_chunks(), name) for name in hashed}
    ids = zip(table["model_a_id"].to_pylist(), table["model_b_id"].to_pylist(), strict=True)
    digests = []
    for row, (a, b) in list(enumerate(ids))[::step]:
        total = mix(int(prints[a]) ^ int(seed_of("a"))) + mix(int(prints[b]) ^ int(seed_of("b")))
        for name in hashed:
            bits = raw[name][row]
            total += int(seed_of(f"{name} is null")) if bits is None else bits * int(seed_of(name))
        word = mix(total % 2**64)
        digests.append(word - 2**64 if word >= 2**63 else word)
    return digests


def raw_bits(table: pa.Table, name: str) -> list[int | None]:
    """Values as unsigned integers, enumerations as their positions in the list of the contract."""
    column, listed = table[name], PAIRS[name].values
    is_float = pa.types.is_floating(column.type)
    return [
        value
        if value is None
        else listed.index(value)
        if listed is not None
        else int.from_bytes(struct.pack("<f", value), "little")
        if is_float
        else value % 2**32
        for value in column.to_pylist()
    ]


def mix(word: int) -> int:
    """SplitMix64's finaliser, with Python integers."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31
