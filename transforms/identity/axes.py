"""A name parsed into axes: developer, family words, generation, sizes, tuning, stage, context and date."""

import re
from typing import NamedTuple

from llmpairs.transforms.identity.families import Named, name_families
from llmpairs.transforms.identity.reference_types import Axes, Family, IdentityBooks
from llmpairs.transforms.identity.tokens import cut_tokens


class Parsed(NamedTuple):
    """A name's axes, and what was left unexplained."""

    axes: Axes
    family: Family | None
    """The family that names the maker; None when no word of the name is known."""
    bases: tuple[tuple[str, str], ...]
    """Open families in the name, each with the number behind it: what a derivative was made from."""
    before: tuple[str, ...]
    """Unknown words in front of the family."""
    after: tuple[str, ...]
    """Unknown words behind the family, or anywhere when there is none."""
    floats: bool
    """The name asks for whatever is newest."""
    is_served: bool
    """The name says how it is served, so it is no repository's own."""
    may_be_base: bool
    """By the family's convention a bare name is the base weights'."""


_SIZE = re.compile(r"\d+(?:\.\d+)?[bt]|\d+x\d+(?:\.\d+)?b|e\d+(?:\.\d+)?b|(?:[2-9]\d|\d{3,})m")
_ACTIVE = re.compile(r"a\d+(?:\.\d+)?b")
_EXPERTS = re.compile(r"\d+e")
_CONTEXT = re.compile(r"\d+k|1?\dm|4096|8192|16384|32768|40960|65536|131072|262144")
_NUMBER = re.compile(r"[a-z]?\d{1,3}(?:\.\d+)*|(?:[a-z]\d+)+")
_REVISION = re.compile(r"00\d")
_BUDGET = re.compile(r"\d+k|\d{3,}")
_COMPACT = re.compile(r"([a-z]?)([1-9])(\d)")
_QUANTISATION = re.compile(r"(?:fp|bf|int|nvfp|mxfp|nf)\d+|\d+bit|i?q\d+[a-z0-9]*|w\d+a\d+")
_THINKING = {
    "thinking": "thinking", "think": "thinking", "thinker": "thinking", "highthinking": "thinking",
    "reasoning": "reasoning", "reasoner": "reasoning",
}  # fmt: skip
_NOT_THINKING = {"nothink", "nothinking", "nonreasoning", "nonthinking"}
_BUDGET_WORDS = {"tokens", "token", "budget", "auto", "default", "effort", "mode"}
_EFFORTS = {"minimal", "low", "medium", "high", "xhigh", "none", "effort"}
_TUNINGS = {
    "instruct": "instruct",
    "it": "instruct",
    "instruction": "instruct",
    "chat": "chat",
    "base": "base",
}
_STAGES = {"preview": "preview", "exp": "exp", "experimental": "exp", "beta": "beta", "alpha": "alpha"}


def parse_name(name: str, org: str, repository: str, books: IdentityBooks) -> Parsed:
    """A cleaned name to its axes.

    The developer is the family's, else the one that `org` spells (an unknown word stays itself), else
    empty. `repository` is the Hugging Face repository that the key is, or empty.
    """
    tokens = cut_tokens(name)
    named = name_families(tokens.words, org, books)
    family = named.family
    named = named._replace(words=_drop_switches(named))
    names, numbers, single, unknown = _sort_words(named, books)
    if tokens.date:
        single["date"] = tokens.date
    is_served = _is_served(named, books)
    may_be_base = family is not None and not is_served and _has_base_convention(named, family)
    if family:
        _apply_family(single, numbers, named, family)
    if repository and may_be_base:
        single.setdefault("tuning", "base")
    floats = "latest" in named.words and not (family and _keeps_latest(family, names, numbers))
    developer = family.developer if family else books.spellings.get(org, org)
    axes = Axes(developer, tuple(sorted(names)), tuple(numbers), **single)
    before, after = (tuple(words) for words in unknown)
    return Parsed(axes, family, _number_bases(named), before, after, floats, is_served, may_be_base)


def _number_bases(named: Named) -> tuple[tuple[str, str], ...]:
    """Open families of a name, each with the number behind it: ("llama", "3.1")."""
    own = {named.family.word} if named.family and named.family.is_open else set()
    found = {}
    for place, word in enumerate(named.words):
        if word in named.bases | own:
            behind = named.words[place + 1 : place + 2]
            found[word] = behind[0] if behind and _NUMBER.fullmatch(behind[0]) else ""
    return tuple(sorted(found.items()))


def _is_served(named: Named, books: IdentityBooks) -> bool:
    speed = named.family.speed if named.family else frozenset[str]()
    return bool((books.affixes.speed | speed | {"tee", "maas"}) & {*named.words})


def _has_base_convention(named: Named, family: Family) -> bool:
    """A name without a generation is of the first one (gemma-7b); one without a size names no weights (yi-large)."""
    if family.base_until is None or not _is_sized(named):
        return False
    return (_generation(named.words, family) or 1.0) <= family.base_until


def _keeps_latest(family: Family, names: set[str], numbers: list[str]) -> bool:
    """Whether "latest" is part of a name that the maker never moved on (gpt-5-chat-latest)."""
    return family.word in family.keep_latest or (bool(numbers) and bool(family.keep_latest & names))


def _drop_switches(named: Named) -> tuple[str, ...]:
    """Drops the thinking switch of hybrid weights with its budget, and a trailing effort."""
    words, family = _join_negations(named.words), named.family
    hybrid = family is not None and _is_hybrid(words, family)
    kept: list[str] = []
    in_switch = False
    for word in words:
        if word in _NOT_THINKING or (hybrid and word in _THINKING):
            in_switch = True
            if kept and hybrid and _BUDGET.fullmatch(kept[-1]):
                kept.pop()  # "(32k thinking)"
        elif hybrid and word == "default":
            in_switch = True
        elif not (in_switch and (word in _BUDGET_WORDS or _BUDGET.fullmatch(word))):
            kept.append(_THINKING.get(word, word))
    if family and family.has_effort:
        while kept[-1] in _EFFORTS and len(kept) > kept.index(family.word) + 1:
            kept.pop()
    return tuple(kept)


def _join_negations(words: tuple[str, ...]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if word in _THINKING and joined and joined[-1] in {"no", "non"}:
            joined[-1] = "nothinking"
        else:
            joined.append(word)
    return joined


def _is_hybrid(words: list[str], family: Family) -> bool:
    if family.hybrid_from is None:
        return False
    return family.hybrid_from == 0 or _generation(words, family) >= family.hybrid_from


def _generation(words: list[str] | tuple[str, ...], family: Family) -> float:
    """First version number behind the family, else the first of the name; 0 when there is none."""
    start = words.index(family.word) + 1
    for word in [*words[start:], *words[: start - 1]]:
        if _NUMBER.fullmatch(word) and not _REVISION.fullmatch(word):
            match = re.search(r"\d+(?:\.\d+)?", _expand(word))
            return float(match[0]) if match else 0.0
    return 0.0


def _expand(number: str) -> str:
    """ "35" is 3.5 and "m25" is m2.5 in families that never had a generation above nine."""
    compact = _COMPACT.fullmatch(number)
    return f"{compact[1]}{compact[2]}.{compact[3]}" if compact else number


Unknown = tuple[list[str], list[str]]


def _sort_words(named: Named, books: IdentityBooks) -> tuple[set[str], list[str], dict[str, str], Unknown]:
    """Words, numbers and single axes of a name, and the unknown words before and behind its family."""
    names: set[str] = set()
    numbers: list[str] = []
    single: dict[str, str] = {}
    unknown: Unknown = ([], [])
    start, family = named.start, named.family
    for index, word in enumerate(named.words):
        if index == start or word in named.bases:
            names.add(word)
            continue
        axis, value = _place(word, named, books)
        if axis == "number":
            value = _expand(value) if family and family.is_compact else value
            numbers.append(value)
            if family and family.is_open and value[0].isalpha() and value[0] not in family.letters:
                unknown[1].append(value)
        elif axis == "word" or (axis in single and single[axis] != value):
            names.add(word)
            if word not in books.affixes.vocabulary:
                unknown[index > start].append(word)
        elif axis:
            single[axis] = value
    return names, numbers, single, unknown


def _place(word: str, named: Named, books: IdentityBooks) -> tuple[str, str]:
    """Axis of a token and its value; an empty axis for a token that is no part of the model."""
    family, affixes = named.family, books.affixes
    if word == "latest" or (family and word in family.drop) or _says_nothing(word, named, books):
        return "", ""
    if word in _TUNINGS and not (family and word in family.keep_tuning):
        return "tuning", _TUNINGS[word]
    if word in _STAGES:
        return "stage", _STAGES[word]
    for axis, pattern in _PATTERNS:
        if pattern.fullmatch(word):
            return axis, word
    is_speed = word in affixes.speed and (family is None or family.speed_if_sized) and _is_sized(named)
    return ("", "") if is_speed else ("word", word)


_PATTERNS = (
    ("size", _SIZE),
    ("active", _ACTIVE),
    ("experts", _EXPERTS),
    ("context", _CONTEXT),
    ("revision", _REVISION),
    ("number", _NUMBER),
)


def _says_nothing(word: str, named: Named, books: IdentityBooks) -> bool:
    """Quantisation, packaging and a family's own words for faster service."""
    affixes = books.affixes
    if _is_format(word, books) or word in affixes.packaging:
        return True
    if word in affixes.quantisation_detail:
        return any(_is_format(other, books) for other in named.words)
    return named.family is not None and word in named.family.speed


def _is_format(word: str, books: IdentityBooks) -> bool:
    return word in books.affixes.quantisation or _QUANTISATION.fullmatch(word) is not None


def _is_sized(named: Named) -> bool:
    return any(_SIZE.fullmatch(word) for word in named.words)


def _apply_family(single: dict[str, str], numbers: list[str], named: Named, family: Family) -> None:
    """What a family's conventions take away from its axes."""
    if family.is_open and "size" in single and not family.context_axis:
        single.pop("context", None)
    if "date" in single:
        single.pop("revision", None)
    if "v1" in family.drop and named.words[-1] == "1" and len(named.words) - 2 > named.start:
        numbers.pop()
