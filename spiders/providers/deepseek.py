"""DeepSeek pricing page: one table with a column per model, prices by the hour of the day.

Page: HTML, or Markdown made from it; two or three label columns, then one column per model. Limits span all models.
Units: USD per 1M tokens, stated in the row labels.
Traps:
- The table is transposed: models are columns, facts are rows.
- Off-peak prices are half of the peak prices. Pages before the peak hours print one price (2026-05). The peak hours are
  in a note: "01:00 - 04:00 and 06:00 - 10:00 UTC, Monday through Friday (all other hours are off-peak)" (2026-09-01).
- Rows about API formats and ways of calling a model are no capabilities of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import takewhile

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.price_hours import MINUTES_A_DAY, NOT_STATED, find_other_hours, format_hours
from llmpairs.spiders.tables import (
    ColumnMeaning,
    FlagColumn,
    PageCell,
    PageRow,
    PageTable,
    PriceColumn,
    RowTarget,
    TableLayout,
    find_tables,
    match_rows,
    read_rows,
    require,
    restore_spans,
    transpose,
)

PROVIDER_KEY = "deepseek"
PEAK_HOURS = re.compile(
    r"(?<!off-)\bpeak hours(?: are|:)? ?(?P<windows>\d\d?:\d\d ?[-–~] ?\d\d?:\d\d"
    r"(?: ?(?:,|and|, and) ?\d\d?:\d\d ?[-–~] ?\d\d?:\d\d)*)"
    r" ?\(?UTC(?![+-])(?P<days>\)?, Monday (?:through|to) Friday)?",
    re.IGNORECASE,
)
FOOTNOTE = re.compile(r"\(\d\)|[*†‡]+$")


def _build_layout(hours: str) -> TableLayout:
    """The transposed table, with the prices of the hours that match the pattern."""
    prices: dict[str, ColumnMeaning] = {
        rf"pricing 1m input tokens \(cache hit\) ?{hours}": PriceColumn(uses=("cache_read",)),
        rf"pricing 1m input tokens \(cache miss\) ?{hours}": PriceColumn(uses=("input",)),
        rf"pricing 1m output tokens ?{hours}": PriceColumn(uses=("output",)),
    }
    return TableLayout(
        columns={
            "model": "model",
            "model version": "name",
            "context length": "context_tokens",
            "max output": "max_output_tokens",
            **prices,
        },
        optional={
            r"(features )?json output": FlagColumn("json_mode"),
            r"(features )?(tool calls|function calling)": FlagColumn("function_calling"),
            r"(features )?vision": FlagColumn("vision"),
            r"(features )?((responses|anthropic) api|chat prefix completion.*|fim completion.*)": None,
            r"base url.*|thinking mode|concurrency limit.*": None,
            r"pricing 1m (input|output) tokens( \(cache (hit|miss)\))? (off-)?peak": None,
        },
    )


PEAK = _build_layout("(peak)?")
OFF_PEAK = _build_layout("off-peak")


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model: peak prices as the standard offer, off-peak prices as an offer tagged `off-peak`."""
    tables = [_turn(table) for table in find_tables(page)]
    rows = match_rows(page.url, tables, [PEAK])
    yield from read_rows(page, PROVIDER_KEY, rows, partial(_resolve_row, route_tag="-"), is_first_party=True)
    if any(OFF_PEAK.fits(table) for table in tables):
        hours = find_off_peak_hours(page.text())
        rows = match_rows(page.url, tables, [OFF_PEAK])
        for each in read_rows(page, PROVIDER_KEY, rows, partial(_resolve_row, route_tag="off-peak")):
            if isinstance(each, OfferClaim):
                yield replace(each, price_hours_utc=hours)
            elif not isinstance(each, ModelClaim):
                yield each


def find_off_peak_hours(text: str) -> tuple[str, ...]:
    """The hours other than the peak hours that a note names in UTC."""
    note = PEAK_HOURS.search(" ".join(re.sub(r"<[^>]+>", " ", text).split()))
    if note is None:
        return (NOT_STATED,)
    numbers = [int(number) for number in re.findall(r"\d+", note["windows"])]
    times = [60 * hour + minute for hour, minute in zip(numbers[::2], numbers[1::2], strict=True)]
    others = find_other_hours(zip(times[::2], times[1::2], strict=True))
    if note["days"] is None:
        return format_hours(others)
    return (*format_hours(others, "mon-fri"), *format_hours([(0, MINUTES_A_DAY)], "sat-sun"))


def _turn(table: PageTable) -> PageTable:
    """The table with a row per model: without blank rows and footnote marks, limits repeated for every model."""
    rows = tuple(tuple(_plain(cell) for cell in row) for row in table.rows if any(cell.text for cell in row))
    table = restore_spans(replace(table, rows=rows))
    first = table.rows[0][0].text if table.rows else ""
    labels = sum(1 for _ in takewhile(lambda cell: cell.text in ("", first), table.rows[0])) if table.rows else 0
    filled = tuple(
        tuple(row[labels] if index > labels and not cell.text else cell for index, cell in enumerate(row))
        for row in table.rows
    )
    return transpose(replace(table, rows=filled), labels)


def _plain(cell: PageCell) -> PageCell:
    return replace(cell, text=FOOTNOTE.sub("", cell.text))


def _resolve_row(row: PageRow, route_tag: str) -> Iterator[RowTarget]:
    key = require(row, row.text("model"), "name of a model")
    yield RowTarget(model_key=key, name=row.text("name"), developer="deepseek", route_tag=route_tag)


PARSERS: Parsers = {"pricing": parse_pricing}
