"""Groq models page: a table per release stage, input and output price in one cell.

Page: Markdown; production, preview and systems tables.
Units: USD per 1M tokens by the header; some cells state another ("per hour", "per 1M characters").
Traps:
- The model's key is the end of its link. Systems link elsewhere and print the key after the link.
- Badges are printed without a space before the key:
  "[Llama 3.1 8B](...)Enterprisellama-3.1-8b-instant" (2026-09).
- The developer is the text of a picture.
- Earlier pages had no prices, the key as plain text, and the developer in a column (2025).
"""

import re
from collections.abc import Iterator

from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PriceColumn,
    RowTarget,
    TableLayout,
    find_tables,
    match_rows,
    read_rows,
    require,
)

PROVIDER_KEY = "groq"
LAYOUTS = [
    TableLayout(
        columns={
            "model id": "model",
            r"context window \(tokens\)": "context_tokens",
            "max completion tokens": "max_output_tokens",
        },
        optional={
            "price per 1m tokens": PriceColumn(
                uses=("input",), labels={"input": "input", "output": "output", "cached input": "cache_read"}
            ),
            "developer": "developer",
            r"speed \(t/sec\)|rate limits.*|max file size|model card link": None,
        },
    )
]
MODEL_PAGE = re.compile(r"(?:https://console\.groq\.com)?/docs/model/([\w./-]+)")
MODEL_KEY = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model of every table; prices by the hour or by the character keep their units."""
    yield from read_rows(page, PROVIDER_KEY, match_rows(page.url, find_tables(page), LAYOUTS), _resolve_row)


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    cell = row.cell("model")
    address, name = cell.links[0] if cell and cell.links else ("", "")
    match = MODEL_PAGE.fullmatch(address)
    after_link = cell.text.removeprefix(name).strip("`") if cell else ""
    is_key = MODEL_KEY.fullmatch(after_link) and (address == "" or "/" in after_link)
    key = match[1] if match else after_link if is_key else None
    is_preview = any("preview" in heading.text.lower() for heading in row.table.headings)
    yield RowTarget(
        model_key=require(row, key, "key of a model"),
        name=name or None,
        developer=cell.pictures[0] if cell and cell.pictures else None,
        status="preview" if is_preview else None,
    )


PARSERS: Parsers = {"models": parse_models}
