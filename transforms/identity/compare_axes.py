"""Compares axes of two names: conflicts, completion of one by the other, and the nearest models of a key."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rapidfuzz import fuzz, process

from llmpairs.transforms.identity.key_rows import Key, KeyRow
from llmpairs.transforms.identity.reference_types import SINGLE_AXES, ModelAxes, values_agree

SUGGESTIONS = 3
"""Nearest models listed for an unresolved key."""
COMPARED = 25
"""Models whose axes are compared, the nearest by spelling."""
WITHOUT_SUGGESTIONS = frozenset(
    {"decision", "unsafe_key", "arithmetic", "router", "not_a_model", "several_models", "stealth", "nobody"}
)
"""Reasons of unresolved keys that get no suggestions."""


def find_conflicts(one: ModelAxes, other: ModelAxes) -> list[str]:
    """Axes on which two names differ, each as "size 20b/120b"; an axis that one leaves out is no conflict."""
    found = []
    if one.developer and other.developer and one.developer != other.developer:
        found.append(f"developer {one.developer}/{other.developer}")
    if one.words != other.words:
        only_one = "-".join(sorted({*one.words} - {*other.words})) or "none"
        only_other = "-".join(sorted({*other.words} - {*one.words})) or "none"
        found.append(f"words {only_one}/{only_other}")
    if not _is_subsequence(one.numbers, other.numbers) and not _is_subsequence(other.numbers, one.numbers):
        found.append(f"generation {','.join(one.numbers)}/{','.join(other.numbers)}")
    for axis in SINGLE_AXES:
        left, right = getattr(one, axis), getattr(other, axis)
        if left and right and not values_agree(axis, left, right):
            found.append(f"{axis} {left}/{right}")
    return found


def _is_subsequence(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    rest = iter(long)
    return all(number in rest for number in short)


def fill_missing(axes: ModelAxes, other: ModelAxes) -> ModelAxes:
    """Axes completed with those of another name of the same model."""
    missing = {axis: getattr(other, axis) for axis in SINGLE_AXES if not getattr(axes, axis)}
    return axes._replace(
        developer=axes.developer or other.developer,
        words=axes.words or other.words,
        numbers=max(axes.numbers, other.numbers, key=len),
        **missing,
    )


class Suggestion(NamedTuple):
    """The nearest models of an unresolved key, and the axes on which the first of them differs."""

    model_ids: list[str]
    conflicts: list[str]


def suggest_models(rows: Iterable[KeyRow], ids: Mapping[ModelAxes, str]) -> dict[Key, Suggestion]:
    """Nearest models of every unresolved key, by differing axes, then spelling; for reviewers only."""
    nodes = {model_id: node for node, model_id in ids.items()}
    names = {model_id: model_id.partition("/")[2] for model_id in sorted(nodes)}
    nearest: dict[tuple[str, ModelAxes], list[str]] = {}
    suggestions = {}
    for row in rows:
        name, axes = row.parsed.name, row.parsed.axes
        if row.node is not None or row.reason in WITHOUT_SUGGESTIONS or not name:
            continue
        if (name, axes) not in nearest:
            near = process.extract(name, names, scorer=fuzz.token_sort_ratio, limit=COMPARED)
            near.sort(key=lambda hit: (len(find_conflicts(axes, nodes[hit[2]])), -hit[1], hit[2]))
            nearest[name, axes] = [model_id for _, _, model_id in near[:SUGGESTIONS]]
        models = nearest[name, axes]
        if models:
            conflicts = [f"{models[0]}: {conflict}" for conflict in find_conflicts(axes, nodes[models[0]])]
            suggestions[row.key] = Suggestion(models, conflicts)
    return suggestions
