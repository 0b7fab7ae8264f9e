"""Axes that a key leaves out, inferred by stated rules from all keys of the night together.

The rules, in order; each fills only what is missing, and never from a guest's key:
1. active and expert counts: where all keys of a name and size state one, it is that one.
2. tuning: a bare name is the tuned weights where one tuning is known. Not where thinking weights stand
   beside them (then it may be either), where the bare name is a repository or a reviewed model, or where
   published evidence knows closed weights by the bare name alone.
3. revision: a sole revision ("-001") equals the bare name.
4. stage: a bare name that no anchor knows is the preview where the maker has only that one.
5. date: a sole date equals the bare name. Not where the book says otherwise, where both are
   repositories, or where one seller of published weights lists both as two models.
6. maker: a name that states none is the one maker's whose published evidence has a model of that very
   name, if the name has a generation or a size.
7. size: never inferred. Open weights named without a size, where several sizes exist, may be any of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from llmpairs.transforms.identity.known_names import KnownNames, dates_agree
from llmpairs.transforms.identity.reference_types import Axes, with_axis

NO_SELLER = "-"
"""Provider of cards and scores."""


@dataclass
class Witnesses:
    """Who uses a name: what inference may know about it besides its axes."""

    is_own: bool = False
    is_anchored: bool = False
    is_open: bool = False
    providers: set[str] = field(default_factory=set)
    repositories: set[str] = field(default_factory=set)


@dataclass
class Inference:
    """Where every node went, and what could not be decided."""

    nodes: dict[Axes, Axes]
    ambiguous: set[Axes] = field(default_factory=set)
    """Names that fit two models."""
    undated: set[Axes] = field(default_factory=set)
    """Nodes whose date is none that the book knows."""
    pointers: set[Axes] = field(default_factory=set)
    """Bare names that move from date to date."""


Crowd = dict[Axes, Witnesses]
Rule = Callable[[Crowd, KnownNames, Inference], Mapping[Axes, Axes]]


def infer_axes(crowd: Mapping[Axes, Witnesses], known: KnownNames) -> Inference:
    """Final axes of every node; `crowd` holds guests too, which are rewritten but never infer."""
    inference = Inference({node: node for node in crowd})
    current = dict(crowd)
    rules: tuple[Rule, ...] = (
        _fill_counts,
        _fill_tuning,
        _join_revisions,
        _fill_stage,
        _join_dates,
        _refuse_sizeless,
    )
    for rule in rules:
        moves = rule(current, known, inference)
        inference.nodes = {node: moves.get(now, now) for node, now in inference.nodes.items()}
        for marked in (inference.ambiguous, inference.undated, inference.pointers):
            marked.update([moves[node] for node in marked if node in moves])
        current = _move_crowd(current, moves)
    return inference


def _move_crowd(crowd: Crowd, moves: Mapping[Axes, Axes]) -> Crowd:
    moved: Crowd = {}
    for node, who in crowd.items():
        there = moved.setdefault(moves.get(node, node), Witnesses())
        there.is_own |= who.is_own
        there.is_anchored |= who.is_anchored
        there.is_open |= who.is_open
        there.providers |= who.providers
        there.repositories |= who.repositories
    return moved


def _group(crowd: Crowd, axis: str) -> Iterable[list[Axes]]:
    """Nodes that are equal but for one axis, where more than one is."""
    groups: dict[Axes, list[Axes]] = defaultdict(list)
    for node in crowd:
        groups[with_axis(node, axis, "")].append(node)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _values(group: Iterable[Axes], axis: str, crowd: Crowd) -> list[str]:
    return sorted({getattr(n, axis) for n in group if getattr(n, axis) and crowd[n].is_own})


def _fill_counts(crowd: Crowd, known: KnownNames, inference: Inference) -> dict[Axes, Axes]:
    """Active and expert counts, which follow from name and size whatever the tuning and date."""
    del inference
    groups: dict[Axes, list[Axes]] = defaultdict(list)
    for node in crowd:
        if node.size:
            groups[_without_release(node)].append(node)
    moves: dict[Axes, Axes] = {}
    for group in groups.values():
        for axis in ("active", "experts"):
            values = _values(group, axis, crowd)
            for node in group if len(values) == 1 else ():
                filled = moves.get(node, node)
                if not getattr(node, axis) and not known.implies(node, axis):
                    moves[node] = with_axis(filled, axis, values[0])
    return moves


def _without_release(node: Axes) -> Axes:
    words = tuple(word for word in node.words if word not in {"thinking", "reasoning"})
    return Axes(node.developer, words, node.numbers, size=node.size)


def _fill_tuning(crowd: Crowd, known: KnownNames, inference: Inference) -> dict[Axes, Axes]:
    moves = {}
    for group in _group(crowd, "tuning"):
        bare = [node for node in group if not node.tuning]
        values = [value for value in _values(group, "tuning", crowd) if value != "base"]
        if not bare or not values or known.separates(bare[0]):
            continue
        tuned = [node for node in group if node.tuning in values]
        if _is_repository(bare[0], tuned[0], crowd) or _is_added(tuned, bare[0], crowd):
            continue
        if len(values) > 1 or _has_thinking_sibling(tuned[0], crowd):
            inference.ambiguous.add(bare[0])
        else:
            moves[bare[0]] = tuned[0]
    return moves


def _is_repository(bare: Axes, tuned: Axes, crowd: Crowd) -> bool:
    """Whether weights are published under the bare name, and not the tuned ones."""
    return bool(crowd[bare].repositories) and not crowd[bare].repositories & crowd[tuned].repositories


def _is_added(tuned: Iterable[Axes], bare: Axes, crowd: Crowd) -> bool:
    """Whether published evidence knows closed weights by the bare name, and none by the tuned one."""
    who = crowd[bare]
    return who.is_anchored and not who.is_open and not any(crowd[node].is_anchored for node in tuned)


def _has_thinking_sibling(node: Axes, crowd: Crowd) -> bool:
    words = tuple(sorted({*node.words, "thinking"}))
    return node._replace(words=words, tuning="") in crowd or node._replace(words=words) in crowd


def _have_own_repositories(one: Axes, other: Axes, crowd: Crowd) -> bool:
    """Both names are repositories, and not the same one."""
    ones, others = crowd[one].repositories, crowd[other].repositories
    return bool(ones) and bool(others) and not ones & others


def _fill_stage(crowd: Crowd, known: KnownNames, inference: Inference) -> dict[Axes, Axes]:
    del inference
    moves = {}
    for group in _group(crowd, "stage"):
        bare = [node for node in group if not node.stage]
        staged = [node for node in group if node.stage and crowd[node].is_own]
        if len(bare) == len(staged) == 1 and _is_only_staged(bare[0], staged[0], crowd, known):
            moves[bare[0]] = staged[0]
    return moves


def _is_only_staged(bare: Axes, staged: Axes, crowd: Crowd, known: KnownNames) -> bool:
    """Anchors know the preview and not the bare name, and the book does not keep the two apart."""
    if known.separates(staged) or known.separates(bare):
        return False
    return crowd[staged].is_anchored and not crowd[bare].is_anchored


def _join_dates(crowd: Crowd, known: KnownNames, inference: Inference) -> dict[Axes, Axes]:
    groups: dict[Axes, list[Axes]] = defaultdict(list)
    for node in crowd:
        groups[node._replace(date="")].append(node)
    moves: dict[Axes, Axes] = {}
    for bare, group in groups.items():
        dates = sorted({node.date for node in group if node.date})
        if dates:
            moves.update(_join_dated(bare, dates, crowd, known, inference))
    return moves


def _join_dated(
    bare: Axes, dates: list[str], crowd: Crowd, known: KnownNames, inference: Inference
) -> dict[Axes, Axes]:
    """Moves of one name's dates: partial dates to full ones, a sole date to the bare name."""
    model = known.find(bare)
    official = sorted(model.dates) if model else []
    full = {day: _complete(day, official or dates) for day in dates}
    moves = {bare._replace(date=day): bare._replace(date=there) for day, there in full.items()}
    strange = [day for day in dates if official and full[day] not in official]
    inference.undated.update(bare._replace(date=full[day]) for day in strange)
    owned = {full[d] for d in dates if crowd[bare._replace(date=d)].is_own and d not in strange}
    usual = set(official) or owned
    if model and model.bare:
        if model.bare == "pointer":
            inference.pointers.add(bare)
    elif len(usual) == 1 and (official or not _are_two_releases(bare, moves, crowd)):
        sole = next(iter(usual))
        moves = {node: bare if there.date == sole else there for node, there in moves.items()}
    elif len(usual) > 1:
        inference.pointers.add(bare)
    return {node: there for node, there in moves.items() if node != there}


def _complete(day: str, dates: list[str]) -> str:
    """The one date that a partial date agrees with; itself when there is none or a choice."""
    agreeing = [other for other in dates if dates_agree(day, other)]
    longest = [other for other in agreeing if len(other) == max(map(len, agreeing))]
    return longest[0] if len(longest) == 1 and len(longest[0]) >= len(day) else day


def _are_two_releases(bare: Axes, moves: Mapping[Axes, Axes], crowd: Crowd) -> bool:
    """Whether bare and dated name are two models: two repositories, or two entries of a seller of published weights."""
    if bare not in crowd:
        return False
    dated = [node for node in moves if node.date and node in crowd]
    if any(_have_own_repositories(bare, node, crowd) for node in dated):
        return True
    if not any(node.size or crowd[node].repositories for node in (bare, *dated)):
        return False
    sellers = crowd[bare].providers - {NO_SELLER}
    return crowd[bare].is_open and any(sellers & crowd[node].providers for node in dated)


def _join_revisions(crowd: Crowd, known: KnownNames, inference: Inference) -> dict[Axes, Axes]:
    moves: dict[Axes, Axes] = {}
    groups: dict[Axes, list[Axes]] = defaultdict(list)
    for node in crowd:
        groups[node._replace(revision="")].append(node)
    for bare, group in groups.items():
        revisions = {node.revision for node in group if node.revision}
        model = known.find(bare)
        if len(revisions) == 1 and not (model and model.bare == "pointer"):
            moves.update((node, bare) for node in group if node.revision)
        elif revisions:
            inference.pointers.add(bare)
    return moves


def _refuse_sizeless(crowd: Crowd, known: KnownNames, inference: Inference) -> dict[Axes, Axes]:
    sizes: dict[Axes, set[str]] = defaultdict(set)
    for node, who in crowd.items():
        if node.size and who.is_own:
            sizes[_without_size(node)].add(node.size)
    for node, who in crowd.items():
        is_loose = not node.size and who.is_open and not who.is_anchored and not known.implies(node, "size")
        if is_loose and len(sizes[_without_size(node)]) > 1:
            inference.ambiguous.add(node)
    return {}


def _without_size(node: Axes) -> Axes:
    return node._replace(size="", active="", experts="", tuning="", context="")
