"""Anthropic model list: ids, limits and capabilities, without prices.

Page: JSON list under /data; needs a key in the header x-api-key. `has_more` and `last_id` name the next page.
Units: limits in tokens.
Traps:
- Capabilities are objects, {"supported": bool}.
- `created_at` is a listing date, no release date: Opus 4.7 has 2026-04-14 (2026-06-09) and was released on 2026-04-16.
"""

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from scrapy.http import Request

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.outcome import PageRequest
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

PROVIDER_KEY = "anthropic"
CAPABILITIES = ("image_input", "pdf_input", "structured_outputs", "thinking", "code_execution")
# Ways of calling a model, no capabilities of it.
IGNORED_CAPABILITIES = ("batch", "citations", "context_management", "effort")
CAPABILITY_KEYS = frozenset({*CAPABILITIES, *IGNORED_CAPABILITIES})
MODEL_KEYS = frozenset(
    {"id", "type", "display_name", "created_at", "max_input_tokens", "max_tokens", "capabilities"}
)


def parse_models(page: Page) -> Iterator[Item | Finding | NextPage]:
    """A ModelClaim and an OfferClaim without prices for every entry, and the next page of the list."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)
    listing = read_object(page)
    last = listing.text("last_id")
    if listing.flag("has_more") and last:
        yield NextPage(url=f"{page.url.partition('?')[0]}?after_id={quote(last)}")


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    stated = entry.section("capabilities")
    capabilities = tuple(
        (name, flag) for name in CAPABILITIES if (flag := stated.section(name).flag("supported")) is not None
    )
    model_key = entry.required_text("id")
    context, output = entry.positive_count("max_input_tokens"), entry.positive_count("max_tokens")
    listed = (entry.text("created_at") or "")[:10]
    yield ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("display_name"),
        developer="anthropic",
        listed=listed or None,
        context_tokens=context,
        max_output_tokens=output,
        capabilities=capabilities,
    )
    yield OfferClaim(
        provider_key=PROVIDER_KEY,
        model_key=model_key,
        locator=entry.locator,
        context_tokens=context,
        max_output_tokens=output,
        capabilities=capabilities,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from stated.unknown_keys(CAPABILITY_KEYS, "capabilities.")


class AnthropicModelsSpider(SourceSpider):
    """Requests the model list, with the key in Anthropic's own header."""

    name = "anthropic_models"
    parsers: ClassVar[Parsers] = {"models": parse_models}

    def build_request(self, page_request: PageRequest) -> Request:
        """The request for a page."""
        return (
            super()
            .build_request(page_request)
            .replace(headers={"x-api-key": self.job.key or "", "anthropic-version": "2023-06-01"})
        )
