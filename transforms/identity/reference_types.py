"""Reference data of model resolution: axes, families, affixes, and reviewed models by their names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
    tiers: frozenset[str] = frozenset()
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
    """Parts of a key that surround the name and do not identify the model, by their tables in affixes.toml."""

    path: frozenset[str]
    host: frozenset[str]
    """Path segments of companies that serve other developers' models as well as their own."""
    base_seller: frozenset[str]
    """Providers whose bare names are base weights, in families of that convention."""
    client: frozenset[str]
    """Sellers whose keys are no evidence of a model: they name other developers' models in their own way."""
    trailing: frozenset[str]
    """Path segments after the name."""
    name_ending: frozenset[str]
    """Words behind a display name that say nothing of the model."""
    region: frozenset[str]
    switch: frozenset[str]
    """Tags after a colon that choose a tier or a setting."""
    prefix: tuple[Affix, ...]
    suffix: tuple[Affix, ...]
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
class ContextLimits:
    """From when on a stated context contradicts the model that a key names."""

    factor: float
    """A context of more than this many times the largest that other sellers state is another model's."""
    sellers: int
    """Other sellers that state a context of the model; fewer show no window."""
    least_window: int
    """Tokens of the smallest window of a text model; a smaller number counts seconds or characters."""
    filler_share: float
    """A value on more than this share of a seller's keys is filled in, not stated."""


Stem = tuple[str, tuple[str, ...], tuple[str, ...]]


class KnownNames:
    """Index of the reviewed models by developer, words and numbers."""

    def __init__(self, known: Iterable[KnownModel]) -> None:
        self._models: dict[Stem, list[KnownModel]] = defaultdict(list)
        self._aliases: dict[Stem, list[tuple[ModelAxes, KnownModel]]] = defaultdict(list)
        for model in known:
            self._models[_stem(model.axes)].append(model)
            for _, axes in model.aliases:
                self._aliases[_stem(axes)].append((axes, model))
                if model.providers:
                    # A name without a developer is an alias at the listed providers.
                    nameless = axes._replace(developer="")
                    self._aliases[_stem(nameless)].append((nameless, model))

    def canonicalise(self, axes: ModelAxes, provider_id: str) -> tuple[ModelAxes, bool]:
        """Canonical axes, and whether an alias was applied."""
        aliases = self._aliases.get(_stem(axes), ())
        named = next((model for alias, model in aliases if _is_alias(axes, alias, model, provider_id)), None)
        axes = named.axes if named else axes
        for model in self._models.get(_stem(axes), ()):
            if _may_be(axes, model):
                axes = _drop_implied(axes, model)
        return axes, named is not None

    def find(self, axes: ModelAxes) -> KnownModel | None:
        """The reviewed model with exactly these axes, date and revision ignored."""
        undated = axes._replace(date="", revision="")
        return next((m for m in self._models.get(_stem(axes), ()) if m.axes == undated), None)

    def separates(self, axes: ModelAxes) -> bool:
        """Whether a reviewed model forbids inference for these axes."""
        return any(model.is_separate and model.axes == axes for model in self._models.get(_stem(axes), ()))

    def find_implied(self, axes: ModelAxes, axis: str) -> str:
        """Value of an axis that a reviewed model with these words, numbers and size implies; empty for none."""
        models = self._models.get(_stem(axes), ())
        return next((m.implies[axis] for m in models if axis in m.implies and m.axes.size == axes.size), "")

    def implies(self, axes: ModelAxes, axis: str) -> bool:
        """Whether a reviewed model implies an axis that these axes leave out."""
        return any(axis in model.implies and model.axes == axes for model in self._models.get(_stem(axes), ()))


def dates_agree(one: str, other: str) -> bool:
    """Whether two dates are compatible: "2025-12" and "2025-12-01", "--09-05" and "2025-09-05"."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return bool(short) and (long.startswith(short) or (short[:2] == "--" and long[4:] == short[1:]))


def values_agree(axis: str, one: str, other: str) -> bool:
    """Whether two values of one of the single axes are compatible: equal, or dates that agree."""
    return dates_agree(one, other) if axis == "date" else one == other


def _stem(axes: ModelAxes) -> Stem:
    return axes.developer, axes.words, axes.numbers


def _may_be(axes: ModelAxes, model: KnownModel) -> bool:
    """Whether a key with a model's words and numbers can be that model: size, date and stage allow it."""
    if axes.size not in {model.axes.size, "" if model.axes.size else model.implies.get("size", "")}:
        return False
    if model.axes.date and not dates_agree(axes.date, model.axes.date):
        return False
    return axes.stage in {model.axes.stage, model.implies.get("stage", "")}


def _is_alias(axes: ModelAxes, alias: ModelAxes, model: KnownModel, provider_id: str) -> bool:
    """Whether a provider's key is an alias: every axis is the alias's own, or implied by the model."""
    if model.providers and provider_id not in model.providers:
        return False
    for axis in SINGLE_AXES:
        value, named, implied = getattr(axes, axis), getattr(alias, axis), model.implies.get(axis, "")
        if axis == "revision" and value == "001":  # a cloud's revision of the first stable release of a name
            continue
        if value != named and not (value and not named and implied and values_agree(axis, value, implied)):
            return False
    return True


def _drop_implied(axes: ModelAxes, model: KnownModel) -> ModelAxes:
    changes = {}
    for axis, implied in model.implies.items():
        value = getattr(axes, axis)
        if not value or values_agree(axis, value, implied):
            changes[axis] = getattr(model.axes, axis)
    return axes._replace(**changes)


@dataclass(frozen=True, kw_only=True, eq=False)
class IdentityReference:
    """Reviewed data of model resolution; `load_identity_reference()` loads the package's own.

    Hashed by identity, so that results computed from it can be cached.
    """

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
    context_limits: ContextLimits
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

    @cached_property
    def known_names(self) -> KnownNames:
        """Index of the reviewed models."""
        return KnownNames(self.known)

    @cached_property
    def spellings_by_developer(self) -> Mapping[str, tuple[str, ...]]:
        """Spellings of every developer id, the longest first."""
        found: dict[str, list[str]] = defaultdict(list)
        for spelling in sorted(self.spellings, key=len, reverse=True):
            found[self.spellings[spelling]].append(spelling)
        return {developer: tuple(spellings) for developer, spellings in found.items()}
