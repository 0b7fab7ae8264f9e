"""OpenAI pricing page: a table per service tier, others by modality or kind of model.

Page: Markdown or HTML. The service tier is in the heading ("Batch pricing data"), or in the last line before a table
that consists of a tier alone. In the Markdown of 2026-05 the rows of a table are a property of a component,
`rows={[["gpt-5.4-mini", 0.75, 0.075, 4.5], ...]}`, with the service tier as the text of the pane around it.
Units: USD per 1M tokens; other units in the cells.
Traps:
- Long-context prices apply from a prompt length that only some rows print: gpt-5.6-luna has such prices and no
  boundary, gpt-5.5 has "<272K context length" (2026-09-22). The only boundary of the page applies to the others.
- Models with several modalities have a row for each of them; a group of rows then names the model.
- Component rows have no headers: three numbers are input, cached input and output, six the same for long prompts too.
  Rows of other lengths belong to fine-tuning. No price is `null`, "" or "-".
- The Markdown of 2026-02 has no table of model prices at all; the HTML page of that time has them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from html import escape

from llmpairs.spiders.items import Item, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.tables import (
    PageRow,
    PageTable,
    PriceColumn,
    RowTarget,
    TableLayout,
    UseOverrides,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    require,
    restore_spans,
)

PROVIDER_KEY = "openai"
LAYOUTS = [
    TableLayout(
        columns={
            "model": "model",
            "short context input": PriceColumn(uses=("input",)),
            "short context cached input": PriceColumn(uses=("cache_read",)),
            "short context output": PriceColumn(uses=("output",)),
            "long context input": PriceColumn(uses=("input",), is_long=True),
            "long context cached input": PriceColumn(uses=("cache_read",), is_long=True),
            "long context output": PriceColumn(uses=("output",), is_long=True),
        },
        optional={
            "short context cache writes": PriceColumn(uses=("cache_write",)),
            "long context cache writes": PriceColumn(uses=("cache_write",), is_long=True),
            "modality": "note",
        },
    ),
    ignore("model", "training", "input|cached input|output|data sharing"),
    ignore("model", "use case", "input", "output", "estimated cost"),
    TableLayout(
        columns={"model": "model", "input": PriceColumn(uses=("input",))},
        optional={
            "output( / cost)?": PriceColumn(uses=("output",)),
            "cached input": PriceColumn(uses=("cache_read",)),
            "category": None,
            "modality": "note",
        },
    ),
    ignore("model", "size", "portrait", "landscape", "price per second"),
    ignore("model", "price per minute"),
    ignore("tool", "details", "pricing"),
]
MODEL_NAME = re.compile(r"(\S+)(?: \(<(\d{1,6})K context length\))?")
SERVICE_TIERS: dict[str, ServiceTier] = {
    "standard": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
    "fast": "fast",
    "fast mode": "fast",
}
COMPONENT_ROW = re.compile(r'\[\s*("[^"\n]+"(?:\s*,\s*(?:null|-?[\d.]+|"[^"\n]*"))+)\s*,?\s*\]')
COMPONENT_ROWS = re.compile(rf"(?:{COMPONENT_ROW.pattern.replace('(', '(?:', 1)}\s*,?\s*)+")
GROUP = re.compile(r'"?model"?:\s*"([^"\n]+)",\s*"?rows"?:\s*\[\s*\Z')
MAX_GROUP_CHARS = 300
PANE = re.compile(r'data-value="(?P<tier>\w+)"|pricing-(?:section-heading|subsection)\b')
"""The pane of a service tier, which ends where the next section begins."""
TEMPLATE = re.compile(r"\{`[^`]*`\}")
STYLE = re.compile(r"<style\b[^<>]*/>")
BOUNDARY = re.compile(r"(?:<|&lt;)(\d{1,6})K context length")
COMPONENT_HEADERS = {
    4: ("Model", "Modality", "Input", "Cached input", "Output"),
    7: (
        "Model", "Modality", "Short context input", "Short context cached input", "Short context output",
        "Long context input", "Long context cached input", "Long context output",
    ),
}  # fmt: skip
"""The headers of a component's rows by their length, a column for the modality added."""
MODALITY_USES: dict[str | None, UseOverrides] = {
    None: {},
    "text": {},
    "audio": {"input": "input_audio", "output": "output_audio", "cache_read": None},
    "image": {"input": "input_image", "output": "output_image", "cache_read": None},
}


def parse_pricing(page: Page) -> Iterator[Item | Finding]:
    """Claims of every model, an offer for each service tier that prices it."""
    text = page.text()
    expanded = replace(page, body=_expand_components(text).encode()) if "rows={" in text else page
    tables = [_complete_header(restore_spans(table)) for table in find_tables(expanded)]
    rows = list(match_rows(page.url, tables, LAYOUTS))
    lengths = {int(number) * 1_000 for number in BOUNDARY.findall(text)}
    boundary = lengths.pop() if len(lengths) == 1 else None
    if boundary is None:
        rows = [_without_long(row) if isinstance(row, PageRow) else row for row in rows]
    yield from read_rows(page, PROVIDER_KEY, rows, partial(_resolve_row, boundary=boundary), is_first_party=True)


def _expand_components(text: str) -> str:
    """The page with the rows of its components as tables, without style components, which HTML would not close."""
    text = STYLE.sub("", TEMPLATE.sub("{}", text))
    pieces: list[str] = []
    end = 0
    for run in COMPONENT_ROWS.finditer(text):
        group = GROUP.search(text, max(0, run.start() - MAX_GROUP_CHARS), run.start())
        panes = list(PANE.finditer(text, 0, run.start()))
        tier = panes[-1]["tier"] if panes else None
        pieces.append(text[end : run.start()] + (f"\n\n<p>{tier}</p>\n\n" if tier else ""))
        pieces.append(_format_rows(run[0], group[1] if group else ""))
        end = run.end()
    return "".join((*pieces, text[end:]))


def _format_rows(run: str, group: str) -> str:
    """A table of a run of component rows; other rows, such as those of fine-tuning, give none."""
    rows = [json.loads(f"[{each[1]}]") for each in COMPONENT_ROW.finditer(run)]
    width = len(rows[0])
    if width not in COMPONENT_HEADERS or any(len(row) != width for row in rows):
        return ""
    table = [COMPONENT_HEADERS[width]]
    for name, *amounts in rows:
        is_modality = str(name).lower() in MODALITY_USES
        model, modality = (group, name) if is_modality else (name, "Text")
        prices = (f"${each}" if isinstance(each, (int, float)) else str(each or "-") for each in amounts)
        table.append((model, modality, *prices))
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in table)
    return f"\n\n<table><tr>{'</tr><tr>'.join(lines)}</tr></table>\n\n"


def _complete_header(table: PageTable) -> PageTable:
    """The table with a header of two rows as one: "Short context" over three columns of the row below."""
    if len(table.rows) < 2 or table.rows[1][0].text != "Model" or "Model" in table.header:
        return table
    above, header = "", []
    for upper, lower in zip(table.rows[0], table.rows[1], strict=True):
        above = upper.text or above
        header.append(replace(lower, text=f"{above} {lower.text}".strip()))
    return replace(table, rows=(tuple(header), *table.rows[2:]))


def _without_long(row: PageRow) -> PageRow:
    """The row without long-context prices: from which prompt length they apply is not stated on the page."""
    cells = ((h, None if isinstance(each, PriceColumn) and each.is_long else each, cell) for h, each, cell in row.cells)
    return replace(row, cells=tuple(cells))


def _resolve_row(row: PageRow, boundary: int | None) -> Iterator[RowTarget]:
    printed = require(row, row.text("model"), "name of a model")
    match = MODEL_NAME.fullmatch(printed)
    modality = row.text("note")
    uses = MODALITY_USES.get(modality.lower() if modality else None)
    if match is None or uses is None:
        what = printed if match is None else modality
        raise EntryError(f"{row.locator}: {what!r} is not understood")
    yield RowTarget(
        model_key=match[1],
        developer="openai",
        service_tier=_find_tier(row.table),
        uses=uses,
        long_from=int(match[2]) * 1_000 if match[2] else boundary,
    )


def _find_tier(table: PageTable) -> ServiceTier:
    heading = table.headings[-1].text.lower() if table.headings else ""
    label = heading.removesuffix(" pricing data") if heading.endswith(" pricing data") else ""
    if label and label not in SERVICE_TIERS:
        raise EntryError(f"{table.locator}: the tier of service {label!r} is not known")
    above = [SERVICE_TIERS[line.lower()] for line in table.before if line.lower() in SERVICE_TIERS]
    return SERVICE_TIERS[label] if label else above[-1] if above else "standard"


PARSERS: Parsers = {"pricing": parse_pricing}
