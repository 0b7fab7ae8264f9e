"""Chutes' model list: prices in USD per million tokens, beside the same in TAO at the day's rate."""

import re
from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PROVIDER = "chutes"
PER_MILLION = 1_000_000
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
PRICES: Names = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
}
FEATURES = {
    "tools": "function_calling",
    "structured_outputs": "structured_outputs",
    "json_mode": "json_mode",
    "reasoning": "reasoning",
}
# `price` holds the prices again, in USD and in TAO. `owned_by` is the engine that serves ("sglang", "vllm").
MODEL_KEYS = frozenset(
    {
        "id", "root", "price", "object", "parent", "created", "pricing", "chute_id", "owned_by", "quantization",
        "max_model_len", "context_length", "input_modalities", "max_output_length", "output_modalities",
        "supported_features", "confidential_compute", "supported_sampling_parameters", "permission",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    pricing = entry.inner("pricing") or Entry({}, entry.locator)
    features = entry.words("supported_features") or ()
    capabilities = tuple((word, True) for feature, word in FEATURES.items() if feature in features)
    inputs, outputs = entry.words("input_modalities"), entry.words("output_modalities")
    root = entry.text("root")
    yield ModelClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        listed=entry.date_of_epoch("created"),
        # The weights that the engine loaded: Qwen/Qwen3-32B-FP8 for Qwen/Qwen3-32B-TEE (2026-07-26).
        hugging_face_id=root if root and REPOSITORY.fullmatch(root) else None,
        input_modalities=inputs,
        output_modalities=outputs,
        capabilities=capabilities,
    )
    yield OfferClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        quantization=entry.text("quantization"),
        context_tokens=entry.known_count("context_length"),
        max_output_tokens=entry.known_count("max_output_length"),
        prices=tuple(read_quotes(pricing, PRICES, per=PER_MILLION)),
        capabilities=capabilities,
        input_modalities=inputs,
        output_modalities=outputs,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(frozenset(PRICES), "pricing.") if entry.inner("pricing") else ()


class ChutesSpider(SourceSpider):
    """Asks for the list."""

    name = "chutes"
    parsers: ClassVar[Parsers] = {"models": parse_models}
