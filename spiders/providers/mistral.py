"""Mistral's prices: one table per family, the unit in a line above it or in the cells."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import Layout, Place, Prices, Row, find_tables, match_rows, read_rows, require

# The price of a sale stands beside the struck-out one, both named for screen readers (2026-10-07).
LAYOUTS = [
    Layout(
        columns={
            "model": "model",
            "input": Prices(uses=("input",), labels={"sale price": "input"}),
            "cached input": Prices(uses=("cache_read",), labels={"sale price": "cache_read"}),
            "output": Prices(uses=("output",), labels={"sale price": "output"}),
        }
    )
]


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model by its display name; prices by the page or by the minute keep their units."""
    yield from read_rows(page, "mistral", match_rows(page.url, find_tables(page), LAYOUTS), _place)


def _place(row: Row) -> Iterator[Place]:
    """The link's text is the name: an arrow and badges stand behind it."""
    cell = row.cell("model")
    printed = cell.links[0][1] if cell and cell.links else row.text("model")
    name = require(row, (printed or "").removesuffix("↗").strip(), "name of a model")
    # Other makers' models stand between its own: "Z.ai GLM 5.3" (2026-10-07).
    yield Place(model_key=name, developer="Mistral AI" if "stral" in name.lower() else None)


class MistralSpider(SourceSpider):
    """Asks for the page of prices."""

    name = "mistral"
    parsers: ClassVar[Parsers] = {"pricing": parse_pricing}
