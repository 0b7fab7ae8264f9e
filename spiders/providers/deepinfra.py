"""DeepInfra model list, in the shape of OpenAI's list: prices and tags in `metadata`.

Page: JSON list under /data.
Units: USD per 1M tokens, JSON numbers with the rounding error of a double (0.030000000000000002), kept as printed.
Traps:
- Some entries are printed twice; the first counts.
- Image and embedding models have no metadata, and so no price.
- `max_tokens` repeats the context in every priced entry of 2026-04-17: it is no output limit.
- Since 2026 images, characters and seconds have prices too, per single unit (2026-10-08). `discount` was null in all.
- Tags state only what a model supports. Qwen3.5-4B has `reasoning_effort` without `reasoning` (2026-04-17).
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "deepinfra"
PER_MILLION = 1_000_000
PRICE_KEYS: PriceKeys = {
    "input_tokens": ("input", "token"),
    "output_tokens": ("output", "token"),
    "cache_read_tokens": ("cache_read", "token"),
}
CAPABILITY_LABELS = {
    "prompt_cache": "prompt_caching",
    "reasoning": "reasoning",
    "reasoning_effort": "reasoning",
    "vision": "vision",
}
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "root", "parent", "metadata"})
METADATA_KEYS = frozenset(
    {
        "description", "context_length", "max_tokens", "pricing", "tags", "discount", "default_width",
        "default_height", "default_iterations",
    }
)  # fmt: skip
IGNORED_PRICES = frozenset({"per_image_unit", "input_characters", "input_seconds", "output_seconds"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every model; a remark on every repeated entry."""
    seen: dict[str, object] = {}

    def parse_entry(entry: Entry) -> Iterator[Item | Finding]:
        model_key = entry.required_text("id")
        if model_key in seen:
            how = "repeated" if seen[model_key] == entry.fields else "repeated with other contents"
            text = f"{model_key} is {how}; the first entry counts"
            yield Finding(kind="remark", locator=entry.locator, text=text)
            return
        seen[model_key] = entry.fields
        yield from _parse_model(entry)

    yield from read_entries(page, read_list(page, "data"), parse_entry)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    metadata = entry.section("metadata")
    pricing = metadata.section("pricing")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        listed=entry.epoch_date("created"),
        capabilities=metadata.labels("tags", CAPABILITY_LABELS),
    )
    yield model
    offer = OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=PER_MILLION))
    yield replace(offer, context_tokens=metadata.positive_count("context_length"))
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from metadata.unknown_keys(METADATA_KEYS, "metadata.")
    yield from pricing.unknown_keys(IGNORED_PRICES | PRICE_KEYS.keys(), "pricing.")


PARSERS: Parsers = {"models": parse_models}
