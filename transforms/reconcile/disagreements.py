"""Fields on which independent lineages differ: one row each, with every lineage's word."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from transforms.previous import recall_moment
from warehouse.arrow import empty_frame

TOLERANCES = {
    "context_tokens": 1.05,
    "max_output_tokens": 1.05,
    "input_usd_per_mtok": 1.05,
    "output_usd_per_mtok": 1.05,
}
"""Largest over smallest that still counts as the same: 128,000 is printed for 131,072; Q21 uses 5% for prices."""
DATE_DAYS = {"released_date": 31}
"""40% of models sold by several providers spread further than this (Q31)."""
COMPARED = (
    "released_date", "context_tokens", "is_open_weights", "license_spdx", "architecture", "input_usd_per_mtok",
    "output_usd_per_mtok",
)  # fmt: skip
KEYS = ["subject_kind", "subject_id", "field"]


def find_disagreements(claims: DataFrame, previous: DataFrame, as_of: datetime) -> DataFrame:
    """DISAGREEMENTS from claims that carry is_chosen; derived and default claims have no vote."""
    voting = claims[claims["field"].isin(COMPARED) & (claims["basis"] == "declared")]
    words = one_word_per_lineage(voting)
    count = words.groupby(KEYS).size()
    contested = words.join(count[count > 1].rename("lineage_count"), on=KEYS, how="inner")
    if contested.empty:
        none: DataFrame = empty_frame("disagreements")
        return none
    table = measure(contested)
    table = table[table["differs"]].drop(columns="differs").reset_index(drop=True)
    chosen = claims[claims["is_chosen"]].drop_duplicates(KEYS).set_index(KEYS)["value"].rename("chosen_value")
    table = table.join(chosen, on=KEYS)
    hashed = pd.util.hash_pandas_object(table[KEYS], index=False, categorize=False)
    table["disagreement_id"] = [f"d{value:016x}" for value in hashed]
    table["first_seen_at"] = recall_moment(
        table["disagreement_id"], previous, "disagreement_id", "first_seen_at", as_of
    )
    table["decision"] = Series(None, index=table.index, dtype="str")
    return table


def one_word_per_lineage(voting: DataFrame) -> DataFrame:
    """Each lineage's value: that of its best authority, then its most frequent, then the smallest."""
    rows = voting.groupby([*KEYS, "lineage", "authority", "value"]).size().rename("rows").reset_index()
    order = [*KEYS, "lineage", "authority", "rows", "value"]
    rows = rows.sort_values(order, ascending=[True, True, True, True, True, False, True], kind="stable")
    return rows.drop_duplicates([*KEYS, "lineage"])


def measure(words: DataFrame) -> DataFrame:
    """Per subject and field: claimed_values, lineage_count, ratio and whether the values differ."""
    number = pd.to_numeric(words["value"], errors="coerce")
    date = pd.to_datetime(
        words["value"].where(words["field"].isin(list(DATE_DAYS))), format="ISO8601", errors="coerce"
    )
    words = words.assign(number=number, date=date, said=words["lineage"] + "=" + words["value"])
    table = words.groupby(KEYS).agg(
        claimed_values=("said", lambda said: sorted(said)),
        lineage_count=("lineage", "size"),
        low=("number", "min"), high=("number", "max"), first=("date", "min"), last=("date", "max"),
        values=("value", "nunique"),
    ).reset_index()  # fmt: skip
    table["ratio"] = (table["high"] / table["low"]).where(table["low"] > 0)
    tolerance = table["field"].map(TOLERANCES)
    days = (table["last"] - table["first"]).dt.days
    table["differs"] = (
        ((tolerance.notna()) & (table["ratio"] > tolerance))
        | (table["field"].isin(list(DATE_DAYS)) & (days > table["field"].map(DATE_DAYS).fillna(0)))
        | (tolerance.isna() & ~table["field"].isin(list(DATE_DAYS)) & (table["values"] > 1))
    )
    return table.drop(columns=["low", "high", "first", "last", "values"])
