"""Finds the family tokens of a name, and the family that decides its developer."""

from functools import lru_cache
from typing import NamedTuple

from llmpairs.transforms.identity.reference_types import Family, IdentityReference
from llmpairs.transforms.identity.tokens import cut_tokens


class FamilyTokens(NamedTuple):
    """Tokens of a name in which every family has its canonical spelling."""

    words: tuple[str, ...]
    family: Family | None
    """The family that decides the developer."""
    bases: frozenset[str]
    """Other open families in the name: the probable base of a derivative."""

    @property
    def start(self) -> int:
        """Position of the family that decides the developer, or -1."""
        return self.words.index(self.family.word) if self.family else -1


@lru_cache(maxsize=1 << 16)
def find_families(words: tuple[str, ...], org: str, reference: IdentityReference) -> FamilyTokens:
    """Find families, drop the developer's name in front of them, and choose the family that decides the developer.

    Families of weights that others build on rank last: "hermes-3-llama-3.1-70b" is a Hermes. A closed family beside
    another developer's open one is what a derivative imitates, not its developer.
    """
    words = drop_developer(words, reference)
    found = _find(words, reference)
    families = [family for _, _, family in found]
    developers = {family.developer for family in families if family.is_open}
    if developers:
        families = [family for family in families if family.is_open or family.developer in developers]
    developer = reference.spellings.get(org)
    main = min(
        families,
        key=lambda family: (family.derived_rank, family.developer != developer, families.index(family)),
        default=None,
    )
    canonical: list[str] = []
    position = 0
    for start, end, family in found:
        if family in families:
            canonical += [*words[position:start], family.word]
            position = end
    canonical += words[position:]
    bases = frozenset(family.word for family in families if family is not main and family.is_open)
    return FamilyTokens(tuple(canonical), main, bases)


def begins_with_family(name: str, reference: IdentityReference) -> bool:
    """Whether a name begins with a family, after an optional developer."""
    return _match(drop_developer(cut_tokens(name).words, reference), 0, reference) is not None


def has_family(name: str, reference: IdentityReference) -> bool:
    """Whether a name contains a family."""
    words = cut_tokens(name).words
    return any(_match(words, position, reference) for position in range(len(words)))


def drop_developer(words: tuple[str, ...], reference: IdentityReference) -> tuple[str, ...]:
    """Cut the developer's name in front of a family: "zai-glm-4.7", "meta-llama-3.1-8b", "qwen-qwq-32b"."""
    for length in (3, 2, 1):
        developer = reference.developer_tokens.get(words[:length]) if len(words) > length else None
        following = _match(words, length, reference) if developer else None
        if following is None:
            continue
        itself = _match(words, 0, reference)
        if itself is None or (itself[1].developer == following[1].developer == developer and itself[0] <= length):
            return words[length:]
    return words


def _find(words: tuple[str, ...], reference: IdentityReference) -> list[tuple[int, int, Family]]:
    """Start, end and family of every family spelling; the longest spelling at a position counts."""
    found: list[tuple[int, int, Family]] = []
    position = 0
    while position < len(words):
        match = _match(words, position, reference)
        if match:
            found.append((position, position + match[0], match[1]))
        position += match[0] if match else 1
    return found


def _match(words: tuple[str, ...], position: int, reference: IdentityReference) -> tuple[int, Family] | None:
    """Length and family of the longest spelling that begins at a position."""
    for length in range(reference.longest_family, 0, -1):
        family = reference.families.get(words[position : position + length])
        if family and (not family.needs or family.needs & set(words)):
            return length, family
    return None
