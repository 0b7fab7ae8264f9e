"""Requesty model list: one entry per route, a provider's key behind the name of the provider, with prices and limits.

Page: JSON list under /data, without a key.
Units: USD per single token, JSON numbers.
Traps:
- The first part of a key names the operator: "deepinfra/meta-llama/Llama-3.3-70B-Instruct".
- The end of a key names the service tier: "openai/o3:flex".
- Without caching, `cached_price` and `caching_price` repeat the input price.
- Flags are false where nothing was entered: DeepSeek-R1 "does not reason" (2025-07-25). Only true states something.
- An output limit of 0 is none. `owned_by` is "system"; `open_weights` is false where nothing was entered.
- Since 2026 `pricing` repeats the prices for each prompt length from which they apply, 0 included, and some keys end
  with a region: "bedrock/claude-haiku-5-5@eu-central-1" (2026-10-09).
- Whether `discount_percentage` is taken off the printed prices is not stated. It is not read, nor are cache writes for
  an hour, which have no price use.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.catalogues.openrouter import parse_tier
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, read_entries, read_list, read_quotes
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
    "supports_web_search": "web_search",
    "supports_output_json_object": "json_mode",
    "supports_output_json_schema": "structured_outputs",
}
IGNORED_PRICES = frozenset({"caching_5m_price", "caching_1h_price"})
BAND_KEYS = frozenset({*PRICE_KEYS, *CACHE_KEYS, *IGNORED_PRICES, "prompt_tokens_threshold"})
MODEL_KEYS = frozenset(
    {
        *PRICE_KEYS, *CACHE_KEYS, *CAPABILITIES, "id", "object", "created", "owned_by", "description",
        "context_window", "max_output_tokens", "api", "updated", "pricing", "discount_percentage", "geolocation",
        "data_retention", "data_retention_days", "data_used_for_training", "privacy_comments", "hugging_face_id",
        "open_weights", "model_lab", "model_canonical_name", "supports_image_generation", "supports_role_developer",
        "supports_system_mid_conversation",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every route."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    key = entry.required_text("id")
    region = key.partition("@")[2] or None
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=key,
        locator=entry.locator,
        developer=entry.text("model_lab"),
        listed=entry.epoch_date("created"),
        open_weights=entry.flag("open_weights") or None,
        hugging_face_id=entry.text("hugging_face_id"),
        capabilities=tuple((name, flag) for name, flag in entry.flags(CAPABILITIES) if flag),
    )
    yield model
    yield replace(
        OfferClaim.of(model, _parse_prices(entry)),
        operator_key=key.partition("/")[0] if "/" in key else None,
        route_kind="via_aggregator",
        service_tier=parse_tier(key.rpartition(":")[2]),
        region=region,
        context_tokens=entry.positive_count("context_window"),
        max_output_tokens=entry.positive_count("max_output_tokens"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    for band in entry.inner_list("pricing"):
        yield from band.unknown_keys(BAND_KEYS, "pricing.")


def _parse_prices(entry: Entry) -> Iterator[PriceQuote]:
    """Base prices, and those that apply from a printed prompt length."""
    keys = {**PRICE_KEYS, **(CACHE_KEYS if entry.flag("supports_caching") else {})}
    yield from read_quotes(entry, keys, per=1)
    for band in entry.inner_list("pricing"):
        size = band.count("prompt_tokens_threshold")
        if size is None:
            raise EntryError(f"{band.locator}: a price by length without its threshold")
        if size > 0:
            yield from read_quotes(band, keys, per=1, min_prompt_tokens=size)


PARSERS: Parsers = {"models": parse_models}
