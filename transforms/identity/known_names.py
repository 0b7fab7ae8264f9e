"""Applies reviewed names to parsed axes: aliases, and implied axes that a name leaves out."""

from collections import defaultdict
from collections.abc import Iterable

from llmpairs.transforms.identity.reference_types import SINGLE_AXES, IdentityReference, KnownModel, ModelAxes

FIRST_REVISION = "001"
"""A cloud's revision of the first stable release of a name."""

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

    def implies(self, axes: ModelAxes, axis: str) -> bool:
        """Whether a reviewed model implies an axis that these axes leave out."""
        return any(axis in model.implies and model.axes == axes for model in self._models.get(_stem(axes), ()))


def index_known_names(reference: IdentityReference) -> KnownNames:
    """Index the reviewed models of the reference data."""
    return KnownNames(reference.known)


def dates_agree(one: str, other: str) -> bool:
    """Whether two dates are compatible: "2025-12" and "2025-12-01", "--09-05" and "2025-09-05"."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return bool(short) and (long.startswith(short) or (short[:2] == "--" and long[4:] == short[1:]))


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
        if axis == "revision" and value == FIRST_REVISION:
            continue
        same = dates_agree if axis == "date" else str.__eq__
        if value != named and not (value and not named and implied and same(value, implied)):
            return False
    return True


def _drop_implied(axes: ModelAxes, model: KnownModel) -> ModelAxes:
    changes = {}
    for axis, implied in model.implies.items():
        value = getattr(axes, axis)
        same = dates_agree if axis == "date" else str.__eq__
        if not value or same(value, implied):
            changes[axis] = getattr(model.axes, axis)
    return axes._replace(**changes)
