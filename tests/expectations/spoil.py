"""Ways of spoiling one frame of a good release."""

from collections.abc import Callable
from typing import Any

import pandas as pd

Frames = dict[str, Any]
Spoil = Callable[[Frames], None]


def put(table: str, column: str, value: Any, **where: Any) -> Spoil:
    """Writes a value into the rows that have these values; into all rows without any."""

    def spoil(frames: Frames) -> None:
        frame = frames[table].copy()
        rows = pd.Series(True, index=frame.index)
        for name, wanted in where.items():
            rows &= frame[name] == wanted
        assert rows.any(), f"no row of {table} has {where}"
        cells = frame[column].astype("object")
        for row in rows.index[rows.fillna(False)]:
            cells.at[row] = value
        frame[column] = (
            cells if isinstance(value, list) or value is None else cells.astype(_kind(frame[column]))
        )
        frames[table] = frame

    return spoil


def _kind(column: pd.Series) -> Any:
    """A type that holds the column's values and a fault."""
    return "object" if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype


def drop(table: str, **where: Any) -> Spoil:
    """Takes away the rows that have these values; all of them without any."""

    def spoil(frames: Frames) -> None:
        frame = frames[table]
        rows = pd.Series(True, index=frame.index)
        for name, wanted in where.items():
            rows &= frame[name] == wanted
        assert rows.any(), f"no row of {table} has {where}"
        frames[table] = frame[~rows.fillna(False)].reset_index(drop=True)

    return spoil


def both(*spoils: Spoil) -> Spoil:
    """Several faults at once."""

    def spoil(frames: Frames) -> None:
        for one in spoils:
            one(frames)

    return spoil


def price(offer_id: str, **values: Any) -> Spoil:
    """Writes columns of one offer."""
    return both(*(put("offers", column, value, offer_id=offer_id) for column, value in values.items()))
