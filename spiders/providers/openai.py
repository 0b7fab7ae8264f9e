"""OpenAI pricing page: a table per service tier, others by modality or kind of model.

Page: Markdown. The service tier is in the heading ("Batch pricing data"), or in the last line before a table that
consists of a tier alone.
Units: USD per 1M tokens; other units in the cells.
Traps:
- Long-context prices apply from a prompt length that only some rows print: gpt-5.6-luna has such prices and no
  boundary, gpt-5.5 has "<272K context length" (2026-09-22). The only boundary of the page applies to the others.
- Models with several modalities have a row for each of them.
"""

import re
from collections.abc import Iterator
from functools import partial

from llmpairs.spiders.items import Item, ServiceTier
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

PROVIDER_KEY = "openai"
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "short context input": PriceColumn(uses=("input",)),
            "short context cached input": PriceColumn(uses=("cache_read",)),
            "short context output": PriceColumn(uses=("output",)),
            "long context input": PriceColumn(uses=("input",), is_long=True),
            "long context cached input": PriceColumn(uses=("cache_read",), is_long=True),
            "long context output": PriceColumn(uses=("output",), is_long=True),
        },
        optional={
            "short context cache writes": PriceColumn(uses=("cache_write",)),
            "long context cache writes": PriceColumn(uses=("cache_write",), is_long=True),
        },
    ),
    ignore("model", "training", "input|cached input|output|data sharing"),
    ignore("model", "use case", "input", "output", "estimated cost"),
    TableLayout(
        columns={"model": "model", "input": PriceColumn(uses=("input",))},
        optional={
            "output( / cost)?": PriceColumn(uses=("output",)),
            "cached input": PriceColumn(uses=("cache_read",)),
            "category": None,
            "modality": "note",
        },
    ),
    ignore("model", "size", "portrait", "landscape", "price per second"),
    ignore("model", "price per minute"),
    ignore("tool", "details", "pricing"),
]
MODEL_NAME = re.compile(r"(\S+)(?: \(<(\d{1,6})K context length\))?")
SERVICE_TIERS: dict[str, ServiceTier] = {
    "standard": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
    "fast": "fast",
    "fast mode": "fast",
}
MODALITY_USES: dict[str | None, UseOverrides] = {
    None: {},
    "text": {},
    "audio": {"input": "input_audio", "output": "output_audio", "cache_read": None},
    "image": {"input": "input_image", "output": "output_image", "cache_read": None},
}


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model, an offer for each service tier that prices it."""
    rows = list(match_rows(page.url, find_tables(page), LAYOUTS))
    matches = [MODEL_NAME.fullmatch(row.text("model") or "") for row in rows]
    lengths = {int(match[2]) * 1_000 for match in matches if match and match[2]}
    resolver = partial(_resolve_row, boundary=lengths.pop() if len(lengths) == 1 else None)
    yield from read_rows(page, PROVIDER_KEY, rows, resolver, is_first_party=True)


def _resolve_row(row: PageRow, boundary: int | None) -> Iterator[RowTarget]:
    printed = require(row, row.text("model"), "name of a model")
    match = MODEL_NAME.fullmatch(printed)
    modality = row.text("note")
    uses = MODALITY_USES.get(modality.lower() if modality else None)
    if match is None or uses is None:
        what = printed if match is None else modality
        raise EntryError(f"{row.locator}: {what!r} is not understood")
    yield RowTarget(
        model_key=match[1],
        developer="openai",
        service_tier=_find_tier(row.table),
        uses=uses,
        long_from=int(match[2]) * 1_000 if match[2] else boundary,
    )


def _find_tier(table: PageTable) -> ServiceTier:
    heading = table.headings[-1].text.lower() if table.headings else ""
    label = heading.removesuffix(" pricing data") if heading.endswith(" pricing data") else ""
    if label and label not in SERVICE_TIERS:
        raise EntryError(f"{table.locator}: the tier of service {label!r} is not known")
    above = [SERVICE_TIERS[line.lower()] for line in table.before if line.lower() in SERVICE_TIERS]
    return SERVICE_TIERS[label] if label else above[-1] if above else "standard"


PARSERS: Parsers = {"pricing": parse_pricing}
