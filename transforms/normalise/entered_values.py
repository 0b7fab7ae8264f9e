"""Values that a reviewer types, checked by the contract of their column and written as claim text."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.fields import converter_of, parse_column
from llmpairs.transforms.normalise.licences import LicenceReference
from llmpairs.warehouse.contract import Column

WORDS = {"yes": True, "true": True, "no": False, "false": False}
FIRST_DAYS = {4: "-01-01", 7: "-01", 10: ""}
"""What completes a date that is known to the year, the month or the day, by the length of its text."""


class InvalidValueError(ValueError):
    """A value that its column cannot hold; the message states what it can."""


def parse_entered_value(text: str, column: Column, licences: LicenceReference) -> str:
    """A typed value as claim text of a stated column; InvalidValueError where the contract does not allow it."""
    if column.name == "license_spdx":
        claims = licences.identify_column(Series([text.strip()], dtype="str"))
    else:
        claims = converter_of(column)(Series([_read_cell(text.strip(), column)]))
    value = claims.iloc[0]
    if pd.isna(value):
        raise InvalidValueError(f"{column.name}: {text!r} is not a value of this column: {column.about}")
    _check_limits(str(value), text, column)
    return str(value)


def parse_entered_state(text: str) -> str:
    """`yes` or `no` of a capability; InvalidValueError for anything else."""
    state = WORDS.get(text.strip().lower())
    if state is None:
        raise InvalidValueError(f"a capability is yes or no, not {text!r}")
    return "yes" if state else "no"


def _read_cell(text: str, column: Column) -> Any:
    """The text as the landed value of the column's type; InvalidValueError for text of another type."""
    readers: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str], Any], str], ...] = (
        (pa.types.is_date, _read_date, "a day, month or year such as 2026-05-18, 2026-05 or 2026"),
        (pa.types.is_integer, lambda number: int(number.replace(",", "")), "a whole number such as 131072"),
        (pa.types.is_floating, float, "a number"),
        (pa.types.is_boolean, lambda word: WORDS[word.lower()], "yes or no"),
        (pa.types.is_list, lambda labels: labels.replace(";", ",").split(","), "labels separated by commas"),
    )
    for is_type, read, expected in readers:
        if is_type(column.type):
            try:
                return read(text)
            except (ValueError, KeyError):
                raise InvalidValueError(f"{column.name}: {text!r} is not {expected}") from None
    return text


def _read_date(text: str) -> str:
    date.fromisoformat(text + FIRST_DAYS[len(text)])
    return text


def _check_limits(value: str, text: str, column: Column) -> None:
    """InvalidValueError for a value out of the column's list or range."""
    if column.values is not None and value not in column.values:
        raise InvalidValueError(f"{column.name}: {text!r} is none of {', '.join(column.values)}")
    typed = parse_column(DataFrame({column.name: Series([value], dtype="str")}), column).iloc[0]
    low, high = column.minimum, column.maximum
    if (low is not None and typed < low) or (high is not None and typed > high):
        raise InvalidValueError(f"{column.name}: {text!r} is out of range, {low} to {'any' if high is None else high}")
