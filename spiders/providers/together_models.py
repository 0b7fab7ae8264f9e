"""Together AI model list: all models that its interface serves, with prices and limits.

Page: JSON list, the document itself; needs a key.
Units: USD per 1M tokens for models of text; by the character, the second or the picture for others, unstated.
Traps:
- 0 is the price of free models and of models that only dedicated machines serve: it is landed as printed.
- A context of 0 is none. `created` is 0 for some models.
- `organization` is the developer, but "Together" for a model of Cartesia's (2025-07-25).
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "togetherai"
PER_MILLION = 1_000_000
PRICE_KEYS: PriceKeys = {
    "input": ("input", "token"),
    "output": ("output", "token"),
    "cached_input": ("cache_read", "token"),
}
TEXT_TYPES = frozenset({"chat", "language", "code", "moderation", "embedding", "rerank"})
HUGGING_FACE = re.compile(r"https://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)/?")
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "type", "running", "display_name", "organization", "link", "license",
        "context_length", "config", "pricing", "owned_by", "root", "parent",
    }
)  # fmt: skip
PRICING_KEYS = frozenset({*PRICE_KEYS, "base", "finetune", "hourly"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry; prices of models of text alone."""
    yield from read_entries(page, read_list(page), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    pricing, task = entry.section("pricing"), entry.text("type")
    linked = HUGGING_FACE.fullmatch(entry.text("link") or "")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("display_name"),
        developer=entry.text("organization"),
        task=task,
        license=entry.text("license"),
        hugging_face_id=linked[1] if linked else None,
    )
    yield model
    yield replace(
        OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=PER_MILLION) if task in TEXT_TYPES else ()),
        context_tokens=entry.positive_count("context_length"),
        max_output_tokens=entry.section("config").positive_count("max_output_length"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")


PARSERS: Parsers = {"models": parse_models}
