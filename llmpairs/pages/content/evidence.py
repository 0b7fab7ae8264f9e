"""Citations of values, and sentences that always carry them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, cast

from llmpairs.pages.content.schema import Sentence
from llmpairs.render.document import Citation
from llmpairs.warehouse.query import to_plain

Columns = TypeVar("Columns")


def pick(columns: type[Columns], row: Mapping[str, object]) -> Columns:
    """Copy the columns of a TypedDict from a row, as plain values."""
    return cast("Columns", {name: to_plain(row[name]) for name in columns.__annotations__})


def cite(row: Mapping[str, object], prefix: str = "") -> Citation | None:
    """Cite source, capture and time of a row's value; None when the row has no source."""
    source = row.get(f"{prefix}source_id")
    if source is None:
        return None
    observed = row.get(f"{prefix}observed_at")
    return Citation(
        source_id=str(source),
        capture_id=str(row[f"{prefix}capture_id"]),
        observed_at=None if observed is None else to_plain(observed),
    )


def make_sentence(kind: str, side: int | None, text: str, *cited: Citation | None, strength: float = 0.0) -> Sentence:
    """Build a sentence about one side (0, 1) or both (None); ValueError when it has no evidence."""
    evidence = unique(cited)
    if not evidence:
        raise ValueError(f"a sentence of kind {kind} has no evidence: {text}")
    return {"kind": kind, "side": side, "text": text, "evidence": evidence, "strength": round(strength, 3)}


def unique(citations: Iterable[Citation | None]) -> list[Citation]:
    """Drop repeated citations and None, in order."""
    found = (each for each in citations if each is not None)
    return list({(each["capture_id"], each["observed_at"]): each for each in found}.values())


def find_citations(block: object) -> Iterator[Citation]:
    """Yield every citation inside a block of a page."""
    if isinstance(block, dict) and "capture_id" in block:
        yield cast("Citation", block)
    elif isinstance(block, dict | list):
        for value in block.values() if isinstance(block, dict) else block:
            yield from find_citations(value)
