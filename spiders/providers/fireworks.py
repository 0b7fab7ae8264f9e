"""Fireworks AI serverless pricing page: three prices in each cell, a column per service tier.

Page: Markdown; a row per model, with further rows for its faster and regional variants.
Units: USD per 1M tokens; the order "input / cached input / output" is stated in a sentence above the table.
Traps:
- The batch price is a sentence, a share of the input and output price; for cached input it states none.
- Model keys are the end of the link to the model's page, without the prefix accounts/fireworks/models/. A faster
  variant links to its model (2026-09).
- Variants are named by notes: "Fast", "US", "Preview".
- Prices by the number of parameters are for models that are not named.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, OfferClaim, PriceUse
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
)

PROVIDER_KEY = "fireworks-ai"
PRICE_ORDER = "input / cached input / output"
PRICE_USES: tuple[PriceUse, ...] = ("input", "cache_read", "output")
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "standard": PriceColumn(uses=PRICE_USES),
            "priority": PriceColumn(uses=PRICE_USES, tier="priority"),
        }
    ),
    TableLayout(
        columns={"model": "model", "input": PriceColumn(uses=("input",)), "output": PriceColumn(uses=("output",))},
        optional={"cached input": PriceColumn(uses=("cache_read",))},
    ),
    ignore("model", r"\$ / 1m tokens"),
    ignore("base model parameter count", r"\$ / 1m input tokens"),
]
MODEL_PAGE = re.compile(r"https://app\.fireworks\.ai/models/fireworks/([\w.-]+)")
NOTES = re.compile(r" \((?:US|Preview|Fast, Preview)\)| US$")
BATCH_SHARE = re.compile(
    r"Batch inference is billed at ([1-9]\d?)% of serverless pricing on both input and output", re.I
)


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every named model: standard, priority and fast, and batch at the share that the page states."""
    tables = find_tables(page)
    text = " ".join(line for table in tables for line in table.before)
    if PRICE_ORDER not in text and any(LAYOUTS[0].fits(table) for table in tables):
        sentence = f'the sentence "prices are {PRICE_ORDER}" before it'
        raise LayoutChangedError(page.url, tables[0].locator, sentence)
    share = BATCH_SHARE.search(text)
    for each in read_rows(page, PROVIDER_KEY, match_rows(page.url, tables, LAYOUTS), _resolve_row):
        yield each
        if share and isinstance(each, OfferClaim) and (each.service_tier, each.route_tag) == ("standard", "-"):
            yield _build_batch_offer(each, int(share[1]))


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    cell = row.cell("model")
    name = require(row, row.text("model"), "name of a model")
    keys = [match[1] for address, _ in (cell.links if cell else ()) if (match := MODEL_PAGE.fullmatch(address))]
    plain = NOTES.sub("", name)
    is_regional = re.search(r"\bUS\b", name.removeprefix(plain)) is not None
    is_fast = plain.endswith(" Fast") or "(Fast" in name
    yield RowTarget(
        model_key=keys[0] if keys else name,
        name=plain.removesuffix(" Fast"),
        service_tier="fast" if is_fast else "standard",
        route_tag="us" if is_regional else "-",
        region="US" if is_regional else None,
        status="preview" if "Preview)" in name else None,
    )


def _build_batch_offer(offer: OfferClaim, percent: int) -> OfferClaim:
    """The offer at the batch price. The amount stays as printed: at half the price it buys twice the tokens."""
    quotes = [quote for quote in offer.prices if quote.use in ("input", "output")]
    if any(quote.per * 100 % percent for quote in quotes):
        raise EntryError(f"{offer.locator}: {percent}% of a price is no price for a whole number of tokens")
    prices = tuple(replace(quote, per=quote.per * 100 // percent) for quote in quotes)
    return replace(offer, service_tier="batch", prices=prices)


PARSERS: Parsers = {"pricing": parse_pricing}
