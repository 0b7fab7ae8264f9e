"""Gemini Developer API pricing page: a table per model and service tier, a row for each thing that is paid for.

Page: Markdown; the heading of a model, its ids in code below it, then a heading and a table per service tier.
Units: USD per 1M tokens, stated in the header of the paid column.
Traps:
- Every table has a free and a paid column; "Not available" in one of them means that there is no such offer.
- A heading over several ids names all of them or the first: "Gemini 3.1 Pro Preview" (2026-05). Gemma 3 has no id.
- "Used to improve our products" is "Yes" in the free column: prompts of the free tier are trained on.
- A cell may hold several prices: by modality, by prompt length, by date ("through December 31, 2026").
- An image may be priced by the piece in a column of prices per 1M tokens: "$1.00 (text), $0.0006 (image)" (2026-04).
- Images may be priced by size beside a price by tokens: "$6.00 (text and thinking) $0.067 per 1K/2K image".
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

from llmpairs.spiders.items import Item, OfferClaim, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PageTable,
    PriceColumn,
    RowTarget,
    TableLayout,
    UseOverrides,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
)

PROVIDER_KEY = "google"
PAID_HEADER = r"paid tier, per 1m tokens in usd"
PRICES = PriceColumn(
    uses=("input",),
    labels={
        r".*storage price": None,
        r"per [\d.]+k(/[\d.]+k)? image": None,
        "same as standard, batch pricing not yet implemented": None,
        r"audio(( ?/ ?|, )video)?": "input_audio",
        r"images?(( ?/ ?|, )video)?": "input_image",
        r"text[\w /,]*": "input",
    },
)
FREE = TableLayout(columns={"": "note", "free tier": PRICES, PAID_HEADER: None})
PAID = TableLayout(columns={"": "note", "free tier": None, PAID_HEADER: PRICES})
IGNORED = [
    ignore(".*", under="^pricing for (tools|agents)"),
    ignore("", "free tier", r"paid tier, per (image|second|request|song|minute)s? in usd"),
]
OUTPUT: UseOverrides = {"input": "output", "input_audio": "output_audio", "input_image": "output_image"}
DATA_POLICY = "used to improve our products"
ANSWERS = {"yes": True, "no": False}
ROW_USES: dict[str, UseOverrides | None] = {
    r"(text )?input price( \(.*\))?": {},
    r"output price( \(.*\))?": OUTPUT,
    "context caching price": {"input": "cache_read", "input_audio": None, "input_image": None},
    "audio input price": {"input": "input_audio"},
    "image input price": {"input": "input_image"},
    "video input price": None,
    DATA_POLICY: None,
    r"grounding with .*|context caching \(storage\)|tuning price": None,
    r"image generation pricing|live api.*|url context.*|computer use.*|code execution.*|file search.*": None,
}
"""What is paid for, by the row's label; None for rows without a price per token of an answer."""
TEXT_USES: dict[PriceUse, PriceUse] = {"input_image": "input", "output_image": "output"}
LEAST_IMAGE_SHARE = 100
"""Images cost at least as much as text by the token; "$1.00 (text), $0.0006 (image)" is a price per image (2026-04)."""
SERVICE_TIERS: dict[str, ServiceTier] = {
    "standard": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
}
MODEL_IDS = re.compile(r"(?:[\s,]|and\b|or\b|`([a-z][a-z0-9.-]+)`)+")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model and service tier; the free tier is an offer tagged `free-tier`."""
    tables = find_tables(page)
    for layout, route_tag in ((PAID, "-"), (FREE, "free-tier")):
        rows = list(match_rows(page.url, tables, [*IGNORED, layout]))
        policies = _read_data_policies(rows)
        resolver = partial(_resolve_row, route_tag=route_tag)
        for each in read_rows(page, PROVIDER_KEY, rows, resolver, is_first_party=True):
            # The first pass claims the models; an offer without a price is "Not available".
            if isinstance(each, OfferClaim) and each.prices:
                prices = tuple(_find_unit(quote, each.prices) for quote in each.prices)
                policy = policies.get((each.model_key, each.service_tier))
                yield replace(each, prices=prices, trains_on_prompts=policy)
            elif not isinstance(each, OfferClaim) and layout is PAID:
                yield each


def _read_data_policies(rows: list[PageRow | Finding]) -> dict[tuple[str, ServiceTier], bool | None]:
    """Whether prompts are used to improve products, by model and service tier."""
    found: dict[tuple[str, ServiceTier], bool | None] = {}
    for row in rows:
        # A table whose heading names no model is rejected with its prices.
        if isinstance(row, PageRow) and _read_label(row) == DATA_POLICY and _list_names(row.table):
            cell = next((cell for _, meaning, cell in row.cells if isinstance(meaning, PriceColumn)), None)
            tier = _find_tier(row.table.headings[-1].text) or "standard"
            policy = ANSWERS.get(cell.text.strip("* ").lower()) if cell else None
            found |= dict.fromkeys(((model, tier) for model in _list_models(row.table)), policy)
    return found


def _read_label(row: PageRow) -> str:
    return (row.text("note") or "").strip("* ").lower()


def _find_unit(quote: PriceQuote, quotes: tuple[PriceQuote, ...]) -> PriceQuote:
    """The quote, by the image where its amount cannot be that of a million tokens."""
    text = [Decimal(each.amount) for each in quotes if each.use == TEXT_USES.get(quote.use) and each.unit == "token"]
    is_per_image = quote.use in TEXT_USES and text and Decimal(quote.amount) * LEAST_IMAGE_SHARE < min(text)
    return replace(quote, unit="image", per=1) if is_per_image else quote


def _resolve_row(row: PageRow, route_tag: str) -> Iterator[RowTarget]:
    label = require(row, _read_label(row), "label")
    pattern = next((each for each in ROW_USES if re.fullmatch(each, label)), None)
    if pattern is None:
        raise EntryError(f"{row.locator}: {label!r} is no known row")
    uses = ROW_USES[pattern]
    if uses is None:
        return
    models = _list_models(row.table)
    for model_key in models:
        yield RowTarget(
            model_key=model_key,
            name=_find_heading(row.table) if len(models) == 1 else None,
            developer="google",
            service_tier=_find_tier(row.table.headings[-1].text) or "standard",
            route_tag=route_tag,
            uses=uses,
        )


def _find_tier(heading: str) -> ServiceTier | None:
    """The service tier that a heading names: "Batch", "Batch pricing"."""
    return SERVICE_TIERS.get(re.sub(r" (pricing|prices|tier)$", "", heading.lower()))


def _list_names(table: PageTable) -> list[str]:
    """The headings that are no service tier."""
    return [heading.text for heading in table.headings if _find_tier(heading.text) is None]


def _find_heading(table: PageTable) -> str:
    """The name of the model: the last heading that is no service tier."""
    names = _list_names(table)
    if not names:
        raise EntryError(f"{table.locator}: no heading names its model")
    return names[-1]


def _list_models(table: PageTable) -> list[str]:
    """The ids below the model's heading, else its name."""
    name = _find_heading(table)
    lines = next(heading.lines for heading in table.headings if heading.text == name)
    ids = next((line for line in lines if "`" in line and MODEL_IDS.fullmatch(line)), "")
    return re.findall(r"`([^`]+)`", ids) or [name]


PARSERS: Parsers = {"pricing": parse_pricing}
