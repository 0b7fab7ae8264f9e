"""Read YAML as text and within bounds: no types, no objects, no alias bombs."""

from typing import Any

import yaml

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.page import Page

MAX_YAML_CHARS = 500_000
MAX_DEPTH = 24
MAX_ALIASES = 20

# Of the safe loaders the one that resolves nothing: "no" stays the language, "1e5" the text.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_yaml(page: Page, text: str, locator: str) -> Any:
    """The value of a YAML text, its scalars all text; LayoutChangedError if it is no YAML or out of bounds."""
    if len(text) > MAX_YAML_CHARS:
        raise LayoutChangedError(page.url, locator, f"at most {MAX_YAML_CHARS} characters")
    depth = aliases = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > MAX_DEPTH or aliases > MAX_ALIASES:
                raise LayoutChangedError(page.url, locator, "plain YAML, neither deep nor full of aliases")
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 (it builds nothing but text, lists and mappings)
    except yaml.YAMLError as error:
        reason = str(error).replace("\n", " ")
        raise LayoutChangedError(page.url, locator, f"YAML ({reason[:120]})") from None
