"""The tables of a Markdown or HTML page, spans undone, each with the words that stand over it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from markdown_it import MarkdownIt
from parsel import Selector

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, TooLargeError
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Page
from llmpairs.spiders.tables.cells import Rate, read_statement

INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "font", "i", "img", "ins", "label", "mark", "small", "span", "strong", "sub",
     "sup", "time", "u", "wbr"}
)  # fmt: skip
# What is struck out no longer holds; a button's label or a script is no text of the page.
SILENT = frozenset({"del", "head", "noscript", "s", "script", "strike", "style", "svg", "template"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# "(1)", "2" or "*" in a <sup> points to a note; Anthropic prints "$0.25 / MTok<sup>1</sup>" (2026-09-26).
FOOTNOTE = re.compile(r"\(?[\d*†‡§, ]*\)?")
WIDEST_SPAN = 100
MOST_TABLES = 1_000
MOST_CELLS = 50_000
TOO_MANY_CELLS = f"a table of more than {MOST_CELLS} cells"
MOST_LINES = 100
"""Lines under a heading that are kept: what is of interest stands right below it."""
LARGEST_MARKDOWN = 300_000
"""Characters; the longest of the pages has 100,000. Brackets take 30 s to read where they are a million."""
LARGEST_HTML = 8_000_000
"""Characters."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell as a reader sees it."""

    text: str
    """Visible text on one line: code in backticks, no footnote marks, nothing that is struck out."""
    links: tuple[tuple[str, str], ...] = ()
    """Address and text of each link."""
    pictures: tuple[str, ...] = ()
    """What the pictures show, by their alternative texts."""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading and the first lines under it, up to the next heading of any level."""

    level: int
    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as a grid: every cell stands in each row and column that it spans."""

    number: int
    """Place on the page, from 1."""
    headings: tuple[Heading, ...]
    """The headings that it stands under, the outermost first."""
    before: tuple[str, ...]
    """The lines between the table before it and this one, headings included."""
    tab: str | None
    """Label of the tab that it is shown under."""
    rate: Rate
    """Currency and unit by its caption, else by the last sentence before it that states prices."""
    rows: tuple[tuple[Cell, ...], ...]
    """All rows, the header first."""

    @property
    def header(self) -> tuple[str, ...]:
        """The texts of the first row."""
        return tuple(cell.text for cell in self.rows[0]) if self.rows else ()

    @property
    def locator(self) -> str:
        """Where it is, for people: "table 2 (Gemini 2.5 Pro / Batch)", without the title of the page."""
        above = [heading.text for heading in self.headings if heading.level > 1]
        return f"table {self.number}" + (f" ({' / '.join(above)})" if above else "")


def find_tables(page: Page) -> list[Table]:
    """The tables of the page in its order; LayoutChangedError if there is none, NotTextError if it is no text.

    Pages whose address ends in .md or .txt are Markdown, with tables and whatever HTML stands in it.
    """
    tables = list(islice(_Reader(_parse(page)).read(), MOST_TABLES + 1))
    if not tables:
        raise LayoutChangedError(page.url, "the page", "a table")
    if len(tables) > MOST_TABLES:
        raise TooLargeError(f"{page.url}: more than {MOST_TABLES} tables")
    return tables


def transpose(table: Table, labels: int) -> Table:
    """The table with its rows as columns; the words of the first `labels` columns become each column's header."""
    header = []
    for row in table.rows:
        words = dict.fromkeys(cell.text for cell in row[:labels])
        header.append(Cell(text=" ".join(word for word in words if word)))
    width = max((len(row) for row in table.rows), default=0)
    if any(len(row) != width for row in table.rows):
        raise EntryError(f"{table.locator}: rows of different lengths cannot be turned into columns")
    columns = [tuple(row[place] for row in table.rows) for place in range(labels, width)]
    return replace(table, rows=(tuple(header), *columns))


def carry_down(table: Table, *places: int) -> Table:
    """The table with blank cells of those columns filled from the row above, as merged cells are printed."""
    rows: list[tuple[Cell, ...]] = []
    for row in table.rows:
        above = rows[-1] if len(rows) > 1 else None
        fills = {
            place: above[place]
            for place in places
            if above and place < len(row) and place < len(above) and not row[place].text
        }
        rows.append(tuple(fills.get(place, cell) for place, cell in enumerate(row)))
    return replace(table, rows=tuple(rows))


def _parse(page: Page) -> Any:
    """The page's tree of elements."""
    try:
        text = page.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextError(f"{page.url}: not UTF-8 text: {error}") from None
    start = text[:300].lstrip().lower()
    if not start:
        raise NotTextError(f"{page.url}: the body is blank")
    if re.search(r"\.(?:md|txt)$", page.url):
        if start.startswith(("<!doctype", "<html")):
            raise NotTextError(f"{page.url}: HTML where Markdown was expected: {start[:60]!r}")
        if len(text) > LARGEST_MARKDOWN:
            raise TooLargeError(f"{page.url}: {len(text)} characters of Markdown")
        markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        text = f"<html><body>{markdown.render(text)}</body></html>"
    elif len(text) > LARGEST_HTML:
        raise TooLargeError(f"{page.url}: {len(text)} characters of HTML")
    return Selector(text=text, type="html").root


Step = Literal["open", "close", "text"]


def _walk(root: Any) -> Iterator[tuple[Step, Any]]:
    """Elements as they open and close and the texts between them, without recursion; silent ones are left out."""
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
    """One pass over a page in its order."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.by_id = {str(each.get("id")): each for each in reversed(root.xpath("//*[@id]"))}
        self.line: list[str] = []
        self.before: list[str] = []
        self.headings: list[tuple[int, str, list[str]]] = []
        self.rate = Rate()
        self.level: int | None = None

    def read(self) -> Iterator[Table]:
        """Every table that holds no other."""
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
        self.rate = read_statement(text) or self.rate
        if self.level is not None:
            self.headings = [each for each in self.headings if each[0] < (self.level or 0)]
            self.headings.append((self.level, text, []))
        elif self.headings and len(self.headings[-1][2]) < MOST_LINES:
            self.headings[-1][2].append(text)

    def _table(self, number: int, node: Any) -> Table:
        captions = [_read_cell(caption).text for caption in node.xpath("./caption")]
        table = Table(
            number=number,
            headings=tuple(Heading(level=h[0], text=h[1], lines=tuple(h[2])) for h in self.headings),
            before=tuple(self.before),
            tab=self._tab(node),
            rate=next((rate for text in captions if (rate := read_statement(text))), self.rate),
            rows=_merge_header(_expand(node), len(node.xpath("./thead/tr"))),
        )
        self.before.clear()
        return table

    def _tab(self, node: Any) -> str | None:
        """The label of the innermost tab panel around the table."""
        names = node.xpath("ancestor::*[@role='tabpanel'][1]/@aria-labelledby")
        button = self.by_id.get(str(names[0])) if names else None
        return None if button is None else _read_cell(button).text or None


def _expand(node: Any) -> tuple[tuple[Cell, ...], ...]:
    """The table's rows with every spanning cell repeated where it reaches."""
    grid: dict[tuple[int, int], Cell] = {}
    filled = 0
    lines = node.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")
    if sum(len(line) for line in lines) > MOST_CELLS:
        raise EntryError(TOO_MANY_CELLS)
    for y, line in enumerate(lines):
        x = 0
        for element in line.xpath("./td | ./th"):
            while (y, x) in grid:
                x += 1
            cell, width = _read_cell(element), _span(element, "colspan")
            height = min(_span(element, "rowspan"), len(lines) - y)
            filled += width * height
            if filled > MOST_CELLS:
                raise EntryError(TOO_MANY_CELLS)
            for down in range(height):
                for across in range(width):
                    grid.setdefault((y + down, x + across), cell)
            x += width
    widths = [1 + max((x for row, x in grid if row == y), default=-1) for y in range(len(lines))]
    blank = Cell(text="")
    rows = (tuple(grid.get((y, x), blank) for x in range(width)) for y, width in enumerate(widths))
    return tuple(row for row in rows if row)


def _span(element: Any, name: str) -> int:
    printed = str(element.get(name) or "1").strip()
    return min(max(int(printed), 1), WIDEST_SPAN) if printed.isdecimal() else 1


def _merge_header(rows: tuple[tuple[Cell, ...], ...], height: int) -> tuple[tuple[Cell, ...], ...]:
    """The rows with a header of several lines made one, each column's words from top to bottom."""
    if height < 2 or len({len(row) for row in rows[:height]}) != 1:
        return rows
    words = (dict.fromkeys(cell.text for cell in column) for column in zip(*rows[:height], strict=True))
    merged = tuple(Cell(text=" ".join(word for word in column if word)) for column in words)
    return (merged, *rows[height:])


def _read_cell(element: Any) -> Cell:
    """What an element shows."""
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
    return Cell(text=_fold("".join(pieces)), links=tuple(links), pictures=tuple(pictures))


def _fold(text: str) -> str:
    return " ".join(text.split())
