"""Field table: each claim field of models and offers, from the landed item to claim text and to the published column.

A field that is published as stated is declared once, as a column of the contract: the type decides how a landed value
becomes text (`convert`) and how text becomes a value again (`parse_column`). Only fields that feed derived columns are
listed here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.printed_values import parse_dates
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.models import MODELS
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

PRICE_BUNDLE_FIELDS = (*PRICE_FIELDS, "price_tiers", "currency")
"""Stated columns of offers that are read and chosen together, by the pricing step."""


@dataclass(frozen=True)
class ClaimField:
    """One field of `facts`."""

    name: str
    item_field: str
    """Field of the landed item that states it."""
    convert: Callable[[Series], Series]
    """Landed values as claim text, null where nothing usable is stated."""
    column: Column | None = None
    """Column that publishes the value as stated; None for a field that feeds derived columns."""


def positive_integer(column: Series) -> Series:
    """Positive whole numbers as text; 0 and less become null (models.dev prints 0 for an unknown limit)."""
    number = pd.to_numeric(column, errors="coerce")
    return number.where(number > 0).astype("Int64").astype("str").where(number > 0)


def label_set(column: Series) -> Series:
    """A list of labels in lower case, sorted and joined by ';'; an empty list becomes null."""
    joined = [
        ";".join(sorted({label.strip().lower() for label in cell}))
        if isinstance(cell, (list, tuple, np.ndarray))
        else None
        for cell in column
    ]
    return Series(joined, index=column.index, dtype="str").replace("", None)


def measurement(column: Series, maximum: float = np.inf) -> Series:
    """Numbers as text that parses back to the same number; null below zero and above the maximum."""
    return column.where((column >= 0) & (column <= maximum)).map(repr, na_action="ignore").astype("str")


def boolean(column: Series) -> Series:
    """Text "true" or "false"."""
    return column.map({True: "true", False: "false"}).astype("str")


def plain_text(column: Series) -> Series:
    """Text without surrounding space; empty text becomes null."""
    return column.astype("str").str.strip().replace("", None)


def label(column: Series) -> Series:
    """A source's label in lower case; empty text becomes null."""
    return plain_text(column).str.lower()


def iso_date(column: Series) -> Series:
    """ISO dates to their printed precision: 2025-08-05, 2025-08 or 2025."""
    parsed = parse_dates(column)
    iso = parsed["date"].dt.strftime("%Y-%m-%d")
    length = parsed["precision"].map({"day": 10, "month": 7, "year": 4})
    cut = iso.where(length == 10, iso.str[:7].where(length == 7, iso.str[:4]))
    return cut.where(parsed["precision"].notna())


def converter_of(column: Column) -> Callable[[Series], Series]:
    """How landed values of a stated column become claim text, by the column's type."""
    if pa.types.is_date(column.type):
        return iso_date
    if pa.types.is_int64(column.type):
        return positive_integer
    if pa.types.is_boolean(column.type):
        return boolean
    if pa.types.is_list(column.type):
        return label_set
    if pa.types.is_floating(column.type):
        maximum = np.inf if column.maximum is None else column.maximum
        return lambda values: measurement(values, maximum)
    return plain_text


def parse_column(texts: DataFrame, column: Column) -> Series:
    """Claim text of a stated column as values of its type; null where no claim is published.

    `texts` has one column of claim text per field.
    """
    text = texts[column.name]
    if pa.types.is_date(column.type):
        return first_day(text)
    if pa.types.is_int64(column.type):
        return pd.to_numeric(text, errors="coerce").astype("Int64")
    if pa.types.is_floating(column.type):
        return pd.to_numeric(text, errors="coerce").astype("float64")
    if pa.types.is_boolean(column.type):
        return text.map({"true": True, "false": False}).astype("boolean")
    if pa.types.is_list(column.type):
        return text.str.split(";")
    return text.where(text.isin(list(column.values))) if column.values else text


def first_day(text: Series) -> Series:
    """First day of a date known to the day, the month or the year."""
    padded = text.where(text.str.len() != 7, text + "-01")
    padded = padded.where(text.str.len() != 4, text + "-01-01")
    return pd.to_datetime(padded, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def list_stated_fields(table: Table) -> tuple[ClaimField, ...]:
    """A field for each column of the table that sources state, prices apart."""
    return tuple(
        ClaimField(column.name, column.printed_as or column.name, converter_of(column), column)
        for column in table.columns
        if not column.rests_on and column.name not in PRICE_BUNDLE_FIELDS
    )


MODEL_FIELDS = (
    ClaimField("display_name", "name", plain_text),
    ClaimField("family", "family", plain_text),
    ClaimField("task", "task", plain_text),
    ClaimField("hugging_face_id", "hugging_face_id", plain_text),
    ClaimField("lifecycle", "status", label),
    ClaimField("successor", "successor", plain_text),
    *list_stated_fields(MODELS),
)
OFFER_FIELDS = (
    ClaimField("listed_as", "model_key", plain_text),
    ClaimField("status", "status", label),
    *list_stated_fields(OFFERS),
)
