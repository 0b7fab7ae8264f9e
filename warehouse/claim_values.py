"""Published values of models and offers compared with the claims behind them, both formatted as `facts` has them."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from pandas import DataFrame, Series

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.models import MODELS
from llmpairs.warehouse.contracts.offers import OFFERS

SUBJECTS: dict[str, Table] = {"model": MODELS, "offer": OFFERS}
"""The table of each kind of subject."""
DAY_LENGTH = 10


def claim_columns(table: Table) -> list[Column]:
    """Columns whose values come from claims, each a field of `facts`."""
    return [column for column in table.columns if not column.rests_on]


def format_published(frame: DataFrame, table: Table) -> DataFrame:
    """Every value of the claim columns of MODELS or OFFERS, without nulls: subject_id, field, value as text."""
    [key] = table.key
    parts = [
        DataFrame({"subject_id": frame[key], "field": column.name, "value": format_values(frame[column.name], column)})
        for column in claim_columns(table)
        if column.name in frame.columns
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="value", ignore_index=True)


def format_claims(facts: DataFrame, table: Table) -> DataFrame:
    """The published claims on those columns in the same format: subject_id, field, value."""
    kind = next(kind for kind, of_kind in SUBJECTS.items() if of_kind is table)
    names = [column.name for column in claim_columns(table)]
    chosen = facts["is_chosen"].astype(bool) & (facts["subject_kind"] == kind) & facts["field"].isin(names)
    claims = facts.loc[chosen, ["subject_id", "field", "value"]].reset_index(drop=True)
    days = [column.name for column in claim_columns(table) if pa.types.is_date(column.type)]
    value = claims["value"].mask(claims["field"].isin(days), first_day(claims["value"]))
    return claims.assign(value=value.mask(claims["field"] == "quantization", value.str.lower()))


def find_unclaimed(frame: DataFrame, facts: DataFrame, table: Table) -> DataFrame:
    """Published values of MODELS or OFFERS without an equal published claim: subject_id, field, value, `claimed`."""
    claims = format_claims(facts, table).rename(columns={"value": "claimed"})
    both = format_published(frame, table).merge(claims, on=["subject_id", "field"], how="left")
    return both[(both["value"] != both["claimed"]).fillna(True)].reset_index(drop=True)


def find_unclaimed_capabilities(table: DataFrame, facts: DataFrame) -> DataFrame:
    """States of MODEL_CAPABILITIES or OFFER_CAPABILITIES without an equal claim, in the columns of `find_unclaimed`.

    A model's state names its claim; an offer's own state is a published claim on the offer.
    """
    known = table[table["state"] != "unknown"]
    field = "capability:" + known["capability"].astype("str")
    if "fact_id" in known.columns:
        claimed = known["fact_id"].map(facts.set_index("fact_id")["value"])
        rows = DataFrame({"subject_id": known["model_id"], "field": field})
    else:
        own = facts[facts["is_chosen"].astype(bool) & (facts["subject_kind"] == "offer")]
        values = own.set_index(["subject_id", "field"])["value"]
        rows = DataFrame({"subject_id": known["offer_id"], "field": field})
        claimed = Series(values.reindex(pd.MultiIndex.from_frame(rows)).to_numpy(), index=rows.index)
    both = rows.assign(value=known["state"].astype("str"), claimed=claimed.astype("str"))
    return both[(both["value"] != both["claimed"]).fillna(True)].reset_index(drop=True)


def format_values(values: Series, column: Column) -> Series:
    """Values of a column in the format of `facts.value`."""
    if pa.types.is_date(column.type):
        return values.dt.strftime("%Y-%m-%d").astype("str")
    return values.map(_formatter_of(column.type), na_action="ignore").astype("str")


def _formatter_of(type_: pa.DataType) -> Callable[[Any], str]:
    if pa.types.is_boolean(type_):
        return lambda value: "true" if value else "false"
    if pa.types.is_floating(type_):
        return lambda value: repr(float(value))
    if pa.types.is_list(type_) and pa.types.is_struct(type_.value_type):
        return lambda tiers: json.dumps([dict(tier) for tier in tiers])
    return ";".join if pa.types.is_list(type_) else str


def first_day(dates: Series) -> Series:
    """First day of dates that are stated to the day, the month or the year."""
    days = dates.str[:DAY_LENGTH]
    return days.mask(days.str.len() == len("2025-08"), days + "-01").mask(
        days.str.len() == len("2025"), days + "-01-01"
    )
