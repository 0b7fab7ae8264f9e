"""LiveBench: one table of a dated edition, a row per model and a column per task.

Page: CSV; the date of the edition is in the address.
Units: percent (0 to 100) of a task's questions.
Traps:
- Names hold efforts and settings, separated by dashes (see names.py).
- "-thinking" is a switch of the hybrid Qwen3 weights of April 2025, which LiveBench asks with "/think" in front (its
  model_configs/qwen.yml, read 2026-11-22). Weights that only think carry their date or generation.
- A row may be shorter than the header (nemotron-3-super-120b-a12b lacks three cells, 2026-08-21); it is rejected.
"""

import re
from collections.abc import Iterator

from llmpairs.spiders.benchmarks.names import split_dashed
from llmpairs.spiders.crawling.causes import LayoutChangedError, TooLargeError
from llmpairs.spiders.csv_text import read_csv
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries
from llmpairs.spiders.page import Finding, Page, Parsers

SWITCHED = re.compile(r"(?P<name>qwen3-(?:235b-a22b|30b-a3b|32b|14b|8b|4b))-(?P<setting>thinking)")
LARGEST_TABLE = 2_000_000
"""Characters; that of 2026-07-01 has 22,000."""
EDITION = re.compile(r"/table_(\d{4})_(\d{2})_(\d{2})\.csv")


def parse_table(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for every filled cell."""
    edition = EDITION.search(page.url)
    if edition is None:
        raise LayoutChangedError(page.url, "the address", "a table of a dated edition")
    version = "-".join(edition.groups())

    def parse_row(row: Entry) -> Iterator[ScoreClaim]:
        key = row.required_text("model")
        switched = SWITCHED.fullmatch(key)
        name, setting = (switched["name"], switched["setting"]) if switched else split_dashed(key)
        for task in row.fields:
            value = row.amount(task) if task != "model" else None
            if value is not None:
                yield ScoreClaim(
                    model_key=key,
                    model_name=name if name != key else None,
                    locator=f"{row.locator}/{task}",
                    benchmark="LiveBench",
                    version=version,
                    metric=task,
                    value=value,
                    unit="percent",
                    effort=setting,
                    evaluator_class="third_party",
                )

    yield from read_entries(page, _list_rows(page), parse_row)


def _list_rows(page: Page) -> Iterator[tuple[str, object]]:
    """Each row as an object by the table's header; a row of another length as a list, which is rejected."""
    text = page.text()
    if len(text) > LARGEST_TABLE:
        raise TooLargeError(f"{page.url}: a table of {len(text)} characters")
    header, rows = read_csv(text, page.url)
    if "model" not in header or len(set(header)) != len(header):
        raise LayoutChangedError(page.url, "the header", "a column `model`, and no column twice")
    for number, row in enumerate(rows, 1):
        locator = f"row {number}"
        yield locator, dict(zip(header, row, strict=True)) if len(row) == len(header) else row


PARSERS: Parsers = {"table": parse_table}
