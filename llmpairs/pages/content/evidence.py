"""Where a figure was read, and sentences that always say it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmpairs.warehouse.query_rows import plain

Row = dict[str, Any]


def cite(row: Mapping[str, Any], prefix: str = "") -> Row | None:
    """Source, capture and time of a row's value; None when the row has no value to cite."""
    source = row.get(f"{prefix}source_id")
    if source is None:
        return None
    observed = row.get(f"{prefix}observed_at")
    return {
        "source_id": source,
        "capture_id": row[f"{prefix}capture_id"],
        "observed_at": None if observed is None else plain(observed),
    }


def say(kind: str, side: int | None, text: str, *cited: Row | None, strength: float = 0.0) -> Row:
    """A sentence about one side (0, 1) or both (None); ValueError when it rests on nothing."""
    evidence = unique(cited)
    if not evidence:
        raise ValueError(f"a sentence of kind {kind} has no evidence: {text}")
    return {"kind": kind, "side": side, "text": text, "evidence": evidence, "strength": round(strength, 3)}


def unique(refs: Iterable[Row | None]) -> list[Row]:
    """Citations without repetition, in their order."""
    return list({(ref["capture_id"], ref["observed_at"]): ref for ref in refs if ref is not None}.values())


def find_refs(block: Any) -> Iterator[Row]:
    """Every citation inside a block."""
    if isinstance(block, dict):
        if "capture_id" in block:
            yield block
        else:
            for value in block.values():
                yield from find_refs(value)
    elif isinstance(block, list):
        for value in block:
            yield from find_refs(value)
