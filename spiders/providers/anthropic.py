"""Anthropic's prices: one table each for standard, batch and fast service, units in the cells."""

import re
from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    Layout,
    Place,
    Placed,
    Prices,
    Row,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
    split_dates,
    split_prompts,
)

LAYOUTS = [
    Layout(
        columns={
            "model": "model",
            "base input tokens": Prices(uses=("input",)),
            "5m cache writes": Prices(uses=("cache_write",)),
            # The dearer write for an hour has no use of its own.
            "1h cache writes": None,
            "cache hits (&|and) refreshes": Prices(uses=("cache_read",)),
            "output tokens": Prices(uses=("output",)),
        }
    ),
    Layout(
        columns={
            "model": "model",
            "batch input": Prices(uses=("input",), tier="batch"),
            "batch output": Prices(uses=("output",), tier="batch"),
        }
    ),
    Layout(
        columns={
            "model": "model",
            "input": Prices(uses=("input",), tier="fast"),
            "output": Prices(uses=("output",), tier="fast"),
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
NAME = re.compile(r"(?P<name>[^()]+?)(?: \((?P<note>.+)\))?")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name, with its batch and fast prices."""
    rows = match_rows(page.url, find_tables(page), LAYOUTS)
    yield from read_rows(page, "anthropic", rows, _place_on(page.captured_at), is_first_party=True)


def _place_on(captured_at: str) -> Placed:
    def place(row: Row) -> Iterator[Place]:
        """Each of the models that a row names: "Claude Opus 5 / Claude Opus 4.8", "... through August 31, 2026"."""
        names, holds = split_dates(require(row, row.text("model"), "name of a model"), captured_at)
        for printed in names.split(" / ") if holds else ():
            yield _place_model(row, printed)

    return place


def _place_model(row: Row, printed: str) -> Place:
    match = NAME.fullmatch(printed)
    if match is None:
        raise EntryError(f"{row.locator}: {printed!r} is no name of a model")
    note, from_tokens = split_prompts(match["note"] or "")
    # "retired, except on Google Cloud": nobody can call it here any more.
    if note and not re.match(r"deprecated|limited availability|retired", note):
        raise EntryError(f"{row.locator}: {note!r} beside a model is not understood")
    return Place(
        model_key=match["name"],
        developer="anthropic",
        status=note.partition(",")[0] or None,
        min_prompt_tokens=from_tokens,
        is_offered=not note.startswith("retired"),
    )


class AnthropicSpider(SourceSpider):
    """Asks for the page of prices."""

    name = "anthropic"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
