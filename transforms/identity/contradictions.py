"""Vetoes keys whose own display name or context contradicts the model that the key itself resolves to.

A source that prints "Claude Sonnet 4.5" beside the key claude-sonnet-4 sells one of the two, and does not state which:
the key stays unresolved.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from llmpairs.transforms.identity.compare_axes import find_conflicts
from llmpairs.transforms.identity.infer import Inference
from llmpairs.transforms.identity.key_rows import Key, KeyRow, sold_name
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes

REASON = "contradicted"
_PLAIN_SIZE = re.compile(r"\d+(?:\.\d+)?[bt]")
_LETTERS = re.compile(r"[a-z]")
_ADDED = ("tuning", "stage", "revision", "date", "size")
"""Axes that make another model where a display name states them and the key does not."""


def veto_contradictions(rows: list[KeyRow], inference: Inference, reference: IdentityReference) -> list[KeyRow]:
    """Reject keys that their own display name or context contradicts; aliases and pointers follow their targets.

    A contradicted name of a seller is rejected in every source that prints no display name of its own beside it.
    """
    supported = find_supported(rows)
    contexts = find_wrong_contexts(rows, reference)
    by_name = {row.key: _compare_name(row, inference, supported) for row in rows if _may_be_wrong(row)}
    sold = {sold_name(row): by_name[row.key] for row in rows if by_name.get(row.key)}
    vetoed = []
    for row in rows:
        found = []
        if _may_be_wrong(row):
            found = by_name[row.key] or ([] if row.display_name else sold.get(sold_name(row), []))
            found = found + contexts.get(row.key, [])
        vetoed.append(row._replace(vetoes=(*row.vetoes, *found)).reject(REASON) if found else row)
    return vetoed


def _may_be_wrong(row: KeyRow) -> bool:
    return row.node is not None and not (row.by_alias or row.is_decided or row.joins_only)


def find_supported(rows: Iterable[KeyRow]) -> set[ModelAxes]:
    """Nodes that a key is evidence of, and names of closed weights that two sellers and source groups list."""
    supported, bare = set(), set()
    lineages: dict[ModelAxes, set[str]] = defaultdict(set)
    sellers: dict[ModelAxes, set[str]] = defaultdict(set)
    for row in rows:
        if row.node is not None and row.is_evidence:
            supported.add(row.node)
        elif row.node is not None and not (row.parsed.is_open or row.joins_only):
            lineages[row.node].add(row.lineage)
            sellers[row.node].add(row.key[1])
            if not row.parsed.third_party:
                bare.add(row.node)
    return supported | {node for node in bare if len(lineages[node]) > 1 and len(sellers[node]) > 1}


def _compare_name(row: KeyRow, inference: Inference, supported: set[ModelAxes]) -> list[str]:
    """How a display name contradicts a key: it names another model of this run, or another size, date or version."""
    node, shown = row.node, row.shown
    if node is None or shown is None:
        return []
    named = inference.nodes.get(shown, shown)
    if named == node:
        return []
    found = []
    if named in supported:
        found = _name_other_model(node, named, is_pointer=row.is_pointer or node in inference.pointers)
    elif not row.by_repository:
        found = _name_other_axes(node, shown)
    return [f"display name {row.display_name!r}: {each}" for each in found]


def _name_other_model(node: ModelAxes, named: ModelAxes, *, is_pointer: bool) -> list[str]:
    """Axes in which a display name states more or something else than the key, whose name may be the longer one."""
    found = [each for each in find_conflicts(node, named) if not each.startswith(("words", "developer"))]
    if {*named.words} - {*node.words}:
        found.append(f"words {'-'.join(node.words)}/{'-'.join(named.words)}")
    if not is_pointer:
        found += [f"{axis} none/{getattr(named, axis)}" for axis in _ADDED if _adds(axis, node, named)]
        if len(named.numbers) > len(node.numbers) and node.words == named.words:
            found.append(f"generation {','.join(node.numbers) or 'none'}/{','.join(named.numbers)}")
    return list(dict.fromkeys(found))


def _adds(axis: str, node: ModelAxes, named: ModelAxes) -> bool:
    return bool(getattr(named, axis)) and not getattr(node, axis)


def _name_other_axes(node: ModelAxes, shown: ModelAxes) -> list[str]:
    """Plain sizes, dates and versions that differ although no model has the shown name."""
    found = []
    is_sized = _PLAIN_SIZE.fullmatch(node.size) and _PLAIN_SIZE.fullmatch(shown.size)
    is_joined = bool(node.numbers) and not shown.numbers  # "Qwen 3.32B" lacks a blank
    if is_sized and not is_joined and node.size != shown.size:
        found.append(f"size {node.size}/{shown.size}")
    if node.date and shown.date and not _share_month(node.date, shown.date):
        found.append(f"date {node.date}/{shown.date}")
    if node.words == shown.words and _are_other_versions(node.numbers, shown.numbers):
        found.append(f"generation {','.join(node.numbers)}/{','.join(shown.numbers)}")
    return found


def _share_month(one: str, other: str) -> bool:
    """Whether two dates may be one: "2025-09" and "--09-25", which a name prints for September 2025."""
    left, right = one.removeprefix("-").split("-"), other.removeprefix("-").split("-")
    same_year = len(left[0]) < 4 or len(right[0]) < 4 or left[0] == right[0]
    return same_year and left[1] == right[1]


def _are_other_versions(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether equally many numbers differ in more than spelling: not 4.1 and 4, 25 and 2.5, m2.5 and 2.5."""
    left, right = ([_LETTERS.sub("", number) for number in numbers] for numbers in (one, other))
    if len(left) != len(right):
        return False
    return any(
        a.replace(".", "") != b.replace(".", "") and not f"{a}.".startswith(f"{b}.") and not f"{b}.".startswith(f"{a}.")
        for a, b in zip(left, right, strict=True)
    )


def find_wrong_contexts(rows: Iterable[KeyRow], reference: IdentityReference) -> Mapping[Key, list[str]]:
    """Keys whose context is larger than any that other sellers state, by a factor that no setting of a host explains.

    Hosts cap a window, so the largest one counts. A value that a seller prints for most of its models says nothing.
    """
    limits = reference.context_limits
    stated = [row for row in rows if row.context_tokens]
    usual: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for row in stated:
        usual[row.key[0], row.key[1]][row.context_tokens] += 1
    largest: dict[ModelAxes, dict[str, int]] = defaultdict(dict)
    own = []
    for row in stated:
        printed = usual[row.key[0], row.key[1]]
        is_filler = printed[row.context_tokens] > max(1, limits.filler_share * printed.total())
        if row.node is not None and not is_filler:
            sellers = largest[row.node]
            sellers[row.key[1]] = max(row.context_tokens, sellers.get(row.key[1], 0))
            own.append((row, sellers))
    found = {}
    for row, sellers in own:
        others = [tokens for seller, tokens in sellers.items() if seller != row.key[1]]
        is_known = len(others) >= limits.sellers and not row.by_repository
        window = max(others, default=0)
        if is_known and window >= limits.least_window and row.context_tokens > limits.factor * window:
            found[row.key] = [f"context {row.context_tokens}: other sellers state at most {window}"]
    return found
