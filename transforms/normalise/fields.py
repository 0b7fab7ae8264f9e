"""Field table: each claim field of models and offers, from the landed item to claim text and to the published column.

A field that is published as stated is declared once, as a column of the contract: the type decides how a landed value
becomes text (`convert`) and how text becomes a value again (`parse_column`). Only fields that feed derived columns are
listed here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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
    is_list = column.map(lambda cell: isinstance(cell, (list, tuple, np.ndarray))).astype(bool)
    joined = column[is_list].map(lambda cell: ";".join(sorted({label.strip().lower() for label in cell})))
    return joined.reindex(column.index).astype("str").replace("", None)


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
    month, year = (iso.str[:length].where(parsed["precision"] == unit) for unit, length in (("month", 7), ("year", 4)))
    return iso.where(parsed["precision"] == "day", month.fillna(year))


def first_day(text: Series) -> Series:
    """First day of a date known to the day, the month or the year."""
    padded = text.where(text.str.len() != 7, text + "-01")
    padded = padded.where(text.str.len() != 4, text + "-01-01")
    return pd.to_datetime(padded, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


Converter = Callable[[Series], Series]
CONVERTERS: tuple[tuple[Callable[[pa.DataType], bool], Converter, Converter], ...] = (
    (pa.types.is_date, iso_date, first_day),
    (pa.types.is_int64, positive_integer, lambda text: pd.to_numeric(text, errors="coerce").astype("Int64")),
    (pa.types.is_floating, measurement, lambda text: pd.to_numeric(text, errors="coerce").astype("float64")),
    (pa.types.is_boolean, boolean, lambda text: text.map({"true": True, "false": False}).astype("boolean")),
    (pa.types.is_list, label_set, lambda text: text.str.split(";")),
)
"""For each type of a stated column: landed values to claim text, and claim text to values. Other columns are text."""


def converter_of(column: Column) -> Converter:
    """How landed values of a stated column become claim text."""
    if pa.types.is_floating(column.type) and column.maximum is not None:
        return partial(measurement, maximum=column.maximum)
    return next((to_text for is_type, to_text, _ in CONVERTERS if is_type(column.type)), plain_text)


def parse_column(texts: DataFrame, column: Column) -> Series:
    """Claim text of a stated column as values of its type; null where no claim is published.

    `texts` has one column of claim text per field.
    """
    text = texts[column.name]
    for is_type, _, to_values in CONVERTERS:
        if is_type(column.type):
            return to_values(text)
    return text.where(text.isin(list(column.values))) if column.values else text


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
    ClaimField("listed_date", "listed", iso_date),
    *list_stated_fields(MODELS),
)
OFFER_FIELDS = (
    ClaimField("listed_as", "model_key", plain_text),
    ClaimField("status", "status", label),
    *list_stated_fields(OFFERS),
)
