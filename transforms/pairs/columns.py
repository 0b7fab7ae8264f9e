"""Columns of a table as arrays, whether a pandas frame holds them or plain arrays by name.

`compare` asks for one pair and must not wait for pandas to be imported; a night has frames.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Table = Any
"""A pandas frame, or a dictionary of arrays of one length."""
Words = npt.NDArray[np.object_]


def words(table: Table, name: str) -> Words:
    """A column of text."""
    return np.asarray(table[name], dtype=object)


def numbers(table: Table, name: str) -> npt.NDArray[np.float64]:
    """A column of numbers as float64, unknown as NaN."""
    column = table[name]
    if isinstance(column, np.ndarray):
        return np.asarray(column.astype(np.float64))  # None becomes NaN
    return np.asarray(column.to_numpy(dtype="float64", na_value=np.nan))


def flags(table: Table, name: str) -> npt.NDArray[np.bool_]:
    """A column of flags without a null."""
    return np.asarray(table[name], dtype=np.bool_)


def places(names: Words, ids: Sequence[str]) -> npt.NDArray[np.int64]:
    """Position of each name among the ids, -1 for one that is none of them."""
    place = {id_: at for at, id_ in enumerate(ids)}
    return np.fromiter((place.get(name, -1) for name in names), dtype=np.int64, count=len(names))
