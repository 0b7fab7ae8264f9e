"""Kilo Gateway model list: OpenRouter's list with a few keys of its own.

Page: JSON list under /data, without a key.
Units: USD per single token, image or request, decimal strings.
Traps:
- It passes OpenRouter's list on, prices included; it is no second source of any value.
- `preferredIndex` is the order in Kilo's own picker.
"""

from collections.abc import Iterator
from functools import partial

from llmpairs.spiders.catalogues.openrouter import parse_model
from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "kilo"
OWN_KEYS = frozenset({"preferredIndex", "preferred_index", "isFree", "settings"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim of the kind `aggregate` for every entry."""
    read = partial(parse_model, provider_key=PROVIDER_KEY, own_keys=OWN_KEYS)
    yield from read_entries(page, read_list(page, "data"), read)


PARSERS: Parsers = {"models": parse_models}
