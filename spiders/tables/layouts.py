"""What a page's tables are expected to look like: their headers, and what each column means."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import PriceUse, ServiceTier
from llmpairs.spiders.tables.cells import MARKS
from llmpairs.spiders.tables.parse import Cell, Table

Fact = Literal[
    "model", "name", "developer", "context_tokens", "max_output_tokens", "quantization", "region", "status",
    "deprecated_on", "retire_on", "successor", "note",
]  # fmt: skip
"""A column that is no price: `model` says which model a row is about, `note` is for the provider's own reading."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """A column of prices."""

    uses: tuple[PriceUse, ...] = ()
    """What the amounts of a cell are paid for, by their position; a cell has exactly as many, or none."""
    labels: Mapping[str, PriceUse | None] = field(default_factory=dict)
    """The same by the words beside each amount (patterns); None leaves an amount out."""
    tier: ServiceTier = "standard"
    """Tier of service that the column is about."""
    min_prompt_tokens: int = 0
    """Prompt length from which its prices apply."""
    is_long: bool = False
    """Whether they apply from the length that the row itself names."""


@dataclass(frozen=True)
class Flag:
    """A column of yes and no."""

    capability: str


LONGEST_CELL = 1_000
"""Characters; the longest of the pages has 200."""

Meaning = Fact | Prices | Flag | None
"""What a column means; None is read and landed nowhere."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A kind of table, known by its headers: patterns of their lower-case texts, each with its meaning."""

    columns: Mapping[str, Meaning]
    """Columns that the table must have."""
    optional: Mapping[str, Meaning] = field(default_factory=dict)
    """Columns that it may have."""
    under: str = ""
    """Pattern that the heading right over it must hold."""
    is_ignored: bool = False
    """Whether such a table is of no interest."""

    def meaning_of(self, header: str) -> tuple[str, Meaning] | None:
        """The pattern that a header fits and what it means; None if it fits none."""
        plain = header.strip(MARKS).lower()
        known = {**self.columns, **self.optional}
        return next(((pattern, known[pattern]) for pattern in known if re.fullmatch(pattern, plain)), None)

    def fits(self, table: Table) -> bool:
        """Whether every header is known, every column that must be there is, and a heading fits."""
        found = [self.meaning_of(header) for header in table.header]
        patterns = {each[0] for each in found if each}
        return all(found) and patterns >= self.columns.keys() and self.is_under(table)

    def is_under(self, table: Table) -> bool:
        """Whether the heading right over the table fits."""
        heading = table.headings[-1].text if table.headings else ""
        return re.search(self.under, heading, re.IGNORECASE) is not None


def ignore(*headers: str, under: str = "") -> Layout:
    """A table that is of no interest, by patterns of all of its headers."""
    return Layout(columns=dict.fromkeys(headers), under=under, is_ignored=True)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table whose layout is known."""

    table: Table
    locator: str
    cells: tuple[tuple[str, Meaning, Cell], ...]
    """Header, meaning and cell of each column; none where the row cannot be read."""
    problem: str = ""
    """Why it cannot be read."""

    def cell(self, fact: Fact) -> Cell | None:
        """The cell of a fact; None if the table has no such column."""
        return next((cell for _, meaning, cell in self.cells if meaning == fact), None)

    def text(self, fact: Fact) -> str | None:
        """The text of a fact; None if there is none or it is a dash."""
        cell = self.cell(fact)
        return None if cell is None or cell.text in ("", "-", "–", "—", "N/A") else cell.text


def match_rows(url: str, tables: Iterable[Table], layouts: Sequence[Layout]) -> Iterator[Row]:
    """The rows of all tables, each by the first layout that fits its table.

    LayoutChangedError, with page, table and header, for a table that fits none; for a page on which none but
    ignored tables are found.
    """
    is_of_interest = False
    for table in tables:
        layout = next((each for each in layouts if each.fits(table)), None)
        if layout is None:
            raise _explain(url, table, layouts)
        if layout.is_ignored:
            continue
        is_of_interest = True
        columns = [(header, layout.meaning_of(header)) for header in table.header]
        for number, cells in enumerate(table.rows[1:], 1):
            problem = _find_problem(cells, len(columns))
            pairs = () if problem else zip(columns, cells, strict=True)
            known = tuple((header, found[1] if found else None, cell) for (header, found), cell in pairs)
            yield Row(table=table, locator=f"{table.locator} row {number}", cells=known, problem=problem)
    if not is_of_interest:
        wanted = next(each for each in layouts if not each.is_ignored)
        raise LayoutChangedError(url, "the page", f"a table with the headers {', '.join(wanted.columns)}")


def _find_problem(cells: Sequence[Cell], width: int) -> str:
    """Why the cells are no row of a table of that width; "" if they are one."""
    if len(cells) != width:
        return "not as many cells as the table has headers"
    longest = max((len(cell.text) for cell in cells), default=0)
    return f"a cell of {longest} characters" if longest > LONGEST_CELL else ""


def _explain(url: str, table: Table, layouts: Sequence[Layout]) -> LayoutChangedError:
    """What the table that fits no layout has, or lacks, by the layout that comes closest."""

    def unknown(layout: Layout) -> list[str]:
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
