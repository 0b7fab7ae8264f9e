"""Declared table layouts: the headers of a page's tables, and the meaning of each column."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import PriceUse, ServiceTier
from llmpairs.spiders.page import Finding
from llmpairs.spiders.tables.cells import MARKS, has_amount, parse_price_unit, split_token_unit
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
    is_banded: bool = False
    """Whether they apply from the prompt length that the header states ("> 200K input tokens")."""
    is_long: bool = False
    """Whether they apply from the prompt length that the row itself states."""


@dataclass(frozen=True)
class FlagColumn:
    """A column of yes and no."""

    capability: str


MAX_CELL_CHARS = 1_000
"""Characters; the longest of the pages has 200."""

MODEL_LIKE = re.compile(r"(?=.*\d)`?[A-Za-z][\w./:@-]*(?:[ -](?:[A-Z\d][\w.()-]*|mini|nano|pro|flash|lite|max))*`?")
"""A name with a digit whose further words are capitalised: "Claude Opus 5", "gpt-5.4-mini"; no sentence."""

APART = re.compile(
    r"\b(batch|flex|priority|fast|cached?|caching|audio|images?|video|storage|hours?|fine-?tuning|training|search"
    r"|requests?|grounding)\b",
    re.IGNORECASE,
)
"""Headers of prices for something that other columns do not include; "Discount" or "Note" may change their meaning."""
MARKED = re.compile(r"(?:\s*[*†‡§¹²³⁴⁵⁶⁷⁸⁹]|\s*\(new\)|\s+new!?(?=\s*$))+$", re.IGNORECASE)
"""Footnote marks and badges at the end of a name."""
PRICE_WORD = re.compile(r" (?:prices?|pricing|costs?)$")
NAMING: tuple[ColumnField, ...] = ("model", "name", "note")

ColumnMeaning = ColumnField | PriceColumn | FlagColumn | None
"""What a column means; None is read and not landed."""


def _load_synonyms() -> Mapping[str, tuple[str, ...]]:
    """The other headers of the same meaning, by header."""
    groups = tomllib.loads(files("llmpairs.spiders.tables").joinpath("headers.toml").read_text("utf-8"))
    known = {
        name: tuple(each for each in group["headers"] if each != name)
        for group in groups.values()
        for name in group["headers"]
    }
    return MappingProxyType(known)


SYNONYMS = _load_synonyms()
"""Reviewed in headers.toml; a layout's own headers come first."""


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
    is_required: bool = False
    """Whether the page must have such a table."""

    def meaning_of(self, header: str) -> tuple[str, ColumnMeaning] | None:
        """The pattern that a header matches and its meaning; None if it matches none."""
        known = {**self.columns, **self.optional}
        found = (
            (pattern, known[pattern])
            for text in _list_spellings(header)
            for pattern in known
            if re.fullmatch(pattern, text)
        )
        return next(found, None)

    def names_model(self, table: PageTable) -> bool:
        """Whether the table has a column with the model's name."""
        return any(found[1] == "model" for header in table.header if (found := self.meaning_of(header)))

    def fits(self, table: PageTable) -> bool:
        """Whether every header is known, no required column is missing, and the heading matches."""
        found = [self.meaning_of(header) for header in table.header]
        patterns = {each[0] for each in found if each}
        return all(found) and patterns >= self.columns.keys() and self.is_under(table)

    def fits_in_part(self, table: PageTable) -> bool:
        """Whether every required column and the heading are there, and no unknown column can change the others.

        An unknown column of amounts may decide what the other prices of its row mean, unless its header states that
        they pay for something apart.
        """
        found = [self.meaning_of(header) for header in table.header]
        unknown = [
            index
            for index, (header, each) in enumerate(zip(table.header, found, strict=True))
            if each is None and not APART.search(header)
        ]
        cells = (row[index].text for row in table.rows[1:] for index in unknown if index < len(row))
        patterns = {each[0] for each in found if each}
        return (
            (not self.is_ignored or len(self.columns) > 1)
            and patterns >= self.columns.keys()
            and self.is_under(table)
            and not any(map(has_amount, cells))
        )

    def is_under(self, table: PageTable) -> bool:
        """Whether the nearest heading above the table matches."""
        heading = table.headings[-1].text if table.headings else ""
        return re.search(self.under, heading, re.IGNORECASE) is not None


@cache
def _list_spellings(header: str) -> tuple[str, ...]:
    """The header in lower case, and its synonyms; then without a unit of tokens, and without "price" at its end."""
    plain = header.strip(MARKS).lower()
    bare = split_token_unit(plain)
    each = (plain, bare, PRICE_WORD.sub("", bare))
    return tuple(dict.fromkeys(text for name in each for text in (name, *SYNONYMS.get(name, ()))))


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


def match_rows(url: str, tables: Iterable[PageTable], layouts: Sequence[TableLayout]) -> Iterator[PageRow | Finding]:
    """The rows of all known tables, each by the first layout that fits its table.

    A table or column that no layout knows is a finding. LayoutChangedError, with page, table and header, if an unknown
    table looks like prices of models that the known ones do not price, if a required table is missing, and if only
    skipped tables are left.
    """
    known: list[tuple[PageTable, TableLayout]] = []
    unknown: list[PageTable] = []
    for table in tables:
        layout = _find_layout(table, layouts)
        if layout is None:
            unknown.append(table)
        elif not layout.is_ignored:
            known.append((table, layout))
    _require_known(url, [layout for _, layout in known], layouts, unknown)
    rows = [row for table, layout in known for row in _read_table(table, layout)]
    named = frozenset(row.text("model") for row in rows)
    for table in unknown:
        if looks_like_prices(table, named):
            raise _explain(url, table, layouts)
        yield Finding(kind="unknown_key", locator=table.locator, text=f"table with the headers {_list_headers(table)}")
    for table, layout in known:
        for header in table.header:
            if layout.meaning_of(header) is None:
                yield Finding(kind="unknown_key", locator=table.locator, text=f"column {header!r}")
    yield from rows


def _find_layout(table: PageTable, layouts: Sequence[TableLayout]) -> TableLayout | None:
    """The first layout that fits the table; without one, the first that fits all of it but columns without amounts."""
    whole = next((each for each in layouts if each.fits(table)), None)
    readable_first = sorted(layouts, key=lambda each: each.is_ignored)
    return whole or next((each for each in readable_first if each.fits_in_part(table)), None)


def _require_known(
    url: str, found: Sequence[TableLayout], layouts: Sequence[TableLayout], unknown: Sequence[PageTable]
) -> None:
    """LayoutChangedError if a required table is missing, or every table with rows."""
    readable = [each for each in layouts if not each.is_ignored]
    missing = [each for each in readable if each.is_required and each not in found]
    if not missing and found:
        return
    if unknown:
        raise _explain(url, unknown[0], layouts)
    expected = ", ".join((missing or readable)[0].columns)
    raise LayoutChangedError(url, "the page", f"a table with the headers {expected}")


def _read_table(table: PageTable, layout: TableLayout) -> Iterator[PageRow]:
    columns = [(header, layout.meaning_of(header)) for header in table.header]
    for number, cells in enumerate(table.rows[1:], 1):
        if _is_subheading(cells):
            continue
        problem = _find_problem(cells, len(columns))
        pairs = () if problem else zip(columns, cells, strict=True)
        known = tuple(_read_column(header, found[1] if found else None, cell) for (header, found), cell in pairs)
        yield PageRow(table=table, locator=f"{table.locator} row {number}", cells=known, problem=problem)


def _read_column(header: str, meaning: ColumnMeaning, cell: PageCell) -> tuple[str, ColumnMeaning, PageCell]:
    """Header, meaning and cell of a column; a name without the marks and badges behind it."""
    return header, meaning, replace(cell, text=MARKED.sub("", cell.text) or cell.text) if meaning in NAMING else cell


def _is_subheading(cells: Sequence[PageCell]) -> bool:
    """Whether a row is blank, or a heading inside the table: one text, alone or over all columns, and no model."""
    if len(cells) < 3:
        return not any(cell.text for cell in cells)
    texts = {cell.text for cell in cells[1:]}
    is_alone = texts == {""} or texts == {cells[0].text}
    return is_alone and not MODEL_LIKE.fullmatch(cells[0].text) and not cells[0].links


def looks_like_prices(table: PageTable, known_models: frozenset[str | None]) -> bool:
    """Whether most rows have an amount and begin with a model that the known tables do not price."""
    rows = [row for row in table.rows[1:] if row]
    priced = [row for row in rows if any(_is_token_price(cell.text, table, at) for at, cell in enumerate(row) if at)]
    names = ([cell.text for cell in row if MODEL_LIKE.fullmatch(cell.text)] for row in priced)
    models = [found for found in names if found and not known_models.intersection(found)]
    return bool(rows) and len(models) * 2 > len(rows)


def _is_token_price(text: str, table: PageTable, column: int) -> bool:
    """Whether a cell has an amount that neither it, nor its header, nor the table states for another unit."""
    header = table.header[column] if column < len(table.header) else ""
    units = (parse_price_unit(text).unit, parse_price_unit(header).unit, table.price_unit.unit)
    return has_amount(text) and next(filter(None, units), "token") == "token"


def _list_headers(table: PageTable) -> str:
    return ", ".join(repr(header) for header in table.header)


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
