"""Vertex AI generative AI pricing page: tables by developer, a row for each thing that is paid for.

Page: HTML; service tiers and regions are tabs, columns or parts of a header. Models by display name.
Units: USD per 1M tokens, stated in the headers. "Price /1M (USD)" leaves out of what; the tables beside it state
tokens (2026-10-03).
Traps:
- Flex and batch share their prices and their table, but where a region names one of them: "Global (Batch)" (2026-10).
- Prices of long prompts are printed even where length changes nothing.
- Other products of the page (Imagen, Veo, embeddings, tuning, ...) are not paid for by the token of an answer.
- The global price is that of the offer without a region tag; every other region is an offer of its own.
- A row may be printed twice for one model and type, with the price of another region: "us-east5" ends with "Input
  $6.60" of Claude Sonnet 4.6, which costs $3.30 in the first row (2026-10).
- The prompt length from which long prices apply differs from model to model, in columns of their own (2026-10).
- Models that answer with something other than text have row types of their own, which are left out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from llmpairs.spiders.items import Item, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PageTable,
    PriceColumn,
    PriceUnit,
    RowTarget,
    TableLayout,
    UseOverrides,
    carry_down,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
    split_dates,
)

PROVIDER_KEY = "google-vertex"
TIER = r"( with (priority|flex/batch))?"
SHORT = r"(<=|=<|≤) ?\d+k"
LONG = r"> ?\d+k"
UNIT = r"price \(/1m tokens\)"
LAYOUTS = [
    TableLayout(
        columns={"model": "model", "type": "note"},
        optional={
            "region": "region",
            rf"{UNIT}( {SHORT} input tokens)?{TIER}|price /1m \(usd\)": PriceColumn(uses=("input",)),
            rf"{UNIT} {LONG} input tokens{TIER}": PriceColumn(uses=("input",), is_banded=True),
            rf"{UNIT}( {SHORT})? cached input tokens{TIER}"
            rf"|price \(/1m cached input tokens\)( {SHORT})?": PriceColumn(uses=("cache_read",)),
            rf"{UNIT} {LONG} cached input tokens{TIER}"
            rf"|price \(/1m cached input tokens\) {LONG}": PriceColumn(uses=("cache_read",), is_banded=True),
            rf"{UNIT}( {SHORT} input tokens)? with batch api": PriceColumn(uses=("input",), tier="batch"),
            rf"{UNIT} {LONG} input tokens with batch api": PriceColumn(uses=("input",), tier="batch", is_banded=True),
        },
    ),
    ignore(".*", under=r"\b(imagen|veo|lyria|embedding|tuning|grounding|provisioned throughput|live api)\b"),
]
ROW_USES: dict[str, UseOverrides | None] = {
    r"input( \(text.*\)| text| tokens)?|text input": {},
    r"input \(audio\)|audio input( tokens)?": {"input": "input_audio", "cache_read": None},
    r"(text )?output( \((response and reasoning|text)\)| text| tokens)?": {"input": "output", "cache_read": None},
    r"image output|output \(image\)": {"input": "output_image", "cache_read": None},
    r"audio output|output \(audio\)": {"input": "output_audio", "cache_read": None},
    "cache hit|cached input|context cache hit": {"input": "cache_read"},
    "(5m )?cache write": {"input": "cache_write"},
    r"1h cache write|.* per (picture|image|second|minute|page)": None,
}
"""What is paid for, by the column "Type"; None for what is left out."""
OTHER_MODELS = re.compile(r"live|image|tts|audio|ocr|embedding", re.IGNORECASE)
REGION_TIER = re.compile(r"\s*\((batch|flex)\)", re.IGNORECASE)
TIER_TABS = frozenset({"standard", "standard model", "priority", "flex/batch"})
DEVELOPER = re.compile(r"(.+?)(?:'s|’s) (?:\w+ )?models")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name, an offer for each service tier and region."""
    tables = [replace(carry_down(table, 0, 1), price_unit=_find_price_unit(table)) for table in find_tables(page)]
    rows = _drop_repeated(match_rows(page.url, tables, LAYOUTS))
    yield from read_rows(page, PROVIDER_KEY, rows, partial(_resolve_row, captured_at=page.captured_at))


def _drop_repeated(rows: Iterable[PageRow | Finding]) -> Iterator[PageRow | Finding]:
    """The rows without those that repeat model, type and region of their table; the first one is right."""
    seen: set[tuple[int, str | None, str, str | None]] = set()
    for row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        key = (row.table.number, row.text("model"), (row.text("note") or "").lower(), row.text("region"))
        if key in seen and not row.problem:
            text = f"a second row of {key[1]}, {key[2]}, which is not read"
            yield Finding(kind="remark", locator=row.locator, text=text)
            continue
        seen.add(key)
        yield row


def _find_price_unit(table: PageTable) -> PriceUnit:
    is_short = any(header.lower() == "price /1m (usd)" for header in table.header)
    return PriceUnit(currency="USD", per=1_000_000, unit="token") if is_short else table.price_unit


def _resolve_row(row: PageRow, captured_at: str) -> Iterator[RowTarget]:
    names, applies = split_dates(require(row, row.text("model"), "name of a model"), captured_at)
    kind = require(row, row.text("note"), "type").strip(" :*").lower()
    is_batch = "batch" in kind.split()
    plain = " ".join(word for word in kind.split() if word != "batch")
    pattern = next((each for each in ROW_USES if re.fullmatch(each, plain)), None)
    if pattern is None and not OTHER_MODELS.search(names):
        raise EntryError(f"{row.locator}: {kind!r} is no known type of price")
    uses = ROW_USES[pattern] if pattern else None
    if uses is None or not applies:
        return
    region, tag = _find_region(row)
    for name in names.split(", "):
        for tier in _list_tiers(row, is_batch):
            yield RowTarget(
                model_key=" ".join(name.replace("*", " ").split()),
                developer=_find_developer(row.table),
                service_tier=tier,
                route_tag=tag,
                region=region,
                uses=uses,
            )


def _list_tiers(row: PageRow, is_batch: bool) -> tuple[ServiceTier, ...]:
    named = REGION_TIER.search(row.text("region") or "")
    if named:
        return ("batch",) if named[1].lower() == "batch" else ("flex",)
    header = " ".join(row.table.header).lower()
    if "with flex/batch" in header:
        return ("flex", "batch")
    if "with priority" in header:
        return ("priority",)
    return ("batch",) if is_batch else ("standard",)


def _find_region(row: PageRow) -> tuple[str | None, str]:
    """The region of the row or of its tab, and the route tag of the offer."""
    tab = row.table.tab
    printed = row.text("region") or (None if tab is None or tab.lower() in TIER_TABS else tab)
    if printed is None:
        return None, "-"
    region = REGION_TIER.sub("", printed).strip(" *")
    slug = re.sub(r"[^a-z0-9]+", "-", region.lower()).strip("-")
    return region, "-" if region.lower() == "global" else slug


def _find_developer(table: PageTable) -> str | None:
    """The developer that the heading names: "Anthropic's Claude models", "Gemini 2.5"."""
    for heading in reversed(table.headings):
        match = DEVELOPER.fullmatch(heading.text)
        if match:
            # "GLM's models" names the model family, not its developer.
            return match[1] if match[1] != "GLM" else None
        if heading.text.startswith(("Gemini", "Gemma")):
            return "Google"
    return None


PARSERS: Parsers = {"pricing": parse_pricing}
