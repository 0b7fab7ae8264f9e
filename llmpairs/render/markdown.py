"""A page as Markdown; sources are links to what was read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from llmpairs.render.document import Answers, Block, Bullets, Cell, Columns, Document, Fold, Para, Table
from llmpairs.render.links import web_address

LEVELS = "▁▂▃▄▅▆▇█"
SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")
Captures = Mapping[str, Mapping[str, Any]]


def render_markdown(document: Document) -> str:
    """The whole page in the common Markdown of tables and links."""
    lines = [f"# {escape(document.title)}", "", f"_{escape(document.subtitle)}_"]
    for section in document.sections:
        lines += ["", f"## {escape(section.title)}"]
        for block in section.blocks:
            lines += ["", *write(block, document.captures)]
    if document.captures:
        lines += ["", "## Sources", "", *source_lines(document.captures)]
    return "\n".join(squeeze(lines)) + "\n"


def squeeze(lines: Iterable[str]) -> Iterator[str]:
    """Lines with at most one empty one between two others."""
    last = ""
    for line in lines:
        if line or last:
            yield line
        last = line


def escape(text: str) -> str:
    """Text that Markdown and the HTML behind it show as it is."""
    return SPECIAL.sub(r"\\\1", text).replace("\n", " ")


def quote(text: str) -> str:
    """Text as code; a mark that would end it is another one."""
    plain = text.replace("`", "'").replace("\n", " ")
    return f"`{plain}`" if plain else ""


def said(cell: Cell, captures: Captures) -> str:
    """A cell in one line: text, note, and its sources as links."""
    text = quote(cell.text) if cell.tone == "code" else escape(cell.text)
    if cell.href:
        text = f"[{text}]({cell.href})"
    elif cell.tone == "strong":
        text = f"**{text}**"
    if len(cell.trend) > 1:
        text = f"{text} {sparkline(cell.trend)}".lstrip()
    note = f" ({escape('; '.join(cell.note.splitlines()))})" if cell.note else ""
    sources = {str(ref["source_id"]): str(ref["capture_id"]) for ref in cell.refs}
    links = ", ".join(link(name, captures.get(id_, {})) for name, id_ in sorted(sources.items()))
    return f"{text}{note}{f' [{links}]' if links else ''}"


def sparkline(trend: Sequence[float]) -> str:
    """Shares as block characters, from the least to the greatest, at least five points in a hundred."""
    low = (min(trend) + max(trend) - max(max(trend) - min(trend), 0.05)) / 2
    width = max(max(trend) - min(trend), 0.05)
    return "".join(LEVELS[round((len(LEVELS) - 1) * (value - low) / width)] for value in trend)


def link(name: str, capture: Mapping[str, Any]) -> str:
    """A source as a link to the address that was read, where there is one."""
    address = web_address(capture.get("url"))
    return f"[{escape(name)}](<{address}>)" if address else escape(name)


def write(block: Block, captures: Captures) -> Iterator[str]:
    """The lines of a block; a chart has none, its figures stand in the table beside it."""
    match block:
        case Para(cells):
            yield " ".join(said(cell, captures) for cell in cells)
        case Bullets(items):
            yield from (f"- {said(item, captures)}" for item in items)
        case Table():
            yield from table_lines(block, captures)
        case Columns(columns):
            for column in columns:
                yield from ("", f"### {escape(column.title)}", "")
                for inner in column.blocks:
                    yield from write(inner, captures)
        case Fold(summary, blocks):
            yield from (f"### {escape(summary)}", "")
            for inner in blocks:
                yield from write(inner, captures)
        case Answers(items):
            for question, answer in items:
                yield from (f"### {escape(question)}", "", said(answer, captures), "")
        case _:
            pass


def table_lines(table: Table, captures: Captures) -> Iterator[str]:
    """A table with its caption and its header row."""
    yield from (f"**{escape(table.caption)}**", "") if table.caption else ()
    yield f"| {' | '.join(escape(head) or ' ' for head in table.head)} |"
    yield f"| {' | '.join('---:' if i in table.numeric else '---' for i in range(len(table.head)))} |"
    for row in table.rows:
        yield f"| {' | '.join(boxed(cell, captures) for cell in row)} |"


def boxed(cell: Cell, captures: Captures) -> str:
    """A cell of a table; a bar inside of code ends no column."""
    text = said(cell, captures)
    return text.replace("|", "\\|") if cell.tone == "code" else text


def source_lines(captures: Captures) -> Iterator[str]:
    """Every cited capture with its address, moment and id."""
    for id_, row in sorted(captures.items(), key=lambda item: (item[1]["source_id"], item[0])):
        yield f"- {link(row['title'], row)}, captured {row['captured_at']}, capture `{id_}`"
