"""NVIDIA NIM model list: which models its hosted trial endpoints serve.

Page: JSON list under /data, in the shape of OpenAI's list.
Units: none; the endpoints are a trial, not sold by the token, and the list has no prices.
Traps:
- `created` is no listing date: it is 735790403, a day of 1993, for every model (public copies of 2024 to 2026).
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "nvidia"
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim without prices for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        developer=entry.text("owned_by"),
    )
    yield model
    yield OfferClaim.of(model)
    yield from entry.unknown_keys(MODEL_KEYS)


PARSERS: Parsers = {"models": parse_models}
