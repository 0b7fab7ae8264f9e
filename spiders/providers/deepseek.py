"""DeepSeek's price table: one column per model, prices by the hour of the day."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    Flag,
    Layout,
    Meaning,
    Place,
    Placed,
    Prices,
    Row,
    find_tables,
    match_rows,
    read_rows,
    require,
    transpose,
)

# Its first three columns say what a row is about. Prices are those of the peak, of which the others are half;
# pages before the peaks print one price (2026-05).
LABELS = 3


def _layout(hours: str) -> Layout:
    """The table turned round, with the prices of those hours; the others are left out."""
    prices: dict[str, Meaning] = {
        rf"pricing 1m input tokens \(cache hit\) ?{hours}": Prices(uses=("cache_read",)),
        rf"pricing 1m input tokens \(cache miss\) ?{hours}": Prices(uses=("input",)),
        rf"pricing 1m output tokens ?{hours}": Prices(uses=("output",)),
    }
    return Layout(
        columns={
            "model": "model",
            "model version": "name",
            "context length": "context_tokens",
            "max output": "max_output_tokens",
            **prices,
        },
        optional={
            r"(features )?json output": Flag("json_mode"),
            r"(features )?tool calls": Flag("function_calling"),
            r"(features )?vision": Flag("vision"),
            # Formats of the interface and how the model is called, no capabilities of it.
            r"(features )?((responses|anthropic) api|chat prefix completion.*|fim completion.*)": None,
            r"base url.*|thinking mode|concurrency limit.*": None,
            r"pricing 1m (input|output) tokens( \(cache (hit|miss)\))? (off-)?peak": None,
        },
    )


PEAK = _layout("(peak)?")
OFF_PEAK = _layout("off-peak")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model, its peak prices as the standard ones, the others as the route `off-peak`."""
    tables = [transpose(table, LABELS) for table in find_tables(page)]
    rows = match_rows(page.url, tables, [PEAK])
    yield from read_rows(page, "deepseek", rows, _place_at("-"), is_first_party=True)
    if any(OFF_PEAK.fits(table) for table in tables):
        rows = match_rows(page.url, tables, [OFF_PEAK])
        for each in read_rows(page, "deepseek", rows, _place_at("off-peak")):
            if not isinstance(each, ModelClaim):
                yield each


def _place_at(route_tag: str) -> Placed:
    def place(row: Row) -> Iterator[Place]:
        key = require(row, row.text("model"), "name of a model")
        yield Place(model_key=key, name=row.text("name"), developer="deepseek", route_tag=route_tag)

    return place


class DeepSeekSpider(SourceSpider):
    """Asks for the price table."""

    name = "deepseek"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
