"""OVHcloud AI Endpoints catalogue, in the shape that OpenRouter asks of its providers.

Page: JSON list under /data, without a key.
Units: USD per single token, decimal strings.
Traps:
- `image` and `request` are "0" for models of text; no price of either is known.
- A feature that is not listed states nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "ovhcloud"
PRICE_KEYS: PriceKeys = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "input_cache_reads": ("cache_read", "token"),
    "input_cache_writes": ("cache_write", "token"),
}
# A cache of "0" is none: no offer is known that reads one for nothing.
CACHE_KEYS = ("input_cache_reads", "input_cache_writes")
PRICING_KEYS = frozenset({*PRICE_KEYS, "image", "request"})
CAPABILITY_LABELS = {
    "tools": "function_calling",
    "json_mode": "json_mode",
    "structured_outputs": "structured_outputs",
    "logprobs": "logprobs",
    "reasoning": "reasoning",
}
MODEL_KEYS = frozenset(
    {
        "id", "name", "created", "description", "hugging_face_id", "context_length", "max_output_length",
        "input_modalities", "output_modalities", "pricing", "supported_features", "supported_sampling_parameters",
        "quantization", "datacenters", "openrouter", "object", "owned_by",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    pricing = entry.section("pricing")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("name"),
        listed=entry.epoch_date("created"),
        hugging_face_id=entry.text("hugging_face_id"),
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
        capabilities=entry.labels("supported_features", CAPABILITY_LABELS),
    )
    yield model
    quotes = read_quotes(pricing, PRICE_KEYS, per=1)
    cached = {PRICE_KEYS[key][0] for key in CACHE_KEYS}
    yield replace(
        OfferClaim.of(model, (quote for quote in quotes if quote.use not in cached or Decimal(quote.amount) > 0)),
        quantization=entry.text("quantization"),
        context_tokens=entry.positive_count("context_length"),
        max_output_tokens=entry.positive_count("max_output_length"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")


PARSERS: Parsers = {"models": parse_models}
