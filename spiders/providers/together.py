"""Together AI's serverless models: one table per kind of model, the unit in each header."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    Flag,
    Layout,
    Meaning,
    Place,
    Prices,
    Row,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
)

COLUMNS: dict[str, Meaning] = {
    "organization": "developer",
    "model name": "name",
    "api model string": "model",
    "context length": "context_tokens",
    r"input pricing \(per 1m tokens\)": Prices(uses=("input",)),
    r"output pricing \(per 1m tokens\)": Prices(uses=("output",)),
}
OPTIONAL: dict[str, Meaning] = {
    r"cached input pricing \(per 1m tokens\)": Prices(uses=("cache_read",)),
    "quantization": "quantization",
    "function calling": Flag("function_calling"),
    "structured outputs": Flag("structured_outputs"),
}
LAYOUTS = [
    Layout(columns=COLUMNS, optional=OPTIONAL),
    # Pictures, videos and speech are priced by the piece; the chat tables say "API model string" (2026-09).
    ignore(
        r"organization|modality|model name|model string for api|unit|price|price per (mp|video)|pricing"
        r"|default steps|resolution / duration|output per \$1"
    ),
]


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """Claims of every chat and vision model; a model of both tables is one."""
    rows = match_rows(page.url, find_tables(page), LAYOUTS)
    yield from read_rows(page, "togetherai", rows, _place)


def _place(row: Row) -> Iterator[Place]:
    headings = {heading.text.lower() for heading in row.table.headings}
    yield Place(
        model_key=require(row, row.text("model"), "model string"),
        name=row.text("name"),
        capabilities=(("vision", True),) if "vision models" in headings else (),
    )


class TogetherSpider(SourceSpider):
    """Asks for the page of serverless models."""

    name = "together"
    parsers: ClassVar[Parsers] = {"models": parse_models}
