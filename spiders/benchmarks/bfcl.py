"""Berkeley Function Calling Leaderboard: calls of functions by models, one row a model and mode of calling.

Page: CSV of the overall results; columns of parts have changed with each version of the benchmark (2024-10 to 2025-12).
Units: percent with its sign ("77.47%"); costs in USD, per 1,000 calls until 2025-04, of the whole run since.
Traps:
- The mode is in parentheses after the name: "FC" for the provider's own function calling, "Prompt" for functions in
  the prompt. Both are ways of asking one model, no efforts of it; they are harnesses.
- "Prompt + Thinking", "FC thinking" and the like also state a setting.
- Overall accuracy is a mean over other parts in each version of the benchmark: the version of a result is that of its
  columns. "N/A" is no result.
- The file states no date.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.csv_text import read_csv
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries
from llmpairs.spiders.page import Finding, Page, Parsers

METRICS: Mapping[str, str] = {
    "Overall Acc": "overall",
    "Non-Live AST Acc": "non-live ast",
    "Live Acc": "live",
    "Multi Turn Acc": "multi turn",
    "Web Search Acc": "web search",
    "Memory Acc": "memory",
    "Relevance Detection": "relevance",
    "Irrelevance Detection": "irrelevance",
}
"""The columns that are read, by their headers; the others are parts of them."""
VERSION_COLUMNS = (("v4", "Web Search Acc"), ("v3", "Multi Turn Acc"), ("v2", "Live Acc"))
"""The newest column of each version of the benchmark, the latest first."""
NAME = re.compile(r"(?P<name>.+?)\s*\((?P<mode>FC|Prompt)(?:\s*[+,]?\s*(?P<setting>[^)]+))?\)")


def parse_table(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for every read column of every row."""
    header, rows = read_csv(page.text(), page.url)
    if "Model" not in header or "Overall Acc" not in header:
        raise LayoutChangedError(page.url, "the header", "the columns Model and Overall Acc")
    version = next((name for name, column in VERSION_COLUMNS if column in header), "v1")
    named = ((f"row {number}", dict(zip(header, row, strict=False))) for number, row in enumerate(rows, 1))
    yield from read_entries(page, named, partial(_parse_row, version=version))


def _parse_row(row: Entry, version: str) -> Iterator[Item]:
    key = row.required_text("Model")
    match = NAME.fullmatch(key)
    for column, metric in METRICS.items():
        printed = row.text(column)
        if printed is None or not printed.endswith("%"):
            continue
        yield ScoreClaim(
            model_key=key,
            model_name=match["name"] if match else None,
            locator=f"{row.locator}/{column}",
            benchmark="BFCL",
            version=version,
            metric=metric,
            value=printed.removesuffix("%"),
            unit="percent",
            harness=f"BFCL {match['mode']}" if match else "BFCL",
            effort=match["setting"].lower() if match and match["setting"] else None,
            evaluator_class="third_party",
        )


PARSERS: Parsers = {"table": parse_table}
