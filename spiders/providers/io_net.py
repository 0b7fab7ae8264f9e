"""IO Intelligence (io.net) model list: limits and prices.

Page: JSON list under /data, without a key.
Units: USD per token, JSON numbers.
Traps:
- A price of cached tokens of 0 is a blank, not a free cache.
- Models that are sold by the request have no price of tokens.
- The capabilities are flags of which a false one may be a blank; only true states something.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "io-net"
PRICE_KEYS: PriceKeys = {"input_token_price": ("input", "token"), "output_token_price": ("output", "token")}
CACHE_KEYS: PriceKeys = {
    "cache_read_token_price": ("cache_read", "token"),
    "cache_write_token_price": ("cache_write", "token"),
}
CAPABILITY_FLAGS = {"supports_reasoning": "reasoning", "supports_tools": "function_calling"}


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item]:
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("name"),
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
        capabilities=tuple((name, flag) for name, flag in entry.flags(CAPABILITY_FLAGS) if flag),
    )
    yield model
    cached = (quote for quote in read_quotes(entry, CACHE_KEYS, per=1) if Decimal(quote.amount) > 0)
    yield replace(
        OfferClaim.of(model, (*read_quotes(entry, PRICE_KEYS, per=1), *cached)),
        context_tokens=entry.positive_count("context_window"),
        max_output_tokens=entry.positive_count("max_tokens"),
    )


PARSERS: Parsers = {"models": parse_models}
