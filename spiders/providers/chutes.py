"""Chutes model list: prices in USD, and the same prices in TAO at the day's rate.

Page: JSON list under /data.
Units: `pricing` in USD per 1M tokens; `price` repeats them in USD and in TAO and is not read.
Traps:
- `owned_by` is the inference engine ("sglang", "vllm"), not the developer.
- Until the summer of 2025 an entry had `price` alone, one number for input and output, which is not read: OpenRouter
  listed other prices for both ends (0.27 against 0.18 and 0.72 of deepseek-v3-0324, 2025-08-10).
- `created` is the moment of the answer, not of a release: 1753434507 in every entry of 2025-07-25.
- `root` names the weights that the engine loaded, Qwen/Qwen3-32B-FP8 for Qwen/Qwen3-32B-TEE (2026-07-26); it may be a
  local path.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "chutes"
PER_MILLION = 1_000_000
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
PRICE_KEYS: PriceKeys = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
}
CAPABILITY_LABELS = {
    "tools": "function_calling",
    "structured_outputs": "structured_outputs",
    "json_mode": "json_mode",
    "reasoning": "reasoning",
}
MODEL_KEYS = frozenset(
    {
        "id", "root", "price", "object", "parent", "created", "pricing", "chute_id", "owned_by", "quantization",
        "max_model_len", "context_length", "input_modalities", "max_output_length", "output_modalities",
        "supported_features", "confidential_compute", "supported_sampling_parameters", "permission",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    pricing, root = entry.section("pricing"), entry.text("root")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        hugging_face_id=root if root and REPOSITORY.fullmatch(root) else None,
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
        capabilities=entry.labels("supported_features", CAPABILITY_LABELS),
    )
    yield model
    yield replace(
        OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=PER_MILLION)),
        quantization=entry.text("quantization"),
        context_tokens=entry.positive_count("context_length"),
        max_output_tokens=entry.positive_count("max_output_length"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(frozenset(PRICE_KEYS), "pricing.")


PARSERS: Parsers = {"models": parse_models}
