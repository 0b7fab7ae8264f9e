"""Requesty model list: one entry per route, a provider's key behind the name of the provider, with prices and limits.

Page: JSON list under /data, without a key.
Units: USD per single token, JSON numbers.
Traps:
- The first part of a key names the operator: "deepinfra/meta-llama/Llama-3.3-70B-Instruct".
- The end of a key names the service tier: "openai/o3:flex".
- Without caching, `cached_price` and `caching_price` repeat the input price.
- Flags are false where nothing was entered: DeepSeek-R1 "does not reason" (2025-07-25). Only true states something.
- An output limit of 0 is none. `owned_by` is "system".
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.catalogues.openrouter import parse_tier
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "requesty"
PRICE_KEYS: PriceKeys = {"input_price": ("input", "token"), "output_price": ("output", "token")}
CACHE_KEYS: PriceKeys = {"cached_price": ("cache_read", "token"), "caching_price": ("cache_write", "token")}
CAPABILITIES = {
    "supports_caching": "prompt_caching",
    "supports_reasoning": "reasoning",
    "supports_vision": "vision",
    "supports_computer_use": "computer_use",
    "supports_tool_calling": "function_calling",
}
MODEL_KEYS = frozenset(
    {
        *PRICE_KEYS, *CACHE_KEYS, *CAPABILITIES, "id", "object", "created", "owned_by", "description",
        "context_window", "max_output_tokens",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every route."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    key = entry.required_text("id")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=key,
        locator=entry.locator,
        listed=entry.epoch_date("created"),
        capabilities=tuple((name, flag) for name, flag in entry.flags(CAPABILITIES) if flag),
    )
    yield model
    prices = {**PRICE_KEYS, **(CACHE_KEYS if entry.flag("supports_caching") else {})}
    yield replace(
        OfferClaim.of(model, read_quotes(entry, prices, per=1)),
        operator_key=key.partition("/")[0] if "/" in key else None,
        route_kind="via_aggregator",
        service_tier=parse_tier(key.rpartition(":")[2]),
        context_tokens=entry.positive_count("context_window"),
        max_output_tokens=entry.positive_count("max_output_tokens"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)


PARSERS: Parsers = {"models": parse_models}
