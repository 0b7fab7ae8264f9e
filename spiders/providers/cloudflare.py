"""Cloudflare Workers AI's list of models: every fact of a model is an entry of its list of properties."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER = "cloudflare-workers-ai"
UNIT = re.compile(r"per (M )?(.+)")
UNITS: Mapping[str, tuple[PriceUse, str]] = {
    "input tokens": ("input", "token"),
    "output tokens": ("output", "token"),
    "cached input tokens": ("cache_read", "token"),
    "512 by 512 tile": ("output_image", "512 by 512 tile"),
    "step": ("output_image", "step"),
    "audio minute": ("input_audio", "audio minute"),
    "image": ("input_image", "image"),
    "inference request": ("request", "inference request"),
}
FLAGS = {"function_calling": "function_calling", "reasoning": "reasoning", "vision": "vision"}
# `schema` and `examples` describe the call; the docs of the model, not its facts.
MODEL_KEYS = frozenset(
    {
        "id", "source", "name", "description", "task", "created_at", "tags", "properties", "schema", "examples",
    }
)  # fmt: skip
PROPERTIES = frozenset(
    {
        *FLAGS, "async_queue", "beta", "context_window", "info", "lora", "max_batch_size", "max_input_tokens",
        "max_output_tokens", "max_total_tokens", "output_dimensions", "partner", "planned_deprecation_date", "price",
        "realtime", "reasoning_effort", "require_workers_paid", "terms",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every model."""
    yield from read_entries(page, read_list(page, "models"), read_model)


def read_model(entry: Entry) -> Iterator[Item | Finding]:
    """What one entry says; the documentation repository keeps every entry as a file of its own."""
    model_key = entry.key_text("name")
    properties = _read_properties(entry)
    task, created = entry.inner("task"), entry.text("created_at")
    capabilities = tuple(
        (word, flag) for name, word in FLAGS.items() if (flag := _read_flag(properties, name)) is not None
    )
    prices, remarks = _read_prices(properties)
    yield ModelClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        task=task.text("name") if task else None,
        listed=created[:10] if created else None,
        capabilities=capabilities,
    )
    yield OfferClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        context_tokens=properties.known_count("context_window"),
        max_output_tokens=properties.known_count("max_output_tokens"),
        prices=prices,
        capabilities=capabilities,
        retire_on=properties.text("planned_deprecation_date"),
    )
    yield from remarks
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from properties.unknown_keys(PROPERTIES, "properties.")


def _read_properties(entry: Entry) -> Entry:
    """The properties by their name."""
    values: dict[str, Any] = {}
    for each in entry.inner_list("properties"):
        name = each.key_text("property_id")
        if name in values and values[name] != each.fields.get("value"):
            raise EntryError(f"{each.locator}: {name} is printed twice with different values")
        values[name] = each.fields.get("value")
    return Entry(values, f"{entry.locator}/properties")


def _read_flag(properties: Entry, name: str) -> bool | None:
    """A flag, which is printed as text."""
    printed = properties.text(name)
    if printed not in ("true", "false", None):
        raise EntryError(f"{properties.locator}: {name} is {printed!r}, neither true nor false")
    return None if printed is None else printed == "true"


def _read_prices(properties: Entry) -> tuple[tuple[PriceQuote, ...], list[Finding]]:
    """The prices whose unit is known, and a remark on every other."""
    quotes: list[PriceQuote] = []
    remarks: list[Finding] = []
    for price in properties.inner_list("price"):
        printed, amount = price.key_text("unit"), price.amount("price")
        unit = UNIT.fullmatch(printed)
        if amount is None:
            raise EntryError(f"{price.locator}: a price without an amount")
        if unit is None or unit[2] not in UNITS:
            text = f"a price {printed} is left out"
            remarks.append(Finding(kind="remark", locator=price.locator, text=text))
            continue
        use, of = UNITS[unit[2]]
        per = 1_000_000 if unit[1] else 1
        quote = PriceQuote(use=use, amount=amount, currency=price.key_text("currency"), per=per, unit=of)
        quotes.append(quote)
    return tuple(quotes), remarks


class CloudflareSpider(SourceSpider):
    """Asks for the list from which the documentation is written."""

    name = "cloudflare"
    parsers: ClassVar[Parsers] = {"models": parse_models}
