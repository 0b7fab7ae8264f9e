"""models.dev catalogue: every provider's models, with what each charges for them.

Page: JSON object of providers, each with an object of models.
Units: USD per 1M tokens, JSON numbers.
Traps:
- A limit of 0 is unknown: 94 rows of 2026-07-02 print a context of 0.
- `context_over_200k` repeats the price tiers where there are both, at the wrong size: gpt-5.5's tier starts at 272,000
  (2026-05-18). It counts only where there are no tiers.
- A faster service is nested in `experimental.modes.fast`, with its own prices (22 rows of 2026-05-18).
- `attachment` means files of any kind, and four resellers claim it for the text-only gpt-oss-120b (2026-05-18): it
  stays a capability of its own and states nothing about vision.
"""

from collections.abc import Iterator
from typing import Any

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, pointer, read_entries, read_object, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PER_MILLION = 1_000_000
PRICE_KEYS: PriceKeys = {
    "input": ("input", "token"),
    "output": ("output", "token"),
    "cache_read": ("cache_read", "token"),
    "cache_write": ("cache_write", "token"),
    "reasoning": ("reasoning", "token"),
    "input_audio": ("input_audio", "token"),
    "output_audio": ("output_audio", "token"),
}
CAPABILITY_FLAGS = {
    "attachment": "attachment",
    "reasoning": "reasoning",
    "structured_output": "structured_outputs",
    "temperature": "temperature",
    "tool_call": "function_calling",
}
COST_KEYS = frozenset({*PRICE_KEYS, "tiers", "context_over_200k"})
LIMIT_KEYS = frozenset({"context", "input", "output"})
MODEL_KEYS = frozenset(
    {
        *CAPABILITY_FLAGS, "id", "name", "family", "release_date", "last_updated", "knowledge", "modalities",
        "open_weights", "limit", "cost", "status", "interleaved", "provider", "experimental", "reasoning_options",
    }
)  # fmt: skip
PROVIDER_KEYS = frozenset({"id", "name", "env", "npm", "api", "doc", "models"})


def parse_catalogue(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every model of every provider, and an offer for its fast mode."""
    catalogue = read_object(page)
    for provider_key, value in catalogue.fields.items():
        if isinstance(value, dict):
            yield from Entry(value, pointer(provider_key)).unknown_keys(PROVIDER_KEYS, "provider.")
    yield from read_entries(page, _list_models(catalogue), _parse_model)


def _list_models(catalogue: Entry) -> Iterator[tuple[str, Any]]:
    for provider_key, value in catalogue.fields.items():
        models = value.get("models") if isinstance(value, dict) else value
        if not isinstance(models, dict):
            yield pointer(provider_key, "models"), models
            continue
        for model_key, model in models.items():
            yield pointer(provider_key, "models", model_key), model


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    provider_key = entry.locator.split("/")[1].replace("~1", "/").replace("~0", "~")
    limits, modalities = entry.section("limit"), entry.section("modalities")
    cost = entry.section("cost")
    model = ModelClaim(
        provider_key=provider_key,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("name"),
        family=entry.text("family"),
        released=entry.text("release_date"),
        knowledge_cutoff=entry.text("knowledge"),
        context_tokens=limits.positive_count("context"),
        max_input_tokens=limits.positive_count("input"),
        max_output_tokens=limits.positive_count("output"),
        open_weights=entry.flag("open_weights"),
        input_modalities=modalities.text_list("input"),
        output_modalities=modalities.text_list("output"),
        capabilities=entry.flags(CAPABILITY_FLAGS),
        status=entry.text("status"),
    )
    yield model
    yield OfferClaim.of(model, _parse_prices(cost))
    yield from _parse_fast_mode(entry, provider_key)
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from limits.unknown_keys(LIMIT_KEYS, "limit.")
    yield from cost.unknown_keys(COST_KEYS, "cost.")


def _parse_prices(cost: Entry) -> Iterator[PriceQuote]:
    """Base prices, then those of long prompts from the printed boundaries on."""
    yield from read_quotes(cost, PRICE_KEYS, per=PER_MILLION)
    tiers = cost.inner_list("tiers")
    for tier in tiers:
        bounds = tier.inner("tier")
        size = bounds.count("size") if bounds else None
        if bounds is None or size is None or bounds.text("type") != "context":
            raise EntryError(f"{tier.locator}: a price tier that is not by context size")
        yield from read_quotes(tier, PRICE_KEYS, per=PER_MILLION, min_prompt_tokens=size)
    long_prompts = cost.inner("context_over_200k")
    if long_prompts and not tiers:
        yield from read_quotes(long_prompts, PRICE_KEYS, per=PER_MILLION, min_prompt_tokens=200_000)


def _parse_fast_mode(entry: Entry, provider_key: str) -> Iterator[Item]:
    # `experimental` was a mere flag until 2025-07.
    if not isinstance(entry.fields.get("experimental"), dict):
        return
    cost = entry.section("experimental").section("modes").section("fast").inner("cost")
    if cost:
        yield OfferClaim(
            provider_key=provider_key,
            model_key=entry.required_text("id"),
            locator=cost.locator,
            service_tier="fast",
            prices=tuple(_parse_prices(cost)),
        )


PARSERS: Parsers = {"catalogue": parse_catalogue}
