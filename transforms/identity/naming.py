"""Ids of models: last release's, else the maker's own spelling, else the clearest key; never row order."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from transforms.identity.facts import SINGLE_AXES, Axes, IdentityBooks
from transforms.identity.keys import simplify_repository
from transforms.identity.rows import Row

SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,119}")
SAFE_DEVELOPER = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_TAIL = re.compile(r"[-.](?:v1|maas|tee|free|latest)$|:.*$")

Place = Callable[[str, str], Axes | None]
"""Where a developer's name leads by spelling alone."""


def name_models(
    rows: list[Row], former: Mapping[tuple[str, str, str], str], place: Place, books: IdentityBooks
) -> dict[Axes, str]:
    """An id for every node that keys stand on, unique and safe; a node that no name fits gets none."""
    members: dict[Axes, list[Row]] = defaultdict(list)
    for row in rows:
        if row.node is not None:
            members[row.node].append(row)
    ids: dict[Axes, str] = {}
    taken: set[str] = set()
    held = _keep_former(members, former)
    for node, model_id in held.items():
        ids[node] = model_id
        taken.add(model_id)
    for node in sorted(members.keys() - ids.keys()):
        if not SAFE_DEVELOPER.fullmatch(node.developer):
            continue
        for name in _list_names(node, members[node], place, books):
            model_id = f"{node.developer}/{name}"
            if model_id not in taken:
                ids[node] = model_id
                taken.add(model_id)
                break
    return ids


def _keep_former(
    members: Mapping[Axes, list[Row]], former: Mapping[tuple[str, str, str], str]
) -> dict[Axes, str]:
    """Former ids of nodes: the one that most of a node's keys had, for the node that has most of its keys."""
    votes = Counter(
        (former[row.key], node) for node, rows in members.items() for row in rows if row.key in former
    )
    held: dict[Axes, str] = {}
    for (model_id, node), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        if node not in held and model_id not in held.values():
            held[node] = model_id
    return held


def _list_names(node: Axes, rows: list[Row], place: Place, books: IdentityBooks) -> Iterable[str]:
    """Names for a node, best first; those that lead elsewhere by spelling come after those that lead back."""
    ranked = _rank_names(rows, node, books)
    safe = [name for name in ranked if SAFE_NAME.fullmatch(name)]
    leading = [name for name in safe if place(node.developer, name) == node]
    elsewhere = [name for name in safe if name not in leading]
    suffix = "-".join(getattr(node, axis) for axis in SINGLE_AXES if getattr(node, axis)).replace("--", "")
    spelled = [f"{name}-{suffix}" for name in safe[:1] if suffix]
    return [*leading, *elsewhere, *spelled, *(f"{name}-{n}" for name in safe[:1] for n in range(2, 9))]


def _rank_names(rows: list[Row], node: Axes, books: IdentityBooks) -> list[str]:
    """Candidate names: repositories, OpenRouter's slug, the maker's own list, then whatever most keys say."""
    votes: dict[str, list[int]] = {}
    for row in rows:
        for rank, name in _spell(row, node, books):
            best = votes.setdefault(name, [rank, 0])
            best[0] = min(best[0], rank)
            best[1] += 1
    return sorted(votes, key=lambda name: (votes[name][0], -votes[name][1], "." not in name, len(name), name))


def _spell(row: Row, node: Axes, books: IdentityBooks) -> Iterable[tuple[int, str]]:
    """Names that one key offers, each with its rank."""
    named = row.hugging_face_id if row.by_repository else ""
    for repository, rank in ((named, 0), (row.reading.repository, 1)):
        org, slash, _ = repository.partition("/")
        if slash and books.repositories.get(org) == node.developer and row.by_repository:
            yield rank, simplify_repository(repository).partition("/")[2]
    name = clean_name(row.reading.name)
    if row.canonical_slug:
        yield 2, name
    elif row.is_first_party and books.spellings.get(row.key[1]) == node.developer:
        yield 3, name
    elif not row.is_inferred and not row.by_alias:
        yield 4, name
    else:
        yield 5, name


def clean_name(name: str) -> str:
    """A cleaned key's name as part of an id: lower case, only safe signs, without a serving tail."""
    slug = re.sub(r"[^a-z0-9._+-]+", "-", name.lower())
    return _TAIL.sub("", re.sub(r"-{2,}", "-", slug)).strip("-._+")
