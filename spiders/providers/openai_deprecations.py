"""OpenAI deprecations page: when each model shuts down, and what replaces it.

Page: Markdown; a table per announcement, below a heading with its day.
Units: none; days as printed ("2026-07-23" with any dash, "Aug 10, 2026").
Traps:
- A cell may name several keys of one model: "`o3-deep-research-2025-06-26` \\| `o3-deep-research`".
- Where a cell names a model and what points to it, all are in backticks; older tables have no backticks.
- Programming interfaces shut down in the same tables ("Videos API"); a name with a blank is no key of a model.
- "`gpt-5` or `gpt-4.1*`": the first one is taken; the mark belongs to a footnote.
- Fine-tuned models end apart from their base ("ft-gpt-4"); they are left out, as are changes of fine-tuning.
- The latest announcement comes first. An earlier one of the same model gave another day, or the end of its training
  alone: babbage-002 on 2024-10-28 and on 2026-09-28.
"""

import re
from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import PageRow, TableLayout, find_tables, ignore, match_rows, read_models

PROVIDER_KEY = "openai"
LAYOUTS = [
    TableLayout(
        columns={
            "shutdown date": "retire_on",
            "model / system|(deprecated|legacy) model|model snapshot|system|model": "model",
            "recommended replacement( base model)?": "successor",
        },
        optional={"(deprecated|legacy) model price|(training|usage) price": None},
        is_required=True,
    ),
    ignore("date", "update"),
]
DASHES = str.maketrans("\u2010\u2011\u2012\u2013", "----")
CODE = re.compile(r"`([^`]+)`")
KEY = re.compile(r"[a-z0-9][\w.:-]*", re.IGNORECASE)
ANNOUNCED = re.compile(r"(\d{4}-\d{2}-\d{2})\b")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}|[A-Z][a-z]+\.? \d{1,2}, \d{4}")
EARLIEST = re.compile(r"\b(?:at )?earliest\b|not (?:before|sooner)", re.IGNORECASE)


def parse_deprecations(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every model that a row names, of its latest announcement: the first one on the page."""
    announced: set[str] = set()
    for each in read_models(page, match_rows(page.url, find_tables(page), LAYOUTS), _build_models):
        if isinstance(each, ModelClaim):
            if each.model_key in announced:
                continue
            announced.add(each.model_key)
        yield each


def _build_models(row: PageRow) -> Iterator[ModelClaim]:
    printed = (row.text("retire_on") or "").translate(DASHES)
    day = DAY.search(printed)
    if printed and day is None:
        raise EntryError(f"{row.locator}: {printed!r} is no day")
    successors = _list_keys(row.text("successor"))
    headings = (ANNOUNCED.match(heading.text.translate(DASHES)) for heading in reversed(row.table.headings))
    announced = next(filter(None, headings), None)
    for key in _list_keys(row.text("model")):
        yield ModelClaim(
            provider_key=PROVIDER_KEY,
            model_key=key,
            locator=row.locator,
            developer="openai",
            status="deprecated",
            deprecated_on=announced[1] if announced else None,
            retire_on=day[0] if day and not EARLIEST.search(printed) else None,
            successor=next((each for each in successors if each != key), None),
        )


def _list_keys(text: str | None) -> list[str]:
    """The keys in backticks, else the text itself if it is a key with a digit or a dash; no tuned models."""
    keys = CODE.findall(text or "") or [text or ""]
    plain = [key.strip().rstrip("*").translate(DASHES) for key in keys]
    return [key for key in plain if KEY.fullmatch(key) and re.search(r"[\d-]", key) and not key.startswith("ft-")]


PARSERS: Parsers = {"deprecations": parse_deprecations}
