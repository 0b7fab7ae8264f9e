"""Rows that a command prints: as text, CSV, JSON or Markdown."""

import csv
import io
import sys
from collections.abc import Sequence
from typing import Any

from llmpairs.flows.commands.console import USAGE, leave, show_rows

FORMATS = ("text", "csv", "json", "md")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


def refuse_format(format_: str, formats: Sequence[str] = FORMATS) -> None:
    """Exit 2 for a format that is not known."""
    if format_ not in formats:
        raise leave(USAGE, f"--format {format_} is not known; take {', '.join(formats)}")


def print_rows(rows: list[dict[str, Any]], format_: str) -> None:
    """Rows on standard output in one of FORMATS."""
    if format_ == "csv":
        sys.stdout.write(spell_csv(rows))
    elif format_ == "md":
        print(spell_markdown(rows))
    else:
        show_rows(rows, format_ == "json")


def spell_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV with a header; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0] if rows else [])
    writer.writerows([neutralise(value) for value in row.values()] for row in rows)
    return text.getvalue()


def neutralise(value: Any) -> Any:
    """A value for a CSV cell; a number stays a number."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def spell_markdown(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    from llmpairs.render.document import Cell, Table
    from llmpairs.render.markdown import table_lines

    if not rows:
        return "nothing to show"
    is_number = {at for at, value in enumerate(rows[0].values()) if isinstance(value, int | float)}
    cells = [[Cell("" if value is None else str(value)) for value in row.values()] for row in rows]
    return "\n".join(table_lines(Table("", list(rows[0]), cells, numeric=frozenset(is_number)), {}))
