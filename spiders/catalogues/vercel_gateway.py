"""Vercel AI Gateway model list: one entry per model over all its providers, priced by length, tier and region.

Page: JSON list under /data.
Units: USD per single token, image, character or second, decimal strings.
Traps:
- `created` is no listing date: it is 1755815280, a day of 2025, for every model, later ones too (2026-11-22).
- `web_search` is documented as the price of a request and printed as "10", the developers' price of a thousand. It is
  left out, as are peak prices, tables by size or duration and prices of a realtime session: they have no price use.
- The first step of a price by prompt length repeats the base price.
- `zdr` and `no_training` say for how many of a model's providers the gateway has an agreement: "all", "some" or "none".
  A provider without one is treated as if it retained prompts and trained on them; that states neither.
- Prices of long prompts of a service tier are in its `long_context`. The tier `fast` is also printed at the top.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "vercel"
PRICE_KEYS: PriceKeys = {
    "input": ("input", "token"),
    "output": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
    "input_cache_write": ("cache_write", "token"),
    "audio_input_token_cost": ("input_audio", "token"),
    "audio_output_token_cost": ("output_audio", "token"),
    "image": ("output_image", "image"),
    "speech_input_character_cost": ("input", "character"),
    "transcription_duration_cost_per_second": ("input_audio", "second"),
}
STEP_PRICE_KEYS: PriceKeys = {
    f"{name}_tiers": PRICE_KEYS[name] for name in ("input", "output", "input_cache_read", "input_cache_write")
}
SERVICE_TIERS: Mapping[str, ServiceTier] = {"flex": "flex", "priority": "priority", "batch": "batch", "fast": "fast"}
CAPABILITY_LABELS = {
    "tool-use": "function_calling",
    "implicit-caching": "prompt_caching",
    "explicit-caching": "prompt_caching",
    "reasoning": "reasoning",
    "structured-output": "structured_outputs",
    "vision": "vision",
    "web-search": "web_search",
}
PARAMETER_LABELS = {
    "tools": "function_calling",
    "tool_choice": "tool_choice",
    "structured_outputs": "structured_outputs",
    "response_format": "json_mode",
    "reasoning": "reasoning",
    "include_reasoning": "reasoning",
}
ZERO_RETENTION = {"all": True, "none": False}
"""By the printed share of a model's providers; "some" depends on the provider that answers."""
IGNORED_PRICES = frozenset(
    {
        "web_search", "maps_search", "peak_pricing", "image_dimension_quality_pricing", "video_duration_pricing",
        "video_token_pricing", "realtime_client_message_cost", "realtime_session_duration_cost_per_second",
        "varies_by_provider",
    }
)  # fmt: skip
PRICING_KEYS = frozenset({*PRICE_KEYS, *STEP_PRICE_KEYS, *IGNORED_PRICES, "service_tiers", "fast", "regional"})
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "released", "owned_by", "name", "description", "context_window", "max_tokens",
        "type", "tags", "pricing", "modalities", "supported_parameters", "supported_specifications",
        "deprecated_at", "interleaved", "knowledge", "reasoning_options", "regions", "temperature",
        "video_capabilities", "zdr", "no_training",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every entry, and an OfferClaim of the kind `aggregate` for each tier and region it prices."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    modalities, pricing = entry.section("modalities"), entry.section("pricing")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("name"),
        developer=entry.text("owned_by"),
        task=entry.text("type"),
        released=entry.epoch_date("released"),
        knowledge_cutoff=entry.text("knowledge"),
        context_tokens=entry.positive_count("context_window"),
        max_output_tokens=entry.positive_count("max_tokens"),
        input_modalities=modalities.text_list("input"),
        output_modalities=modalities.text_list("output"),
        capabilities=_list_capabilities(entry),
    )
    yield model
    retention, training = entry.text("zdr"), entry.text("no_training")
    for tier, region, prices in _list_offers(pricing):
        yield replace(
            OfferClaim.of(model, prices),
            trains_on_prompts=False if training == "all" else None,
            retains_prompts=False if retention == "all" else None,
            zero_retention=ZERO_RETENTION.get(retention or ""),
            route_tag=region or "-",
            route_kind="aggregate",
            service_tier=tier,
            region=region,
            is_free=True if "free" in (entry.text_list("tags") or ()) else None,
        )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")
    for name in sorted(pricing.section("service_tiers").fields.keys() - SERVICE_TIERS.keys()):
        text = f"the tier of service {name} is left out"
        yield Finding(kind="remark", locator=pricing.locator, text=text)


def _list_capabilities(entry: Entry) -> tuple[tuple[str, bool], ...]:
    """Capabilities that the tags or the supported parameters show, all true, each once."""
    shown = (*entry.labels("tags", CAPABILITY_LABELS), *entry.labels("supported_parameters", PARAMETER_LABELS))
    return tuple(dict.fromkeys(shown))


def _list_offers(pricing: Entry) -> Iterator[tuple[ServiceTier, str | None, list[PriceQuote]]]:
    """Service tier, region and prices: those of the entry itself, of its tiers and of its regions."""
    regional = pricing.section("regional")
    for region, printed in ((None, pricing), *((name, regional.inner(name)) for name in sorted(regional.fields))):
        if printed is not None:
            yield "standard", region, list(_parse_prices(printed))
            for tier, prices in _parse_tiers(printed):
                yield tier, region, prices


def _parse_tiers(pricing: Entry) -> Iterator[tuple[ServiceTier, list[PriceQuote]]]:
    """Prices of the service tiers other than the standard one."""
    named = pricing.section("service_tiers")
    tiers = {name: named.inner(name) for name in SERVICE_TIERS}
    tiers["fast"] = tiers["fast"] or pricing.inner("fast")
    for name, prices in tiers.items():
        if prices is None:
            continue
        quotes = list(_parse_prices(prices))
        long = prices.inner("long_context")
        if long is not None:
            start = long.count("threshold")
            if start is None:
                raise EntryError(f"{long.locator}: a price of long prompts without its threshold")
            quotes += read_quotes(long, PRICE_KEYS, per=1, min_prompt_tokens=start)
        yield SERVICE_TIERS[name], quotes


def _parse_prices(pricing: Entry) -> Iterator[PriceQuote]:
    """Base prices, and those that apply from a printed prompt length."""
    yield from read_quotes(pricing, PRICE_KEYS, per=1)
    for name, (use, unit) in STEP_PRICE_KEYS.items():
        for tier in pricing.inner_list(name):
            amount, start = tier.amount("cost"), tier.count("min") or 0
            if amount is None:
                raise EntryError(f"{tier.locator}: a price by length without an amount")
            is_new = start > 0 or pricing.amount(name.removesuffix("_tiers")) is None
            if is_new:
                yield PriceQuote(use=use, amount=amount, currency="USD", per=1, unit=unit, min_prompt_tokens=start)


PARSERS: Parsers = {"models": parse_models}
