"""Ids of models: last release's, else the maker's own spelling, else the clearest key; never row order."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from llmpairs.transforms.identity.axes import parse_name
from llmpairs.transforms.identity.continuity import Memory
from llmpairs.transforms.identity.families import drop_maker
from llmpairs.transforms.identity.key_nodes import Row
from llmpairs.transforms.identity.keys import simplify_repository
from llmpairs.transforms.identity.known_names import KnownNames
from llmpairs.transforms.identity.reference_types import SINGLE_AXES, Axes, IdentityBooks
from llmpairs.transforms.identity.tokens import cut_tokens

SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,119}")
SAFE_DEVELOPER = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_TAIL = re.compile(
    r"(?:-maas|-tee|-gguf|-mlx|-awq|-gptq|-\d+bit|-hf|-fp8|-fp16|-bf16|-int\d|-nvfp4|-i?q\d[a-z0-9_]*)$"
)
_DASHED_NUMBER = re.compile(r"(?<![\d.])([a-z]?\d)[-_]([1-9]?\d)(?![\d.a-z]|-\d(?!\d))")
_UNDERSCORE = re.compile(r"(?<=\d)_(?=\d)")
_P_NUMBER = re.compile(r"(?<=\d)p(?=\d)")

Place = Callable[[str, str], Axes | None]
"""Where a developer's name leads by spelling alone."""


def name_models(
    rows: list[Row],
    memory: Memory,
    place: Place,
    books: IdentityBooks,
    known: KnownNames,
) -> dict[Axes, str]:
    """An id for every node that keys stand on, unique and safe; a node that no name fits gets none.

    A former id goes to the node that keeps most of its keys, else to none but the node that it spells.
    """
    members: dict[Axes, list[Row]] = defaultdict(list)
    for row in rows:
        if row.node is not None:
            members[row.node].append(row)
    ids = _keep_former(members, memory)
    taken = set(ids.values())
    former = set(memory.models.values())
    for node in sorted(members.keys() - ids.keys()):
        if not SAFE_DEVELOPER.fullmatch(node.developer):
            continue
        for name in _list_names(node, members[node], place, books, known):
            model_id = f"{node.developer}/{name}"
            if model_id not in taken and (model_id not in former or place(node.developer, name) == node):
                ids[node] = model_id
                taken.add(model_id)
                break
    return ids


def _keep_former(members: Mapping[Axes, list[Row]], memory: Memory) -> dict[Axes, str]:
    """Former ids of nodes: the one that most of a node's keys had, for the node that has most of its keys.

    A key whose source now says something else has no vote, and no id outlives its developer's.
    """
    votes = Counter(
        (memory.models[row.key], node)
        for node, rows in members.items()
        for row in rows
        if row.key in memory.models and not memory.says_otherwise(row)
    )
    held: dict[Axes, str] = {}
    used: set[str] = set()
    for (model_id, node), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        is_makers = model_id.partition("/")[0] == node.developer
        if is_makers and node not in held and model_id not in used:
            held[node] = model_id
            used.add(model_id)
    return held


def _list_names(
    node: Axes, rows: list[Row], place: Place, books: IdentityBooks, known: KnownNames
) -> Iterable[str]:
    """Names for a node, best first; those that lead elsewhere by spelling come after those that lead back."""
    safe = [name for name in _rank_names(rows, node, books, known) if SAFE_NAME.fullmatch(name)]
    leading = [name for name in safe if place(node.developer, name) == node]
    elsewhere = [name for name in safe if name not in leading]
    suffix = "-".join(getattr(node, axis).strip("-") for axis in SINGLE_AXES if getattr(node, axis))
    spelled = [f"{name}-{suffix}" for name in safe[:1] if suffix]
    return [*leading, *elsewhere, *spelled, *(f"{name}-{n}" for name in safe[:1] for n in range(2, 9))]


def _rank_names(rows: list[Row], node: Axes, books: IdentityBooks, known: KnownNames) -> list[str]:
    """Candidate names: repositories, OpenRouter's slug, the book's, the maker's list, then what most keys say.

    A word that is no part of the model, or a date that is no axis of it, makes a name worse than others.
    """
    ranks: dict[str, int] = {}
    votes: Counter[str] = Counter()
    for row in rows:
        for rank, name in _spell(row, node, books):
            ranks[name] = min(rank, ranks.get(name, rank))
            votes[name] += 1
    model = known.find(node)
    if model is not None and rows:
        ranks.setdefault(model.name, 3)
    may_be_dated = bool(node.date) or known.implies(node, "date")
    surplus = {
        name: _count_surplus(name, node, books)
        + (not may_be_dated and ranks[name] > _REPOSITORY and _is_dated(name))
        for name in ranks
    }
    return sorted(
        ranks, key=lambda name: (surplus[name], ranks[name], -votes[name], "." not in name, len(name), name)
    )


def _count_surplus(name: str, node: Axes, books: IdentityBooks) -> int:
    """Words of a name that are no part of the model: a setting or a tier."""
    axes = parse_name(name, node.developer, "", books).axes
    held = {part for word in axes.words for part in cut_tokens(word).words}
    told = len(held) + len(axes.numbers) + sum(bool(getattr(axes, a)) for a in SINGLE_AXES if a != "date")
    return max(0, len(cut_tokens(name).words) - told)


def _is_dated(name: str) -> bool:
    return bool(cut_tokens(name).date)


_REPOSITORY = 1


def _spell(row: Row, node: Axes, books: IdentityBooks) -> Iterable[tuple[int, str]]:
    """Names that one key offers, each with its rank."""
    named = row.hugging_face_id if row.by_repository else ""
    for repository, rank in ((named, 0), (row.reading.repository, _REPOSITORY)):
        org, slash, _ = repository.partition("/")
        if slash and books.repositories.get(org) == node.developer and row.by_repository:
            yield rank, _UNDERSCORE.sub(".", simplify_repository(repository).partition("/")[2])
    name = clean_name(row.reading.name, node.developer, books)
    if row.reading.floats and name.endswith("-latest"):
        yield 5, name.removesuffix("-latest")
    elif row.canonical_slug:
        yield 2, name
    elif row.is_first_party and books.spellings.get(row.key[1], row.key[1]) == node.developer:
        yield 3, name
    else:
        yield 4, name


def clean_name(name: str, developer: str, books: IdentityBooks) -> str:
    """A key's name as part of an id: safe signs, dots in version numbers, no maker in front, no number format."""
    slug = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9._+-]+", "-", name.lower()))
    for spelling in sorted((s for s, d in books.spellings.items() if d == developer), key=len, reverse=True):
        rest = slug.removeprefix(f"{spelling}-")
        if rest != slug and drop_maker(cut_tokens(slug).words, books) == cut_tokens(rest).words:
            slug = rest
            break
    while _TAIL.search(slug):
        slug = _TAIL.sub("", slug)
    slug = _DASHED_NUMBER.sub(r"\1.\2", _P_NUMBER.sub(".", slug))
    return slug.strip("-._+")
