"""Friendli serverless model list: limits, prices and functions of every model.

Page: JSON list under /data, without a key.
Units: USD per token, decimal strings or numbers; `unit_type` "SECOND" was printed for models billed by time.
Traps:
- `prompt` and `completion` repeat `input` and `output`.
- `reasoning` and the functions are true or false; `interleaved` has been wrong (2026-08-29) and is not read.
- A retired model stays listed until after its `deprecation_date`.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "friendli"
PRICE_KEYS: PriceKeys = {
    "input": ("input", "token"),
    "output": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
    "input_cache_write": ("cache_write", "token"),
}
PRICING_KEYS = frozenset({*PRICE_KEYS, "prompt", "completion", "unit_type"})
CAPABILITY_FLAGS = {
    "tool_call": "function_calling",
    "parallel_tool_call": "parallel_tool_calls",
    "structured_output": "structured_outputs",
    "tool_choice": "tool_choice",
}
FUNCTION_KEYS = frozenset({*CAPABILITY_FLAGS, "system_messages"})
MODEL_KEYS = frozenset(
    {
        "id", "hugging_face_id", "name", "created", "context_length", "max_completion_tokens", "functionality",
        "pricing", "description", "hugging_face_url", "license", "policy", "deprecation_date", "reasoning",
        "reasoning_options", "interleaved", "input_modalities", "output_modalities", "base_model", "mode", "object",
        "owned_by",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    pricing, functions = entry.section("pricing"), entry.section("functionality")
    if pricing.text("unit_type") not in (None, "TOKEN", "SECOND"):
        raise EntryError(f"{pricing.locator}/unit_type: {pricing.text('unit_type')!r} is no known unit")
    is_by_token = pricing.text("unit_type") != "SECOND"
    retires = entry.text("deprecation_date")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("name"),
        license=entry.text("license"),
        hugging_face_id=entry.text("hugging_face_id"),
        listed=entry.epoch_date("created"),
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
        capabilities=(*entry.flags({"reasoning": "reasoning"}), *functions.flags(CAPABILITY_FLAGS)),
    )
    yield model
    yield replace(
        OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=1) if is_by_token else ()),
        context_tokens=entry.positive_count("context_length"),
        max_output_tokens=entry.positive_count("max_completion_tokens"),
        retire_on=retires[:10] if retires else None,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from functions.unknown_keys(FUNCTION_KEYS, "functionality.")
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")


PARSERS: Parsers = {"models": parse_models}
