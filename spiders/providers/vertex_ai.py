"""Vertex AI's prices: tables by maker, a row for each thing that is paid for, tabs for tiers and regions."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    Layout,
    Meaning,
    Place,
    Placed,
    Prices,
    Rate,
    Row,
    Table,
    Uses,
    carry_down,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
    split_dates,
)

LONG = 200_000
TIER = r"( with (priority|flex/batch))?"
SHORT = "(<=|=<) 200k"
COLUMNS: dict[str, Meaning] = {"model": "model", "type": "note"}
OPTIONAL: dict[str, Meaning] = {
    "region": "region",
    rf"price \(/1m tokens\)( {SHORT} input tokens)?{TIER}|price /1m \(usd\)": Prices(uses=("input",)),
    rf"price \(/1m tokens\) > 200k input tokens{TIER}": Prices(uses=("input",), min_prompt_tokens=LONG),
    rf"price \(/1m tokens\)( {SHORT})? cached input tokens{TIER}|price \(/1m cached input tokens\)( {SHORT})?": Prices(
        uses=("cache_read",)
    ),
    rf"price \(/1m tokens\) > 200k cached input tokens{TIER}|price \(/1m cached input tokens\) > 200k": Prices(
        uses=("cache_read",), min_prompt_tokens=LONG
    ),
    rf"price \(/1m tokens\)( {SHORT} input tokens)? with batch api": Prices(uses=("input",), tier="batch"),
    r"price \(/1m tokens\) > 200k input tokens with batch api": Prices(
        uses=("input",), tier="batch", min_prompt_tokens=LONG
    ),
}
LAYOUTS = [
    Layout(columns=COLUMNS, optional=OPTIONAL),
    # Other products of the page, which are not paid for by the token of an answer.
    ignore(
        ".*",
        under=r"\b(imagen|veo|lyria|embedding|tuning|grounding|provisioned throughput|live api)\b",
    ),
]
# By the words of the column "Type"; None is left out.
TYPES: dict[str, Uses | None] = {
    r"input( \(text.*\)| text| tokens)?|text input": {},
    r"input \(audio\)|audio input( tokens)?": {"input": "input_audio", "cache_read": None},
    r"(text )?output( \((response and reasoning|text)\)| text| tokens)?": {
        "input": "output",
        "cache_read": None,
    },
    r"image output|output \(image\)": {"input": "output_image", "cache_read": None},
    r"audio output|output \(audio\)": {"input": "output_audio", "cache_read": None},
    "cache hit|cached input|context cache hit": {"input": "cache_read"},
    "(5m )?cache write": {"input": "cache_write"},
    r"1h cache write|.* per (picture|image|second|minute|page)": None,
}
# The rows of models that answer with something other than text have types of their own.
OTHER_MODELS = re.compile(r"live|image|tts|audio|ocr|embedding", re.IGNORECASE)
TIER_TABS = frozenset({"standard", "standard model", "priority", "flex/batch"})
MAKER = re.compile(r"(.+?)(?:'s|’s) (?:\w+ )?models")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name; other regions than the global one are routes of their own."""
    tables = [replace(carry_down(table, 0, 1), rate=_rate_of(table)) for table in find_tables(page)]
    rows = match_rows(page.url, tables, LAYOUTS)
    yield from read_rows(page, "google-vertex", rows, _place_on(page.captured_at))


def _rate_of(table: Table) -> Rate:
    """ "Price /1M (USD)" leaves out of what; the makers' tables beside it say tokens (2026-10-03)."""
    is_short = any(header.lower() == "price /1m (usd)" for header in table.header)
    return Rate(currency="USD", per=1_000_000, unit="token") if is_short else table.rate


def _place_on(captured_at: str) -> Placed:
    def place(row: Row) -> Iterator[Place]:
        names, holds = split_dates(require(row, row.text("model"), "name of a model"), captured_at)
        kind = require(row, row.text("note"), "type").strip(" :*").lower()
        is_batch = kind.startswith("batch ")
        plain = kind.removeprefix("batch ")
        pattern = next((each for each in TYPES if re.fullmatch(each, plain)), None)
        if pattern is None and not OTHER_MODELS.search(names):
            raise EntryError(f"{row.locator}: {kind!r} is no known type of price")
        uses = TYPES[pattern] if pattern else None
        if uses is None or not holds:
            return
        region, tag = _region_of(row)
        for name in names.split(", "):
            for tier in _tiers_of(row.table, is_batch):
                yield Place(
                    model_key=" ".join(name.replace("*", " ").split()),
                    developer=_maker_of(row.table),
                    service_tier=tier,
                    route_tag=tag,
                    region=region,
                    uses=uses,
                )

    return place


def _tiers_of(table: Table, is_batch: bool) -> tuple[ServiceTier, ...]:
    """Flex and batch share their prices and their table."""
    header = " ".join(table.header).lower()
    if "with flex/batch" in header:
        return ("flex", "batch")
    if "with priority" in header:
        return ("priority",)
    return ("batch",) if is_batch else ("standard",)


def _region_of(row: Row) -> tuple[str | None, str]:
    """The region by the row or the tab, and the tag of its route; the global price is that of the route without one."""
    tab = row.table.tab
    printed = row.text("region") or (None if tab is None or tab.lower() in TIER_TABS else tab)
    if printed is None:
        return None, "-"
    region = printed.strip(" *")
    return region, "-" if region.lower() == "global" else re.sub(r"[^a-z0-9]+", "-", region.lower()).strip(
        "-"
    )


def _maker_of(table: Table) -> str | None:
    """Whose models the table is about, by its heading: "Anthropic's Claude models", "Gemini 2.5"."""
    for heading in reversed(table.headings):
        match = MAKER.fullmatch(heading.text)
        if match:
            # "GLM's models" names the models, not who made them.
            return match[1] if match[1] != "GLM" else None
        if heading.text.startswith(("Gemini", "Gemma")):
            return "Google"
    return None


class VertexAISpider(SourceSpider):
    """Asks for the page of prices."""

    name = "vertex_ai"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
