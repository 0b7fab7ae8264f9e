"""SambaNova model list: its models with limits and prices.

Page: JSON list under /data, without a key.
Units: USD per token, decimal strings.
Traps:
- `owned_by` is an address of mail, not the developer.
- `sn_metadata` is empty.
- A cache write of 0 is printed beside a price of cache reads: writing costs no more than the prompt (2026-10-08). It is
  not read.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "sambanova"
PRICE_KEYS: PriceKeys = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
}
PRICING_KEYS = frozenset({*PRICE_KEYS, "input_cache_write"})
MODEL_KEYS = frozenset(
    {"id", "object", "owned_by", "created", "context_length", "max_completion_tokens", "pricing", "sn_metadata"}
)


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    pricing = entry.section("pricing")
    model = ModelClaim(provider_key=PROVIDER_KEY, model_key=entry.required_text("id"), locator=entry.locator)
    yield model
    yield replace(
        OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=1)),
        context_tokens=entry.positive_count("context_length"),
        max_output_tokens=entry.positive_count("max_completion_tokens"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")


PARSERS: Parsers = {"models": parse_models}
