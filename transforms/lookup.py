"""Lookups by text key: positions and membership through Arrow, and values of the previous release."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series


def find_positions(values: Any, known: Any) -> npt.NDArray[np.int64]:
    """Position of each text in `known`, the first of duplicates; -1 for null and for texts that are not in it.

    Arrow compares the texts without turning each into a Python object, as pandas would.
    """
    if not len(known):
        return np.full(len(values), -1)
    found = pc.index_in(
        pa.array(values, pa.string(), from_pandas=True),
        value_set=pa.array(known, pa.string(), from_pandas=True),
        skip_nulls=True,
    )
    return np.asarray(found.fill_null(-1).cast(pa.int64()))


def is_member(values: Any, known: Any) -> npt.NDArray[np.bool_]:
    """Whether each text is in `known`; false for null."""
    return find_positions(values, known) >= 0


def look_up_previous(keys: Series, previous: DataFrame, key: str, column: str) -> Series:
    """Column of a previous table by key; null where that table has no such row or no such column."""
    known = previous.reindex(columns=[key, column])
    values = known.drop_duplicates(key).set_index(key)[column].reindex(keys)
    return values.set_axis(keys.index)


def look_up_previous_time(keys: Series, previous: DataFrame, key: str, column: str, as_of: datetime) -> Series:
    """Time of a previous table by key; the as-of time of this run where that table has no such row."""
    times = pd.to_datetime(look_up_previous(keys, previous, key, column), utc=True)
    return times.fillna(pd.Timestamp(as_of))
