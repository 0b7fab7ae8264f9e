"""Infers axes that a key leaves out, by rules over all keys of a run together.

The rules, in order; each fills only what is missing, and never from a third-party key:
1. active and expert counts: the one value that all keys of a name and size state.
2. tuning: a bare name means the tuned weights where one tuning is known. Not where thinking weights exist
   as well (then it may be either), where the bare name is a repository or a reviewed model, or where
   published evidence has closed weights under the bare name alone.
3. revision: a sole revision ("-001") equals the bare name.
4. stage: a bare name without published evidence means the preview where the developer has only a preview.
5. date: a sole date equals the bare name. Not where a reviewed model forbids it, where both are
   repositories, or where one seller of published weights lists both as two models.
6. developer (`assign_developers`): a name without one belongs to the one developer whose published evidence
   has a model of exactly that name, if the name has a generation or a size.
7. counts: a name whose active or expert count differs from the one that published evidence has for this name and
   size is misspelt, and no model (`miscounted`).
8. size: never inferred. Open weights named without a size, where several sizes exist, may be any of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from llmpairs.transforms.identity.reference_types import KnownNames, ModelAxes, dates_agree, with_axis

NO_SELLER = "-"
"""Provider of model cards and scores."""


@dataclass
class NodeUsage:
    """Usage of a node by keys: what inference considers besides the axes."""

    is_evidence: bool = False
    is_anchored: bool = False
    """A slug, a repository or the developer's own list has it."""
    is_open: bool = False
    providers: set[str] = field(default_factory=set)
    repositories: set[str] = field(default_factory=set)


@dataclass
class Inference:
    """Final node of every node, and nodes that could not be decided."""

    nodes: dict[ModelAxes, ModelAxes]
    ambiguous: set[ModelAxes] = field(default_factory=set)
    """Names that fit two models."""
    undated: set[ModelAxes] = field(default_factory=set)
    """Nodes whose date is not among the reviewed dates of the name."""
    pointers: set[ModelAxes] = field(default_factory=set)
    """Bare names that move from date to date."""
    miscounted: dict[ModelAxes, str] = field(default_factory=dict)
    """Nodes whose active or expert count published evidence contradicts, and how."""


UsageByNode = dict[ModelAxes, NodeUsage]
NodeMap = dict[ModelAxes, ModelAxes]
NodeGroups = dict[ModelAxes, list[ModelAxes]]
Rule = Callable[[UsageByNode, KnownNames, Inference], NodeMap]


def infer_axes(usage_by_node: UsageByNode, known: KnownNames) -> Inference:
    """Infer the final node of every node; third-party keys are moved but are no evidence."""
    inference = Inference({node: node for node in usage_by_node})
    current = dict(usage_by_node)
    rules: tuple[Rule, ...] = (
        _mark_miscounted, _fill_counts, _fill_tuning, _join_revisions, _fill_stage, _join_dates, _mark_sizeless,
    )  # fmt: skip
    for rule in rules:
        moves = rule(current, known, inference)
        inference.nodes = {node: moves.get(now, now) for node, now in inference.nodes.items()}
        for marked in (inference.ambiguous, inference.undated, inference.pointers):
            marked.update([moves[node] for node in marked if node in moves])
        inference.miscounted |= {moves[node]: why for node, why in inference.miscounted.items() if node in moves}
        current = _move_usage(current, moves)
    return inference


def _move_usage(usage_by_node: UsageByNode, moves: NodeMap) -> UsageByNode:
    moved: UsageByNode = {}
    for node, usage in usage_by_node.items():
        merged = moved.setdefault(moves.get(node, node), NodeUsage())
        merged.is_evidence |= usage.is_evidence
        merged.is_anchored |= usage.is_anchored
        merged.is_open |= usage.is_open
        merged.providers |= usage.providers
        merged.repositories |= usage.repositories
    return moved


def _group_by(nodes: Iterable[ModelAxes], reduce: Callable[[ModelAxes], ModelAxes]) -> NodeGroups:
    groups: NodeGroups = defaultdict(list)
    for node in nodes:
        groups[reduce(node)].append(node)
    return groups


def _group(usage_by_node: UsageByNode, axis: str) -> Iterable[list[ModelAxes]]:
    """Groups of two or more nodes that differ in one axis only."""
    groups = _group_by(usage_by_node, lambda node: with_axis(node, axis, ""))
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _values(group: Iterable[ModelAxes], axis: str, usage_by_node: UsageByNode) -> list[str]:
    return sorted({getattr(n, axis) for n in group if getattr(n, axis) and usage_by_node[n].is_evidence})


def _mark_miscounted(usage_by_node: UsageByNode, known: KnownNames, inference: Inference) -> NodeMap:
    """Mark nodes whose counts differ from those that published evidence has for the same name and size."""
    named = _group_by(usage_by_node, lambda node: ModelAxes(node.developer, node.words, node.numbers, size=node.size))
    for group in named.values():
        for axis in ("active", "experts"):
            counts = {node: getattr(node, axis) or known.find_implied(node, axis) for node in group}
            published = {counts[node] for node in group if counts[node] and usage_by_node[node].is_anchored}
            inference.miscounted |= {
                node: f"{axis} {count}: published evidence has {', '.join(sorted(published))}"
                for node, count in counts.items()
                if published and count and count not in published
            }
    return {}


def _fill_counts(usage_by_node: UsageByNode, known: KnownNames, _inference: Inference) -> NodeMap:
    """Fill active and expert counts, which follow from name and size whatever the tuning and date."""
    moves: NodeMap = {}
    for group in _group_by((node for node in usage_by_node if node.size), _without_release).values():
        for axis in ("active", "experts"):
            values = _values(group, axis, usage_by_node)
            for node in group if len(values) == 1 else ():
                filled = moves.get(node, node)
                if not getattr(node, axis) and not known.implies(node, axis):
                    moves[node] = with_axis(filled, axis, values[0])
    return moves


def _without_release(node: ModelAxes) -> ModelAxes:
    words = tuple(word for word in node.words if word not in {"thinking", "reasoning"})
    return ModelAxes(node.developer, words, node.numbers, size=node.size)


def _fill_tuning(usage_by_node: UsageByNode, known: KnownNames, inference: Inference) -> NodeMap:
    moves = {}
    for group in _group(usage_by_node, "tuning"):
        bare = [node for node in group if not node.tuning]
        values = [value for value in _values(group, "tuning", usage_by_node) if value != "base"]
        if not bare or not values or known.separates(bare[0]):
            continue
        tuned = [node for node in group if node.tuning in values]
        repositories = usage_by_node[bare[0]].repositories
        is_repository = bool(repositories) and repositories.isdisjoint(usage_by_node[tuned[0]].repositories)
        if is_repository or _is_closed_bare(tuned, bare[0], usage_by_node):
            continue
        thinking = tuned[0]._replace(words=tuple(sorted({*tuned[0].words, "thinking"})))
        if len(values) > 1 or thinking in usage_by_node or thinking._replace(tuning="") in usage_by_node:
            inference.ambiguous.add(bare[0])
        else:
            moves[bare[0]] = tuned[0]
    return moves


def _is_closed_bare(tuned: Iterable[ModelAxes], bare: ModelAxes, usage_by_node: UsageByNode) -> bool:
    """Whether published evidence has closed weights under the bare name, and none under the tuned one."""
    usage = usage_by_node[bare]
    return usage.is_anchored and not usage.is_open and not any(usage_by_node[node].is_anchored for node in tuned)


def _fill_stage(usage_by_node: UsageByNode, known: KnownNames, _inference: Inference) -> NodeMap:
    moves = {}
    for group in _group(usage_by_node, "stage"):
        bare = [node for node in group if not node.stage]
        staged = [node for node in group if node.stage and usage_by_node[node].is_evidence]
        if not len(bare) == len(staged) == 1 or known.separates(staged[0]) or known.separates(bare[0]):
            continue
        if usage_by_node[staged[0]].is_anchored and not usage_by_node[bare[0]].is_anchored:
            moves[bare[0]] = staged[0]
    return moves


def _join_dates(usage_by_node: UsageByNode, known: KnownNames, inference: Inference) -> NodeMap:
    moves: NodeMap = {}
    for bare, group in _group_by(usage_by_node, lambda node: node._replace(date="")).items():
        dates = sorted({node.date for node in group if node.date})
        if dates:
            moves.update(_join_dated(bare, dates, usage_by_node, known, inference))
    return moves


def _join_dated(
    bare: ModelAxes, dates: list[str], usage_by_node: UsageByNode, known: KnownNames, inference: Inference
) -> NodeMap:
    """Moves of one name's dates: partial dates to full ones, a sole date to the bare name."""
    model = known.find(bare)
    official = sorted(model.dates) if model else []
    full = {day: _complete(day, official or dates) for day in dates}
    moves = {bare._replace(date=day): bare._replace(date=complete) for day, complete in full.items()}
    strange = [day for day in dates if official and full[day] not in official]
    inference.undated.update(bare._replace(date=full[day]) for day in strange)
    owned = {full[d] for d in dates if usage_by_node[bare._replace(date=d)].is_evidence and d not in strange}
    usual = set(official) or owned
    if model and model.bare:
        if model.bare == "pointer":
            inference.pointers.add(bare)
    elif len(usual) == 1 and (official or not _are_two_releases(bare, moves, usage_by_node)):
        sole = next(iter(usual))
        moves = {node: bare if target.date == sole else target for node, target in moves.items()}
    elif len(usual) > 1:
        inference.pointers.add(bare)
    return {node: target for node, target in moves.items() if node != target}


def _complete(day: str, dates: list[str]) -> str:
    """The one date that a partial date agrees with; itself when there is none or a choice."""
    agreeing = [other for other in dates if dates_agree(day, other)]
    longest = [other for other in agreeing if len(other) == max(map(len, agreeing))]
    return longest[0] if len(longest) == 1 and len(longest[0]) >= len(day) else day


def _are_two_releases(bare: ModelAxes, moves: NodeMap, usage_by_node: UsageByNode) -> bool:
    """Whether bare and dated name are two models: two repositories, or two keys of one seller of open weights."""
    if bare not in usage_by_node:
        return False
    dated = [node for node in moves if node.date and node in usage_by_node]
    own, others = usage_by_node[bare].repositories, [usage_by_node[node].repositories for node in dated]
    if own and any(found and own.isdisjoint(found) for found in others):
        return True
    if not any(node.size for node in (bare, *dated)) and not any((own, *others)):
        return False
    sellers = usage_by_node[bare].providers - {NO_SELLER}
    return usage_by_node[bare].is_open and any(sellers & usage_by_node[node].providers for node in dated)


def _join_revisions(usage_by_node: UsageByNode, known: KnownNames, inference: Inference) -> NodeMap:
    moves: NodeMap = {}
    for bare, group in _group_by(usage_by_node, lambda node: node._replace(revision="")).items():
        revisions = {node.revision for node in group if node.revision}
        model = known.find(bare)
        if len(revisions) == 1 and not (model and model.bare == "pointer"):
            moves.update((node, bare) for node in group if node.revision)
        elif revisions:
            inference.pointers.add(bare)
    return moves


def _mark_sizeless(usage_by_node: UsageByNode, known: KnownNames, inference: Inference) -> NodeMap:
    sizes: dict[ModelAxes, set[str]] = defaultdict(set)
    for node, usage in usage_by_node.items():
        if node.size and usage.is_evidence:
            sizes[_without_size(node)].add(node.size)
    for node, usage in usage_by_node.items():
        is_loose = not node.size and usage.is_open and not usage.is_anchored and not known.implies(node, "size")
        if is_loose and len(sizes[_without_size(node)]) > 1:
            inference.ambiguous.add(node)
    return {}


def _without_size(node: ModelAxes) -> ModelAxes:
    return node._replace(size="", active="", experts="", tuning="", context="")
