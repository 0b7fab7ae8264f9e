"""Vercel AI Gateway's model list: prices as decimal strings per token, by length, tier of service and region."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PROVIDER = "vercel"
PRICES: Names = {
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
BY_LENGTH: Names = {
    f"{name}_tiers": PRICES[name] for name in ("input", "output", "input_cache_read", "input_cache_write")
}
TIERS: Mapping[str, ServiceTier] = {"flex": "flex", "priority": "priority", "batch": "batch", "fast": "fast"}
TAGS = {
    "reasoning": "reasoning",
    "tool-use": "function_calling",
    "vision": "vision",
    "web-search": "web_search",
    "implicit-caching": "prompt_caching",
    "explicit-caching": "prompt_caching",
}
# `web_search` is documented as the price of a request and printed as "10", the makers' price of a thousand. Peak
# prices, tables by size or duration and prices of a realtime session have no use of their own.
LEFT_OUT = frozenset(
    {
        "web_search", "maps_search", "peak_pricing", "image_dimension_quality_pricing", "video_duration_pricing",
        "video_token_pricing", "realtime_client_message_cost", "realtime_session_duration_cost_per_second",
        "varies_by_provider",
    }
)  # fmt: skip
PRICING_KEYS = frozenset({*PRICES, *BY_LENGTH, *LEFT_OUT, "service_tiers", "fast", "regional"})
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "released", "owned_by", "name", "description", "context_window", "max_tokens",
        "type", "tags", "pricing", "modalities", "supported_parameters", "supported_specifications",
        "deprecated_at", "interleaved", "knowledge", "reasoning_options", "regions", "temperature",
        "video_capabilities",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every entry, and an OfferClaim (the route `aggregate`) for each tier and region it prices.

    `created` is no date of listing: it is 1755815280, a day of 2025, for every model, later ones too (2026-11-22).
    """
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key, tags = entry.key_text("id"), entry.words("tags") or ()
    tagged = {TAGS[tag] for tag in tags if tag in TAGS}
    capabilities = tuple((word, True) for word in sorted(tagged))
    modalities = entry.inner("modalities") or Entry({}, entry.locator)
    inputs, outputs = modalities.words("input"), modalities.words("output")
    context, longest = entry.known_count("context_window"), entry.known_count("max_tokens")
    yield ModelClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("name"),
        developer=entry.text("owned_by"),
        task=entry.text("type"),
        released=entry.date_of_epoch("released"),
        knowledge_cutoff=entry.text("knowledge"),
        context_tokens=context,
        max_output_tokens=longest,
        input_modalities=inputs,
        output_modalities=outputs,
        capabilities=capabilities,
    )
    pricing = entry.inner("pricing") or Entry({}, entry.locator)
    for tier, region, prices in _read_offers(pricing):
        yield OfferClaim(
            provider_key=PROVIDER,
            model_key=model_key,
            locator=entry.locator,
            route_tag=region or "-",
            route_kind="aggregate",
            service_tier=tier,
            region=region,
            context_tokens=context,
            max_output_tokens=longest,
            prices=tuple(prices),
            is_free=True if "free" in tags else None,
            capabilities=capabilities,
            input_modalities=inputs,
            output_modalities=outputs,
        )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.") if entry.inner("pricing") else ()
    yield from _remark_tiers(pricing)


def _read_offers(pricing: Entry) -> Iterator[tuple[ServiceTier, str | None, list[PriceQuote]]]:
    """Tier of service, region and prices: those of the entry itself, of its tiers and of its regions."""
    yield "standard", None, list(_read_prices(pricing))
    for tier, prices in _read_tiers(pricing):
        yield tier, None, prices
    regional = pricing.inner("regional")
    for region in sorted(regional.fields) if regional else ():
        prices_there = regional.inner(region) if regional else None
        if prices_there is not None:
            yield "standard", region, list(_read_prices(prices_there))
            for tier, prices in _read_tiers(prices_there):
                yield tier, region, prices


def _read_tiers(pricing: Entry) -> Iterator[tuple[ServiceTier, list[PriceQuote]]]:
    """Prices of the other tiers of service; their prices of long prompts stand in `long_context`."""
    named = pricing.inner("service_tiers") or Entry({}, pricing.locator)
    tiers = {name: named.inner(name) for name in TIERS}
    tiers["fast"] = tiers["fast"] or pricing.inner("fast")
    for name, prices in tiers.items():
        if prices is None:
            continue
        quotes = list(_read_prices(prices))
        long = prices.inner("long_context")
        if long is not None:
            start = long.count("threshold")
            if start is None:
                raise EntryError(f"{long.locator}: a price of long prompts without its threshold")
            quotes += read_quotes(long, PRICES, per=1, min_prompt_tokens=start)
        yield TIERS[name], quotes


def _read_prices(pricing: Entry) -> Iterator[PriceQuote]:
    """Base prices, and those of prompts from a printed length on; the first length repeats the base price."""
    yield from read_quotes(pricing, PRICES, per=1)
    for name, (use, unit) in BY_LENGTH.items():
        for tier in pricing.inner_list(name):
            amount, start = tier.amount("cost"), tier.count("min") or 0
            if amount is None:
                raise EntryError(f"{tier.locator}: a price by length without an amount")
            is_new = start > 0 or pricing.amount(name.removesuffix("_tiers")) is None
            if is_new:
                yield PriceQuote(
                    use=use, amount=amount, currency="USD", per=1, unit=unit, min_prompt_tokens=start
                )


def _remark_tiers(pricing: Entry) -> Iterator[Finding]:
    """A remark on each tier of service that has no name here."""
    named = pricing.inner("service_tiers")
    for name in sorted(named.fields.keys() - TIERS.keys()) if named else ():
        text = f"the tier of service {name} is left out"
        yield Finding(kind="remark", locator=pricing.locator, text=text)


class VercelGatewaySpider(SourceSpider):
    """Asks for the list."""

    name = "vercel_gateway"
    parsers: ClassVar[Parsers] = {"models": parse_models}
