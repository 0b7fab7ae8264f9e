"""The tables of a Markdown or HTML page, spans expanded, each with the text above it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, islice
from typing import Any, Literal

from markdown_it import MarkdownIt
from parsel import Selector

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, TooLargeError
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Page
from llmpairs.spiders.tables.cells import MARKS, NONE, PriceUnit, has_amount, parse_unit_statement

INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "font", "i", "img", "ins", "label", "mark", "small", "span", "strong", "sub",
     "sup", "time", "u", "wbr"}
)  # fmt: skip
# Struck-out text is no longer valid; a script or style is no text of the page.
SILENT = frozenset({"del", "head", "noscript", "s", "script", "strike", "style", "svg", "template"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# "(1)", "2" or "*" in a <sup> refers to a note; Anthropic prints "$0.25 / MTok<sup>1</sup>" (2026-09-26).
FOOTNOTE = re.compile(r"\(?[\d*†‡§, ]*\)?")
# "$5.00 [1]", "Input [^2]", "Haiku¹": marks of notes in the text itself.
NOTE_MARK = re.compile(r"(?<=\S)\s*(?:\[\^?\d{1,2}\]|[\u00b9\u00b2\u00b3\u2070-\u2079]+)(?![\w(])")
MARKDOWN_URL = re.compile(r"\.(?:md|txt)$")
DELIMITER_ROW = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*\r?$", re.MULTILINE)
"""The row below the header of a Markdown table with two or more columns."""
MAX_SPAN = 100
MAX_TABLES = 1_000
MAX_CELLS = 50_000
TOO_MANY_CELLS = f"a table of more than {MAX_CELLS} cells"
MAX_LINES = 100
"""Lines kept under a heading: what parsers read is right below it."""
MAX_MARKDOWN_CHARS = 300_000
"""Characters; the longest of the pages has 100,000. Brackets take 30 s to read where they are a million."""
MAX_HTML_CHARS = 8_000_000
"""Characters."""


Form = Literal["html", "markdown"]


@dataclass(frozen=True, kw_only=True)
class PageCell:
    """One table cell with its visible text, links and pictures."""

    text: str
    """Visible text on one line: code in backticks, without footnote marks and struck-out text."""
    links: tuple[tuple[str, str], ...] = ()
    """Address and text of each link."""
    pictures: tuple[str, ...] = ()
    """The alternative texts of the pictures."""


@dataclass(frozen=True, kw_only=True)
class PageHeading:
    """A heading and the first lines under it, up to the next heading of any level."""

    level: int
    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PageTable:
    """A table as a grid: every cell is repeated in each row and column that it spans."""

    number: int
    """Position on the page, from 1."""
    headings: tuple[PageHeading, ...]
    """The headings above it, the outermost first."""
    before: tuple[str, ...]
    """The lines between the table before it and this one, headings included."""
    tab: str | None
    """Label of the tab that it is shown under."""
    price_unit: PriceUnit
    """Currency and unit from its caption, else from the last sentence before it that states prices."""
    rows: tuple[tuple[PageCell, ...], ...]
    """All rows, the header first."""

    @property
    def header(self) -> tuple[str, ...]:
        """The texts of the first row."""
        return tuple(cell.text for cell in self.rows[0]) if self.rows else ()

    @property
    def locator(self) -> str:
        """Its position for people: "table 2 (Gemini 2.5 Pro / Batch)", without the title of the page."""
        above = [heading.text for heading in self.headings if heading.level > 1]
        return f"table {self.number}" + (f" ({' / '.join(above)})" if above else "")


def find_tables(page: Page) -> list[PageTable]:
    """The tables in page order; LayoutChangedError if there is none, NotTextError if the page is no text.

    A page is read in the form in which it is served: HTML, or Markdown, which may contain HTML.
    """
    text = page.text()
    form = _find_form(page.url, text)
    tables = list(islice(_Reader(_parse(page.url, text, form)).read(), MAX_TABLES + 1))
    if not tables and form == "html" and MARKDOWN_URL.search(page.url):
        raise NotTextError(f"{page.url}: HTML without a table where Markdown was expected: {text.strip()[:60]!r}")
    if not tables:
        raise LayoutChangedError(page.url, "the page", "a table")
    if len(tables) > MAX_TABLES:
        raise TooLargeError(f"{page.url}: more than {MAX_TABLES} tables")
    return tables


def transpose(table: PageTable, labels: int) -> PageTable:
    """The table with its rows as columns; the texts of the first `labels` columns become each column's header."""
    header = []
    for row in table.rows:
        texts = dict.fromkeys(cell.text for cell in row[:labels])
        header.append(PageCell(text=" ".join(filter(None, texts))))
    width = max((len(row) for row in table.rows), default=0)
    if any(len(row) != width for row in table.rows):
        raise EntryError(f"{table.locator}: rows of different lengths cannot be turned into columns")
    columns = [tuple(row[index] for row in table.rows) for index in range(labels, width)]
    return replace(table, rows=(tuple(header), *columns))


def carry_down(table: PageTable, *columns: int) -> PageTable:
    """The table with blank cells of the columns (by index) filled from the row above, as merged cells are printed."""
    rows: list[tuple[PageCell, ...]] = []
    for row in table.rows:
        above = rows[-1] if len(rows) > 1 else None
        fills = {
            index: above[index]
            for index in columns
            if above and index < len(row) and index < len(above) and not row[index].text
        }
        rows.append(tuple(fills.get(index, cell) for index, cell in enumerate(row)))
    return replace(table, rows=tuple(rows))


def restore_spans(table: PageTable) -> PageTable:
    """The table with the rows completed that a converter to Markdown shortened.

    It leaves out the cells that a row above spans, and the others move to the left: a row with blank cells at its end
    takes that many first cells of the row above, if more of its amounts and marks then are below their like.
    """
    rows: list[tuple[PageCell, ...]] = []
    for row in table.rows:
        above = rows[-1] if len(rows) > 1 else ()
        blank = len(row) - len([*dropwhile(lambda cell: not cell.text, reversed(row))])
        moved = (*above[:blank], *row[: len(row) - blank])
        fits_better = len(above) == len(row) and _count_misplaced(moved, above) < _count_misplaced(row, above)
        rows.append(moved if blank and fits_better else row)
    return replace(table, rows=tuple(rows))


def _count_misplaced(row: Sequence[PageCell], above: Sequence[PageCell]) -> int:
    """How many cells are of another kind than the cell above: amount, mark or text; blank cells are of any."""
    pairs = [(_find_kind(cell.text), _find_kind(other.text)) for cell, other in zip(row, above, strict=True)]
    return sum(kind is not other for kind, other in pairs if kind and other)


def _find_kind(text: str) -> Literal["amount", "mark", "text"] | None:
    if text.strip(MARKS).lower() in NONE:
        return None
    return "amount" if has_amount(text) else "mark" if len(text) == 1 else "text"


def _find_form(url: str, text: str) -> Form:
    """The form of a page: HTML if it begins as such, Markdown if it has such a table and no element of HTML ones.

    A page without either has the form that its address states.
    """
    start = text[:300].lstrip().lower()
    if not start:
        raise NotTextError(f"{url}: the body is blank")
    if start.startswith(("<!doctype", "<html")):
        return "html"
    if MARKDOWN_URL.search(url) or (DELIMITER_ROW.search(text) and "<body" not in text):
        return "markdown"
    return "html"


def _parse(url: str, text: str, form: Form) -> Any:
    """The page's tree of elements."""
    if form == "markdown":
        if len(text) > MAX_MARKDOWN_CHARS:
            raise TooLargeError(f"{url}: {len(text)} characters of Markdown")
        markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        text = f"<html><body>{markdown.render(_separate_tables(text))}</body></html>"
    elif len(text) > MAX_HTML_CHARS:
        raise TooLargeError(f"{url}: {len(text)} characters of HTML")
    return Selector(text=text, type="html").root


def _separate_tables(text: str) -> str:
    """The text with a blank line before each table and after it, where a converter left them out.

    Without them a header row continues the paragraph above, and the line below is a row with one cell.
    """
    lines = text.split("\n")
    starts = {number - 1 for number, line in enumerate(lines) if number and DELIMITER_ROW.fullmatch(line)}
    separated, is_inside = [], False
    for number, line in enumerate(lines):
        ends = is_inside and "|" not in line
        if number in starts or ends:
            separated.append("")
        is_inside = number in starts or (is_inside and not ends)
        separated.append(line)
    return "\n".join(separated)


Step = Literal["open", "close", "text"]


def _walk(root: Any) -> Iterator[tuple[Step, Any]]:
    """Elements as they open and close and the texts between them, without recursion; SILENT ones are left out."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, is_done = stack.pop()
        is_silent = not isinstance(node.tag, str) or node.tag in SILENT
        if not is_done and not is_silent:
            yield "open", node
            if node.text:
                yield "text", node.text
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))
            continue
        if is_done:
            yield "close", node
        if node.tail and node is not root:
            yield "text", node.tail


class _Reader:
    """One pass over a page in document order."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.by_id = {str(each.get("id")): each for each in reversed(root.xpath("//*[@id]"))}
        self.line: list[str] = []
        self.before: list[str] = []
        self.headings: list[tuple[int, str, list[str]]] = []
        self.price_unit = PriceUnit()
        self.level: int | None = None

    def read(self) -> Iterator[PageTable]:
        """Every table without a table inside."""
        number = 0
        inside: Any = None
        for step, node in _walk(self.root):
            if inside is not None:
                inside = None if step == "close" and node is inside else inside
                continue
            if step == "text":
                self.line.append(node)
                continue
            if node.tag in INLINE:
                self.line.extend(["`"] if node.tag == "code" else [])
                continue
            self._end_line()
            if node.tag in HEADINGS:
                self.level = int(node.tag[1]) if step == "open" else None
            if step == "open" and node.tag == "table" and not node.xpath(".//table"):
                number += 1
                inside = node
                yield self._table(number, node)

    def _end_line(self) -> None:
        text = _fold("".join(self.line))
        self.line.clear()
        if not text:
            return
        self.before.append(text)
        self.price_unit = parse_unit_statement(text) or self.price_unit
        if self.level is not None:
            self.headings = [each for each in self.headings if each[0] < (self.level or 0)]
            self.headings.append((self.level, text, []))
        elif self.headings and len(self.headings[-1][2]) < MAX_LINES:
            self.headings[-1][2].append(text)

    def _table(self, number: int, node: Any) -> PageTable:
        captions = [_read_cell(caption).text for caption in node.xpath("./caption")]
        table = PageTable(
            number=number,
            headings=tuple(PageHeading(level=h[0], text=h[1], lines=tuple(h[2])) for h in self.headings),
            before=tuple(self.before),
            tab=self._tab(node),
            price_unit=next(filter(None, map(parse_unit_statement, captions)), self.price_unit),
            rows=_merge_header(_expand(node), len(node.xpath("./thead/tr"))),
        )
        self.before.clear()
        return table

    def _tab(self, node: Any) -> str | None:
        """The label of the innermost tab panel around the table."""
        names = node.xpath("ancestor::*[@role='tabpanel'][1]/@aria-labelledby")
        button = self.by_id.get(str(names[0])) if names else None
        return None if button is None else _read_cell(button).text or None


def _expand(node: Any) -> tuple[tuple[PageCell, ...], ...]:
    """The table's rows with every spanning cell repeated in all cells of its span."""
    grid: dict[tuple[int, int], PageCell] = {}
    filled = 0
    lines = node.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")
    if sum(len(line) for line in lines) > MAX_CELLS:
        raise EntryError(TOO_MANY_CELLS)
    for y, line in enumerate(lines):
        x = 0
        for element in line.xpath("./td | ./th"):
            while (y, x) in grid:
                x += 1
            cell, width = _read_cell(element), _span(element, "colspan")
            height = min(_span(element, "rowspan"), len(lines) - y)
            filled += width * height
            if filled > MAX_CELLS:
                raise EntryError(TOO_MANY_CELLS)
            for down in range(height):
                for across in range(width):
                    grid.setdefault((y + down, x + across), cell)
            x += width
    widths = [1 + max((x for row, x in grid if row == y), default=-1) for y in range(len(lines))]
    blank = PageCell(text="")
    rows = (tuple(grid.get((y, x), blank) for x in range(width)) for y, width in enumerate(widths))
    return tuple(row for row in rows if row)


def _span(element: Any, name: str) -> int:
    printed = str(element.get(name) or "1").strip()
    return min(max(int(printed), 1), MAX_SPAN) if printed.isdecimal() else 1


def _merge_header(rows: tuple[tuple[PageCell, ...], ...], height: int) -> tuple[tuple[PageCell, ...], ...]:
    """The rows with a header of several rows merged into one, each column's texts from top to bottom."""
    if height < 2 or len({len(row) for row in rows[:height]}) != 1:
        return rows
    texts = (dict.fromkeys(cell.text for cell in column) for column in zip(*rows[:height], strict=True))
    merged = tuple(PageCell(text=" ".join(filter(None, column))) for column in texts)
    return (merged, *rows[height:])


def _read_cell(element: Any) -> PageCell:
    """The visible content of an element."""
    pieces: list[str] = []
    links: list[tuple[str, str]] = []
    pictures: list[str] = []
    starts: list[int] = []
    for step, node in _walk(element):
        if step == "text":
            pieces.append(node)
        elif node.tag == "code":
            pieces.append("`")
        elif node.tag in ("a", "sup"):
            if step == "open":
                starts.append(len(pieces))
                continue
            start = starts.pop()
            shown = _fold("".join(pieces[start:]))
            if node.tag == "a":
                links.append((str(node.get("href") or ""), shown))
            elif FOOTNOTE.fullmatch(shown):
                del pieces[start:]
        elif node.tag == "img" and step == "open":
            pictures.extend([alt] if (alt := _fold(str(node.get("alt") or ""))) else [])
        elif node.tag not in INLINE:
            pieces.append(" ")
    text = NOTE_MARK.sub("", _fold("".join(pieces)))
    return PageCell(text=text, links=tuple(links), pictures=tuple(pictures))


def _fold(text: str) -> str:
    return " ".join(text.split())
