"""Anthropic model list: ids, limits and capabilities, without prices.

Page: JSON list under /data; needs a key in the header x-api-key. `has_more` and `last_id` name the next page.
Units: limits in tokens.
Traps:
- Capabilities are objects, {"supported": bool}.
- `created_at` is a listing date, no release date: Opus 4.7 has 2026-04-14 (2026-06-09) and was released on 2026-04-16.
"""

from collections.abc import Iterator
from urllib.parse import quote

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

PROVIDER_KEY = "anthropic"
CAPABILITIES = ("image_input", "pdf_input", "structured_outputs", "thinking", "code_execution")
# Ways of calling a model, no capabilities of it.
IGNORED_CAPABILITIES = ("batch", "citations", "context_management", "effort")
CAPABILITY_KEYS = frozenset({*CAPABILITIES, *IGNORED_CAPABILITIES})
MODEL_KEYS = frozenset({"id", "type", "display_name", "created_at", "max_input_tokens", "max_tokens", "capabilities"})


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
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("display_name"),
        developer="anthropic",
        listed=(entry.text("created_at") or "")[:10] or None,
        context_tokens=entry.positive_count("max_input_tokens"),
        max_input_tokens=entry.positive_count("max_input_tokens"),
        max_output_tokens=entry.positive_count("max_tokens"),
        capabilities=capabilities,
    )
    yield model
    yield OfferClaim.of(model)
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from stated.unknown_keys(CAPABILITY_KEYS, "capabilities.")


PARSERS: Parsers = {"models": parse_models}
