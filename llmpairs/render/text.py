"""Render a document as plain text for a terminal, with sources in brackets."""

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from textwrap import TextWrapper

from llmpairs.render.document import (
    Answers,
    Block,
    Bullets,
    Cards,
    Cell,
    Chart,
    Chips,
    Citation,
    CostForm,
    Document,
    Fold,
    Paragraph,
    SideBySide,
    StepChart,
    TableBlock,
    format_capture_time,
)

WIDTH = 100
CELL_WIDTH = 34
"""Width at which the text of a cell wraps."""
MAX_SOURCES = 3
"""Sources that a cell names before it counts the others."""


def render_text(document: Document) -> str:
    """Render the whole document, at most WIDTH wide where its tables allow."""
    parts = [[document.title, document.subtitle], *filter(None, map(list, map(render_block, document.lead)))]
    parts += [format_section(section.title, _render_blocks(section.blocks)) for section in document.sections]
    if document.captures:
        parts.append(format_section("Sources", _list_sources(document)))
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def render_lead(document: Document, more: str) -> str:
    """Render the first screen without what it folds, and how to see the rest."""
    blocks = [block for block in document.lead if not isinstance(block, Fold)]
    return "\n".join([f"{document.title}   {document.subtitle}", "", *_render_blocks(blocks), "", more]) + "\n"


def _render_blocks(blocks: Iterable[Block]) -> list[str]:
    lines: list[str] = []
    for inner in map(list, map(render_block, blocks)):
        lines += ["", *inner] if lines and inner else inner
    return lines


def _list_sources(document: Document) -> Iterator[str]:
    rows = [
        (row["source_id"], format_capture_time(row), id_, row["url"] or "") for id_, row in document.captures.items()
    ]
    yield from format_table(sorted(rows))


def format_cell(cell: Cell) -> str:
    """Format a cell in one line: text, note in round brackets, sources in square ones."""
    note = f" ({'; '.join(cell.note.splitlines())})" if cell.note else ""
    return f"{cell.text}{note}{_format_citations(cell.refs)}"


def _format_citations(refs: Sequence[Citation]) -> str:
    names = sorted({str(ref["source_id"]) for ref in refs})
    shown = ", ".join(names[:MAX_SOURCES])
    more = f" and {len(names) - MAX_SOURCES} more" if len(names) > MAX_SOURCES else ""
    return f" [{shown}{more}]" if names else ""


def wrap(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Wrap between words only, so that an id or a command stays whole."""
    wrapper = TextWrapper(
        width, initial_indent=first, subsequent_indent=further, break_on_hyphens=False, break_long_words=False
    )
    return wrapper.wrap(text)


@singledispatch
def render_block(part: Block) -> Iterable[str]:
    """Render a block as lines."""
    raise TypeError(f"cannot render a {type(part).__name__} as text")


@render_block.register
def _(part: Paragraph) -> Iterable[str]:
    return wrap(" ".join(format_cell(cell) for cell in part.cells), WIDTH)


@render_block.register
def _(part: Bullets) -> Iterable[str]:
    return [line for item in part.items for line in wrap(format_cell(item), WIDTH, first="- ", further="  ")]


@render_block.register
def _(part: TableBlock) -> Iterable[str]:
    return pad_columns([[[head] for head in part.head], *([_wrap_cell(cell) for cell in row] for row in part.rows)])


def _wrap_cell(cell: Cell) -> list[str]:
    lines = wrap(cell.text + _format_citations(cell.refs), CELL_WIDTH) or [""]
    return lines + [line for note in cell.note.split("\n") for line in wrap(note, CELL_WIDTH, first="  ", further="  ")]


def pad_columns(grid: Sequence[Sequence[Sequence[str]]]) -> Iterator[str]:
    """Align rows of multi-line cells, with columns padded to their widest line."""
    widths = [max(len(line) for row in grid for line in row[i]) for i in range(len(grid[0]))]
    for row in grid:
        for number in range(max(len(cell) for cell in row)):
            line = "  ".join(
                (cell[number] if number < len(cell) else "").ljust(width)
                for cell, width in zip(row, widths, strict=True)
            )
            yield line.rstrip()


def format_section(title: str, lines: Iterable[str]) -> list[str]:
    """Put lines below an underlined title."""
    return [title, "-" * len(title), *lines]


def format_table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Format rows of one line each, with columns padded to their widest cell."""
    if rows:
        yield from pad_columns([[[cell] for cell in row] for row in rows])


@render_block.register
def _(part: Cards) -> Iterable[str]:
    return format_table(
        [
            ("", *(bar.label for bar in part.cards[0].bars)),
            *((card.title, *(format_cell(bar.value) for bar in card.bars)) for card in part.cards),
        ]
    )


@render_block.register
def _(part: Chips) -> Iterable[str]:
    return format_table([(label, format_cell(cell)) for label, cell in part.items])


@render_block.register
def _(part: CostForm) -> Iterable[str]:
    return [*wrap(part.table.caption, WIDTH), *render_block(part.table)]


@render_block.register
def _(part: SideBySide) -> Iterable[str]:
    for number, panel in enumerate(part.panels):
        if number:
            yield ""
        yield panel.title
        for inner in panel.blocks:
            yield from render_block(inner)


@render_block.register
def _(part: Fold) -> Iterable[str]:
    return [part.summary, "", *_render_blocks(part.blocks)]


@render_block.register
def _(part: Answers) -> Iterable[str]:
    for number, (question, answer) in enumerate(part.items):
        if number:
            yield ""
        yield from wrap(question, WIDTH)
        yield from wrap(format_cell(answer), WIDTH, first="  ", further="  ")


@render_block.register(Chart)
@render_block.register(StepChart)
def _(_part: Chart | StepChart) -> Iterable[str]:
    return ()  # the table beside it has its figures
