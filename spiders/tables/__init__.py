"""Pricing tables of Markdown and HTML pages, read by their headers."""

from llmpairs.spiders.tables.cells import (
    PriceUnit,
    PrintedAmount,
    parse_amounts,
    parse_flag,
    parse_price_unit,
    parse_token_count,
    split_dates,
    split_prompt_length,
)
from llmpairs.spiders.tables.claims import RowResolver, join_claims, read_rows, require, resolve_by_text
from llmpairs.spiders.tables.layouts import (
    ColumnMeaning,
    FlagColumn,
    PageRow,
    PriceColumn,
    TableLayout,
    ignore,
    match_rows,
)
from llmpairs.spiders.tables.parse import PageCell, PageHeading, PageTable, carry_down, find_tables, transpose
from llmpairs.spiders.tables.quotes import RowTarget, UseOverrides, assign_uses, make_quote, read_row_quotes

__all__ = [
    "ColumnMeaning",
    "FlagColumn",
    "PageCell",
    "PageHeading",
    "PageRow",
    "PageTable",
    "PriceColumn",
    "PriceUnit",
    "PrintedAmount",
    "RowResolver",
    "RowTarget",
    "TableLayout",
    "UseOverrides",
    "assign_uses",
    "carry_down",
    "find_tables",
    "ignore",
    "join_claims",
    "make_quote",
    "match_rows",
    "parse_amounts",
    "parse_flag",
    "parse_price_unit",
    "parse_token_count",
    "read_row_quotes",
    "read_rows",
    "require",
    "resolve_by_text",
    "split_dates",
    "split_prompt_length",
    "transpose",
]
