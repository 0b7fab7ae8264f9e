"""Moonshot AI pricing of Kimi models: a table for each series of models.

Page: Markdown with components; the columns and rows of a table are properties of a component, amounts are fragments
(`<>{"$"}3.00</>`).
Units: the column "Unit" ("1M tokens"), which the parser requires of every row.
Traps:
- "Cache Write Price" has two times to live; the price of five minutes is the one with a use.
- "Input Price (Cache Miss)" and "Input Price" are one thing in different tables.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PriceColumn,
    PriceUnit,
    RowTarget,
    TableLayout,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
)

PROVIDER_KEY = "moonshotai"
UNIT = "1M tokens"
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "unit": "note",
            r"input price( \(cache miss\))?": PriceColumn(uses=("input",)),
            "output price": PriceColumn(uses=("output",)),
        },
        optional={
            r"cached input price|input price \(cache hit\)": PriceColumn(uses=("cache_read",)),
            r"cache write price( \(ttl 5min\))?": PriceColumn(uses=("cache_write",)),
            r"cache write price \(ttl 1h\)": None,
            "context window": "context_tokens",
        },
        is_required=True,
    ),
    # The definition of the component itself.
    ignore(r"\{.*\}"),
]
COMPONENT = re.compile(r"<\w+\s+columns=\{\[(?P<columns>.*?)\]\}\s*rows=\{\[(?P<rows>.*?)\]\}\s*/>", re.DOTALL)
TITLE = re.compile(r'title:\s*"([^"]*)"')
ROW = re.compile(r"^\s*\[(.*)\],?\s*$", re.MULTILINE)
FRAGMENT = re.compile(r'<>\{"([^"]*)"\}([^<>"]*)</>')


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its key."""
    text = COMPONENT.sub(_format_table, page.text())
    tables = [
        replace(table, price_unit=PriceUnit(currency="USD", per=1_000_000, unit="token"))
        for table in find_tables(replace(page, body=text.encode()))
    ]
    yield from read_rows(page, PROVIDER_KEY, match_rows(page.url, tables, LAYOUTS), _resolve_row, is_first_party=True)


def _format_table(component: re.Match[str]) -> str:
    """The component as an HTML table; a row that is no list of texts has one cell, which is rejected."""
    lines = [TITLE.findall(component["columns"])]
    for row in ROW.findall(component["rows"]):
        try:
            plain = FRAGMENT.sub(r'"\1\2"', row)
            lines.append([str(cell) for cell in json.loads(f"[{plain}]")])
        except ValueError:
            lines.append([row])
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in line) for line in lines)
    return f"\n\n<table><tr>{'</tr><tr>'.join(cells)}</tr></table>\n\n"


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    if row.text("note") != UNIT:
        raise EntryError(f"{row.locator}: the unit is {row.text('note')!r}, not {UNIT!r}")
    yield RowTarget(model_key=require(row, row.text("model"), "key of a model"), developer="moonshotai")


PARSERS: Parsers = {"pricing": parse_pricing}
