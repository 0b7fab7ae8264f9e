"""The YAML block at the head of a Markdown file, read as text and within bounds."""

from typing import Any

import yaml

from spiders.causes import LayoutChangedError, NotTextError
from spiders.page import Page
from spiders.reading import Entry

LARGEST_BLOCK = 500_000
DEEPEST = 24
MOST_ALIASES = 20
FENCE = "---"

# Of the safe loaders the one that resolves nothing: "no" stays the language, "1e5" the text.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_front_matter(page: Page) -> Entry | None:
    """The mapping between the leading `---` lines, all its scalars as text; None if there is no such block.

    NotTextError for what is no text, LayoutChangedError for a block that is no YAML mapping or out of bounds.
    """
    try:
        text = page.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextError(f"{page.url}: not UTF-8 text: {error}") from None
    first, *lines = text.splitlines() or [""]
    if first.rstrip() != FENCE:
        return None
    ends = (number for number, line in enumerate(lines) if line.rstrip() == FENCE)
    end = next(ends, None)
    if end is None:
        return None
    block = "\n".join(lines[:end])
    if len(block) > LARGEST_BLOCK:
        raise LayoutChangedError(page.url, "front-matter", f"at most {LARGEST_BLOCK} characters")
    try:
        _refuse_bombs(page, block)
        value = yaml.load(block, Loader=_LOADER)  # noqa: S506 (it builds nothing but text, lists and mappings)
    except yaml.YAMLError as error:
        reason = str(error).replace("\n", " ")
        raise LayoutChangedError(page.url, "front-matter", f"YAML ({reason[:120]})") from None
    if value in (None, ""):
        return None
    if not isinstance(value, dict):
        raise LayoutChangedError(page.url, "front-matter", "a mapping")
    return Entry(value, "front-matter")


def _refuse_bombs(page: Page, block: str) -> None:
    depth = aliases = 0
    for event in yaml.parse(block, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > DEEPEST or aliases > MOST_ALIASES:
            raise LayoutChangedError(
                page.url, "front-matter", "a plain mapping, neither deep nor full of aliases"
            )
