"""LLM models, offers and prices as Parquet, with one comparison record for every pair of models.

`open` returns the release that a warehouse has published; `connect` opens it in DuckDB.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmpairs.warehouse.query import connect

__all__ = ["connect"]


def __getattr__(name: str) -> Any:
    """`connect`, imported on first use: contracts and stores are read where DuckDB is not needed."""
    if name == "connect":
        from llmpairs.warehouse.query import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
