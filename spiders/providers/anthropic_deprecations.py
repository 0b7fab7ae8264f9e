"""Anthropic deprecations page: the lifecycle state of every model, and the replacement of each one that ends.

Page: Markdown; a table of model states, then a table per announcement with the recommended replacements.
Units: none; dates as printed ("August 5, 2026").
Traps:
- Announcements print model keys as code, in backticks.
- "Not sooner than ..." is the earliest retirement date promised for an active model: no date is set.
- One table lists parameters of the interface; its rows are no models.
"""

from collections.abc import Iterator
from typing import Literal

from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import PageRow, TableLayout, find_tables, ignore, match_rows, read_models, require

PROVIDER_KEY = "anthropic"
LAYOUTS = [
    TableLayout(
        columns={
            "api model name": "model",
            "current state": "status",
            "deprecated": "deprecated_on",
            "(tentative )?retirement date": "retire_on",
        },
        is_required=True,
    ),
    TableLayout(
        columns={"retirement date": "retire_on", "deprecated model": "model", "recommended replacement": "successor"}
    ),
    ignore("parameter", "status", "behavior", "recommended replacement"),
]
NOT_BEFORE = "Not sooner than"


def parse_deprecations(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every row: the models with their states, then the announcements with the replacements."""
    yield from read_models(page, match_rows(page.url, find_tables(page), LAYOUTS), _build_models)


def _build_models(row: PageRow) -> Iterator[ModelClaim]:
    retires = row.text("retire_on")
    yield ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=require(row, _parse_key(row, "model"), "name of a model"),
        locator=row.locator,
        developer="anthropic",
        status=row.text("status"),
        deprecated_on=row.text("deprecated_on"),
        retire_on=None if retires is None or retires.startswith(NOT_BEFORE) else retires,
        successor=_parse_key(row, "successor"),
    )


def _parse_key(row: PageRow, column: Literal["model", "successor"]) -> str | None:
    text = row.text(column)
    return text.strip("`") if text else None


PARSERS: Parsers = {"deprecations": parse_deprecations}
