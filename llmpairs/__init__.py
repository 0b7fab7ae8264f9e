"""Public API of llmpairs: LLM models, offers and prices, and one comparison record for every pair of models.

`open` finds a release of a warehouse or data package; `connect` opens one in DuckDB; `Traffic` is what `Release.cost`
prices, `GapFilter` what `Release.gaps` lists.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmpairs.cost.traffic import ModelCost, Traffic
    from llmpairs.listings import GapFilter
    from llmpairs.release import Release, open  # noqa: A004  (read as llmpairs.open)
    from llmpairs.warehouse.errors import NoPairError, UnknownNameError
    from llmpairs.warehouse.query import connect

    __version__: str

__all__ = [
    "GapFilter",
    "ModelCost",
    "NoPairError",
    "Release",
    "Traffic",
    "UnknownNameError",
    "__version__",
    "connect",
    "open",
]

_MODULES = {
    "GapFilter": "llmpairs.listings",
    "ModelCost": "llmpairs.cost.traffic",
    "NoPairError": "llmpairs.warehouse.errors",
    "Release": "llmpairs.release",
    "Traffic": "llmpairs.cost.traffic",
    "UnknownNameError": "llmpairs.warehouse.errors",
    "connect": "llmpairs.warehouse.query",
    "open": "llmpairs.release",
}


def __getattr__(name: str) -> Any:
    """A public name, imported on first use, so that `import llmpairs` is fast and loads neither DuckDB nor pandas."""
    if name == "__version__":
        from importlib.metadata import version

        return version("llmpairs")
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
