"""Read columns as NumPy arrays from either a pandas frame or a dictionary of arrays.

A run has frames; `compare` needs one pair and avoids importing pandas, which takes longer than the comparison.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Table = Any
"""A pandas frame, or a dictionary of arrays of one length."""
Texts = npt.NDArray[np.object_]


def texts(table: Table, name: str) -> Texts:
    """Read a text column as objects."""
    return np.asarray(table[name], dtype=object)


def numbers(table: Table, name: str) -> npt.NDArray[np.float64]:
    """Read a numeric column as float64, unknown as NaN."""
    column = table[name]
    if isinstance(column, np.ndarray):
        return np.asarray(column.astype(np.float64))  # None becomes NaN
    return np.asarray(column.to_numpy(dtype="float64", na_value=np.nan))


def flags(table: Table, name: str) -> npt.NDArray[np.bool_]:
    """Read a column of flags that has no null."""
    return np.asarray(table[name], dtype=np.bool_)


def positions(names: Texts, ids: Sequence[str]) -> npt.NDArray[np.int64]:
    """Position of each name among the ids, -1 for an unknown name."""
    position = {id_: at for at, id_ in enumerate(ids)}
    return np.fromiter((position.get(name, -1) for name in names), dtype=np.int64, count=len(names))
