"""Assigns keys to nodes: published evidence, inferred axes, names that fit several models, aliases, benchmark keys."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from llmpairs.transforms.identity.compare_axes import fill_missing, find_conflicts
from llmpairs.transforms.identity.contradictions import REASON, find_supported, veto_contradictions
from llmpairs.transforms.identity.infer import Inference, UsageByNode, infer_axes
from llmpairs.transforms.identity.key_rows import KeyRow, SoldName, collect_usage, mark_base_weights, sold_name
from llmpairs.transforms.identity.parse_key import REPOSITORY, parse_key
from llmpairs.transforms.identity.reference_types import IdentityReference, KnownNames, ModelAxes

RESOLVED_BY_EVIDENCE = frozenset({"floating_alias", "ambiguous_developer", "unknown_maker", "two_candidates"})
"""Reasons that a repository, a slug or an alias target may overcome."""


def assign_nodes(rows: list[KeyRow], reference: IdentityReference) -> tuple[list[KeyRow], Inference]:
    """Assign rows, each parsed alone, by the evidence of all rows together."""
    rows = mark_base_weights(apply_repositories(rows, reference), reference)
    usage_by_node = collect_usage(rows, reference)
    inference = infer_axes(usage_by_node, reference.known_names)
    rows = apply_inference(rows, inference, reference)
    rows = veto_contradictions(assign_developers(rows, usage_by_node, inference), inference, reference)
    return follow_aliases(share_assignments(rows), reference), inference


def apply_repositories(rows: list[KeyRow], reference: IdentityReference) -> list[KeyRow]:
    """Assign keys to the repositories that their sources state, unless an axis differs.

    A name whose repositories all agree means that repository at every seller; a repository of base weights
    decides for its own key only.
    """
    known = reference.known_names
    stated = {row.hugging_face_id for row in rows} - {""}
    parsed = {text: parse_key(text, "-", reference, REPOSITORY) for text in stated}
    targets = {text: known.canonicalise(key.axes, "-")[0] for text, key in parsed.items() if not key.problem}
    weighed = [_weigh_repository(row, targets.get(row.hugging_face_id)) for row in rows]
    pairs = [
        (row.node, target)
        for row in rows
        if (target := targets.get(row.hugging_face_id)) is not None
        and row.node is not None
        and not find_conflicts(row.node, target)
    ]
    general = _generalise(pairs, known)
    completed = []
    for row in weighed:
        node = general.get(row.node) if row.node is not None else None
        if row.node is not None and node is None and row.by_repository and row.hugging_face_id:
            filled = fill_missing(row.node, targets.get(row.hugging_face_id, row.node))
            node = known.canonicalise(filled, "-")[0]
        completed.append(row._replace(node=node) if node is not None and node != row.node else row)
    return completed


def _weigh_repository(row: KeyRow, target: ModelAxes | None) -> KeyRow:
    """A row with the evidence of the repository that its source states, or that the key itself is."""
    if row.parsed.repository and row.node is not None and not row.parsed.third_party:
        row = row._replace(by_repository=True)
    if target is None:
        return row
    if row.node is None:
        is_same = row.parsed.axes.developer in {"", target.developer}
        if row.reason not in RESOLVED_BY_EVIDENCE or not is_same:
            return row
        is_pointer = row.parsed.problem == "floating_alias"
        return row.assign(target, "hugging_face_id")._replace(by_repository=True, is_pointer=is_pointer)
    conflicts = find_conflicts(row.node, target)
    if conflicts:
        return row._replace(vetoes=(*row.vetoes, f"{row.hugging_face_id}: {', '.join(conflicts)}"))
    return row.assign(row.node, "hugging_face_id")._replace(by_repository=True)


def _generalise(pairs: Iterable[tuple[ModelAxes, ModelAxes]], known: KnownNames) -> dict[ModelAxes, ModelAxes]:
    """Completed node of every name whose repositories all agree."""
    targets: dict[ModelAxes, set[ModelAxes]] = defaultdict(set)
    for name, target in pairs:
        targets[name].add(known.canonicalise(fill_missing(name, target), "-")[0])
    return {
        name: filled
        for name, found in targets.items()
        for filled in found
        if len(found) == 1 and filled != name and (filled.tuning != "base" or name.tuning == "base")
    }


def apply_inference(rows: list[KeyRow], inference: Inference, reference: IdentityReference) -> list[KeyRow]:
    """Move keys to their inferred nodes; a name that fits two models, or no developer's, is rejected."""
    moved = [_move(row, inference) for row in rows]
    supported = find_supported(moved) - inference.ambiguous
    settled = []
    for row in moved:
        if row.node is None:
            settled.append(row)
        elif row.node in inference.undated:
            veto = f"date {row.node.date} is none that the maker gave this name"
            settled.append(row._replace(vetoes=(*row.vetoes, veto)).reject("unknown_date"))
        elif row.node in inference.miscounted:
            settled.append(row._replace(vetoes=(*row.vetoes, inference.miscounted[row.node])).reject(REASON))
        elif row.node in inference.ambiguous:
            node = _find_displayed_node(row, row.node, inference, reference)
            if node in supported and node is not None:
                settled.append(row.assign(node, "display_name")._replace(is_inferred=True))
            else:
                settled.append(row.reject("two_candidates"))
        elif row.parsed.is_evidence or row.node in supported:
            settled.append(row)
        elif row.parsed.third_party:
            settled.append(row.assign(row.node._replace(developer=row.parsed.third_party)))
        else:
            settled.append(row.reject("unknown_maker"))
    return settled


def _move(row: KeyRow, inference: Inference) -> KeyRow:
    if row.node is None:
        return row
    node = inference.nodes[row.node]
    is_pointer = row.is_pointer or (node in inference.pointers and not node.date)
    if node == row.node and is_pointer == row.is_pointer:
        return row
    return row._replace(node=node, is_inferred=node != row.node, is_pointer=is_pointer)


def _find_displayed_node(
    row: KeyRow, node: ModelAxes, inference: Inference, reference: IdentityReference
) -> ModelAxes | None:
    """The node that a display name states in full for a key that fits two models; None if it states none."""
    if not row.display_name:
        return None
    shown = parse_key(row.display_name, row.key[1], reference)
    axes = reference.known_names.canonicalise(shown.axes, row.key[1])[0]._replace(developer=node.developer)
    filled, completed = (
        inference.nodes.get(each, each) for each in (fill_missing(node, axes), fill_missing(axes, node))
    )
    return filled if filled == completed and filled != node else None


def assign_developers(rows: list[KeyRow], usage_by_node: UsageByNode, inference: Inference) -> list[KeyRow]:
    """Assign a name without a developer to the one developer whose published evidence has a model of that name.

    Only a name with a generation or a size: a word alone may be any developer's.
    """
    anchored: dict[ModelAxes, set[ModelAxes]] = defaultdict(set)
    for node, usage in usage_by_node.items():
        if usage.is_anchored and (node.numbers or node.size):
            anchored[node._replace(developer="")].add(inference.nodes[node])
    assigned = []
    for row in rows:
        nodes = anchored.get(row.parsed.axes, set()) if row.reason == "ambiguous_developer" else set()
        is_sole = len(nodes) == 1
        assigned.append(row.assign(next(iter(nodes)))._replace(is_inferred=True) if is_sole else row)
    return assigned


def share_assignments(rows: list[KeyRow]) -> list[KeyRow]:
    """Assign a key that fits two models to the model that the same seller's key has in all other sources."""
    resolved = _find_sole_targets(row for row in rows if row.parsed.name)
    shared = []
    for row in rows:
        other = resolved.get(sold_name(row)) if row.reason == "two_candidates" else None
        if other is not None and other.node is not None:
            row = row.assign(other.node)._replace(evidence=other.evidence, is_inferred=True)
        shared.append(row)
    return shared


def _find_sole_targets(rows: Iterable[KeyRow]) -> dict[SoldName, KeyRow]:
    """An assigned row of every seller's name that all sources with a statement assign to one node."""
    found: dict[SoldName, dict[ModelAxes, KeyRow]] = defaultdict(dict)
    for row in rows:
        if row.node is not None:
            found[sold_name(row)].setdefault(row.node, row)
    return {name: row for name, nodes in found.items() for row in nodes.values() if len(nodes) == 1}


def follow_aliases(rows: list[KeyRow], reference: IdentityReference) -> list[KeyRow]:
    """Assign floating aliases to the target that their source states, or to the same key's node elsewhere.

    A permanent slug leads to a node that other keys support, and adds none.
    """
    rows = _follow_targets(rows)
    supported = {row.node for row in rows if row.node is not None and not row.is_pointer}
    for position, row in enumerate(rows):
        if row.parsed.problem == "floating_alias" and row.node is None:
            node = _parse_slug(row, reference)
            if node is not None and node in supported:
                rows[position] = row.alias(node, "canonical_slug")
    floating = {position: row for position, row in enumerate(rows) if row.parsed.problem == "floating_alias"}
    resolved = _find_sole_targets(floating.values())
    for position, row in floating.items():
        other = resolved.get(sold_name(row))
        if row.node is None and other is not None and other.node is not None:
            rows[position] = row.alias(other.node)._replace(evidence=other.evidence)
        elif row.node is None and row.key[2].startswith("~"):
            rows[position] = row.reject("router")
    return rows


def _follow_targets(rows: Iterable[KeyRow]) -> list[KeyRow]:
    """Assign keys with a stated target in their order: a target may be an alias that was assigned before."""
    followed = list(rows)
    positions = {(row.key[0], row.key[2]): position for position, row in enumerate(followed)}
    for position, row in enumerate(followed):
        target = _find_target(row, followed, positions) if row.alias_target else None
        if target is not None and target.node is not None:
            followed[position] = row.alias(target.node, "alias_target")
    return followed


def _find_target(row: KeyRow, rows: list[KeyRow], positions: Mapping[tuple[str, str], int]) -> KeyRow | None:
    """The row that an alias leads to, through further aliases; None for a circle or an unlisted target."""
    seen = {row.key[2]}
    position = positions.get((row.key[0], row.alias_target))
    while position is not None:
        target = rows[position]
        if target.node is not None or not target.alias_target or target.key[2] in seen:
            return target
        seen.add(target.key[2])
        position = positions.get((row.key[0], target.alias_target))
    return None


def _parse_slug(row: KeyRow, reference: IdentityReference) -> ModelAxes | None:
    """Axes of a floating key's permanent slug, without its date, which is the listing's and not the model's."""
    if not row.canonical_slug or row.canonical_slug == row.key[2]:
        return None
    parsed = parse_key(row.canonical_slug, row.key[1], reference)
    if parsed.problem or parsed.axes.developer != row.parsed.axes.developer:
        return None
    return reference.known_names.canonicalise(parsed.axes._replace(date=""), row.key[1])[0]


def assign_benchmark_keys(
    benchmark_rows: Iterable[KeyRow], listed: Iterable[KeyRow], together: Iterable[KeyRow]
) -> list[KeyRow]:
    """Assign keys of score tables to the models of the other keys that share their node in `together`.

    `together` are all rows assigned together; `listed`, the rows of catalogues, keep their own assignment:
    whatever a table of scores calls a model changes no key of a catalogue.
    """
    found = {row.key: row for row in together}
    own = {row.key: row.node for row in listed}
    nodes: dict[ModelAxes, set[ModelAxes]] = defaultdict(set)
    for key, row in found.items():
        node = own.get(key)
        if row.node is not None and node is not None:
            nodes[row.node].add(node)
    return [row if row.is_decided else _join(row, found[row.key], nodes) for row in benchmark_rows]


def _join(row: KeyRow, found: KeyRow, nodes: Mapping[ModelAxes, set[ModelAxes]]) -> KeyRow:
    row = row._replace(
        vetoes=found.vetoes,
        is_pointer=found.is_pointer,
        by_alias=found.by_alias,
        by_repository=found.by_repository,
        is_inferred=found.is_inferred,
    )
    candidates = nodes.get(found.node, set()) if found.node is not None else set()
    if found.parsed.problem == "floating_alias":
        return row.reject("floating_alias")  # it was measured on what the name meant then, not in this run
    if len(candidates) == 1:
        return row.assign(next(iter(candidates)))
    if candidates:
        return row.reject("two_candidates")
    return row.reject(found.reason if found.reason not in {"", "unknown_maker"} else "no_such_model")
