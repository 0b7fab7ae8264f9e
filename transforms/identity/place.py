"""Where every key ends up: guests, ambiguous names, pointers and last release's word."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from pandas import DataFrame

from transforms.identity.evidence import RESOLVED_BY_EVIDENCE, fill_missing, find_conflicts
from transforms.identity.facts import Axes, IdentityBooks
from transforms.identity.infer import Inference
from transforms.identity.known import KnownNames
from transforms.identity.readings import read_key
from transforms.identity.rows import Row


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


def share_choices(rows: list[Row]) -> None:
    """One seller's key means one model, whichever source lists it: a choice made once holds for all."""
    chosen = {
        (row.key[1], row.reading.name, row.reading.axes): row.node
        for row in rows
        if row.node is not None and row.reading.name
    }
    for row in rows:
        node = chosen.get((row.key[1], row.reading.name, row.reading.axes))
        if row.reason == "two_candidates" and node is not None:
            row.stand(node)
            row.is_inferred = True


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
        row.stand(filled)
        row.is_inferred = True


def follow_pointers(rows: list[Row], books: IdentityBooks, known: KnownNames) -> None:
    """Leads floating aliases to the target that their source states, or to what the same key means elsewhere."""
    by_key = {(row.key[0], row.key[2]): row for row in rows}
    for row in rows:
        if row.alias_target:
            target = _follow(row, by_key)
            if target is not None and target.node is not None:
                row.stand(target.node)
                row.is_pointer = True
    meant = {
        (row.key[1], row.reading.name, row.reading.axes): row.node
        for row in rows
        if row.node is not None and row.reading.problem == "floating_alias"
    }
    for row in rows:
        if row.reason == "floating_alias":
            node = meant.get((row.key[1], row.reading.name, row.reading.axes))
            if node is None:
                node = _read_slug(row, books, known)
            if node is not None:
                row.stand(node)
                row.is_pointer = True
            elif row.key[2].startswith("~"):
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


def keep_previous(
    rows: list[Row], previous: DataFrame, inference: Inference
) -> dict[tuple[str, str, str], str]:
    """Last release's model of every key that still stands where it stood, after lending it absent evidence.

    Keys of one former model stay together unless an axis now differs; a floating alias keeps the last
    target that a source stated.
    """
    if previous.empty:
        return {}
    columns = [
        previous[name].tolist() for name in ("source_id", "provider_id", "provider_model_key", "model_id")
    ]
    former = {(s, p, k): m for s, p, k, m in zip(*columns, strict=True) if isinstance(m, str) and m}
    nodes: dict[str, Counter[Axes]] = defaultdict(Counter)
    for row in rows:
        if row.node is not None and row.key in former:
            nodes[former[row.key]][row.node] += 1
    main = {model_id: max(sorted(found), key=lambda n: found[n]) for model_id, found in nodes.items()}
    taken = set(main.values())
    for row in rows:
        node = main.get(former.get(row.key, ""))
        if node is None or row.node == node or row.is_decided:
            continue
        stands = row.node or row.reading.axes
        lapsed = row.node is not None and row.node not in taken
        is_open = lapsed or row.reason in RESOLVED_BY_EVIDENCE or row.reading.problem == "floating_alias"
        if is_open and not find_conflicts(stands, node) and not {stands, node} & inference.pointers:
            row.stand(node)
            row.is_pointer |= row.reading.problem == "floating_alias"
    return former
