"""Z.AI pricing page: a table each of text and of vision models, then tools, images, videos, audio and agents.

Page: Markdown, or HTML of the same; models by display name, which differs from the key in its case ("GLM-5.1").
Units: "Prices per 1M tokens." above each table; currency in the cells.
Traps:
- Storage of cached input is "Limited-time Free": no free model. "Free" in all columns is a free model.
- A backslash is printed for no price.
- Images and videos are priced by the piece under a heading of their own, in cells that do not say so.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item
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

PROVIDER_KEY = "zai"
LAYOUTS = [
    ignore(".*", under=r"\b(tools|images?|videos?|audio|agents)\b"),
    TableLayout(
        columns={"model": "model", "input": PriceColumn(uses=("input",)), "output": PriceColumn(uses=("output",))},
        optional={"cached input": PriceColumn(uses=("cache_read",)), "cached input storage": None},
        is_required=True,
    ),
]


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every text and vision model by its display name."""
    rows = match_rows(page.url, find_tables(page), LAYOUTS)
    yield from read_rows(page, PROVIDER_KEY, rows, _resolve_row, is_first_party=True)


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    is_vision = any("vision" in heading.text.lower() for heading in row.table.headings)
    yield RowTarget(
        model_key=require(row, row.text("model"), "name of a model"),
        developer="z-ai",
        capabilities=(("vision", True),) if is_vision else (),
    )


PARSERS: Parsers = {"pricing": parse_pricing}
