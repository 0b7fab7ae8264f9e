"""A provider's spelling leads to the right canonical model, or to nobody."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pandas import DataFrame

from transforms.identity.decisions import apply_decisions, set_aside_decided
from transforms.identity.evidence import weigh_repositories
from transforms.identity.facts import Axes, IdentityBooks
from transforms.identity.infer import Inference, infer_axes
from transforms.identity.join import join_rows
from transforms.identity.known import KnownNames, build_known
from transforms.identity.models import build_models
from transforms.identity.naming import Place, name_models
from transforms.identity.place import follow_pointers, keep_previous, place_rows, share_choices
from transforms.identity.readings import is_same_house, read_key
from transforms.identity.review import find_nearest
from transforms.identity.rows import KEY, Row, gather_crowd, mark_base_weights, read_rows

CONFIDENCE = {
    "decision": 1.0, "alias": 1.0, "hugging_face_id": 1.0, "canonical_slug": 0.98, "first_party": 0.98,
    "axes": 0.97, "own_model": 0.95, "router": 0.0, "unresolved": 0.0,
}  # fmt: skip
IDENTITY_COLUMNS = (
    *KEY, "model_id", "method", "confidence", "is_pointer", "vetoes", "reason", "axes", "nearest", "rules_version",
)  # fmt: skip
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


def resolve_identities(
    keys: DataFrame, previous: DataFrame, decisions: DataFrame, books: IdentityBooks
) -> Resolution:
    """Keys of a night to models; `previous` keeps ids and absent evidence, a reviewer's decision wins over all.

    Nothing depends on the order of rows.
    """
    known = build_known(books)
    every = read_rows(keys, books, known)
    decided = set_aside_decided(every, decisions)
    joining = [row for row in every if row.joins_only]
    rows = [row for row in every if not row.joins_only]
    weigh_repositories(rows, books, known)
    mark_base_weights(rows, books)
    inference = infer_axes(gather_crowd(rows, books), known)
    place_rows(rows, inference, books, known)
    share_choices(rows)
    follow_pointers(rows, books, known)
    former = keep_previous(rows, previous, inference)
    join_rows(joining, rows, keys, books, known)
    place = _placer(inference, books, known)
    ids = name_models(rows, former, place, books, known)
    apply_decisions(decided, ids, place)
    nearest = find_nearest(every, ids)
    models = build_models(rows + [row for row in joining if row.is_decided], ids, books, known)
    sizes = Counter(row.node for row in rows)
    return Resolution(_frame(every, sizes, ids, nearest, books), models)


def _placer(inference: Inference, books: IdentityBooks, known: KnownNames) -> Place:
    def place(developer: str, name: str) -> Axes | None:
        reading = read_key(f"{developer}/{name}", "-", books, is_repository=True)
        axes = known.settle(reading.axes, "-")[0]
        return inference.nodes.get(axes, axes)

    return place


def _frame(
    rows: list[Row],
    sizes: Mapping[Axes | None, int],
    ids: Mapping[Axes, str],
    nearest: Mapping[tuple[str, str, str], list[str]],
    books: IdentityBooks,
) -> DataFrame:
    """One row per key; `sizes` counts the keys that make each model."""
    records = []
    for row in rows:
        model_id = ids.get(row.node) if row.node is not None else None
        size = sizes.get(row.node, 0) + row.joins_only
        method = _name_method(row, model_id, size, books)
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
