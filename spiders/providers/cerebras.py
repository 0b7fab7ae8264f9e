"""Cerebras' public model list: prices per token, capabilities and limits."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PRICES: Names = {"prompt": ("input", "token"), "completion": ("output", "token")}
CAPABILITIES = {
    "function_calling": "function_calling",
    "structured_outputs": "structured_outputs",
    "vision": "vision",
    "json_mode": "json_mode",
    "parallel_tool_calls": "parallel_tool_calls",
    "tool_choice": "tool_choice",
    "reasoning": "reasoning",
}
# `tools` and `response_format` repeat others, `streaming` is how it answers.
CAPABILITY_KEYS = frozenset({*CAPABILITIES, "tools", "response_format", "streaming"})
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "owned_by", "name", "description", "hugging_face_id", "pricing", "capabilities",
        "supported_parameters", "architecture", "limits", "deprecated", "preview", "quantization",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    stated = entry.inner("capabilities") or Entry({}, entry.locator)
    limits = entry.inner("limits") or Entry({}, entry.locator)
    pricing = entry.inner("pricing") or Entry({}, entry.locator)
    flags = tuple(
        (word, flag) for key, word in CAPABILITIES.items() if (flag := stated.flag(key)) is not None
    )
    status = "deprecated" if entry.flag("deprecated") else "preview" if entry.flag("preview") else None
    yield ModelClaim(
        provider_key="cerebras",
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("name"),
        developer=entry.text("owned_by"),
        hugging_face_id=entry.text("hugging_face_id"),
        capabilities=flags,
        status=status,
    )
    yield OfferClaim(
        provider_key="cerebras",
        model_key=model_key,
        locator=entry.locator,
        quantization=entry.text("quantization"),
        context_tokens=limits.known_count("max_context_length"),
        max_output_tokens=limits.known_count("max_completion_tokens"),
        prices=tuple(read_quotes(pricing, PRICES, per=1)),
        capabilities=flags,
        status=status,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from stated.unknown_keys(CAPABILITY_KEYS, "capabilities.") if entry.inner("capabilities") else ()
    yield from pricing.unknown_keys(frozenset(PRICES), "pricing.") if entry.inner("pricing") else ()


class CerebrasSpider(SourceSpider):
    """Asks for the list."""

    name = "cerebras"
    parsers: ClassVar[Parsers] = {"models": parse_models}
