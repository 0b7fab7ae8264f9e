"""What the last release said of the same subject."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series


def recall(keys: Series, previous: DataFrame, key: str, column: str) -> Series:
    """A column of the last release laid beside the keys; null where it had no such row, or no such column yet."""
    known = previous.reindex(columns=[key, column])
    values = known.drop_duplicates(key).set_index(key)[column].reindex(keys)
    return values.set_axis(keys.index)


def recall_moment(keys: Series, previous: DataFrame, key: str, column: str, as_of: datetime) -> Series:
    """A moment of the last release laid beside the keys; tonight's where it had no such row."""
    return pd.to_datetime(recall(keys, previous, key, column), utc=True).fillna(pd.Timestamp(as_of))
