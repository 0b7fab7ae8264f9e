"""Parses a name into axes: developer, family words, generation, sizes, tuning, stage, context and date."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from llmpairs.transforms.identity.families import FamilyTokens, find_families
from llmpairs.transforms.identity.reference_types import Family, IdentityReference, ModelAxes
from llmpairs.transforms.identity.tokens import cut_tokens


class ParsedName(NamedTuple):
    """Axes of a name, and the tokens that no rule explains."""

    axes: ModelAxes
    family: Family | None
    """The family that decides the developer; None when no token is a known family."""
    bases: tuple[tuple[str, str], ...]
    """Open families in the name, each with the number that follows it: the base of a derivative."""
    before: tuple[str, ...]
    """Unknown tokens in front of the family."""
    after: tuple[str, ...]
    """Unknown tokens after the family, or anywhere when there is none."""
    is_floating: bool
    """The name asks for the newest model."""
    is_served: bool
    """The name contains a serving mode, so it is not a repository's own name."""
    may_be_base: bool
    """By the family's convention a bare name means the base weights."""


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
_TUNINGS = {"instruct": "instruct", "it": "instruct", "instruction": "instruct", "chat": "chat", "base": "base"}
_STAGES = {"preview": "preview", "exp": "exp", "experimental": "exp", "beta": "beta", "alpha": "alpha"}


def parse_name(name: str, org: str, repository: str, reference: IdentityReference) -> ParsedName:
    """Parse a cleaned name.

    The developer is the family's, else the one that `org` stands for (an unknown `org` stands for itself), else
    empty. `repository` is the Hugging Face repository that the key is, or empty.
    """
    tokens = cut_tokens(name)
    named = find_families(tokens.words, org, reference)
    family = named.family
    named = named._replace(words=_drop_switches(named))
    found = _classify_tokens(named, reference)
    if tokens.date:
        found.single["date"] = tokens.date
    speed = (reference.affixes.speed, {"tee", "maas"}, family.speed if family else ())
    is_served = any(word in words for word in named.words for words in speed)
    may_be_base = family is not None and not is_served and _has_base_convention(named, family)
    if family:
        _apply_family(found, named, family)
    if repository and may_be_base:
        found.single.setdefault("tuning", "base")
    is_floating = "latest" in named.words and not (family and _keeps_latest(family, found))
    developer = family.developer if family else reference.spellings.get(org, org)
    axes = ModelAxes(developer, tuple(sorted(found.names)), tuple(found.numbers), **found.single)
    unknown = tuple(found.before), tuple(found.after)
    return ParsedName(axes, family, _number_bases(named), *unknown, is_floating, is_served, may_be_base)


def _number_bases(named: FamilyTokens) -> tuple[tuple[str, str], ...]:
    """Open families of a name, each with the number that follows it: ("llama", "3.1")."""
    own = {named.family.word} if named.family and named.family.is_open else set()
    found = {}
    for position, word in enumerate(named.words):
        if word in named.bases | own:
            following = named.words[position + 1 : position + 2]
            found[word] = following[0] if following and _NUMBER.fullmatch(following[0]) else ""
    return tuple(sorted(found.items()))


def _has_base_convention(named: FamilyTokens, family: Family) -> bool:
    """Whether a bare name means base weights: a missing generation is the first (gemma-7b); a size is required."""
    if family.base_until is None or not _is_sized(named):
        return False
    return (_generation(named.words, family) or 1.0) <= family.base_until


def _drop_switches(named: FamilyTokens) -> tuple[str, ...]:
    """Tokens without the thinking switch of hybrid weights, its budget, and a trailing effort."""
    words, family = _join_negations(named.words), named.family
    start = family.hybrid_from if family else None
    hybrid = family is not None and start is not None and (start == 0 or _generation(words, family) >= start)
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


def _generation(words: list[str] | tuple[str, ...], family: Family) -> float:
    """First version number after the family, else the first of the name; 0 when there is none."""
    start = words.index(family.word) + 1
    for word in [*words[start:], *words[: start - 1]]:
        if _NUMBER.fullmatch(word) and not _REVISION.fullmatch(word):
            match = re.search(r"\d+(?:\.\d+)?", _expand(word))
            return float(match[0]) if match else 0.0
    return 0.0


def _expand(number: str) -> str:
    """Expand "35" to 3.5 and "m25" to m2.5, in families that never had a generation above nine."""
    compact = _COMPACT.fullmatch(number)
    return f"{compact[1]}{compact[2]}.{compact[3]}" if compact else number


@dataclass(frozen=True)
class _ClassifiedTokens:
    """Tokens of a name by axis, and those that no rule explains, before and after the family."""

    names: set[str] = field(default_factory=set)
    numbers: list[str] = field(default_factory=list)
    single: dict[str, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def _classify_tokens(named: FamilyTokens, reference: IdentityReference) -> _ClassifiedTokens:
    found = _ClassifiedTokens()
    start, family = named.start, named.family
    for index, word in enumerate(named.words):
        if index == start or word in named.bases:
            found.names.add(word)
            continue
        axis, value = _classify_token(word, named, reference)
        if axis == "number":
            value = _expand(value) if family and family.is_compact else value
            found.numbers.append(value)
            if family and family.is_open and value[0].isalpha() and value[0] not in family.letters:
                found.after.append(value)
        elif axis == "word" or (axis in found.single and found.single[axis] != value):
            found.names.add(word)
            if not reference.affixes.vocabulary.issuperset(cut_tokens(word).words):
                (found.after if index > start else found.before).append(word)
        elif axis:
            found.single[axis] = value
    return found


def _classify_token(word: str, named: FamilyTokens, reference: IdentityReference) -> tuple[str, str]:
    """Axis of a token and its value; an empty axis for a token that is no part of the model."""
    family, affixes = named.family, reference.affixes
    if word == "latest" or (family and word in family.drop) or _is_ignored(word, named, reference):
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


def _is_ignored(word: str, named: FamilyTokens, reference: IdentityReference) -> bool:
    """Whether a token is quantisation, packaging, or a family's own label for faster service."""
    if _is_format(word, reference) or word in reference.affixes.packaging:
        return True
    if word in reference.affixes.quantisation_detail:
        return any(_is_format(other, reference) for other in named.words)
    return named.family is not None and word in named.family.speed


def _is_format(word: str, reference: IdentityReference) -> bool:
    return word in reference.affixes.quantisation or _QUANTISATION.fullmatch(word) is not None


def _is_sized(named: FamilyTokens) -> bool:
    return any(_SIZE.fullmatch(word) for word in named.words)


def _apply_family(found: _ClassifiedTokens, named: FamilyTokens, family: Family) -> None:
    """Remove the axes that a family's conventions do not count."""
    if family.is_open and "size" in found.single and not family.context_axis:
        found.single.pop("context", None)
    if "date" in found.single:
        found.single.pop("revision", None)
    if "v1" in family.drop and named.words[-1] == "1" and len(named.words) - 2 > named.start:
        found.numbers.pop()


def _keeps_latest(family: Family, found: _ClassifiedTokens) -> bool:
    """Whether "latest" is part of a name that the developer never reassigned (gpt-5-chat-latest)."""
    return family.word in family.keep_latest or (bool(found.numbers) and not family.keep_latest.isdisjoint(found.names))
