"""Anthropic's model list: ids, limits and capabilities as {supported: bool}."""

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from scrapy.http import Request

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.outcome import Ask
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

CAPABILITIES = ("image_input", "pdf_input", "structured_outputs", "thinking", "code_execution")
# Ways of calling a model, not what it can do.
OTHER_CAPABILITIES = ("batch", "citations", "context_management", "effort")
MODEL_KEYS = frozenset(
    {"id", "type", "display_name", "created_at", "max_input_tokens", "max_tokens", "capabilities"}
)


def parse_models(page: Page) -> Iterator[Item | Finding | NextPage]:
    """A ModelClaim and an OfferClaim without prices for every entry, and the page on which the list goes on."""
    yield from read_entries(page, read_list(page, "data"), _read_model)
    listing = read_object(page)
    last = listing.text("last_id")
    if listing.flag("has_more") and last:
        yield NextPage(url=f"{page.url.partition('?')[0]}?after_id={quote(last)}")


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    stated = entry.inner("capabilities") or Entry({}, entry.locator)
    flags = tuple(
        (word, flag)
        for word in CAPABILITIES
        if (inner := stated.inner(word)) is not None and (flag := inner.flag("supported")) is not None
    )
    model_key = entry.key_text("id")
    context, output = entry.known_count("max_input_tokens"), entry.known_count("max_tokens")
    # No release date: Opus 4.7 says 2026-04-14 (2026-06-09) and was released on 2026-04-16.
    listed = (entry.text("created_at") or "")[:10]
    yield ModelClaim(
        provider_key="anthropic",
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("display_name"),
        developer="anthropic",
        listed=listed or None,
        context_tokens=context,
        max_output_tokens=output,
        capabilities=flags,
    )
    yield OfferClaim(
        provider_key="anthropic",
        model_key=model_key,
        locator=entry.locator,
        context_tokens=context,
        max_output_tokens=output,
        capabilities=flags,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from stated.unknown_keys(frozenset({*CAPABILITIES, *OTHER_CAPABILITIES}), "capabilities.")


class AnthropicModelsSpider(SourceSpider):
    """Asks for the list, with the key in Anthropic's own header."""

    name = "anthropic_models"
    parsers: ClassVar[Parsers] = {"models": parse_models}

    def request(self, ask: Ask) -> Request:
        """The request for a page."""
        return (
            super()
            .request(ask)
            .replace(headers={"x-api-key": self.job.key or "", "anthropic-version": "2023-06-01"})
        )
