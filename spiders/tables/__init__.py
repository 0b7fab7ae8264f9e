"""Pricing tables of Markdown and HTML pages, read by their headers."""

from llmpairs.spiders.tables.cells import (
    Amount,
    Rate,
    read_amounts,
    read_count,
    read_flag,
    read_rate,
    split_dates,
    split_prompts,
)
from llmpairs.spiders.tables.layouts import Flag, Layout, Meaning, Prices, Row, ignore, match_rows
from llmpairs.spiders.tables.merge import join_claims
from llmpairs.spiders.tables.offers import Placed, place_by_text, read_rows, require
from llmpairs.spiders.tables.parse import Cell, Heading, Table, carry_down, find_tables, transpose
from llmpairs.spiders.tables.quotes import Place, Uses, assign_uses, make_quote, read_quotes

__all__ = [
    "Amount",
    "Cell",
    "Flag",
    "Heading",
    "Layout",
    "Meaning",
    "Place",
    "Placed",
    "Prices",
    "Rate",
    "Row",
    "Table",
    "Uses",
    "assign_uses",
    "carry_down",
    "find_tables",
    "ignore",
    "join_claims",
    "make_quote",
    "match_rows",
    "place_by_text",
    "read_amounts",
    "read_count",
    "read_flag",
    "read_quotes",
    "read_rate",
    "read_rows",
    "require",
    "split_dates",
    "split_prompts",
    "transpose",
]
