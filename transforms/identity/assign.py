"""Where every key ends up: guests, ambiguous names and pointers."""

from collections import defaultdict
from collections.abc import Mapping

from llmpairs.transforms.identity.evidence import fill_missing, weigh_repositories
from llmpairs.transforms.identity.infer import Inference, Witnesses, infer_axes
from llmpairs.transforms.identity.key_nodes import Row, gather_crowd, mark_base_weights
from llmpairs.transforms.identity.known_names import KnownNames
from llmpairs.transforms.identity.parse_key import read_key
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks


def settle_rows(rows: list[Row], books: IdentityBooks, known: KnownNames) -> Inference:
    """Leads rows that were read alone to where they stand when all are read together."""
    weigh_repositories(rows, books, known)
    mark_base_weights(rows, books)
    crowd = gather_crowd(rows, books)
    inference = infer_axes(crowd, known)
    place_rows(rows, inference, books, known)
    find_makers(rows, crowd, inference)
    share_choices(rows)
    follow_pointers(rows, books, known)
    return inference


def place_rows(rows: list[Row], inference: Inference, books: IdentityBooks, known: KnownNames) -> None:
    """Moves keys to their inferred nodes; a name that may be two models, or no maker's, stops."""
    for row in rows:
        if row.node is None:
            continue
        there = inference.nodes[row.node]
        row.is_inferred = there != row.node
        row.is_pointer |= there in inference.pointers and not there.date
        row.node = there
    standing = {row.node for row in rows if row.node is not None and row.is_own} - inference.ambiguous
    for row in rows:
        if row.node is None:
            continue
        if row.node in inference.undated:
            row.vetoes.append(f"date {row.node.date} is none that the maker gave this name")
            row.stop("unknown_date")
        elif row.node in inference.ambiguous:
            _choose_by_display_name(row, standing, inference, books, known)
        elif not row.reading.is_own and row.node not in standing:
            if row.reading.guest:
                row.stand(row.node._replace(developer=row.reading.guest))
            else:
                row.stop("unknown_maker")


def find_makers(rows: list[Row], crowd: Mapping[Axes, Witnesses], inference: Inference) -> None:
    """Leads a name without a maker to the one maker whose published evidence has a model of that very name.

    Only a name with a generation or a size: a word alone may be anybody's.
    """
    bearers: dict[Axes, set[Axes]] = defaultdict(set)
    for node, who in crowd.items():
        if who.is_anchored and (node.numbers or node.size):
            bearers[node._replace(developer="")].add(inference.nodes[node])
    for row in rows:
        found = bearers.get(row.reading.axes, set()) if row.reason == "ambiguous_developer" else set()
        if len(found) == 1:
            row.stand(next(iter(found)))
            row.is_inferred = True


def share_choices(rows: list[Row]) -> None:
    """One seller's key means one model, whichever source lists it: a choice made once holds for all."""
    chosen = {_spoken(row): row for row in rows if row.node is not None and row.reading.name}
    for row in rows:
        other = chosen.get(_spoken(row)) if row.reason == "two_candidates" else None
        if other is not None and other.node is not None:
            row.stand(other.node)
            row.evidence, row.is_inferred = other.evidence, True


def _spoken(row: Row) -> tuple[str, str, Axes]:
    """What a seller says, the same whichever source lists it."""
    return row.key[1], row.reading.name, row.reading.axes


def _choose_by_display_name(
    row: Row, standing: set[Axes], inference: Inference, books: IdentityBooks, known: KnownNames
) -> None:
    """A name that fits two models goes to the one that the source's display name spells out."""
    node = row.node
    row.stop("two_candidates")
    if node is None or not row.display_name:
        return
    shown = read_key(row.display_name, row.key[1], books)
    axes = known.settle(shown.axes, row.key[1])[0]
    filled = fill_missing(node, axes._replace(developer=node.developer))
    axes = fill_missing(axes._replace(developer=node.developer), node)
    filled = inference.nodes.get(filled, filled)
    if filled == inference.nodes.get(axes, axes) and filled != node and filled in standing:
        row.stand(filled, "display_name")
        row.is_inferred = True


def follow_pointers(rows: list[Row], books: IdentityBooks, known: KnownNames) -> None:
    """Leads floating aliases to the target that their source states, or to what the same key means elsewhere.

    A permanent slug leads to a model that other keys stand on, and makes none.
    """
    by_key = {(row.key[0], row.key[2]): row for row in rows}
    for row in rows:
        target = _follow(row, by_key) if row.alias_target else None
        if target is not None and target.node is not None:
            row.point(target.node, "alias_target")
    standing = {row.node for row in rows if row.node is not None and not row.is_pointer}
    floating = [row for row in rows if row.reading.problem == "floating_alias"]
    for row in floating:
        node = _read_slug(row, books, known) if row.node is None else None
        if node in standing and node is not None:
            row.point(node, "canonical_slug")
    meant = {_spoken(row): row for row in floating if row.node is not None}
    for row in floating:
        other = meant.get(_spoken(row)) if row.node is None else None
        if other is not None and other.node is not None:
            row.point(other.node)
            row.evidence = other.evidence
        elif row.node is None and row.key[2].startswith("~"):
            row.stop("router")


def _follow(row: Row, by_key: Mapping[tuple[str, str], Row]) -> Row | None:
    """The row that an alias leads to, through further aliases; a circle leads nowhere."""
    seen = {row.key[2]}
    there = by_key.get((row.key[0], row.alias_target))
    while there is not None and there.node is None and there.alias_target and there.key[2] not in seen:
        seen.add(there.key[2])
        there = by_key.get((row.key[0], there.alias_target))
    return there


def _read_slug(row: Row, books: IdentityBooks, known: KnownNames) -> Axes | None:
    """What a permanent slug says of a floating key; its date is the listing's, not the model's."""
    if not row.canonical_slug or row.canonical_slug == row.key[2]:
        return None
    reading = read_key(row.canonical_slug, row.key[1], books)
    if reading.problem or reading.axes.developer != row.reading.axes.developer:
        return None
    return known.settle(reading.axes._replace(date=""), row.key[1])[0]
