"""Anthropic pricing page: prices per model for standard, batch and fast service, and for long prompts.

Page: Markdown or HTML; one table each for standard, batch, fast and long-context prices, models by display name.
Units: printed in the cells ("$3 / MTok").
Traps:
- A row may name several models ("Claude Opus 5 / Claude Opus 4.8") and the days on which its price applies
  ("... through August 31, 2026").
- Cache writes have a price for five minutes and a higher one for an hour; only the first has a price use.
- A note in parentheses holds the lifecycle state or the prompt length from which the row applies. A retired model is
  still listed, with prices, and is no longer offered here ("retired, except on Google Cloud").
- The headers of the fast-mode table are plain "Input" and "Output": only its heading differs.
- Fast-mode tables until 2026-06 and the long-context table of 2025-12 have no model column: the sentence above them
  names the models, with or without "Claude" ("Claude Sonnet 4 or Sonnet 4.5").
- The long-context table has had three forms: uses as labels in the cells ("Input: $6 / MTok"), the same with blank
  model cells (2026-02), and a column per use with two models in a cell, "Claude Sonnet 4.5 / 4" (2026-03-26).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageCell,
    PageRow,
    PageTable,
    PriceColumn,
    RowTarget,
    TableLayout,
    carry_down,
    find_tables,
    ignore,
    match_rows,
    parse_prompt_floor,
    read_rows,
    require,
    split_dates,
    split_prompt_length,
)

PROVIDER_KEY = "anthropic"
SHORT = r"(≤|<=|<) ?\d+k input tokens"
LONG = r"> ?\d+k input tokens"
FAST_MODE = TableLayout(
    columns={
        "model": "model",
        "input": PriceColumn(uses=("input",), tier="fast"),
        "output": PriceColumn(uses=("output",), tier="fast"),
    },
    optional={"context window": "note"},
    under="fast mode",
)
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "base input tokens": PriceColumn(uses=("input",)),
            "5m cache writes": PriceColumn(uses=("cache_write",)),
            "1h cache writes": None,
            "cache hits (&|and) refreshes": PriceColumn(uses=("cache_read",)),
            "output tokens": PriceColumn(uses=("output",)),
        },
        is_required=True,
    ),
    TableLayout(
        columns={
            "model": "model",
            "batch input": PriceColumn(uses=("input",), tier="batch"),
            "batch output": PriceColumn(uses=("output",), tier="batch"),
        }
    ),
    FAST_MODE,
    TableLayout(
        columns={
            "model": "model",
            SHORT: None,
            LONG: PriceColumn(labels={"input": "input", "output": "output"}, is_banded=True),
        }
    ),
    TableLayout(
        columns={
            "model": "model",
            rf"{SHORT} (input|output)": None,
            rf"{LONG} input": PriceColumn(uses=("input",), is_banded=True),
            rf"{LONG} output": PriceColumn(uses=("output",), is_banded=True),
        }
    ),
    ignore("cache operation", "multiplier", "duration"),
    ignore("model", "tool choice", "tool use system prompt token count"),
    ignore("model|tool", "additional input tokens|input tokens per tool definition"),
    ignore("concept", "details"),
    ignore("modifier", "why it doesn.t apply"),
    ignore("sku", "rate", "metering"),
    ignore("line item", "calculation", "cost"),
]
MODEL_NAME = re.compile(r"(?P<name>[^()]+?)(?: \((?P<note>.+)\))?")
UNNAMED = re.compile(rf"context window|input|output|{SHORT}|{LONG}")
"""Headers of tables without a model column."""
STATUSES = re.compile(r"deprecated|limited availability|retired")
VERSION = re.compile(r"\d[\d.]*")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name, with its batch, fast and long-context prices."""
    tables = find_tables(page)
    models = [row[0].text for table in tables if LAYOUTS[0].fits(table) for row in table.rows[1:]]
    names = [match["name"] for text in models if (match := MODEL_NAME.fullmatch(text))]
    rows = match_rows(page.url, [carry_down(_add_models(table, names), 0) for table in tables], LAYOUTS)
    resolver = partial(_resolve_row, captured_at=page.captured_at)
    yield from read_rows(page, PROVIDER_KEY, rows, resolver, is_first_party=True)


def _add_models(table: PageTable, names: list[str]) -> PageTable:
    """A table without a model column with the models that the first sentence above it names."""
    fast = {found[0] for header in table.header if (found := FAST_MODE.meaning_of(header))}
    is_complete = {"input", "output"} <= fast or all(UNNAMED.fullmatch(header.lower()) for header in table.header)
    if not table.header or not is_complete or FAST_MODE.names_model(table):
        return table
    lines = ([name for name in names if _is_named(name, line)] for line in table.before)
    named = next(filter(None, lines), [])
    cells = (PageCell(text=text) for text in ("Model", *[" / ".join(named)] * len(table.rows[1:])))
    return replace(table, rows=tuple((cell, *row) for cell, row in zip(cells, table.rows, strict=True)))


def _is_named(name: str, line: str) -> bool:
    """Whether a line names the model, with or without "Claude": "Claude Sonnet 4 or Sonnet 4.5"."""
    return re.search(rf"\b{re.escape(name.removeprefix('Claude '))}(?![\w]|\.\d)", line) is not None


def _resolve_row(row: PageRow, captured_at: str) -> Iterator[RowTarget]:
    """Each model that a row names, if the row applies on the day of capture."""
    names, applies = split_dates(require(row, row.text("model"), "name of a model"), captured_at)
    before = ""
    for printed in names.split(" / ") if applies else ():
        # "Claude Sonnet 4.5 / 4" names two versions of one model.
        before = f"{before.rpartition(' ')[0]} {printed}" if VERSION.fullmatch(printed) else printed
        yield _resolve_model(row, before)


def _resolve_model(row: PageRow, printed: str) -> RowTarget:
    match = MODEL_NAME.fullmatch(printed)
    if match is None:
        raise EntryError(f"{row.locator}: {printed!r} is not a model name")
    note, from_tokens = split_prompt_length(match["note"] or "")
    if any(character.isdigit() for character in note):
        raise EntryError(f"{row.locator}: unknown note {note!r} after a model name")
    return RowTarget(
        model_key=match["name"],
        developer="anthropic",
        status=note.partition(",")[0] if STATUSES.match(note) else None,
        min_prompt_tokens=max(from_tokens, parse_prompt_floor(row.text("note") or "")),
        is_offered=not note.startswith("retired"),
    )


PARSERS: Parsers = {"pricing": parse_pricing}
