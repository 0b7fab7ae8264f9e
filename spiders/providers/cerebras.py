"""Cerebras public model list: prices per token, capabilities and limits.

Page: JSON list under /data, without a key.
Units: USD per token, decimal strings.
Traps:
- `tools` and `response_format` repeat other capabilities; `streaming` is how the API answers, not what a model can do.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "cerebras"
PRICE_KEYS: PriceKeys = {"prompt": ("input", "token"), "completion": ("output", "token")}
CAPABILITY_FLAGS = {
    "function_calling": "function_calling",
    "structured_outputs": "structured_outputs",
    "vision": "vision",
    "json_mode": "json_mode",
    "parallel_tool_calls": "parallel_tool_calls",
    "tool_choice": "tool_choice",
    "reasoning": "reasoning",
}
CAPABILITY_KEYS = frozenset({*CAPABILITY_FLAGS, "tools", "response_format", "streaming"})
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "owned_by", "name", "description", "hugging_face_id", "pricing", "capabilities",
        "supported_parameters", "architecture", "limits", "deprecated", "preview", "quantization",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    stated, limits, pricing = entry.section("capabilities"), entry.section("limits"), entry.section("pricing")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("name"),
        developer=entry.text("owned_by"),
        hugging_face_id=entry.text("hugging_face_id"),
        capabilities=stated.flags(CAPABILITY_FLAGS),
        status="deprecated" if entry.flag("deprecated") else "preview" if entry.flag("preview") else None,
    )
    yield model
    yield replace(
        OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=1)),
        quantization=entry.text("quantization"),
        context_tokens=limits.positive_count("max_context_length"),
        max_output_tokens=limits.positive_count("max_completion_tokens"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from stated.unknown_keys(CAPABILITY_KEYS, "capabilities.")
    yield from pricing.unknown_keys(frozenset(PRICE_KEYS), "pricing.")


PARSERS: Parsers = {"models": parse_models}
