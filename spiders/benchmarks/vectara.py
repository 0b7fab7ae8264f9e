"""Vectara's hallucination leaderboard: how often a model's summary states what the text does not.

Page: Markdown, the README of the repository; one table, a row per model (2023-11 to 2026-03).
Units: percent with a blank before the sign ("1.8 %").
Traps:
- The columns changed places: "Accuracy" before "Hallucination Rate" until 2024, "Factual Consistency Rate" behind it
  since. Both are 100 minus the rate, which is the one value that is read.
- The model that judges and the texts have changed (HHEM 1.0, 2.1, 2.3; other texts from late 2025): rates of two
  editions of the table are not comparable.
- Other tables of the README hold pictures.
"""

import re
from collections.abc import Iterator
from functools import partial

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import PageTable, find_tables

MODEL, RATE = "model", "hallucination rate"
UPDATED = re.compile(r"Last updated on ([A-Z][a-z]+ \d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.IGNORECASE)
PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")


def parse_readme(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for the hallucination rate of every model."""
    tables = [table for table in find_tables(page) if {MODEL, RATE} <= set(_list_headers(table))]
    if not tables:
        raise LayoutChangedError(page.url, "the page", "a table with the headers Model and Hallucination Rate")
    updated = UPDATED.search(page.text())
    day = f"{updated[1]}, {updated[2]}" if updated else None
    for table in tables:
        headers = _list_headers(table)
        rows = (
            (f"{table.locator} row {number}", dict(zip(headers, (cell.text for cell in row), strict=False)))
            for number, row in enumerate(table.rows[1:], 1)
        )
        yield from read_entries(page, rows, partial(_parse_row, day=day))


def _list_headers(table: PageTable) -> list[str]:
    return [header.lower() for header in table.header]


def _parse_row(row: Entry, day: str | None) -> Iterator[Item]:
    rate = PERCENT.fullmatch(row.required_text(RATE))
    if rate is None:
        raise EntryError(f"{row.locator}: {row.text(RATE)!r} is no percentage")
    yield ScoreClaim(
        model_key=row.required_text(MODEL),
        locator=row.locator,
        benchmark="Vectara hallucination",
        metric="hallucination rate",
        value=rate[1],
        unit="percent",
        harness="HHEM",
        evaluator_class="third_party",
        evaluated_on=day,
    )


PARSERS: Parsers = {"readme": parse_readme}
