"""Chooses model ids: the previous release's, else the developer's own spelling, else the clearest key.

Row order never decides. An id is a label: of candidates that no rank tells apart the first in the alphabet is taken
once, and kept in every later run.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from llmpairs.transforms.identity.axes import parse_name
from llmpairs.transforms.identity.clean_key import simplify_repository
from llmpairs.transforms.identity.families import drop_developer
from llmpairs.transforms.identity.key_rows import KeyRow, group_by_node
from llmpairs.transforms.identity.previous_identities import PreviousIdentities
from llmpairs.transforms.identity.reference_types import SINGLE_AXES, IdentityReference, ModelAxes
from llmpairs.transforms.identity.tokens import cut_tokens

SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,119}")
SAFE_DEVELOPER = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_TAIL = re.compile(r"(?:-maas|-tee|-gguf|-mlx|-awq|-gptq|-\d+bit|-hf|-fp8|-fp16|-bf16|-int\d|-nvfp4|-i?q\d[a-z0-9_]*)$")
_DASHED_NUMBER = re.compile(r"(?<![\d.])([a-z]?\d)[-_]([1-9]?\d)(?![\d.a-z]|-\d(?!\d))")
_UNDERSCORE = re.compile(r"(?<=\d)_(?=\d)")
_P_NUMBER = re.compile(r"(?<=\d)p(?=\d)")
_REPOSITORY = 1
"""Rank of a name that is a repository."""

NodeLookup = Callable[[str, str], ModelAxes | None]
"""Node of a developer's name by spelling alone."""


def name_models(
    rows: list[KeyRow], previous: PreviousIdentities, find_node: NodeLookup, reference: IdentityReference
) -> dict[ModelAxes, str]:
    """Choose a unique and safe id for every assigned node; a node without a usable name gets none.

    A former id goes to the node that keeps most of its keys, else only to the node that it spells.
    """
    members = group_by_node(rows)
    ids = _keep_former(members, previous, find_node)
    taken = set(ids.values())
    former = set(previous.models.values())
    for node in sorted(members.keys() - ids.keys()):
        if not SAFE_DEVELOPER.fullmatch(node.developer):
            continue
        for name in _list_names(node, members[node], find_node, reference):
            model_id = f"{node.developer}/{name}"
            if model_id not in taken and (model_id not in former or find_node(node.developer, name) == node):
                ids[node] = model_id
                taken.add(model_id)
                break
    return ids


def _keep_former(
    members: Mapping[ModelAxes, list[KeyRow]], previous: PreviousIdentities, find_node: NodeLookup
) -> dict[ModelAxes, str]:
    """Former ids of nodes: the id that most of a node's keys had, for the node that has most of its keys.

    Among equals the node that the id spells, then the id of more keys. Keys with changed evidence are not counted, and
    an id of another developer is not kept.
    """
    votes = Counter(
        (previous.models[row.key], node)
        for node, rows in members.items()
        for row in rows
        if row.key in previous.models and not previous.has_changed_evidence(row)
    )
    kept: dict[ModelAxes, str] = {}
    used: set[str] = set()
    sizes = Counter(previous.models.values())
    ranked = sorted(
        votes.items(),
        key=lambda vote: (-vote[1], find_node(*_split(vote[0][0])) != vote[0][1], -sizes[vote[0][0]], vote[0]),
    )
    for (model_id, node), _ in ranked:
        is_same_developer = model_id.partition("/")[0] == node.developer
        if is_same_developer and node not in kept and model_id not in used:
            kept[node] = model_id
            used.add(model_id)
    return kept


def _split(model_id: str) -> tuple[str, str]:
    developer, _, name = model_id.partition("/")
    return developer, name


def _list_names(
    node: ModelAxes, rows: list[KeyRow], find_node: NodeLookup, reference: IdentityReference
) -> Iterable[str]:
    """Names for a node, best first; names that spell another node come after those that spell this one."""
    safe = [name for name in _rank_names(rows, node, reference) if SAFE_NAME.fullmatch(name)]
    own = [name for name in safe if find_node(node.developer, name) == node]
    others = [name for name in safe if name not in own]
    suffix = "-".join(getattr(node, axis).strip("-") for axis in SINGLE_AXES if getattr(node, axis))
    suffixed = [f"{name}-{suffix}" for name in safe[:1] if suffix]
    return [*own, *others, *suffixed, *(f"{name}-{n}" for name in safe[:1] for n in range(2, 9))]


def _rank_names(rows: list[KeyRow], node: ModelAxes, reference: IdentityReference) -> list[str]:
    """Candidate names: repositories, OpenRouter's slug, reviewed names, the developer's list, then most keys.

    Tokens that are no part of the model, or a date that is no axis of it, rank a name lower.
    """
    ranks: dict[str, int] = {}
    votes: Counter[str] = Counter()
    for row in rows:
        for rank, name in _list_key_names(row, node, reference):
            ranks[name] = min(rank, ranks.get(name, rank))
            votes[name] += 1
    model = reference.known_names.find(node)
    if model is not None and rows:
        ranks.setdefault(model.name, 3)
    may_be_dated = bool(node.date) or reference.known_names.implies(node, "date")
    surplus = {
        name: _count_surplus(name, node, reference)
        + (not may_be_dated and ranks[name] > _REPOSITORY and bool(cut_tokens(name).date))
        for name in ranks
    }
    return sorted(ranks, key=lambda name: (surplus[name], ranks[name], -votes[name], "." not in name, len(name), name))


def _count_surplus(name: str, node: ModelAxes, reference: IdentityReference) -> int:
    """Number of tokens of a name that are no part of the model, such as a setting or a tier."""
    axes = parse_name(name, node.developer, "", reference).axes
    named = {part for word in axes.words for part in cut_tokens(word).words}
    stated = len(named) + len(axes.numbers) + sum(bool(getattr(axes, a)) for a in SINGLE_AXES if a != "date")
    return max(0, len(cut_tokens(name).words) - stated)


def _list_key_names(row: KeyRow, node: ModelAxes, reference: IdentityReference) -> Iterable[tuple[int, str]]:
    """Candidate names of one key, each with its rank."""
    named = row.hugging_face_id if row.by_repository else ""
    for repository, rank in ((named, 0), (row.parsed.repository, _REPOSITORY)):
        org, slash, _ = repository.partition("/")
        if slash and reference.repositories.get(org) == node.developer and row.by_repository:
            yield rank, _UNDERSCORE.sub(".", simplify_repository(repository).partition("/")[2])
    name = clean_name(row.parsed.name, node.developer, reference)
    if row.parsed.is_floating and name.endswith("-latest"):
        yield 5, name.removesuffix("-latest")
    elif row.canonical_slug:
        yield 2, name
    elif row.is_first_party and reference.spellings.get(row.key[1], row.key[1]) == node.developer:
        yield 3, name
    else:
        yield 4, name


def clean_name(name: str, developer: str, reference: IdentityReference) -> str:
    """A key's name as part of an id: safe characters, dots in version numbers, no developer, no number format."""
    slug = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9._+-]+", "-", name.lower()))
    for spelling in reference.spellings_by_developer.get(developer, ()):
        rest = slug.removeprefix(f"{spelling}-")
        if rest != slug and drop_developer(cut_tokens(slug).words, reference) == cut_tokens(rest).words:
            slug = rest
            break
    while _TAIL.search(slug):
        slug = _TAIL.sub("", slug)
    slug = _DASHED_NUMBER.sub(r"\1.\2", _P_NUMBER.sub(".", slug))
    return slug.strip("-._+")
