"""OpenAI's model list: ids and when each was made."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "shutdown_date"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every entry; of the routes the list says nothing but that they are there."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    # `owned_by` is "system" or "openai-internal" for its own models (2026-08-05), and the customer for tuned ones.
    owner = entry.text("owned_by") or ""
    is_own = owner == "system" or owner.startswith("openai")
    yield ModelClaim(
        provider_key="openai",
        model_key=entry.key_text("id"),
        locator=entry.locator,
        developer="openai" if is_own else None,
        listed=entry.date_of_epoch("created"),
        # Null or left out while no end is announced (its guide to deprecations, read 2026-11-22).
        retire_on=entry.text("shutdown_date"),
    )
    yield from entry.unknown_keys(MODEL_KEYS)


class OpenAIModelsSpider(SourceSpider):
    """Asks for the list."""

    name = "openai_models"
    parsers: ClassVar[Parsers] = {"models": parse_models}
