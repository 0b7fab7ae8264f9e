"""Anthropic's model deprecations: the state of every model, and what each one that ends is to be replaced with."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import Layout, Row, find_tables, ignore, match_rows, require

LAYOUTS = [
    Layout(
        columns={
            "api model name": "model",
            "current state": "status",
            "deprecated": "deprecated_on",
            "(tentative )?retirement date": "retire_on",
        }
    ),
    Layout(
        columns={
            "retirement date": "retire_on",
            "deprecated model": "model",
            "recommended replacement": "successor",
        }
    ),
    # Parameters of the interface, no models.
    ignore("parameter", "status", "behavior", "recommended replacement"),
]
OPEN_END = "Not sooner than"
"""Before a date on which nothing ends: the earliest that is promised for an active model."""


def parse_deprecations(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every row: the models with their states, then the announcements with the replacements."""
    for row in match_rows(page.url, find_tables(page), LAYOUTS):
        yield read_row(row)


def read_row(row: Row) -> ModelClaim:
    """What a row says of the end of its model."""
    end = row.text("retire_on")
    return ModelClaim(
        provider_key="anthropic",
        model_key=require(row, read_key(row, "model"), "name of a model"),
        locator=row.locator,
        developer="anthropic",
        status=row.text("status"),
        deprecated_on=row.text("deprecated_on"),
        retire_on=None if end is None or end.startswith(OPEN_END) else end,
        successor=read_key(row, "successor"),
    )


def read_key(row: Row, fact: Literal["model", "successor"]) -> str | None:
    """A model's key, which the announcements print as code."""
    text = row.text(fact)
    return text.strip("`") if text else None


class AnthropicDeprecationsSpider(SourceSpider):
    """Asks for the page of deprecations."""

    name = "anthropic_deprecations"
    parsers: ClassVar[Parsers] = {"deprecations": parse_deprecations}
