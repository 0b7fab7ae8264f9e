"""Report section on the quarantine: rows that break the contract of their table, with their evidence."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import (
    MOST_ROWS,
    code,
    format_number,
    format_plural,
    link_rest,
    paragraph,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData

MOST_EVIDENCE = 300
"""Characters of a row that the report shows; the log has more."""


class QuarantinedRow(NamedTuple):
    """A row, or one value of it, that was set aside."""

    table_name: str
    row_key: str
    field: str
    problem: str
    value: str | None
    set_aside: str
    evidence: str
    source_id: str | None


def count_quarantined(quarantine: pd.DataFrame | None) -> int:
    """Number of rows that something was set aside of."""
    return 0 if quarantine is None else len(quarantine.drop_duplicates(["table_name", "row_key"]))


def describe_quarantine(quarantine: pd.DataFrame) -> str:
    """How many rows of which tables break their contracts, and the first of them, in one line."""
    tables = quarantine.drop_duplicates(["table_name", "row_key"])["table_name"].value_counts().sort_index()
    listed = ", ".join(f"{name} ({format_number(count)})" for name, count in tables.items())
    [first] = read_rows(quarantine[:1], QuarantinedRow)
    total = count_quarantined(quarantine)
    return (
        f"{format_plural(total, 'row')} {'breaks its' if total == 1 else 'break their'} contract and "
        f"{'was' if total == 1 else 'were'} set aside: {listed}; "
        f"{'it is' if total == 1 else 'the first is'} {first.row_key}: {first.field} {first.problem}"
    )


def build_quarantine(data: RunData) -> list[Block]:
    """What was set aside, with the column, the value and the row; nothing in an ordinary run."""
    if data.quarantine is None or data.quarantine.empty:
        return []
    rows = [
        (
            code(row.table_name),
            code(row.row_key),
            code(row.field),
            Cell(row.problem, note="" if row.value is None else row.value[:MOST_EVIDENCE]),
            row.set_aside,
            code(row.source_id),
            Cell(row.evidence[:MOST_EVIDENCE]),
        )
        for row in read_rows(data.quarantine[:MOST_ROWS], QuarantinedRow)
    ]
    heads = ["Table", "Row", "Column", "Problem", "Set aside", "Source", "Evidence"]
    query = f"llmpairs sql \"SELECT * FROM quarantine WHERE run_id = '{data.run_id}'\""
    return [
        paragraph(f"{describe_quarantine(data.quarantine)}."),
        table("Rows that break their contract", heads, rows, prose=(3, 6)),
        *link_rest(len(rows), len(data.quarantine), query),
    ]
