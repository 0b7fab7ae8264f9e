"""The YAML block at the head of a Markdown file, and the text behind it."""

from llmpairs.spiders.crawling.causes import LayoutChangedError, TooLargeError
from llmpairs.spiders.json_entries import Entry
from llmpairs.spiders.page import Page
from llmpairs.spiders.yaml_text import decode_text, read_yaml

FENCE = "---"
LONGEST_CARD = 1_000_000
"""Characters of a card that are read; sizes and licence stand at its head."""


def read_front_matter(page: Page) -> Entry | None:
    """The mapping between the leading `---` lines, all its scalars as text; None if there is no such block.

    NotTextError for what is no text, LayoutChangedError for a block that is no YAML mapping or out of bounds.
    """
    block = _split(page)[0]
    if block is None:
        return None
    value = read_yaml(page, block, "front-matter")
    if value in (None, ""):
        return None
    if not isinstance(value, dict):
        raise LayoutChangedError(page.url, "front-matter", "a mapping")
    return Entry(value, "front-matter")


def read_body(page: Page) -> list[str]:
    """The lines behind the front matter; all of them if there is none."""
    return _split(page)[1]


def _split(page: Page) -> tuple[str | None, list[str]]:
    """The block, if the page begins with one that ends, and the lines behind it; TooLargeError if it never does."""
    text = decode_text(page)
    lines = text[:LONGEST_CARD].splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        return None, lines
    ends = (number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE)
    end = next(ends, None)
    if end is None and len(text) > LONGEST_CARD:
        raise TooLargeError(f"{page.url}: front matter of more than {LONGEST_CARD} characters")
    return (None, lines) if end is None else ("\n".join(lines[1:end]), lines[end + 1 :])
