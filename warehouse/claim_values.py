"""What sources state of models and offers: published columns and the claims behind them, brought to one spelling."""

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


def stated_columns(table: Table) -> list[Column]:
    """Columns whose values are a source's word, each a field of `facts`."""
    return [column for column in table.columns if not column.rests_on]


def spell_published(frame: DataFrame, table: Table) -> DataFrame:
    """Every stated value of MODELS or OFFERS, nulls left out: subject_id, field, value as text."""
    [key] = table.key
    parts = [
        DataFrame(
            {"subject_id": frame[key], "field": column.name, "value": spell(frame[column.name], column)}
        )
        for column in stated_columns(table)
        if column.name in frame.columns
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="value", ignore_index=True)


def spell_claims(facts: DataFrame, table: Table) -> DataFrame:
    """The published claims of stated columns, spelled alike: subject_id, field, value."""
    kind = next(kind for kind, of_kind in SUBJECTS.items() if of_kind is table)
    names = [column.name for column in stated_columns(table)]
    chosen = facts["is_chosen"].astype(bool) & (facts["subject_kind"] == kind) & facts["field"].isin(names)
    claims = facts.loc[chosen, ["subject_id", "field", "value"]].reset_index(drop=True)
    days = [column.name for column in stated_columns(table) if pa.types.is_date(column.type)]
    value = claims["value"].mask(claims["field"].isin(days), first_day(claims["value"]))
    return claims.assign(value=value.mask(claims["field"] == "quantization", value.str.lower()))


def find_unstated(frame: DataFrame, facts: DataFrame, table: Table) -> DataFrame:
    """Published values of MODELS or OFFERS that are no published claim: subject_id, field, value, `claimed`."""
    claims = spell_claims(facts, table).rename(columns={"value": "claimed"})
    both = spell_published(frame, table).merge(claims, on=["subject_id", "field"], how="left")
    return both[(both["value"] != both["claimed"]).fillna(True)].reset_index(drop=True)


def find_unstated_capabilities(table: DataFrame, facts: DataFrame) -> DataFrame:
    """States of MODEL_CAPABILITIES or OFFER_CAPABILITIES that rest on no claim: as `find_unstated`.

    A model's state names its claim; a route's own state is a published claim on the route.
    """
    known = table[table["state"] != "unknown"]
    field = "capability:" + known["capability"].astype("str")
    if "fact_id" in known.columns:
        claimed = known["fact_id"].map(facts.set_index("fact_id")["value"])
        rows = DataFrame({"subject_id": known["model_id"], "field": field})
    else:
        own = facts[facts["is_chosen"].astype(bool) & (facts["subject_kind"] == "offer")]
        said = own.set_index(["subject_id", "field"])["value"]
        rows = DataFrame({"subject_id": known["offer_id"], "field": field})
        claimed = Series(said.reindex(pd.MultiIndex.from_frame(rows)).to_numpy(), index=rows.index)
    both = rows.assign(value=known["state"].astype("str"), claimed=claimed.astype("str"))
    return both[(both["value"] != both["claimed"]).fillna(True)].reset_index(drop=True)


def spell(values: Series, column: Column) -> Series:
    """Values of a column as the claims of `facts` hold them."""
    if pa.types.is_date(column.type):
        return values.dt.strftime("%Y-%m-%d").astype("str")
    return values.map(_word_for(column.type), na_action="ignore").astype("str")


def _word_for(type_: pa.DataType) -> Callable[[Any], str]:
    if pa.types.is_boolean(type_):
        return lambda value: "true" if value else "false"
    if pa.types.is_floating(type_):
        return lambda value: repr(float(value))
    if pa.types.is_list(type_) and pa.types.is_struct(type_.value_type):
        return lambda tiers: json.dumps([dict(tier) for tier in tiers])
    return ";".join if pa.types.is_list(type_) else str


def first_day(dates: Series) -> Series:
    """Dates stated to the day, the month or the year as their first day."""
    days = dates.str[:DAY_LENGTH]
    return days.mask(days.str.len() == len("2025-08"), days + "-01").mask(
        days.str.len() == len("2025"), days + "-01-01"
    )
