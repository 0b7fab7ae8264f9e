"""Tables of the warehouse: contracts, storage, releases and queries.

`import warehouse` from a checkout is a deprecated alias of `import llmpairs`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmpairs.warehouse.query import connect

__all__ = ["connect"]

if __name__ == "warehouse":
    import warnings

    warnings.warn(
        "`import warehouse` is deprecated and works until llmpairs 0.3: use `import llmpairs`",
        DeprecationWarning,
        stacklevel=2,
    )


def __getattr__(name: str) -> Any:
    """`connect`, imported on first use: contracts and stores do not need DuckDB."""
    if name == "connect":
        from llmpairs.warehouse.query import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
