"""Published evidence beside the spelling: repositories, slugs and alias targets, and what contradicts them."""

from collections import defaultdict
from collections.abc import Iterable

from llmpairs.transforms.identity.key_nodes import Row
from llmpairs.transforms.identity.known_names import KnownNames, dates_agree
from llmpairs.transforms.identity.parse_key import read_key
from llmpairs.transforms.identity.reference_types import SINGLE_AXES, Axes, IdentityBooks

RESOLVED_BY_EVIDENCE = frozenset({"floating_alias", "ambiguous_developer", "unknown_maker", "two_candidates"})
"""Reasons that a repository, a slug or a target may overcome."""


def weigh_repositories(rows: list[Row], books: IdentityBooks, known: KnownNames) -> None:
    """Moves keys to the repositories that their sources name, unless an axis differs.

    A name whose repositories all agree means that repository at every seller; a repository of base
    weights speaks for its own key only.
    """
    targets = {
        text: _read_repository(text, books, known)
        for text in sorted({r.hugging_face_id for r in rows} - {""})
    }
    pairs: list[tuple[Axes, Axes]] = []
    for row in rows:
        target = targets.get(row.hugging_face_id)
        if row.reading.repository and row.node is not None and not row.reading.guest:
            row.by_repository = True
        if target is None:
            continue
        conflicts = find_conflicts(row.node or row.reading.axes, target)
        if row.node is None:
            is_same = row.reading.axes.developer in {"", target.developer}
            if row.reason in RESOLVED_BY_EVIDENCE and is_same:
                row.is_pointer = row.reading.problem == "floating_alias"
                row.stand(target, "hugging_face_id")
                row.by_repository = True
        elif conflicts:
            row.vetoes.append(f"{row.hugging_face_id}: {', '.join(conflicts)}")
        else:
            pairs.append((row.node, target))
            row.stand(row.node, "hugging_face_id")
            row.by_repository = True
    general = _generalise(pairs, known)
    for row in rows:
        if row.node is None:
            continue
        moved = general.get(row.node)
        if moved is None and row.by_repository and row.hugging_face_id:
            moved = known.settle(fill_missing(row.node, targets[row.hugging_face_id] or row.node), "-")[0]
        row.node = moved or row.node


def find_conflicts(one: Axes, other: Axes) -> list[str]:
    """Axes on which two names differ, each as "size 20b/120b"; an axis that one leaves out is no conflict."""
    found = []
    if one.developer and other.developer and one.developer != other.developer:
        found.append(f"developer {one.developer}/{other.developer}")
    if one.words != other.words:
        only_one = "-".join(sorted({*one.words} - {*other.words})) or "none"
        only_other = "-".join(sorted({*other.words} - {*one.words})) or "none"
        found.append(f"words {only_one}/{only_other}")
    if not _is_part(one.numbers, other.numbers) and not _is_part(other.numbers, one.numbers):
        found.append(f"generation {','.join(one.numbers)}/{','.join(other.numbers)}")
    for axis in SINGLE_AXES:
        left, right = getattr(one, axis), getattr(other, axis)
        same = dates_agree if axis == "date" else str.__eq__
        if left and right and not same(left, right):
            found.append(f"{axis} {left}/{right}")
    return found


def fill_missing(axes: Axes, other: Axes) -> Axes:
    """Axes with everything that they leave out taken from another name of the same model."""
    missing = {axis: getattr(other, axis) for axis in SINGLE_AXES if not getattr(axes, axis)}
    numbers = max(axes.numbers, other.numbers, key=len)
    return axes._replace(
        developer=axes.developer or other.developer,
        words=axes.words or other.words,
        numbers=numbers,
        **missing,
    )


def _read_repository(text: str, books: IdentityBooks, known: KnownNames) -> Axes | None:
    reading = read_key(text, "-", books, is_repository=True)
    return None if reading.problem else known.settle(reading.axes, "-")[0]


def _generalise(pairs: Iterable[tuple[Axes, Axes]], known: KnownNames) -> dict[Axes, Axes]:
    targets: dict[Axes, set[Axes]] = defaultdict(set)
    for name, target in pairs:
        targets[name].add(known.settle(fill_missing(name, target), "-")[0])
    return {
        name: filled
        for name, found in targets.items()
        for filled in found
        if len(found) == 1 and filled != name and (filled.tuning != "base" or name.tuning == "base")
    }


def _is_part(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    rest = iter(long)
    return all(number in rest for number in short)
