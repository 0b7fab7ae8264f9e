"""OpenAI model list: ids, when each was made and when it shuts down, without prices or limits.

Page: JSON list under /data; needs a key.
Units: dates in Unix seconds; `shutdown_date` as printed.
Traps:
- `owned_by` is "system" or "openai-internal" for OpenAI's own models (2026-08-05), and the customer for tuned ones.
- `shutdown_date` is null or absent while no end is announced (its guide to deprecations, read 2026-11-22).
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "openai"
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "shutdown_date"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every entry; the list states nothing about offers."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    owner = entry.text("owned_by") or ""
    is_own = owner == "system" or owner.startswith("openai")
    yield ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        developer="openai" if is_own else None,
        listed=entry.epoch_date("created"),
        retire_on=entry.text("shutdown_date"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)


PARSERS: Parsers = {"models": parse_models}
