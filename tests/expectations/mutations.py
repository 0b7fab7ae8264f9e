"""Mutations of one frame of a good release, which plant a fault."""

from collections.abc import Callable
from typing import Any

import pandas as pd

Frames = dict[str, Any]
Mutation = Callable[[Frames], None]


def _select(frame: pd.DataFrame, table: str, where: dict[str, Any]) -> pd.Series:
    """The rows that have these values; all rows without any."""
    rows = pd.Series(True, index=frame.index)
    for name, value in where.items():
        rows &= frame[name] == value
    assert rows.any(), f"no row of {table} has {where}"
    return rows.fillna(False)


def set_value(table: str, column: str, value: Any, **where: Any) -> Mutation:
    """Write a value into the rows that have these values; into all rows without any."""

    def mutate(frames: Frames) -> None:
        frame = frames[table].copy()
        rows = _select(frame, table, where)
        cells = frame[column].astype("object")
        for row in rows.index[rows]:
            cells.at[row] = value
        keep_type = not isinstance(value, list) and value is not None
        is_enum = isinstance(frame[column].dtype, pd.CategoricalDtype)
        frame[column] = cells.astype(frame[column].dtype) if keep_type and not is_enum else cells
        frames[table] = frame

    return mutate


def drop_rows(table: str, **where: Any) -> Mutation:
    """Remove the rows that have these values; all rows without any."""

    def mutate(frames: Frames) -> None:
        rows = _select(frames[table], table, where)
        frames[table] = frames[table][~rows].reset_index(drop=True)

    return mutate


def combine(*mutations: Mutation) -> Mutation:
    """Several faults at once."""

    def mutate(frames: Frames) -> None:
        for mutation in mutations:
            mutation(frames)

    return mutate


def set_offer(offer_id: str, **values: Any) -> Mutation:
    """Write columns of one offer."""
    return combine(*(set_value("offers", column, value, offer_id=offer_id) for column, value in values.items()))
