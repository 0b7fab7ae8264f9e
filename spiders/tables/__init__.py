"""Pricing tables of Markdown and HTML pages, read by their headers."""

from llmpairs.spiders.tables.cells import PriceUnit, parse_prompt_floor, split_dates, split_prompt_length
from llmpairs.spiders.tables.claims import read_models, read_rows, require
from llmpairs.spiders.tables.layouts import (
    ColumnMeaning,
    FlagColumn,
    PageRow,
    PriceColumn,
    TableLayout,
    ignore,
    match_rows,
)
from llmpairs.spiders.tables.parse import PageCell, PageTable, carry_down, find_tables, restore_spans, transpose
from llmpairs.spiders.tables.quotes import RowTarget, UseOverrides

__all__ = [
    "ColumnMeaning",
    "FlagColumn",
    "PageCell",
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
    "parse_prompt_floor",
    "read_models",
    "read_rows",
    "require",
    "restore_spans",
    "split_dates",
    "split_prompt_length",
    "transpose",
]
