"""YAML read as text and within bounds: no types, no objects, no bombs."""

from typing import Any

import yaml

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError
from llmpairs.spiders.page import Page

LARGEST_TEXT = 500_000
DEEPEST = 24
MOST_ALIASES = 20

# Of the safe loaders the one that resolves nothing: "no" stays the language, "1e5" the text.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def decode_text(page: Page) -> str:
    """The body as text; NotTextError if it is none."""
    try:
        return page.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextError(f"{page.url}: not UTF-8 text: {error}") from None


def read_yaml(page: Page, text: str, locator: str) -> Any:
    """The value of a YAML text, its scalars all text; LayoutChangedError for what is none or out of bounds."""
    if len(text) > LARGEST_TEXT:
        raise LayoutChangedError(page.url, locator, f"at most {LARGEST_TEXT} characters")
    try:
        _refuse_bombs(page, text, locator)
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 (it builds nothing but text, lists and mappings)
    except yaml.YAMLError as error:
        reason = str(error).replace("\n", " ")
        raise LayoutChangedError(page.url, locator, f"YAML ({reason[:120]})") from None


def _refuse_bombs(page: Page, text: str, locator: str) -> None:
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > DEEPEST or aliases > MOST_ALIASES:
            raise LayoutChangedError(page.url, locator, "plain YAML, neither deep nor full of aliases")
