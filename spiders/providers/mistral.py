"""Mistral pricing page: a table per model family.

Page: HTML; models by display name, which is the text of a link, with an arrow and badges after it.
Units: in a line above the table or in the cells ("/Min", per page), which keep them.
Traps:
- A sale price is printed next to the struck-out one, both labelled for screen readers (2026-10-07).
- Models of other developers are listed too: "Z.ai GLM 5.3" (2026-10-07).
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
    match_rows,
    read_rows,
    require,
)

PROVIDER_KEY = "mistral"
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "input": PriceColumn(uses=("input",), labels={"sale price": "input"}),
            "cached input": PriceColumn(uses=("cache_read",), labels={"sale price": "cache_read"}),
            "output": PriceColumn(uses=("output",), labels={"sale price": "output"}),
        }
    )
]


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name; prices by the page or by the minute keep their units."""
    yield from read_rows(page, PROVIDER_KEY, match_rows(page.url, find_tables(page), LAYOUTS), _resolve_row)


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    cell = row.cell("model")
    printed = cell.links[0][1] if cell and cell.links else row.text("model")
    name = require(row, (printed or "").removesuffix("↗").strip(), "name of a model")
    yield RowTarget(model_key=name, developer="Mistral AI" if "stral" in name.lower() else None)


PARSERS: Parsers = {"pricing": parse_pricing}
