"""NVIDIA NIM's model list: which models its hosted trial endpoints serve, without a price."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER = "nvidia"
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim without a price for every entry: the endpoints are a trial, not sold by the token.

    `created` is no date of listing: it is 735790403, a day of 1993, for every model (public copies of 2024 to 2026).
    """
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    yield ModelClaim(
        provider_key=PROVIDER, model_key=model_key, locator=entry.locator, developer=entry.text("owned_by")
    )
    yield OfferClaim(provider_key=PROVIDER, model_key=model_key, locator=entry.locator)
    yield from entry.unknown_keys(MODEL_KEYS)


class NvidiaNimSpider(SourceSpider):
    """Asks for the list."""

    name = "nvidia_nim"
    parsers: ClassVar[Parsers] = {"models": parse_models}
