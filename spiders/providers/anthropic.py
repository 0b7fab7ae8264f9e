"""Anthropic pricing page: prices per model for standard, batch and fast service.

Page: Markdown; one table each for standard, batch and fast prices, models by display name.
Units: printed in the cells ("$3 / MTok").
Traps:
- A row may name several models ("Claude Opus 5 / Claude Opus 4.8") and the days on which its price applies
  ("... through August 31, 2026").
- Cache writes have a price for five minutes and a higher one for an hour; only the first has a price use.
- A note in parentheses holds the lifecycle state or the prompt length from which the row applies. A retired model is
  still listed, with prices, and is no longer offered here ("retired, except on Google Cloud").
- The headers of the fast-mode table are plain "Input" and "Output": only its heading differs.
"""

import re
from collections.abc import Iterator
from functools import partial

from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PriceColumn,
    RowTarget,
    TableLayout,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
    split_dates,
    split_prompt_length,
)

PROVIDER_KEY = "anthropic"
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "base input tokens": PriceColumn(uses=("input",)),
            "5m cache writes": PriceColumn(uses=("cache_write",)),
            "1h cache writes": None,
            "cache hits (&|and) refreshes": PriceColumn(uses=("cache_read",)),
            "output tokens": PriceColumn(uses=("output",)),
        }
    ),
    TableLayout(
        columns={
            "model": "model",
            "batch input": PriceColumn(uses=("input",), tier="batch"),
            "batch output": PriceColumn(uses=("output",), tier="batch"),
        }
    ),
    TableLayout(
        columns={
            "model": "model",
            "input": PriceColumn(uses=("input",), tier="fast"),
            "output": PriceColumn(uses=("output",), tier="fast"),
        },
        under="fast mode",
    ),
    ignore("cache operation", "multiplier", "duration"),
    ignore("model", "tool choice", "tool use system prompt token count"),
    ignore("model|tool", "additional input tokens"),
    ignore("concept", "details"),
    ignore("modifier", "why it doesn.t apply"),
    ignore("sku", "rate", "metering"),
    ignore("line item", "calculation", "cost"),
]
MODEL_NAME = re.compile(r"(?P<name>[^()]+?)(?: \((?P<note>.+)\))?")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name, with its batch and fast prices."""
    rows = match_rows(page.url, find_tables(page), LAYOUTS)
    resolver = partial(_resolve_row, captured_at=page.captured_at)
    yield from read_rows(page, PROVIDER_KEY, rows, resolver, is_first_party=True)


def _resolve_row(row: PageRow, captured_at: str) -> Iterator[RowTarget]:
    """Each model that a row names, if the row applies on the day of capture."""
    names, applies = split_dates(require(row, row.text("model"), "name of a model"), captured_at)
    for printed in names.split(" / ") if applies else ():
        yield _resolve_model(row, printed)


def _resolve_model(row: PageRow, printed: str) -> RowTarget:
    match = MODEL_NAME.fullmatch(printed)
    if match is None:
        raise EntryError(f"{row.locator}: {printed!r} is not a model name")
    note, from_tokens = split_prompt_length(match["note"] or "")
    if note and not re.match(r"deprecated|limited availability|retired", note):
        raise EntryError(f"{row.locator}: unknown note {note!r} after a model name")
    return RowTarget(
        model_key=match["name"],
        developer="anthropic",
        status=note.partition(",")[0] or None,
        min_prompt_tokens=from_tokens,
        is_offered=not note.startswith("retired"),
    )


PARSERS: Parsers = {"pricing": parse_pricing}
