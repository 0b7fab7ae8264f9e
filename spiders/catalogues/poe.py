"""Poe model list: bots that call other developers' models, with prices and limits.

Page: JSON list under /data, without a key.
Units: USD per single token, image or request, decimal strings.
Traps:
- `created` is in milliseconds and says when the bot was made; it is not read.
- `owned_by` is the company that runs the bot: the developer, or a host ("Novita AI").
- Bots that are billed by points alone have no `pricing`.
- A feature that is not listed states nothing.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "poe"
PRICE_KEYS: PriceKeys = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "image": ("input_image", "image"),
    "request": ("request", "request"),
    "input_cache_read": ("cache_read", "token"),
    "input_cache_write": ("cache_write", "token"),
}
CAPABILITY_LABELS = {"tools": "function_calling"}
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "description", "owned_by", "root", "architecture", "supported_features", "pricing",
        "context_window", "context_length", "metadata", "reasoning", "parameters", "supported_endpoints",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every bot."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    architecture, limits, pricing = map(entry.section, ("architecture", "context_window", "pricing"))
    reasoning = (("reasoning", True),) if entry.inner("reasoning") else ()
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.section("metadata").text("display_name"),
        input_modalities=architecture.text_list("input_modalities"),
        output_modalities=architecture.text_list("output_modalities"),
        capabilities=(*entry.labels("supported_features", CAPABILITY_LABELS), *reasoning),
    )
    yield model
    yield replace(
        OfferClaim.of(model, read_quotes(pricing, PRICE_KEYS, per=1)),
        operator_key=entry.text("owned_by"),
        route_kind="via_aggregator",
        context_tokens=limits.positive_count("context_length") or entry.positive_count("context_length"),
        max_output_tokens=limits.positive_count("max_output_tokens"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricing.unknown_keys(frozenset(PRICE_KEYS), "pricing.")


PARSERS: Parsers = {"models": parse_models}
