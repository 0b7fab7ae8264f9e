"""LiteLLM price map: one entry per model key of each provider.

Page: JSON object, an entry by model key; `litellm_provider` names the provider. `sample_spec` describes the format.
Units: USD per single token, character, second, image, ..., by the price's name.
Traps:
- Service tier and prompt length are parts of the price's name ("..._above_200k_tokens_batches").
- A use may be printed in several units; the price by the token comes first.
- Prices by ranges of prompt tokens are in `tiered_pricing`; search services print ranges of results there instead
  (`max_results_range`), and their price is left out.
- A web search has a price per context size; the medium one is read, which providers use by default.
- An absent `supports_...` flag states nothing.
- `supported_modalities` is no exhaustive list: gemini-2.5-pro-preview-tts lists text alone and supports vision
  (2026-05-18). `max_tokens` is documented as either of the two limits. Neither is read.
- `max_input_tokens` is the context of most models and less than it where output is counted apart: 272,000 for the
  GPT-5 models, whose context is 400,000 (2026-05-18). As a context it is derived: any stated one comes first.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, pointer, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

# Tokens first: where a use is printed in several units, its first quote is its price.
PRICE_KEYS: Mapping[str, tuple[PriceUse, str]] = {
    "input_cost_per_token": ("input", "token"),
    "output_cost_per_token": ("output", "token"),
    "cache_read_input_token_cost": ("cache_read", "token"),
    "input_cost_per_token_cache_hit": ("cache_read", "token"),
    "cache_creation_input_token_cost": ("cache_write", "token"),
    "output_cost_per_reasoning_token": ("reasoning", "token"),
    "input_cost_per_audio_token": ("input_audio", "token"),
    "output_cost_per_audio_token": ("output_audio", "token"),
    "input_cost_per_image_token": ("input_image", "token"),
    "output_cost_per_image_token": ("output_image", "token"),
    "input_cost_per_character": ("input", "character"),
    "output_cost_per_character": ("output", "character"),
    "input_cost_per_second": ("input", "second"),
    "output_cost_per_second": ("output", "second"),
    "input_cost_per_pixel": ("input_image", "pixel"),
    "output_cost_per_pixel": ("output_image", "pixel"),
    "input_cost_per_image": ("input_image", "image"),
    "output_cost_per_image": ("output_image", "image"),
    "input_cost_per_audio_per_second": ("input_audio", "second"),
    "input_cost_per_video_per_second": ("input", "second of video"),
    "output_cost_per_video_per_second": ("output", "second of video"),
    "input_cost_per_query": ("request", "query"),
    "input_cost_per_request": ("request", "request"),
    "ocr_cost_per_page": ("input", "page"),
}
PRICE_KEY_PATTERN = re.compile(
    rf"({'|'.join(sorted(PRICE_KEYS, key=len, reverse=True))})"
    r"(?:_above_([0-9]{1,6})k_tokens)?(?:_(batches|batch_requests|flex|priority))?"
)
MAX_ALIASES = 4
"""Longest chain of entries that name each other."""
SERVICE_TIERS: Mapping[str | None, ServiceTier] = {
    None: "standard",
    "batches": "batch",
    "batch_requests": "batch",
    "flex": "flex",
    "priority": "priority",
}
RENAMED_CAPABILITIES = {"parallel_function_calling": "parallel_tool_calls", "response_schema": "structured_outputs"}
"""Capabilities with another name in other catalogues; the others keep their name after `supports_`."""

# Known and ignored: legacy and rate limits, citations, units of account, prices with other conditions; or read by name.
OTHER_KEYS = frozenset(
    {
        "alias_of", "annotation_cost_per_page", "audio_transcription_config", "bedrock_output_config_effort_ceiling",
        "cache_creation_input_audio_token_cost", "cache_creation_input_token_cost_above_1hr",
        "cache_creation_input_token_cost_above_1hr_above_200k_tokens", "cache_read_input_audio_token_cost",
        "cache_read_input_image_token_cost", "cache_read_input_token_cost_per_audio_token",
        "citation_cost_per_token", "code_interpreter_cost_per_session", "comment", "deprecation_date",
        "input_cost_per_video_per_second_above_15s_interval", "input_cost_per_video_per_second_above_8s_interval",
        "input_dbu_cost_per_token", "litellm_provider", "max_audio_length_hours", "max_audio_per_prompt",
        "max_document_chunks_per_query", "max_images_per_prompt", "max_input_tokens", "max_output_tokens",
        "max_pdf_size_mb", "max_query_tokens", "max_tokens", "max_tokens_per_document_chunk", "max_video_length",
        "max_videos_per_prompt", "metadata", "mode", "ocr_cost_per_credit",
        "output_cost_per_image_above_1024_and_1024_pixels",
        "output_cost_per_image_above_1024_and_1024_pixels_and_premium_image",
        "output_cost_per_image_above_512_and_512_pixels",
        "output_cost_per_image_above_512_and_512_pixels_and_premium_image", "output_cost_per_image_premium_image",
        "output_cost_per_second_1080p", "output_dbu_cost_per_token", "output_vector_size",
        "provider_specific_entry", "regional_processing_uplift_multiplier_eu",
        "regional_processing_uplift_multiplier_us", "rpm", "search_context_cost_per_query", "source",
        "supported_endpoints", "supported_modalities", "supported_output_modalities", "supported_regions",
        "supported_resolutions", "tiered_pricing", "tool_use_system_prompt_tokens", "tpm",
        "use_openai_responses_path", "uses_embed_content", "web_search_billing_unit",
    }
)  # fmt: skip


def parse_prices(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every key, and an offer for each other service tier that it prices."""
    entries = read_object(page).fields
    listed = ((pointer(key), _resolve_alias(entries, value)) for key, value in entries.items() if key != "sample_spec")
    yield from read_entries(page, listed, _parse_model)


def _resolve_alias(entries: Mapping[str, Any], value: Any) -> Any:
    """An entry with the facts of the one that its `alias_of` names, under its own."""
    for _ in range(MAX_ALIASES):
        target = value.get("alias_of") if isinstance(value, dict) else None
        known = entries.get(target) if isinstance(target, str) else None
        if not isinstance(known, dict):
            break
        own = {key: each for key, each in value.items() if key != "alias_of"}
        value = {**known, **own}
    return value


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    flags = {
        key.removeprefix("supports_"): entry.flag(key) for key in sorted(entry.fields) if key.startswith("supports_")
    }
    capabilities = {RENAMED_CAPABILITIES.get(name, name): flag for name, flag in flags.items() if flag is not None}
    model = ModelClaim(
        provider_key=entry.required_text("litellm_provider"),
        model_key=entry.locator[1:].replace("~1", "/").replace("~0", "~"),
        locator=entry.locator,
        task=entry.text("mode"),
        context_tokens=entry.positive_count("max_input_tokens"),
        max_input_tokens=entry.positive_count("max_input_tokens"),
        max_output_tokens=entry.positive_count("max_output_tokens"),
        capabilities=tuple(capabilities.items()),
        deprecated_on=entry.text("deprecation_date"),
    )
    yield model
    prices = _parse_prices(entry)
    for tier in dict.fromkeys(("standard", *prices)):
        yield replace(OfferClaim.of(model, prices.get(tier, ())), service_tier=tier)
    for key in sorted(entry.fields):
        if key not in OTHER_KEYS and not key.startswith("supports_") and not PRICE_KEY_PATTERN.fullmatch(key):
            yield Finding(kind="unknown_key", locator=entry.locator + pointer(key), text=key)


def _parse_prices(entry: Entry) -> dict[ServiceTier, list[PriceQuote]]:
    """Quotes by service tier, base prices before those of longer prompts; no two for one use, unit and length."""
    found: dict[tuple[ServiceTier, int, PriceUse, str], str] = {}
    names = list(PRICE_KEYS)
    matches = [match for key in entry.fields if (match := PRICE_KEY_PATTERN.fullmatch(key))]
    for match in sorted(matches, key=lambda m: (int(m[2] or 0), names.index(m[1]), m[0])):
        amount = entry.amount(match[0])
        if amount is not None:
            tier = SERVICE_TIERS[match[3]]
            found.setdefault((tier, int(match[2] or 0) * 1_000, *PRICE_KEYS[match[1]]), amount)
    for size, use, amount in _parse_tiered_pricing(entry):
        found.setdefault(("standard", size, use, "token"), amount)
    search = entry.section("search_context_cost_per_query").amount("search_context_size_medium")
    if search is not None:
        found["standard", 0, "web_search", "search"] = search
    quotes: dict[ServiceTier, list[PriceQuote]] = {}
    for (tier, size, use, unit), amount in found.items():
        quote = PriceQuote(use=use, amount=amount, currency="USD", per=1, unit=unit, min_prompt_tokens=size)
        quotes.setdefault(tier, []).append(quote)
    return quotes


def _parse_tiered_pricing(entry: Entry) -> Iterator[tuple[int, PriceUse, str]]:
    """Prompt length, use and amount of prices by ranges of prompt tokens."""
    for tier in entry.inner_list("tiered_pricing"):
        if "max_results_range" in tier.fields:
            continue
        bounds = tier.fields.get("range")
        first = bounds[0] if isinstance(bounds, list) and bounds else None
        start = Entry({"from": first}, tier.locator).count("from")
        if start is None:
            raise EntryError(f"{tier.locator}: a price tier without a range")
        for name, (use, unit) in PRICE_KEYS.items():
            amount = tier.amount(name)
            if amount is not None and unit == "token":
                yield start, use, amount


PARSERS: Parsers = {"prices": parse_prices}
