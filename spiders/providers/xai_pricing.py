"""xAI pricing page: prices of text models, a row for each prompt length.

Page: Markdown; the first table has the text models, others have images, video, voice and tools.
Units: USD per 1M tokens, stated in the headers.
Traps:
- A model has two rows, "(< 200k prompt tokens)" and "(≥ 200k prompt tokens)" after its key: the second is the price of
  the whole prompt from that length on.
- Discounts for batches and surcharges for priority are sentences about lists of models; they are not read.
"""

import re
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
    parse_prompt_floor,
    read_rows,
    require,
)

PROVIDER_KEY = "xai"
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            r"input( / 1m tokens)?": PriceColumn(uses=("input",)),
            r"output( / 1m tokens)?": PriceColumn(uses=("output",)),
        },
        optional={"context": "context_tokens", r"cached input( / 1m tokens)?": PriceColumn(uses=("cache_read",))},
        is_required=True,
    ),
    ignore("", "real-time api|standard|global endpoint", "batch api|priority|us regional endpoint"),
]
MODEL_KEY = re.compile(r"`?(?P<key>[a-z][\w.-]*)`?(?: \((?P<length>[^()]*tokens)\))?")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every text model by its key, long prompts as prices from their length."""
    rows = match_rows(page.url, find_tables(page), LAYOUTS)
    yield from read_rows(page, PROVIDER_KEY, rows, _resolve_row, is_first_party=True)


def _resolve_row(row: PageRow) -> Iterator[RowTarget]:
    match = MODEL_KEY.fullmatch(row.text("model") or "")
    key = require(row, match["key"] if match else None, "key of a model")
    floor = parse_prompt_floor(match["length"] or "") if match else 0
    yield RowTarget(model_key=key, developer="xai", min_prompt_tokens=floor)


PARSERS: Parsers = {"pricing": parse_pricing}
