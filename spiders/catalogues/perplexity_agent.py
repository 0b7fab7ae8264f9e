"""Perplexity's list of the models of its agent interface: other developers' models, with prices.

Page: JSON list under /data; needs a key.
Units: stated with each price ("usd_per_1m_tokens"), which the parser requires.
Traps:
- `created` is 0. Keys begin with the developer, or with "perplexity" for open weights that it serves itself.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "perplexity-agent"
UNIT, PER_MILLION = "usd_per_1m_tokens", 1_000_000
PRICE_KEYS: PriceKeys = {
    "input": ("input", "token"),
    "output": ("output", "token"),
    "cache_read": ("cache_read", "token"),
    "cache_write": ("cache_write", "token"),
}
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "pricing"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    pricing = entry.section("pricing")
    if pricing.fields and pricing.text("unit") != UNIT:
        raise EntryError(f"{pricing.locator}/unit: {pricing.text('unit')!r} is no known unit")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        developer=entry.text("owned_by"),
    )
    yield model
    yield replace(OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=PER_MILLION)), route_kind="via_aggregator")
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(frozenset({*PRICE_KEYS, "unit"}), "pricing.")


PARSERS: Parsers = {"models": parse_models}
