"""A provider's spelling leads to the right canonical model, or to nobody."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pandas import DataFrame

from llmpairs.transforms.identity.assign import settle_rows
from llmpairs.transforms.identity.attach import join_rows
from llmpairs.transforms.identity.continuity import (
    Memory,
    Move,
    find_moves,
    find_stranded,
    keep_previous,
    read_memory,
    recall_absent,
    restore_evidence,
)
from llmpairs.transforms.identity.decisions import place_on, set_aside_decided
from llmpairs.transforms.identity.infer import Inference
from llmpairs.transforms.identity.key_nodes import KEY, Key, Row, copy_rows, read_rows
from llmpairs.transforms.identity.known_names import KnownNames, build_known
from llmpairs.transforms.identity.models import build_models
from llmpairs.transforms.identity.naming import Place, name_models
from llmpairs.transforms.identity.parse_key import is_same_house, read_key
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks
from llmpairs.transforms.identity.suggestions import find_nearest

CONFIDENCE = {
    "decision": 1.0, "alias": 1.0, "hugging_face_id": 1.0, "canonical_slug": 0.98, "first_party": 0.98,
    "axes": 0.97, "own_model": 0.95, "router": 0.0, "unresolved": 0.0,
}  # fmt: skip
IDENTITY_COLUMNS = (
    *KEY, "model_id", "method", "confidence", "is_pointer", "evidence", "vetoes", "reason", "axes", "nearest",
    "rules_version",
)  # fmt: skip
MOVE_COLUMNS = (*KEY, "old_model_id", "new_model_id", "is_held")
NOT_TEXT = {"confidence": "float64", "is_pointer": "bool"}
INFERRED_CONFIDENCE = 0.95
"""Of equal axes where one was inferred; below this nothing joins."""


@dataclass(frozen=True)
class Resolution:
    """Every key's model, and every model."""

    identities: DataFrame
    """One row per input key."""
    models: DataFrame
    """One row per canonical model."""
    moves: DataFrame
    """Aliases whose source now leads to another model: KEY, old_model_id, new_model_id, is_held.

    A held one is published at the old model.
    """


Confirm = Callable[[DataFrame], Collection[Key]]
"""Which of these moves a reviewer has confirmed."""


def resolve_identities(
    keys: DataFrame,
    previous: DataFrame,
    decisions: DataFrame,
    books: IdentityBooks,
    confirm: Confirm | None = None,
) -> Resolution:
    """Keys of a night to models; `previous` keeps ids and absent evidence, a reviewer's decision wins over all.

    A key whose source states other evidence than in `previous`, and so another model, stays where it was
    unless that is confirmed. Nothing depends on the order of rows.
    """
    resolver = _Resolver(books, read_memory(previous), decisions)
    every = read_rows(recall_absent(keys, previous), books, resolver.known)
    first = resolver.lead(copy_rows(every), {})
    moves = find_moves(first.rows, first.ids, resolver.memory)
    confirmed = confirm(_frame_moves(moves, moves)) if confirm and moves else ()
    held = {key: move for key, move in moves.items() if key not in confirmed}
    final = resolver.lead(every, held) if held else first
    final.veto(held)
    nearest = find_nearest(final.rows, final.ids)
    return Resolution(
        _frame_identities(final, nearest, books),
        build_models(final.standing, final.ids, books, resolver.known),
        _frame_moves(moves, held),
    )


def _frame_moves(moves: Mapping[Key, Move], held: Mapping[Key, Move]) -> DataFrame:
    rows = [(*key, move.old_model_id, move.new_model_id, key in held) for key, move in sorted(moves.items())]
    return DataFrame(rows, columns=list(MOVE_COLUMNS))


@dataclass(frozen=True)
class _Led:
    """Rows that stand where they stand, and the ids of what they stand on."""

    rows: list[Row]
    standing: list[Row]
    """Rows that are evidence of a model, or decided."""
    ids: Mapping[Axes, str]

    def veto(self, held: Mapping[Key, Move]) -> None:
        """Says on every held row whither its source leads it."""
        for row in self.rows:
            if row.key in held:
                row.vetoes.append(f"moves to {held[row.key].new_model_id}: held until confirmed")


class _Resolver:
    """What stays the same however often a night's keys are led to models."""

    def __init__(self, books: IdentityBooks, memory: Memory, decisions: DataFrame) -> None:
        self.books = books
        self.known = build_known(books)
        self.memory = memory
        self.decisions = decisions

    def lead(self, every: list[Row], held: Mapping[Key, Move]) -> _Led:
        """Leads rows to models and names those; held keys stay on their former model."""
        books, known = self.books, self.known
        restore_evidence(every, held)
        beside = copy_rows(every)
        decided = set_aside_decided(every, self.decisions)
        joining = [row for row in every if row.joins_only]
        rows = [row for row in every if not row.joins_only]
        inference = settle_rows(rows, books, known)
        keep_previous(rows, self.memory, inference)
        listed = [row for row in rows if not row.is_absent]
        join_rows(joining, listed, beside, books, known)
        place = _placer(inference, books, known)
        ids = name_models(rows, self.memory, place, books, known)
        place_on(decided, ids, place)
        place_on(find_stranded(listed, ids, held, self.memory), ids, place)
        standing = listed + [row for row in joining if row.is_decided]
        stood_on = {row.node for row in standing}
        ids = {node: model_id for node, model_id in ids.items() if node in stood_on}
        return _Led([row for row in every if not row.is_absent], standing, ids)


def _placer(inference: Inference, books: IdentityBooks, known: KnownNames) -> Place:
    def place(developer: str, name: str) -> Axes | None:
        reading = read_key(f"{developer}/{name}", "-", books, is_repository=True)
        axes = known.settle(reading.axes, "-")[0]
        return inference.nodes.get(axes, axes)

    return place


def _frame_identities(led: _Led, nearest: Mapping[Key, list[str]], books: IdentityBooks) -> DataFrame:
    """One row per key."""
    sizes = Counter(row.node for row in led.standing if not row.joins_only)
    records = []
    for row in led.rows:
        model_id = led.ids.get(row.node) if row.node is not None else None
        method = _name_method(row, model_id, sizes[row.node] + row.joins_only, books)
        confidence = CONFIDENCE[method]
        if method == "axes" and row.is_inferred:
            confidence = INFERRED_CONFIDENCE
        records.append(
            {
                **dict(zip(KEY, row.key, strict=True)),
                "model_id": model_id,
                "method": method,
                "confidence": confidence,
                "is_pointer": row.is_pointer and model_id is not None,
                "evidence": row.evidence or None if model_id else None,
                "vetoes": "; ".join(sorted(set(row.vetoes))) or None,
                "reason": None if model_id else row.reason or "unparsed",
                "axes": row.reading.axes.describe() if row.reading.name else None,
                "nearest": "; ".join(nearest.get(row.key, [])) or None,
                "rules_version": books.version,
            }
        )
    texts = dict.fromkeys((name for name in IDENTITY_COLUMNS if name not in NOT_TEXT), "str")
    return DataFrame(records, columns=list(IDENTITY_COLUMNS)).astype({**texts, **NOT_TEXT})


def _name_method(row: Row, model_id: str | None, size: int, books: IdentityBooks) -> str:
    """The strongest evidence that a key has for where it leads."""
    if row.is_decided:
        return "decision"
    if model_id is None or row.node is None:
        return "router" if row.reason == "router" else "unresolved"
    if row.by_alias:
        return "alias"
    if row.by_repository:
        return "hugging_face_id"
    if row.canonical_slug:
        return "canonical_slug"
    if row.is_first_party and is_same_house(
        books.spellings.get(row.key[1], row.key[1]), row.node.developer, books
    ):
        return "first_party"
    return "axes" if size > 1 else "own_model"
