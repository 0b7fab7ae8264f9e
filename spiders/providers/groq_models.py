"""Groq model list: ids and limits, without prices.

Page: JSON list under /data; needs a key.
Units: tokens.
Traps:
- `owned_by` is the developer ("Alibaba Cloud", "Meta").
- `max_completion_tokens` repeats the context window for some models (llama3-8b-8192, 2025-07-25).
- A model that is not `active` is listed and does not answer.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "groq"
MODEL_KEYS = frozenset(
    {"id", "object", "created", "owned_by", "active", "context_window", "max_completion_tokens", "public_apps"}
)


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every entry, and an OfferClaim without prices with its limits."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    key, developer = entry.required_text("id"), entry.text("owned_by")
    listed = entry.epoch_date("created")
    yield ModelClaim(
        provider_key=PROVIDER_KEY, model_key=key, locator=entry.locator, developer=developer, listed=listed
    )
    yield OfferClaim(
        provider_key=PROVIDER_KEY,
        model_key=key,
        locator=entry.locator,
        context_tokens=entry.positive_count("context_window"),
        max_output_tokens=entry.positive_count("max_completion_tokens"),
        status="inactive" if entry.flag("active") is False else None,
    )
    yield from entry.unknown_keys(MODEL_KEYS)


PARSERS: Parsers = {"models": parse_models}
