"""Fireworks AI's serverless prices: three in each cell, a column per tier, faster and regional rows beside."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, OfferClaim, PriceUse
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    Layout,
    Place,
    Prices,
    Row,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
)

USES: tuple[PriceUse, ...] = ("input", "cache_read", "output")
LAYOUTS = [
    Layout(
        columns={
            "model": "model",
            "standard": Prices(uses=USES),
            "priority": Prices(uses=USES, tier="priority"),
        }
    ),
    # Prices by the number of parameters, for models that nobody names.
    ignore("model", r"\$ / 1m tokens"),
    ignore("base model parameter count", r"\$ / 1m input tokens"),
]
# The last part of a model's address is its key without the prefix that nobody needs:
# accounts/fireworks/models/gpt-oss-120b. A faster variant links to its model (2026-09).
MODEL_PAGE = re.compile(r"https://app\.fireworks\.ai/models/fireworks/([\w.-]+)")
NOTES = re.compile(r" \((?:US|Preview|Fast, Preview)\)| US$")
BATCH = re.compile(
    r"Batch inference is billed at ([1-9]\d?)% of serverless pricing on both input and output", re.I
)
ORDER = "input / cached input / output"


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every named model: standard, priority and fast, and batch at the share that the page states."""
    tables = find_tables(page)
    text = " ".join(line for table in tables for line in table.before)
    if ORDER not in text:
        raise LayoutChangedError(page.url, tables[0].locator, f'the sentence "prices are {ORDER}" before it')
    share = BATCH.search(text)
    for each in read_rows(page, "fireworks-ai", match_rows(page.url, tables, LAYOUTS), _place):
        yield each
        if (
            share
            and isinstance(each, OfferClaim)
            and (each.service_tier, each.route_tag) == ("standard", "-")
        ):
            yield _batch_of(each, int(share[1]))


def _place(row: Row) -> Iterator[Place]:
    cell = row.cell("model")
    name = require(row, row.text("model"), "name of a model")
    pages = [
        match[1] for address, _ in (cell.links if cell else ()) if (match := MODEL_PAGE.fullmatch(address))
    ]
    plain = NOTES.sub("", name)
    is_regional = re.search(r"\bUS\b", name.removeprefix(plain)) is not None
    is_fast = plain.endswith(" Fast") or "(Fast" in name
    yield Place(
        model_key=pages[0] if pages else name,
        name=plain.removesuffix(" Fast"),
        service_tier="fast" if is_fast else "standard",
        route_tag="us" if is_regional else "-",
        region="US" if is_regional else None,
        status="preview" if "Preview)" in name else None,
    )


def _batch_of(offer: OfferClaim, percent: int) -> OfferClaim:
    """The same route by batch: the printed amount buys more tokens, so that it stays as printed.

    Half the price is twice the tokens for it. What cached input costs by batch the page does not say.
    """
    quotes = [quote for quote in offer.prices if quote.use in ("input", "output")]
    if any(quote.per * 100 % percent for quote in quotes):
        raise EntryError(f"{offer.locator}: {percent}% of a price is no price for a whole number of tokens")
    prices = tuple(replace(quote, per=quote.per * 100 // percent) for quote in quotes)
    return replace(offer, service_tier="batch", prices=prices)


class FireworksSpider(SourceSpider):
    """Asks for the page of serverless prices."""

    name = "fireworks"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
