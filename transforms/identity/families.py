"""Family words in a name: which there are, and which of them names the maker."""

from typing import NamedTuple

from llmpairs.transforms.identity.reference_types import Family, IdentityBooks


class Named(NamedTuple):
    """A name's tokens with every family spelled as one canonical token."""

    words: tuple[str, ...]
    family: Family | None
    """The family that names the maker."""
    bases: frozenset[str]
    """Other open families in the name: what the model was probably made from."""

    @property
    def start(self) -> int:
        """Position of the maker's family, or -1."""
        return self.words.index(self.family.word) if self.family else -1


def name_families(words: tuple[str, ...], org: str, books: IdentityBooks) -> Named:
    """Finds families, drops the maker's name in front of them, and chooses the one that names the maker.

    Weights that others build on come last: "hermes-3-llama-3.1-70b" is a Hermes. A closed family beside
    another maker's open one says what a derivative imitates, not who made it.
    """
    words = drop_maker(words, books)
    found = _find(words, books)
    families = [family for _, _, family in found]
    makers = {family.developer for family in families if family.is_open}
    if makers:
        families = [family for family in families if family.is_open or family.developer in makers]
    developer = books.spellings.get(org)
    main = min(
        families,
        key=lambda family: (family.derived_rank, family.developer != developer, families.index(family)),
        default=None,
    )
    spelled: list[str] = []
    position = 0
    for start, end, family in found:
        if family in families:
            spelled += [*words[position:start], family.word]
            position = end
    spelled += words[position:]
    bases = frozenset(family.word for family in families if family is not main and family.is_open)
    return Named(tuple(spelled), main, bases)


def begins_with_family(words: tuple[str, ...], books: IdentityBooks) -> bool:
    """Whether a name begins with a family word, the maker's name in front of it aside."""
    return _match(drop_maker(words, books), 0, books) is not None


def has_family(words: tuple[str, ...], books: IdentityBooks) -> bool:
    """Whether any family word stands in a name."""
    return any(_match(words, position, books) for position in range(len(words)))


def drop_maker(words: tuple[str, ...], books: IdentityBooks) -> tuple[str, ...]:
    """Cuts the maker's name in front of a family: "zai-glm-4.7", "meta-llama-3.1-8b", "qwen-qwq-32b"."""
    for length in (3, 2, 1):
        developer = books.spoken.get(words[:length]) if len(words) > length else None
        behind = _match(words, length, books) if developer else None
        if behind is None:
            continue
        itself = _match(words, 0, books)
        if itself is None or (
            itself[1].developer == behind[1].developer == developer and itself[0] <= length
        ):
            return words[length:]
    return words


def _find(words: tuple[str, ...], books: IdentityBooks) -> list[tuple[int, int, Family]]:
    """Start, end and family of every family word; a longer spelling hides the shorter ones inside it."""
    found: list[tuple[int, int, Family]] = []
    position = 0
    while position < len(words):
        match = _match(words, position, books)
        if match:
            found.append((position, position + match[0], match[1]))
        position += match[0] if match else 1
    return found


def _match(words: tuple[str, ...], position: int, books: IdentityBooks) -> tuple[int, Family] | None:
    """Length and family of the longest spelling that begins at a position."""
    for length in range(books.longest_family, 0, -1):
        family = books.families.get(words[position : position + length])
        if family and (not family.needs or family.needs & set(words)):
            return length, family
    return None
