"""OpenRouter's model list: one entry per model, over all of its endpoints."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, ServiceTier
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PRICES: Names = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
    "input_cache_write": ("cache_write", "token"),
    "internal_reasoning": ("reasoning", "token"),
    "audio": ("input_audio", "token"),
    "audio_output": ("output_audio", "token"),
    "image": ("input_image", "image"),
    "image_token": ("input_image", "token"),
    "image_output": ("output_image", "image"),
    "request": ("request", "request"),
    "web_search": ("web_search", "search"),
}
# A parameter that is listed is supported by some endpoint; one that is not listed says nothing.
PARAMETERS = {
    "tools": "function_calling",
    "tool_choice": "tool_choice",
    "parallel_tool_calls": "parallel_tool_calls",
    "structured_outputs": "structured_outputs",
    "response_format": "json_mode",
    "reasoning": "reasoning",
    "reasoning_effort": "reasoning_effort",
    "temperature": "temperature",
    "logprobs": "logprobs",
    "seed": "seed",
    "web_search_options": "web_search",
}
PRICING_KEYS = frozenset({*PRICES, "overrides", "discount"})
MODEL_KEYS = frozenset(
    {
        "id", "canonical_slug", "hugging_face_id", "name", "created", "description", "context_length", "architecture",
        "pricing", "top_provider", "per_request_limits", "supported_parameters", "default_parameters",
        "supported_voices", "knowledge_cutoff", "expiration_date", "links", "alias_target", "benchmarks", "reasoning",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim (the route `aggregate`) for every entry."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    is_alias = model_key.startswith("~")
    architecture = entry.inner("architecture") or Entry({}, entry.locator)
    inputs, outputs = architecture.words("input_modalities"), architecture.words("output_modalities")
    capabilities = read_parameters(entry)
    yield ModelClaim(
        provider_key="openrouter",
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("name"),
        developer=model_key.removeprefix("~").partition("/")[0],
        listed=entry.date_of_epoch("created"),
        knowledge_cutoff=entry.text("knowledge_cutoff"),
        context_tokens=entry.known_count("context_length"),
        hugging_face_id=entry.text("hugging_face_id"),
        canonical_slug=entry.text("canonical_slug"),
        alias_target=_read_alias_target(entry),
        input_modalities=inputs,
        output_modalities=outputs,
        capabilities=capabilities,
        status="alias" if is_alias else None,
    )
    provider = entry.inner("top_provider") or Entry({}, entry.locator)
    pricing = entry.inner("pricing") or Entry({}, entry.locator)
    yield OfferClaim(
        provider_key="openrouter",
        model_key=model_key,
        locator=entry.locator,
        route_kind="aggregate",
        service_tier=tier_of(model_key.rpartition(":")[2]),
        context_tokens=provider.known_count("context_length"),
        max_output_tokens=provider.known_count("max_completion_tokens"),
        prices=tuple(read_prices(pricing)),
        is_free=True if model_key.endswith(":free") else None,
        discount=pricing.amount("discount"),
        capabilities=capabilities,
        input_modalities=inputs,
        output_modalities=outputs,
        status="alias" if is_alias else None,
        retire_on=entry.text("expiration_date"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.") if entry.inner("pricing") else ()
    yield from remark_overrides(pricing)


def read_prices(pricing: Entry) -> Iterator[PriceQuote]:
    """Base prices per token, and those of prompts from a stated length on; "-1" (varies) stays as printed."""
    yield from read_quotes(pricing, PRICES, per=1)
    for override in pricing.inner_list("overrides"):
        size = override.count("min_prompt_tokens")
        if size and not override.fields.keys() - {*PRICES, "min_prompt_tokens"}:
            yield from read_quotes(override, PRICES, per=1, min_prompt_tokens=size)


def remark_overrides(pricing: Entry) -> Iterator[Finding]:
    """A remark on each price override that is not by the length of the prompt alone and was left out."""
    for override in pricing.inner_list("overrides"):
        others = sorted(override.fields.keys() - {*PRICES, "min_prompt_tokens"})
        if others or not override.count("min_prompt_tokens"):
            text = (
                f"a price under another condition than the prompt's length ({', '.join(others)}) is left out"
            )
            yield Finding(kind="remark", locator=override.locator, text=text)


def read_parameters(entry: Entry) -> tuple[tuple[str, bool], ...]:
    """The capabilities that the listed parameters show, all true."""
    listed = set(entry.words("supported_parameters") or ())
    return tuple((word, True) for parameter, word in PARAMETERS.items() if parameter in listed)


def tier_of(word: str) -> ServiceTier:
    """The tier of service that the last word of a key or of a tag names."""
    tiers: dict[str, ServiceTier] = {"batch": "batch", "flex": "flex", "priority": "priority"}
    return tiers.get(word, "standard")


def _read_alias_target(entry: Entry) -> str | None:
    """The model that a floating alias stands for tonight, printed as its key or as an object with its slug."""
    if isinstance(entry.fields.get("alias_target"), dict):
        target = entry.inner("alias_target")
        return target.text("slug") if target else None
    return entry.text("alias_target")


class OpenRouterSpider(SourceSpider):
    """Asks for the list of models of every output modality."""

    name = "openrouter"
    parsers: ClassVar[Parsers] = {"models": parse_models}
