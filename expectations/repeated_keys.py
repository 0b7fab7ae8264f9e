"""Frames that repeat a key: the check of the key names the rows, and every other check counts each key once."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from llmpairs.expectations.staged import PARENT
from llmpairs.warehouse.contracts import TABLES


def compute_once_per_key(
    compute: Callable[..., Any],
    frames: Mapping[str, Any],
    resolve: Callable[[str], str],
    errors: tuple[type[Exception], ...],
) -> Any:
    """The result on the frames; where it raises and a key is repeated, the result on the first row of each key.

    `resolve` gives the table of a frame by its name.
    """
    try:
        return compute(**frames)
    except errors:
        once = {name: keep_first_rows(resolve(name), frame) for name, frame in frames.items()}
        if all(once[name] is frame for name, frame in frames.items()):
            raise
        return compute(**once)


def keep_first_rows(name: str, frame: Any) -> Any:
    """The first row of each key of a table; the frame itself where no key is repeated, or its columns are not read."""
    table = TABLES.get(name.removeprefix(PARENT))
    if table is None or not isinstance(frame, pd.DataFrame) or not {*table.key} <= {*frame.columns}:
        return frame
    repeated = frame.duplicated(list(table.key))
    return frame[~repeated] if repeated.any() else frame
