"""Render a document as Markdown, with sources as links to the captured pages."""

import re
from collections.abc import Iterator, Mapping, Sequence

from llmpairs.render.document import (
    MIN_RANGE,
    Answers,
    Block,
    Bullets,
    Cards,
    Cell,
    Chips,
    CitedCapture,
    CostForm,
    Document,
    Fold,
    Paragraph,
    SideBySide,
    TableBlock,
    format_capture_time,
    web_address,
)

LEVELS = "▁▂▃▄▅▆▇█"
BAR = "\\|"
SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")
Captures = Mapping[str, CitedCapture]


def render_markdown(document: Document) -> str:
    """Render the whole document in the common Markdown of tables and links."""
    lines = [f"# {_escape(document.title)}", "", f"_{_escape(document.subtitle)}_"]
    for block in document.lead:
        lines += ["", *render_block(block, document.captures)]
    for section in document.sections:
        lines += ["", f"## {_escape(section.title)}"]
        for block in section.blocks:
            lines += ["", *render_block(block, document.captures)]
    if document.captures:
        lines += ["", "## Sources", "", *_list_sources(document.captures)]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines) + "\n")


def _escape(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text).replace("\n", " ")


def _format_code(text: str) -> str:
    plain = text.replace("`", "'").replace("\n", " ")
    return f"`{plain}`" if plain else ""


def format_cell(cell: Cell, captures: Captures) -> str:
    """Format a cell in one line: text, note, and its sources as links."""
    text = _format_code(cell.text) if cell.tone == "code" else _escape(cell.text)
    if cell.href:
        text = f"[{text}]({cell.href})"
    elif cell.tone == "strong":
        text = f"**{text}**"
    if len(cell.trend) > 1:
        text = f"{text} {sparkline(cell.trend)}".lstrip()
    note = f" ({_escape('; '.join(cell.note.splitlines()))})" if cell.note else ""
    sources = {str(ref["source_id"]): str(ref["capture_id"]) for ref in cell.refs}
    links = ", ".join(_format_source(name, captures.get(id_)) for name, id_ in sorted(sources.items()))
    return f"{text}{note}{f' [{links}]' if links else ''}"


def sparkline(trend: Sequence[float]) -> str:
    """Draw values as block characters, over a range of at least MIN_RANGE of the greatest value."""
    width = max(max(trend) - min(trend), MIN_RANGE * abs(max(trend))) or 1.0
    low = (min(trend) + max(trend) - width) / 2
    return "".join(LEVELS[round((len(LEVELS) - 1) * (value - low) / width)] for value in trend)


def _format_source(name: str, capture: CitedCapture | None) -> str:
    address = web_address(capture["url"] if capture else None)
    return f"[{_escape(name)}](<{address}>)" if address else _escape(name)


def render_block(block: Block, captures: Captures) -> Iterator[str]:
    """Render a block as lines; a chart has none, because the table beside it has its figures."""
    match block:
        case Paragraph(cells):
            yield " ".join(format_cell(cell, captures) for cell in cells)
        case Bullets(items):
            yield from (f"- {format_cell(item, captures)}" for item in items)
        case Cards(cards):
            head = ("", *(bar.label for bar in cards[0].bars))
            rows = [[Cell(card.title), *(bar.value for bar in card.bars)] for card in cards]
            yield from render_table(TableBlock("", head, rows), captures)
        case Chips(items):
            yield from (f"- {_escape(label)}: {format_cell(cell, captures)}" for label, cell in items)
        case CostForm(_, table):
            yield from render_table(table, captures)
        case TableBlock():
            yield from render_table(block, captures)
        case SideBySide(panels):
            for panel in panels:
                yield from ("", f"### {_escape(panel.title)}", "")
                for inner in panel.blocks:
                    yield from render_block(inner, captures)
        case Fold(summary, blocks):
            yield from (f"### {_escape(summary)}", "")
            for inner in blocks:
                yield from render_block(inner, captures)
        case Answers(items):
            for question, answer in items:
                yield from (f"### {_escape(question)}", "", format_cell(answer, captures), "")
        case _:
            pass


def render_table(table: TableBlock, captures: Captures) -> Iterator[str]:
    """Render a table with its caption and its header row."""
    yield from (f"**{_escape(table.caption)}**", "") if table.caption else ()
    yield f"| {' | '.join(_escape(head) or ' ' for head in table.head)} |"
    yield f"| {' | '.join('---:' if i in table.numeric else '---' for i in range(len(table.head)))} |"
    for row in table.rows:
        cells = [(format_cell(cell, captures), cell.tone) for cell in row]
        # A bar inside of code must not end the cell.
        yield f"| {' | '.join(text.replace('|', BAR) if tone == 'code' else text for text, tone in cells)} |"


def _list_sources(captures: Captures) -> Iterator[str]:
    for id_, row in sorted(captures.items(), key=lambda item: (item[1]["source_id"], item[0])):
        yield f"- {_format_source(row['title'], row)}, captured {format_capture_time(row)}, capture `{id_}`"
