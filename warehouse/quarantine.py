"""Quarantine: rows that break the contract of their table are set aside with their evidence, and the rest is kept.

A broken key, or a key that two rows have, is not set aside: without its keys a table cannot be read.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.contracts.log import QUARANTINE
from llmpairs.warehouse.convert import empty_frame, to_arrow
from llmpairs.warehouse.errors import ContractError
from llmpairs.warehouse.landing import RejectedLine
from llmpairs.warehouse.pandas_columns import MisfitError, check_range, convert_column

MOST_EVIDENCE = 4_000
"""Characters of a row that are kept."""
LANDING = "landing"
COLUMNS = [name for name in QUARANTINE.column_names if name != "run_id"]


@dataclass(frozen=True, kw_only=True)
class ScreenedTable:
    """A table whose rows all keep the contract."""

    frame: pd.DataFrame
    """The kept rows, working columns included."""
    rows: pa.Table
    """The same rows as the contract's table."""
    quarantine: pd.DataFrame
    """QUARANTINE but for run_id: what was set aside."""


def screen_rows(frame: pd.DataFrame, table: Table) -> ScreenedTable:
    """Set aside what breaks the contract: types, nulls, lists of values and ranges. Other columns are ignored.

    In a table that others refer to, a value of a column that may be null is set aside alone; everywhere else the whole
    row is. ContractError for a broken or repeated key.
    """
    names = [name for name in table.column_names if name in frame.columns]
    try:
        rows = to_arrow(frame[names], table)
        for column in table.columns:
            check_range(rows[column.name].combine_chunks(), column)
    except (ContractError, MisfitError):
        kept, quarantine = set_aside_misfits(frame.reset_index(drop=True), table)
        return ScreenedTable(frame=kept, rows=to_arrow(kept[names], table), quarantine=quarantine)
    return ScreenedTable(frame=frame, rows=rows, quarantine=frame_quarantine([]))


def set_aside_misfits(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame without what breaks the contract, and QUARANTINE of that."""
    kept = frame
    found: list[dict[str, str | None]] = []
    for column in table.columns:
        while column.name in kept and (misfit := find_misfit(kept[column.name], column, table)) is not None:
            if column.name in table.key:
                return kept, frame_quarantine(found)  # its conversion names the rows
            is_value = column.nullable and is_referred_to(table)
            broken = kept.iloc[misfit.rows]
            found += describe_rows(broken, column, table, misfit.problem, "value" if is_value else "row")
            if is_value:
                kept = kept.assign(**{column.name: clear_values(kept[column.name], broken.index)})
            else:
                kept = kept.drop(index=broken.index)
    return kept, frame_quarantine(found).assign(table_rows=len(frame))


def find_misfit(series: pd.Series, column: Column, table: Table) -> MisfitError | None:
    """The values of a column that break its contract in one way; None where all keep it."""
    try:
        check_range(convert_column(series, column, table), column)
    except MisfitError as misfit:
        return misfit
    return None


@cache
def is_referred_to(table: Table) -> bool:
    """Whether other tables of a release have the table's key as a column."""
    return len(table.key) == 1 and any(
        table.key[0] in other.column_names for other in RELEASE_TABLES if other.name != table.name
    )


def clear_values(series: pd.Series, index: pd.Index) -> pd.Series:
    """The column with null at these rows."""
    return series.astype("object").mask(series.index.isin(index), None)


def describe_rows(
    broken: pd.DataFrame, column: Column, table: Table, problem: str, set_aside: str
) -> list[dict[str, str | None]]:
    """QUARANTINE of some rows, but for run_id and table_rows."""
    shown = broken[[name for name in table.column_names if name in broken]].astype("object")
    rows = [{name: format_value(value) for name, value in row.items()} for row in shown.to_dict("records")]
    return [
        {
            "table_name": table.name,
            "row_key": ", ".join(f"{name}={row[name]}" for name in table.key if name in row),
            "field": column.name,
            "problem": problem,
            "value": row[column.name],
            "set_aside": set_aside,
            "evidence": json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False)[:MOST_EVIDENCE],
            "source_id": row.get("source_id"),
            "capture_id": row.get("capture_id"),
        }
        for row in rows
    ]


def format_value(value: Any) -> str | None:
    """A value as text; None for null."""
    is_null = pd.api.types.is_scalar(value) and pd.isna(value)
    return None if is_null else str(value)


def quarantine_lines(rejected: Iterable[RejectedLine], total: int) -> pd.DataFrame:
    """QUARANTINE but for run_id of landed lines that break the landed contracts; `total` counts all lines."""
    return frame_quarantine(
        {
            "table_name": LANDING,
            "row_key": f"{line.file}, line {line.number}",
            "field": "-",
            "problem": line.problem,
            "value": None,
            "set_aside": "row",
            "evidence": line.text[:MOST_EVIDENCE],
            "source_id": line.source_id,
            "capture_id": None,
        }
        for line in rejected
    ).assign(table_rows=total)


def frame_quarantine(rows: Iterable[dict[str, str | None]]) -> pd.DataFrame:
    """Rows of QUARANTINE as a frame with its columns but run_id."""
    types = empty_frame(QUARANTINE).dtypes[COLUMNS]
    return pd.DataFrame(list(rows), columns=COLUMNS).fillna({"table_rows": 0}).astype(types.to_dict())
