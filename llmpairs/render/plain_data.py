"""Describe a document as plain data for JSON: the same texts as on the page."""

from collections.abc import Mapping, Sequence

from llmpairs.render.document import Block, Bullets, Cell, Document, Fold, Paragraph, TableBlock

Plain = str | Sequence["Plain"] | Mapping[str, "Plain"]


def describe_document(document: Document) -> dict[str, Plain]:
    """Title, subtitle, first screen and sections. A table is a list of rows by column."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "lead": _describe_blocks(document.lead),
        "sections": [
            {"name": section.name, "title": section.title, "blocks": _describe_blocks(section.blocks)}
            for section in document.sections
        ],
    }


def _describe_blocks(blocks: Sequence[Block]) -> list[Plain]:
    return [described for block in blocks if (described := _describe_block(block))]


def _describe_block(block: Block) -> Plain:
    """A block as data; empty for a chart, whose figures are in the table beside it."""
    match block:
        case Paragraph(cells):
            return {"text": " ".join(map(_describe_cell, cells))}
        case Bullets(items):
            return {"list": [_describe_cell(item) for item in items]}
        case TableBlock():
            rows = [dict(zip(block.head, map(_describe_cell, row), strict=True)) for row in block.rows]
            return {"table": block.caption, "rows": rows}
        case Fold(summary, blocks):
            return {"folded": summary, "blocks": _describe_blocks(blocks)}
        case _:
            return ""


def _describe_cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text
