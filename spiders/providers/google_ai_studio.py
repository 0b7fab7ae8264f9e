"""Google AI Studio's prices: a table per model and tier of service, its rows by what is paid for."""

import re
from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, OfferClaim, ServiceTier
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

PAID = r"paid tier, per 1m tokens in usd"
PRICES = Prices(
    uses=("input",),
    labels={
        r".*storage price": None,
        # Pictures by their size beside a price by tokens: "$6.00 (text and thinking) $0.067 per 1K/2K image".
        r"per [\d.]+k(/[\d.]+k)? image": None,
        "same as standard, batch pricing not yet implemented": None,
        r"audio(( ?/ ?|, )video)?": "input_audio",
        r"images?(( ?/ ?|, )video)?": "input_image",
        r"text[\w /,]*": "input",
    },
)
FREE_TIER = Layout(columns={"": "note", "free tier": PRICES, PAID: None})
PAID_TIER = Layout(columns={"": "note", "free tier": None, PAID: PRICES})
IGNORED = [
    ignore(".*", under="^pricing for (tools|agents)"),
    ignore("", "free tier", r"paid tier, per (image|second|request|song|minute)s? in usd"),
]
OUTPUT: Uses = {
    "input": "output",
    "input_audio": "output_audio",
    "input_image": "output_image",
}
# By the row's label; the rows without a use have no price per token of an answer.
ROWS: dict[str, Uses | None] = {
    r"(text )?input price( \(.*\))?": {},
    r"output price( \(.*\))?": OUTPUT,
    "context caching price": {"input": "cache_read", "input_audio": None, "input_image": None},
    "audio input price": {"input": "input_audio"},
    "image input price": {"input": "input_image"},
    "video input price": None,
    r"grounding with .*|used to improve our products|context caching \(storage\)|tuning price": None,
    r"image generation pricing|live api.*|url context.*|computer use.*|code execution.*|file search.*": None,
}
TIERS: dict[str, ServiceTier] = {
    "standard": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
}
MODEL_IDS = re.compile(r"(?:[\s,]|and\b|or\b|`([a-z][a-z0-9.-]+)`)+")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model and tier of service; the free tier is the route `free-tier`."""
    tables = find_tables(page)
    for layout, place in ((PAID_TIER, _place_at("-")), (FREE_TIER, _place_at("free-tier"))):
        rows = match_rows(page.url, tables, [*IGNORED, layout])
        for each in read_rows(page, "google", rows, place, is_first_party=True):
            # "Not available": there is no such offer. The models are named by the first pass.
            if not isinstance(each, OfferClaim) and layout is FREE_TIER:
                continue
            if not isinstance(each, OfferClaim) or each.prices:
                yield each


def _place_at(route_tag: str) -> Placed:
    def place(row: Row) -> Iterator[Place]:
        label = require(row, row.text("note"), "label").strip("* ").lower()
        pattern = next((each for each in ROWS if re.fullmatch(each, label)), None)
        if pattern is None:
            raise EntryError(f"{row.locator}: {label!r} is no known row")
        uses = ROWS[pattern]
        if uses is None:
            return
        models = _list_models(row.table)
        for model_key in models:
            yield Place(
                model_key=model_key,
                # A heading over several ids names all of them or the first: "Gemini 3.1 Pro Preview" (2026-05).
                name=_heading_of(row.table) if len(models) == 1 else None,
                developer="google",
                service_tier=_tier_of(row.table),
                route_tag=route_tag,
                uses=uses,
            )

    return place


def _heading_of(table: Table) -> str:
    """The name of the model: the heading above that of the tier of service."""
    names = [heading.text for heading in table.headings if heading.text.lower() not in TIERS]
    if not names:
        raise EntryError(f"{table.locator}: no heading names its model")
    return names[-1]


def _list_models(table: Table) -> list[str]:
    """The ids under the model's heading; its name where there are none, as for Gemma 3."""
    name = _heading_of(table)
    lines = next(heading.lines for heading in table.headings if heading.text == name)
    named = next((line for line in lines if "`" in line and MODEL_IDS.fullmatch(line)), "")
    return re.findall(r"`([^`]+)`", named) or [name]


def _tier_of(table: Table) -> ServiceTier:
    return TIERS.get(table.headings[-1].text.lower(), "standard")


class GoogleAIStudioSpider(SourceSpider):
    """Asks for the page of prices."""

    name = "google_ai_studio"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
