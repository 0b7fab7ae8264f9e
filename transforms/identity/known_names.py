"""Reviewed facts applied to parsed axes: aliases, and axes that a name has without saying so."""

from collections import defaultdict
from collections.abc import Iterable

from llmpairs.transforms.identity.reference_types import SINGLE_AXES, Axes, IdentityBooks, Known

FIRST_REVISION = "001"
"""A cloud's mark for the first stable release of a name."""

Stem = tuple[str, tuple[str, ...], tuple[str, ...]]


class KnownNames:
    """The book's models, found by developer, words and numbers."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._models: dict[Stem, list[Known]] = defaultdict(list)
        self._aliases: dict[Stem, list[tuple[Axes, Known]]] = defaultdict(list)
        for model in known:
            self._models[_stem(model.axes)].append(model)
            for _, axes in model.aliases:
                self._aliases[_stem(axes)].append((axes, model))
                if model.providers:
                    # A name that says nothing of its maker is read at the providers that the book names.
                    nameless = axes._replace(developer="")
                    self._aliases[_stem(nameless)].append((nameless, model))

    def settle(self, axes: Axes, provider_id: str) -> tuple[Axes, bool]:
        """Axes in the book's own terms, and whether an alias was needed for it."""
        aliases = self._aliases.get(_stem(axes), ())
        meant = next((model for alias, model in aliases if _means(axes, alias, model, provider_id)), None)
        axes = meant.axes if meant else axes
        for model in self._models.get(_stem(axes), ()):
            if _is_about(axes, model):
                axes = _drop_implied(axes, model)
        return axes, meant is not None

    def find(self, axes: Axes) -> Known | None:
        """The model of exactly these axes, a date aside."""
        undated = axes._replace(date="", revision="")
        return next((m for m in self._models.get(_stem(axes), ()) if m.axes == undated), None)

    def separates(self, axes: Axes) -> bool:
        """Whether the book says that nothing may be inferred for these axes."""
        return any(model.is_separate and model.axes == axes for model in self._models.get(_stem(axes), ()))

    def implies(self, axes: Axes, axis: str) -> bool:
        """Whether the book says what an axis is that these axes leave out."""
        return any(
            axis in model.implies and model.axes == axes for model in self._models.get(_stem(axes), ())
        )


def build_known(books: IdentityBooks) -> KnownNames:
    """The index of the books' known models."""
    return KnownNames(books.known)


def dates_agree(one: str, other: str) -> bool:
    """Whether two dates can be one: "2025-12" and "2025-12-01", "--09-05" and "2025-09-05"."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return bool(short) and (long.startswith(short) or (short[:2] == "--" and long[4:] == short[1:]))


def _stem(axes: Axes) -> Stem:
    return axes.developer, axes.words, axes.numbers


def _is_about(axes: Axes, model: Known) -> bool:
    """Whether a key with a model's words and numbers can be that model: size, date and stage allow it."""
    if axes.size not in {model.axes.size, "" if model.axes.size else model.implies.get("size", "")}:
        return False
    if model.axes.date and not dates_agree(axes.date, model.axes.date):
        return False
    return axes.stage in {model.axes.stage, model.implies.get("stage", "")}


def _means(axes: Axes, alias: Axes, model: Known, provider_id: str) -> bool:
    """Whether a provider's key is an alias: every axis is the alias's own, or one that the model has anyway."""
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


def _drop_implied(axes: Axes, model: Known) -> Axes:
    changes = {}
    for axis, implied in model.implies.items():
        value = getattr(axes, axis)
        same = dates_agree if axis == "date" else str.__eq__
        if not value or same(value, implied):
            changes[axis] = getattr(model.axes, axis)
    return axes._replace(**changes)
