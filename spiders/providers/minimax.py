"""MiniMax pay-as-you-go prices: tables of text models in tabs for service tiers, and of earlier models.

Page: Markdown with components; tabs are `<Tab title="Priority*">`.
Units: printed in the cells ("$0.30 / M tokens").
Traps:
- A list price is struck out beside the present one.
- A model has two rows by prompt length, which follows its name in a line of its own, with a badge after it.
- Speech, images, video and music have tables of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ServiceTier
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PriceColumn,
    RowTarget,
    TableLayout,
    find_tables,
    ignore,
    match_rows,
    parse_prompt_floor,
    read_rows,
    require,
)

PROVIDER_KEY = "minimax"
LAYOUTS = [
    TableLayout(
        columns={"model": "model", "input": PriceColumn(uses=("input",)), "output": PriceColumn(uses=("output",))},
        optional={
            "prompt caching read": PriceColumn(uses=("cache_read",)),
            "prompt caching write": PriceColumn(uses=("cache_write",)),
        },
        is_required=True,
    ),
    ignore(".*", under=r"^(image|video|audio|speech|music|voice)"),
]
TAB = re.compile(r'^[ \t]*<Tab title="([^"]*)">[ \t]*$', re.MULTILINE)
CLOSED_TAB = re.compile(r"^[ \t]*</(?:Tabs?|Accordion)>[ \t]*$", re.MULTILINE)
INDENTED_ROW = re.compile(r"^[ \t]+(?=\|)", re.MULTILINE)
TIERS: dict[str, ServiceTier] = {"standard": "standard", "priority": "priority", "batch": "batch", "flex": "flex"}
MODEL_KEY = re.compile(r"(?P<key>[\w.-]+)(?P<rest> .*)?")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every text model, an offer for each service tier."""
    text = INDENTED_ROW.sub("", CLOSED_TAB.sub("\n\nstandard\n\n", TAB.sub(r"\n\n\1\n\n", page.text())))
    tables = find_tables(replace(page, body=text.encode()))
    yield from read_rows(page, PROVIDER_KEY, match_rows(page.url, tables, LAYOUTS), _resolve_row, is_first_party=True)


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    match = MODEL_KEY.fullmatch(row.text("model") or "")
    key = require(row, match["key"] if match else None, "key of a model")
    tiers = [TIERS[name] for line in row.table.before if (name := line.strip("* ").lower()) in TIERS]
    yield RowTarget(
        model_key=key,
        developer="minimax",
        service_tier=tiers[-1] if tiers else "standard",
        min_prompt_tokens=parse_prompt_floor(row.text("model") or ""),
    )


PARSERS: Parsers = {"pricing": parse_pricing}
