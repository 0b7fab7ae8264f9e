"""OpenAI's prices: one table per tier of service, others by modality or kind."""

import re
from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    Layout,
    Place,
    Placed,
    Prices,
    Row,
    Table,
    Uses,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
)

LAYOUTS = [
    Layout(
        columns={
            "model": "model",
            "short context input": Prices(uses=("input",)),
            "short context cached input": Prices(uses=("cache_read",)),
            "short context output": Prices(uses=("output",)),
            "long context input": Prices(uses=("input",), is_long=True),
            "long context cached input": Prices(uses=("cache_read",), is_long=True),
            "long context output": Prices(uses=("output",), is_long=True),
        },
        optional={
            "short context cache writes": Prices(uses=("cache_write",)),
            "long context cache writes": Prices(uses=("cache_write",), is_long=True),
        },
    ),
    ignore("model", "training", "input|cached input|output|data sharing"),
    ignore("model", "use case", "input", "output", "estimated cost"),
    Layout(
        columns={"model": "model", "input": Prices(uses=("input",))},
        optional={
            "output( / cost)?": Prices(uses=("output",)),
            "cached input": Prices(uses=("cache_read",)),
            "category": None,
            "modality": "note",
        },
    ),
    ignore("model", "size", "portrait", "landscape", "price per second"),
    ignore("model", "price per minute"),
    ignore("tool", "details", "pricing"),
]
MODEL = re.compile(r"(\S+)(?: \(<(\d{1,6})K context length\))?")
TIERS: dict[str, ServiceTier] = {
    "standard": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
    "fast": "fast",
    "fast mode": "fast",
}
MODALITIES: dict[str | None, Uses] = {
    None: {},
    "text": {},
    "audio": {"input": "input_audio", "output": "output_audio", "cache_read": None},
    "image": {"input": "input_image", "output": "output_image", "cache_read": None},
}


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model, an offer for each tier of service that prices it."""
    rows = list(match_rows(page.url, find_tables(page), LAYOUTS))
    yield from read_rows(page, "openai", rows, _place_with(_find_boundary(rows)), is_first_party=True)


def _find_boundary(rows: list[Row]) -> int | None:
    """The only boundary that the page prints, which then holds for rows without their own.

    gpt-5.6-luna has long-context prices and no boundary, gpt-5.5 says "<272K context length" (2026-09-22).
    """
    found = {
        int(match[2]) for row in rows if (match := MODEL.fullmatch(row.text("model") or "")) and match[2]
    }
    return found.pop() * 1_000 if len(found) == 1 else None


def _place_with(boundary: int | None) -> Placed:
    def place(row: Row) -> Iterator[Place]:
        printed = require(row, row.text("model"), "name of a model")
        match = MODEL.fullmatch(printed)
        modality = row.text("note")
        uses = MODALITIES.get(modality.lower() if modality else None)
        if match is None or uses is None:
            what = printed if match is None else modality
            raise EntryError(f"{row.locator}: {what!r} is not understood")
        yield Place(
            model_key=match[1],
            developer="openai",
            service_tier=_tier_of(row.table),
            uses=uses,
            long_from=int(match[2]) * 1_000 if match[2] else boundary,
        )

    return place


def _tier_of(table: Table) -> ServiceTier:
    """By the heading "Batch pricing data", else by the last line before the table that names nothing but a tier."""
    heading = table.headings[-1].text.lower() if table.headings else ""
    word = heading.removesuffix(" pricing data") if heading.endswith(" pricing data") else ""
    if word and word not in TIERS:
        raise EntryError(f"{table.locator}: the tier of service {word!r} is not known")
    named = [TIERS[line.lower()] for line in table.before if line.lower() in TIERS]
    return TIERS[word] if word else named[-1] if named else "standard"


class OpenAISpider(SourceSpider):
    """Asks for the page of prices."""

    name = "openai"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
