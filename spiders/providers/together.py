"""Together AI serverless models page: a table per kind of model.

Page: Markdown; chat and vision tables have the column "API model string" (2026-09).
Units: USD per 1M tokens, stated in the headers.
Traps:
- Until 2025 the tables had no prices.
- A vision model is listed in two tables, and is one model.
- A dash states nothing; "Free" is the source's own claim that a model is free.
- Images, videos and speech are priced by the piece, in tables that are ignored.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    FlagColumn,
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

PROVIDER_KEY = "togetherai"
LAYOUTS = [
    TableLayout(
        columns={
            "organization": "developer",
            "model name": "name",
            "api model string": "model",
            "context length": "context_tokens",
        },
        optional={
            r"input pricing \(per 1m tokens\)": PriceColumn(uses=("input",)),
            r"output pricing \(per 1m tokens\)": PriceColumn(uses=("output",)),
            r"cached input pricing \(per 1m tokens\)": PriceColumn(uses=("cache_read",)),
            "quantization": "quantization",
            "function calling": FlagColumn("function_calling"),
            "structured outputs": FlagColumn("structured_outputs"),
        },
    ),
    ignore(
        r"organization|modality|model name|model string for api|unit|price|price per (mp|video)|pricing"
        r"|default steps|resolution / duration|output per \$1"
    ),
]


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """Claims of every chat and vision model."""
    yield from read_rows(page, PROVIDER_KEY, match_rows(page.url, find_tables(page), LAYOUTS), _resolve_row)


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    headings = {heading.text.lower() for heading in row.table.headings}
    yield RowTarget(
        model_key=require(row, row.text("model"), "model string"),
        name=row.text("name"),
        capabilities=(("vision", True),) if "vision models" in headings else (),
    )


PARSERS: Parsers = {"models": parse_models}
