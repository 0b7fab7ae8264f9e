"""Cloudflare Workers AI model list: the data from which its documentation is written.

Page: JSON list under /models; the facts of a model are its list of `properties`, each an id and a value. The
documentation repository keeps every entry as a file of its own, in the same shape.
Units: printed with each price ("per M input tokens", "per step"), as is its currency.
Traps:
- Flags are printed as text, "true" and "false".
- A property may be printed twice; the entry is rejected if the values differ.
- `schema` and `examples` describe the call, not the model.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "cloudflare-workers-ai"
PRICE_UNIT = re.compile(r"per (M )?(.+)")
PRICE_UNITS: Mapping[str, tuple[PriceUse, str]] = {
    "input tokens": ("input", "token"),
    "output tokens": ("output", "token"),
    "cached input tokens": ("cache_read", "token"),
    "512 by 512 tile": ("output_image", "512 by 512 tile"),
    "step": ("output_image", "step"),
    "audio minute": ("input_audio", "audio minute"),
    "image": ("input_image", "image"),
    "inference request": ("request", "inference request"),
}
CAPABILITIES = ("function_calling", "reasoning", "vision")
MODEL_KEYS = frozenset(
    {
        "id", "source", "name", "description", "task", "created_at", "tags", "properties", "schema", "examples",
    }
)  # fmt: skip
PROPERTY_KEYS = frozenset(
    {
        *CAPABILITIES, "async_queue", "beta", "context_window", "info", "lora", "max_batch_size", "max_input_tokens",
        "max_output_tokens", "max_total_tokens", "output_dimensions", "partner", "planned_deprecation_date", "price",
        "realtime", "reasoning_effort", "require_workers_paid", "terms",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every model."""
    document = read_object(page)
    is_one_entry = "properties" in document.fields
    entries = [("#", document.fields)] if is_one_entry else read_list(page, "models")
    yield from read_entries(page, entries, _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    properties = _parse_properties(entry)
    task, created = entry.inner("task"), entry.text("created_at")
    prices, remarks = _parse_prices(properties)
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("name"),
        locator=entry.locator,
        task=task.text("name") if task else None,
        listed=created[:10] if created else None,
        capabilities=tuple(_parse_flags(properties)),
    )
    yield model
    yield replace(
        OfferClaim.of(model, prices),
        context_tokens=properties.positive_count("context_window"),
        max_output_tokens=properties.positive_count("max_output_tokens"),
        retire_on=properties.text("planned_deprecation_date"),
    )
    yield from remarks
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from properties.unknown_keys(PROPERTY_KEYS, "properties.")


def _parse_properties(entry: Entry) -> Entry:
    """The values of the properties by their ids."""
    values: dict[str, Any] = {}
    for each in entry.inner_list("properties"):
        name = each.required_text("property_id")
        if name in values and values[name] != each.fields.get("value"):
            raise EntryError(f"{each.locator}: {name} is printed twice with different values")
        values[name] = each.fields.get("value")
    return Entry(values, f"{entry.locator}/properties")


def _parse_flags(properties: Entry) -> Iterator[tuple[str, bool]]:
    for name in CAPABILITIES:
        printed = properties.text(name)
        if printed not in ("true", "false", None):
            raise EntryError(f"{properties.locator}: {name} is {printed!r}, neither true nor false")
        if printed:
            yield name, printed == "true"


def _parse_prices(properties: Entry) -> tuple[list[PriceQuote], list[Finding]]:
    """The prices whose unit is known, and a remark on every other."""
    quotes: list[PriceQuote] = []
    remarks: list[Finding] = []
    for price in properties.inner_list("price"):
        printed, amount = price.required_text("unit"), price.amount("price")
        match = PRICE_UNIT.fullmatch(printed)
        if amount is None:
            raise EntryError(f"{price.locator}: a price without an amount")
        if match is None or match[2] not in PRICE_UNITS:
            text = f"a price {printed} is left out"
            remarks.append(Finding(kind="remark", locator=price.locator, text=text))
            continue
        use, unit = PRICE_UNITS[match[2]]
        per = 1_000_000 if match[1] else 1
        quote = PriceQuote(use=use, amount=amount, currency=price.required_text("currency"), per=per, unit=unit)
        quotes.append(quote)
    return quotes, remarks


PARSERS: Parsers = {"models": parse_models}
