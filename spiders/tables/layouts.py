"""Declared table layouts: the headers of a page's tables, and the meaning of each column."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import PriceUse, ServiceTier
from llmpairs.spiders.tables.cells import MARKS
from llmpairs.spiders.tables.parse import PageCell, PageTable

ColumnField = Literal[
    "model", "name", "developer", "context_tokens", "max_output_tokens", "quantization", "region", "status",
    "deprecated_on", "retire_on", "successor", "note",
]  # fmt: skip
"""A column without prices: `model` names the model of a row, `note` is read by the provider's own parser."""


@dataclass(frozen=True, kw_only=True)
class PriceColumn:
    """A column of prices."""

    uses: tuple[PriceUse, ...] = ()
    """The use of each amount of a cell, by its position; a cell has exactly as many, or none."""
    labels: Mapping[str, PriceUse | None] = field(default_factory=dict)
    """The use by the label beside each amount (patterns); None drops an amount."""
    tier: ServiceTier = "standard"
    """Service tier of the column."""
    min_prompt_tokens: int = 0
    """Prompt length from which its prices apply."""
    is_long: bool = False
    """Whether they apply from the prompt length that the row itself states."""


@dataclass(frozen=True)
class FlagColumn:
    """A column of yes and no."""

    capability: str


MAX_CELL_CHARS = 1_000
"""Characters; the longest of the pages has 200."""

ColumnMeaning = ColumnField | PriceColumn | FlagColumn | None
"""What a column means; None is read and not landed."""


@dataclass(frozen=True, kw_only=True)
class TableLayout:
    """A kind of table by its headers: patterns of their lower-case texts, each with its meaning."""

    columns: Mapping[str, ColumnMeaning]
    """Columns that the table must have."""
    optional: Mapping[str, ColumnMeaning] = field(default_factory=dict)
    """Columns that it may have."""
    under: str = ""
    """Pattern that the nearest heading above must contain."""
    is_ignored: bool = False
    """Whether such a table is skipped."""

    def meaning_of(self, header: str) -> tuple[str, ColumnMeaning] | None:
        """The pattern that a header matches and its meaning; None if it matches none."""
        plain = header.strip(MARKS).lower()
        known = {**self.columns, **self.optional}
        return next(((pattern, known[pattern]) for pattern in known if re.fullmatch(pattern, plain)), None)

    def fits(self, table: PageTable) -> bool:
        """Whether every header is known, no required column is missing, and the heading matches."""
        found = [self.meaning_of(header) for header in table.header]
        patterns = {each[0] for each in found if each}
        return all(found) and patterns >= self.columns.keys() and self.is_under(table)

    def is_under(self, table: PageTable) -> bool:
        """Whether the nearest heading above the table matches."""
        heading = table.headings[-1].text if table.headings else ""
        return re.search(self.under, heading, re.IGNORECASE) is not None


def ignore(*headers: str, under: str = "") -> TableLayout:
    """The layout of a table to skip, by patterns of all of its headers."""
    return TableLayout(columns=dict.fromkeys(headers), under=under, is_ignored=True)


@dataclass(frozen=True, kw_only=True)
class PageRow:
    """One row of a table whose layout is known."""

    table: PageTable
    locator: str
    cells: tuple[tuple[str, ColumnMeaning, PageCell], ...]
    """Header, meaning and cell of each column; none where the row cannot be read."""
    problem: str = ""
    """Why it cannot be read."""

    def cell(self, field: ColumnField) -> PageCell | None:
        """The cell of a field; None if the table has no such column."""
        return next((cell for _, meaning, cell in self.cells if meaning == field), None)

    def text(self, field: ColumnField) -> str | None:
        """The text of a field; None if there is none or it is a dash."""
        cell = self.cell(field)
        return None if cell is None or cell.text in ("", "-", "–", "—", "N/A") else cell.text


def match_rows(url: str, tables: Iterable[PageTable], layouts: Sequence[TableLayout]) -> Iterator[PageRow]:
    """The rows of all tables, each by the first layout that fits its table.

    LayoutChangedError, with page, table and header, for a table that fits none, and for a page with only skipped
    tables.
    """
    has_rows = False
    for table in tables:
        layout = next((each for each in layouts if each.fits(table)), None)
        if layout is None:
            raise _explain(url, table, layouts)
        if layout.is_ignored:
            continue
        has_rows = True
        columns = [(header, layout.meaning_of(header)) for header in table.header]
        for number, cells in enumerate(table.rows[1:], 1):
            problem = _find_problem(cells, len(columns))
            pairs = () if problem else zip(columns, cells, strict=True)
            known = tuple((header, found[1] if found else None, cell) for (header, found), cell in pairs)
            yield PageRow(table=table, locator=f"{table.locator} row {number}", cells=known, problem=problem)
    if not has_rows:
        expected = next(each for each in layouts if not each.is_ignored)
        raise LayoutChangedError(url, "the page", f"a table with the headers {', '.join(expected.columns)}")


def _find_problem(cells: Sequence[PageCell], width: int) -> str:
    """Why the cells are not a row of a table of that width; "" if they are."""
    if len(cells) != width:
        return "not as many cells as the table has headers"
    longest = max((len(cell.text) for cell in cells), default=0)
    return f"a cell of {longest} characters" if longest > MAX_CELL_CHARS else ""


def _explain(url: str, table: PageTable, layouts: Sequence[TableLayout]) -> LayoutChangedError:
    """The error for a table that fits no layout: how it differs from the closest one."""

    def unknown(layout: TableLayout) -> list[str]:
        return [header for header in table.header if layout.meaning_of(header) is None]

    fitting = [each for each in layouts if each.is_under(table)] or layouts
    closest = min(fitting, key=lambda each: (len(unknown(each)), each.is_ignored))
    surplus = unknown(closest)
    if surplus:
        return LayoutChangedError(url, f"{table.locator}, header {surplus[0]!r}", "a known header")
    found = {fit[0] for header in table.header if (fit := closest.meaning_of(header))}
    lacking = [pattern for pattern in closest.columns if pattern not in found]
    if lacking:
        return LayoutChangedError(url, f"{table.locator}, which lacks it", f"a header {lacking[0]!r}")
    return LayoutChangedError(url, table.locator, f"a heading like {closest.under!r}")
