"""Texts looked up in other texts, where pandas would turn each into a Python object first."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def locate(values: Any, known: Any) -> npt.NDArray[np.int64]:
    """The position of each text among the known ones, the first where it stands twice; -1 where it is not, or null."""
    if not len(known):
        return np.full(len(values), -1)
    found = pc.index_in(
        pa.array(values, pa.string(), from_pandas=True),
        value_set=pa.array(known, pa.string(), from_pandas=True),
        skip_nulls=True,
    )
    return np.asarray(found.fill_null(-1).cast(pa.int64()))


def among(values: Any, known: Any) -> npt.NDArray[np.bool_]:
    """Whether each text is one of the known ones; false for null."""
    return locate(values, known) >= 0
