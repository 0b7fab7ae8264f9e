"""A page as plain text for a terminal; sources stand in brackets."""

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from textwrap import TextWrapper

from llmpairs.render.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Chart,
    Columns,
    Document,
    Fold,
    Para,
    Ref,
    StepChart,
    Table,
)

WIDTH = 100
CELL_WIDTH = 34
"""Widest line of a cell before it is broken."""


def render_text(document: Document) -> str:
    """The whole page, a line at most WIDTH wide where its tables allow."""
    parts = [[document.title, document.subtitle]]
    for section in document.sections:
        lines: list[str] = []
        for inner in map(list, map(write, section.blocks)):
            lines += ["", *inner] if lines and inner else inner
        parts.append(block(section.title, lines))
    parts.append(block("Sources", source_lines(document)))
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def source_lines(document: Document) -> Iterator[str]:
    """Every cited capture: source, moment, capture id and address."""
    rows = [
        (row["source_id"], row["captured_at"] or "", id_, row["url"] or "")
        for id_, row in document.captures.items()
    ]
    yield from table(sorted(rows))


def said(cell: Cell) -> str:
    """A cell in one line: text, note in round brackets, sources in square ones."""
    note = f" ({'; '.join(cell.note.splitlines())})" if cell.note else ""
    return f"{cell.text}{note}{cited(cell.refs)}"


def cited(refs: Sequence[Ref]) -> str:
    """The sources of a figure."""
    names = sorted({str(ref["source_id"]) for ref in refs})
    return f" [{', '.join(names)}]" if names else ""


def wrap(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Lines of at most that width, broken between words only: an id or a command stays whole."""
    wrapper = TextWrapper(
        width, initial_indent=first, subsequent_indent=further, break_on_hyphens=False, break_long_words=False
    )
    return wrapper.wrap(text)


@singledispatch
def write(part: Block) -> Iterable[str]:
    """The lines of a block."""
    raise TypeError(f"no text for a {type(part).__name__}")


@write.register
def _(part: Para) -> Iterable[str]:
    return wrap(" ".join(said(cell) for cell in part.cells), WIDTH)


@write.register
def _(part: Bullets) -> Iterable[str]:
    return [line for item in part.items for line in hang(said(item))]


def hang(text: str) -> list[str]:
    """A point of a list, its further lines indented."""
    return wrap(text, WIDTH, first="- ", further="  ")


@write.register
def _(part: Table) -> Iterable[str]:
    grid = [[[head] for head in part.head]]
    grid += [[cell_lines(cell) for cell in row] for row in part.rows]
    return pad_grid(grid)


def cell_lines(cell: Cell) -> list[str]:
    """A cell as lines: what it says, then its note."""
    lines = wrap(cell.text + cited(cell.refs), CELL_WIDTH) or [""]
    return lines + [
        line for note in cell.note.split("\n") for line in wrap(note, CELL_WIDTH, first="  ", further="  ")
    ]


def pad_grid(grid: Sequence[Sequence[Sequence[str]]]) -> Iterator[str]:
    """Rows of cells of several lines, columns padded to their widest line."""
    widths = [max(len(line) for row in grid for line in row[i]) for i in range(len(grid[0]))]
    for row in grid:
        for number in range(max(len(cell) for cell in row)):
            line = "  ".join(
                (cell[number] if number < len(cell) else "").ljust(width)
                for cell, width in zip(row, widths, strict=True)
            )
            yield line.rstrip()


def block(title: str, lines: Iterable[str]) -> list[str]:
    """Lines below a title."""
    return [title, "-" * len(title), *lines]


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of one line each, columns padded to their widest cell."""
    if rows:
        yield from pad_grid([[[cell] for cell in row] for row in rows])


@write.register
def _(part: Columns) -> Iterable[str]:
    for number, column in enumerate(part.columns):
        if number:
            yield ""
        yield column.title
        for inner in column.blocks:
            yield from write(inner)


@write.register
def _(part: Fold) -> Iterable[str]:
    return [part.shorter]


@write.register
def _(part: Answers) -> Iterable[str]:
    for number, (question, answer) in enumerate(part.items):
        if number:
            yield ""
        yield from wrap(question, WIDTH)
        yield from wrap(said(answer), WIDTH, first="  ", further="  ")


@write.register(Chart)
@write.register(StepChart)
def _(_part: Chart | StepChart) -> Iterable[str]:
    return ()  # its figures stand in the table beside it
