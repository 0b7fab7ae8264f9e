"""Pricing tables of Markdown and HTML pages, read by their headers."""

from llmpairs.spiders.tables.cells import PriceUnit, split_dates, split_prompt_length
from llmpairs.spiders.tables.claims import read_rows, require
from llmpairs.spiders.tables.layouts import (
    ColumnMeaning,
    FlagColumn,
    PageRow,
    PriceColumn,
    TableLayout,
    ignore,
    match_rows,
)
from llmpairs.spiders.tables.parse import PageTable, carry_down, find_tables, transpose
from llmpairs.spiders.tables.quotes import RowTarget, UseOverrides

__all__ = [
    "ColumnMeaning",
    "FlagColumn",
    "PageRow",
    "PageTable",
    "PriceColumn",
    "PriceUnit",
    "RowTarget",
    "TableLayout",
    "UseOverrides",
    "carry_down",
    "find_tables",
    "ignore",
    "match_rows",
    "read_rows",
    "require",
    "split_dates",
    "split_prompt_length",
    "transpose",
]
