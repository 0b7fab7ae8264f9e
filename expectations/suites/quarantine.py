"""Checklist of `quarantine`: broken rows are named, and a table without many of its rows is not published."""

import pandas as pd

from llmpairs.expectations.rules import Suite, Summary, critical, equals, warning

MOST_ROWS, MOST_SHARE = 20, 0.05
"""One odd value of a source breaks a few rows; a fault of the rules breaks many."""


def count_broken_rows(quarantine: pd.DataFrame) -> pd.DataFrame:
    """One row per table that something was set aside of: its broken rows, and all of its rows."""
    rows = quarantine.drop_duplicates(["table_name", "row_key"]).astype({"table_name": "object"})
    counts = rows.groupby("table_name", as_index=False).agg(broken=("row_key", "size"), rows=("table_rows", "max"))
    return counts.astype({"broken": "int64", "rows": "int64"})


QUARANTINE_SUITE = Suite(
    name="quarantine",
    table="quarantine",
    subject="broken_tables",
    key=("table_name",),
    summary=Summary(compute=count_broken_rows, reads={"quarantine": ("table_name", "row_key", "table_rows")}),
    rules=(
        warning(
            equals("broken", 0, "no row breaks the contract of its table"),
            why="the row, or a value of it, is missing from the release; `quarantine` has its evidence",
        ),
        critical(
            "few rows of a table break its contract",
            lambda rows: (rows["broken"] <= MOST_ROWS) | (rows["broken"] <= MOST_SHARE * rows["rows"]),
            rows=("broken", "rows"),
            why="a table that lacks many rows looks like models and offers leaving",
        ),
    ),
)
