"""The shapes of what the identity books say: developers, families, affixes and known models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Axes(NamedTuple):
    """What tells one model from another; two keys with equal axes are one model.

    Empty text and empty tuples stand for an axis that the name leaves out.
    """

    developer: str
    words: tuple[str, ...] = ()
    """Family, tier, modality, reasoning and variant words, sorted."""
    numbers: tuple[str, ...] = ()
    """Generation and version numbers in their order."""
    size: str = ""
    active: str = ""
    experts: str = ""
    tuning: str = ""
    stage: str = ""
    context: str = ""
    date: str = ""
    revision: str = ""

    def describe(self) -> str:
        """Compact text for people: "words=gpt-oss size=120b"."""
        parts = [f"developer={self.developer or '?'}", f"words={'-'.join(self.words)}"]
        if self.numbers:
            parts.append(f"generation={','.join(self.numbers)}")
        named = self._asdict()
        parts += [f"{axis}={named[axis]}" for axis in SINGLE_AXES if named[axis]]
        return " ".join(parts)


SINGLE_AXES = ("size", "active", "experts", "tuning", "stage", "context", "date", "revision")
"""Axes of one value, in the order in which they are printed and inferred."""


def with_axis(axes: Axes, axis: str, value: str) -> Axes:
    """Axes with one of the single axes set."""
    return Axes(**{**axes._asdict(), axis: value})


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family of models; developers.toml explains each field."""

    word: str
    """The canonical spelling, which stands for every other one."""
    developer: str
    is_open: bool
    hybrid_from: float | None = None
    has_effort: bool = False
    is_compact: bool = False
    base_until: float | None = None
    speed: frozenset[str] = frozenset()
    speed_if_sized: bool = False
    drop: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    keep_tuning: frozenset[str] = frozenset()
    keep_latest: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    context_axis: bool = False
    derived_rank: int = 0
    """0: a name of its own; higher: the more often others build on it."""


@dataclass(frozen=True)
class Affix:
    """A prefix or suffix that a provider adds to keys."""

    text: str
    becomes: str
    providers: frozenset[str]
    """Providers that it is read for; empty: all."""


@dataclass(frozen=True, kw_only=True)
class Affixes:
    """What stands around a name in a key and says nothing about the model."""

    path: frozenset[str]
    hosts: frozenset[str]
    """Path words of companies that serve other makers' models as well as their own."""
    base_sellers: frozenset[str]
    """Providers whose bare names are base weights, in families of that convention."""
    trailing: frozenset[str]
    """Path words that stand behind the name."""
    regions: frozenset[str]
    switches: frozenset[str]
    """Words behind a colon that choose a tier or a setting."""
    prefixes: tuple[Affix, ...]
    suffixes: tuple[Affix, ...]
    quantisation: frozenset[str]
    quantisation_detail: frozenset[str]
    """Words that count beside a number format only."""
    packaging: frozenset[str]
    speed: frozenset[str]
    """Speed words that count behind a parameter count."""
    vocabulary: frozenset[str]
    """Words that official names use: a name of these alone is parsed in full."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A reviewed fact about one model's names."""

    name: str
    axes: Axes
    implies: Mapping[str, str]
    """Axes that the name has without saying so."""
    aliases: tuple[tuple[str, Axes], ...]
    """Other names, and the axes they parse into."""
    providers: frozenset[str]
    """Providers whose keys the aliases are read for; empty: all."""
    dates: frozenset[str]
    """Every date of the name; empty: not reviewed."""
    bare: Literal["", "pointer", "release"]
    """What the name without a date is, where dates exist."""
    is_separate: bool
    """No missing axis is inferred for this name."""


@dataclass(frozen=True, kw_only=True)
class IdentityBooks:
    """All reviewed data of identity resolution; `load_books()` reads the package's own."""

    version: str
    spellings: Mapping[str, str]
    """Developer id of every spelling, separators as dashes."""
    spoken: Mapping[tuple[str, ...], str]
    """Developer id of every spelling, cut into tokens."""
    names: Mapping[str, str]
    """Display name of every developer id."""
    houses: Mapping[str, str]
    """Company of every developer that is one of several of its house."""
    repositories: Mapping[str, str]
    """Developer id of every Hugging Face organisation, with its case."""
    families: Mapping[tuple[str, ...], Family]
    """Family of every spelling, cut into tokens."""
    longest_family: int
    affixes: Affixes
    known: tuple[Known, ...] = ()
    floating: frozenset[tuple[str, ...]] = frozenset()
    """Names that lead to whatever is newest."""
    routers: frozenset[str] = frozenset()
    stealth: frozenset[str] = frozenset()
    not_models: frozenset[str] = frozenset()
    nobodies: frozenset[str] = frozenset()
    """Names that a reviewer found to be no model that we know."""
    lineage: Mapping[str, str] = field(default_factory=dict)
    """What a model was made from, by name, where its name does not say it."""
