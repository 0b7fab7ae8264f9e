"""Types of the identity reference data: axes, developers, families, affixes and reviewed models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class ModelAxes(NamedTuple):
    """The attributes on which model names are compared; two keys with equal axes are one model.

    Empty text or an empty tuple is an axis that the name leaves out.
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
        """Compact text of the column `axes`: "words=gpt-oss size=120b"."""
        parts = [f"developer={self.developer or '?'}", f"words={'-'.join(self.words)}"]
        if self.numbers:
            parts.append(f"generation={','.join(self.numbers)}")
        named = self._asdict()
        parts += [f"{axis}={named[axis]}" for axis in SINGLE_AXES if named[axis]]
        return " ".join(parts)


SINGLE_AXES = ("size", "active", "experts", "tuning", "stage", "context", "date", "revision")
"""Axes of one value, in the order in which they are printed and inferred."""


def with_axis(axes: ModelAxes, axis: str, value: str) -> ModelAxes:
    """Axes with one of the single axes set."""
    return ModelAxes(**{**axes._asdict(), axis: value})


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family of models; developers.toml explains each field."""

    word: str
    """The canonical spelling."""
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
    """0: a name of its own; higher: others build on it more often."""


@dataclass(frozen=True)
class Affix:
    """A prefix or suffix that a provider adds to keys."""

    text: str
    becomes: str
    providers: frozenset[str]
    """Providers that it applies to; empty: all."""


@dataclass(frozen=True, kw_only=True)
class Affixes:
    """Parts of a key that surround the name and do not identify the model."""

    path: frozenset[str]
    hosts: frozenset[str]
    """Path segments of companies that serve other developers' models as well as their own."""
    base_sellers: frozenset[str]
    """Providers whose bare names are base weights, in families of that convention."""
    trailing: frozenset[str]
    """Path segments after the name."""
    regions: frozenset[str]
    switches: frozenset[str]
    """Tags after a colon that choose a tier or a setting."""
    prefixes: tuple[Affix, ...]
    suffixes: tuple[Affix, ...]
    quantisation: frozenset[str]
    quantisation_detail: frozenset[str]
    """Tokens that count only beside a number format."""
    packaging: frozenset[str]
    speed: frozenset[str]
    """Speed tokens that count only after a parameter count."""
    vocabulary: frozenset[str]
    """Tokens of official names: a name of these alone is fully explained."""


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """A reviewed model: its name, aliases, implied axes and dates."""

    name: str
    axes: ModelAxes
    implies: Mapping[str, str]
    """Values of axes that the name leaves out."""
    aliases: tuple[tuple[str, ModelAxes], ...]
    """Other names, and the axes they parse into."""
    providers: frozenset[str]
    """Providers whose keys the aliases apply to; empty: all."""
    dates: frozenset[str]
    """Every date of the name; empty: not reviewed."""
    bare: Literal["", "pointer", "release"]
    """What the name without a date is, where dates exist."""
    is_separate: bool
    """No missing axis is inferred for this name."""


@dataclass(frozen=True, kw_only=True)
class IdentityReference:
    """Reviewed data of model resolution; `load_identity_reference()` loads the package's own."""

    version: str
    spellings: Mapping[str, str]
    """Developer id of every spelling, separators as dashes."""
    developer_tokens: Mapping[tuple[str, ...], str]
    """Developer id by tokens of its spellings."""
    names: Mapping[str, str]
    """Display name of every developer id."""
    companies: Mapping[str, str]
    """Company of every developer that shares it with another developer."""
    repositories: Mapping[str, str]
    """Developer id of every Hugging Face organisation, with its case."""
    families: Mapping[tuple[str, ...], Family]
    """Family by tokens of its spellings."""
    longest_family: int
    affixes: Affixes
    known: tuple[KnownModel, ...] = ()
    floating: frozenset[tuple[str, ...]] = frozenset()
    """Names that mean the newest model."""
    routers: frozenset[str] = frozenset()
    stealth: frozenset[str] = frozenset()
    not_models: frozenset[str] = frozenset()
    unresolved_names: frozenset[str] = frozenset()
    """Names that a reviewer found to be no known model (reason `nobody`)."""
    base_models: Mapping[str, str] = field(default_factory=dict)
    """Base model by model id, where the name does not state it."""
