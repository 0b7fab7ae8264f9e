"""Groq's models: one table per stage of life, input and output in one cell."""

import re
from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import Layout, Place, Prices, Row, find_tables, match_rows, read_rows, require

LAYOUTS = [
    Layout(
        columns={
            "model id": "model",
            "price per 1m tokens": Prices(
                uses=("input",), labels={"input": "input", "output": "output", "cached input": "cache_read"}
            ),
            r"context window \(tokens\)": "context_tokens",
            "max completion tokens": "max_output_tokens",
        },
        optional={r"speed \(t/sec\)": None, "rate limits.*": None, "max file size": None},
    )
]
MODEL_PAGE = re.compile(r"(?:https://console\.groq\.com)?/docs/model/([\w./-]+)")
KEY = re.compile(r"[\w.-]+/[\w.-]+")


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model of every table; prices by the hour or by the character keep their units."""
    yield from read_rows(page, "groq", match_rows(page.url, find_tables(page), LAYOUTS), _place)


def _place(row: Row) -> Iterator[Place]:
    """The key is the end of the link's address; systems link elsewhere and print it behind the link.

    Badges are glued to what follows: "[Llama 3.1 8B](...)Enterprisellama-3.1-8b-instant" (2026-09).
    """
    cell = row.cell("model")
    address, name = cell.links[0] if cell and cell.links else ("", "")
    found = MODEL_PAGE.fullmatch(address)
    behind = cell.text.removeprefix(name) if cell else ""
    key = found[1] if found else behind if KEY.fullmatch(behind) else None
    is_preview = any("preview" in heading.text.lower() for heading in row.table.headings)
    yield Place(
        model_key=require(row, key, "key of a model"),
        name=name or None,
        developer=cell.pictures[0] if cell and cell.pictures else None,
        status="preview" if is_preview else None,
    )


class GroqSpider(SourceSpider):
    """Asks for the page of models."""

    name = "groq"
    parsers: ClassVar[Parsers] = {"models": parse_models}
