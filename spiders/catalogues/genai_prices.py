"""genai-prices (Pydantic): prices of many providers, filed under patterns that model names match.

Page: JSON list of providers, each with its list of models. The repository's `prices/data.json` stays as it was on
2026-07-25 for old clients, so the v2 file is read.
Units: stated by the price's name: USD per 1M tokens (`input_mtok`), 1M characters, 1,000 pages, hour and others.
Traps:
- Only `equals` names a model. `starts_with`, `contains` and `regex` match names of other models too; a model known by
  patterns alone is left out.
- Prices copied from OpenRouter are filed under the developer, whether or not it sells the model: gpt-oss-120b at
  0.039/0.18 under openai (2026-11-22). They are left out.
- Prices may apply from a day, or at some hours only: deepseek-reasoner costs 0.55 for 16 hours of the day and 0.135
  for the others (2026-11-22). A price by the hour is left out.
- A variant states only the prices that differ from the standard ones; of two variants for one request the first
  counts, price by price.
- An hour of audio is printed under an old and a new name (whisper-1, 2026-11-22).
- A free model has no price, and no statement that it is free.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_json
from llmpairs.spiders.page import Finding, Page, Parsers

MILLION = 1_000_000
IMPORTED = "Imported from OpenRouter"
"""Start of the price comment where the price is a copy of OpenRouter's."""
PRICE_KEYS: Mapping[str, tuple[PriceUse, int, str]] = {
    "input_mtok": ("input", MILLION, "token"),
    "output_mtok": ("output", MILLION, "token"),
    "cache_read_mtok": ("cache_read", MILLION, "token"),
    "cache_write_mtok": ("cache_write", MILLION, "token"),
    "output_reasoning_mtok": ("reasoning", MILLION, "token"),
    "input_audio_mtok": ("input_audio", MILLION, "token"),
    "output_audio_mtok": ("output_audio", MILLION, "token"),
    "input_image_mtok": ("input_image", MILLION, "token"),
    "output_image_mtok": ("output_image", MILLION, "token"),
    "input_mchars": ("input", MILLION, "character"),
    "input_document_kpages": ("input", 1_000, "page"),
    "input_audio_hours": ("input_audio", 1, "hour"),
    "audio_hours": ("input_audio", 1, "hour"),
    "requests_kcount": ("request", 1_000, "request"),
    "web_searches_kcount": ("web_search", 1_000, "search"),
}
# Prices without a price use: cached audio and images, the cache write for an hour, tools, video, citations.
IGNORED_PRICES = frozenset(
    {
        "cache_audio_read_mtok", "cache_image_read_mtok", "cache_write_1h_mtok", "input_annotated_document_kpages",
        "input_text_messages_kcount", "input_video_mtok", "output_citation_mtok", "output_video_mtok",
        "storage_searches_kcount", "tool_use_kcount",
    }
)  # fmt: skip
SERVICE_TIERS: Mapping[tuple[str, str], ServiceTier] = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
}
"""Service tier of a variant, by the request parameter that selects it and its value."""
DEFAULT_REQUEST = {"service_tier": "default"}
MODEL_KEYS = frozenset(
    {
        "id", "name", "description", "match", "context_window", "price_comments", "prices", "price_variants",
        "deprecated", "provider",
    }
)  # fmt: skip
PROVIDER_KEYS = frozenset(
    {
        "id", "name", "description", "pricing_urls", "api_pattern", "price_comments", "model_match", "provider_match",
        "extractors", "fallback_model_providers", "tool_use_kcount", "tool_prices", "models",
    }
)  # fmt: skip


def parse_prices(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every name that a model equals; a remark on every model left out."""
    providers = read_json(page)
    if not isinstance(providers, list):
        raise LayoutChangedError(page.url, "#", "a list of providers")
    for number, value in enumerate(providers):
        if isinstance(value, dict):
            yield from Entry(value, f"/{number}").unknown_keys(PROVIDER_KEYS, "provider.")
    day = page.captured_at[:10]
    yield from read_entries(page, _list_models(providers), lambda entry: _parse_model(entry, day))


def _list_models(providers: list[Any]) -> Iterator[tuple[str, Any]]:
    """Every model with its provider's id under `provider`; what is no provider is passed on, to be rejected."""
    for number, value in enumerate(providers):
        models = value.get("models") if isinstance(value, dict) else None
        if not isinstance(models, list):
            yield f"/{number}", value
            continue
        for position, model in enumerate(models):
            owned = {**model, "provider": value.get("id")} if isinstance(model, dict) else model
            yield f"/{number}/models/{position}", owned


def _parse_model(entry: Entry, day: str) -> Iterator[Item | Finding]:
    provider_key, model_id, match = (entry.required_text("provider"), entry.required_text("id"), entry.inner("match"))
    if match is None:
        raise EntryError(f"{entry.locator}: no match")
    prices, since, remarks = _choose_prices(entry, day)
    variants, more_remarks = _parse_variants(entry, day)
    names = list(dict.fromkeys(_list_names(match)))
    is_imported = (entry.text("price_comments") or "").startswith(IMPORTED)
    if is_imported or not names:
        why = "has a price that is OpenRouter's" if is_imported else "is known by patterns alone"
        text = f"{provider_key}'s {model_id} {why} and is left out"
        yield Finding(kind="remark", locator=entry.locator, text=text)
        return
    yield from (*remarks, *more_remarks)
    tiers: dict[ServiceTier, Entry] = {"standard": prices}
    for tier, changed in variants.items():
        tiers[tier] = Entry(prices.fields | changed, prices.locator)
    for name in names:
        yield from _build_claims(entry, name, tiers, since)
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from prices.unknown_keys(frozenset({*PRICE_KEYS, *IGNORED_PRICES}), "prices.")


def _build_claims(
    entry: Entry, model_key: str, tiers: Mapping[ServiceTier, Entry], since: str | None
) -> Iterator[Item]:
    """The claims of a model under one of its names; `since` is the first day of its standard prices."""
    provider_key, status = entry.required_text("provider"), "deprecated" if entry.flag("deprecated") else None
    yield ModelClaim(
        provider_key=provider_key,
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("name"),
        context_tokens=entry.positive_count("context_window"),
        status=status,
    )
    for tier, prices in tiers.items():
        yield OfferClaim(
            provider_key=provider_key,
            model_key=model_key,
            locator=entry.locator,
            service_tier=tier,
            prices=tuple(_parse_prices(prices)),
            prices_since=since if tier == "standard" else None,
            status=status,
        )


def _list_names(clause: Entry) -> Iterator[str]:
    """The names that a clause equals, alone or as one of several; `and` narrows a pattern and names no model."""
    if "equals" in clause.fields:
        yield clause.required_text("equals")
    for each in clause.inner_list("or"):
        yield from _list_names(each)


def _choose_prices(entry: Entry, day: str) -> tuple[Entry, str | None, list[Finding]]:
    """The prices that apply on the day, their first day, and remarks: of several the last that have begun count."""
    if not isinstance(entry.fields.get("prices"), list):
        return entry.section("prices"), None, []
    chosen: Entry | None = None
    since: str | None = None
    remarks: list[Finding] = []
    for each in entry.inner_list("prices"):
        applies = _has_begun(each, day)
        if applies is None:
            chosen, since, remarks = Entry({}, each.locator), None, [_remark_condition(each)]
        elif applies:
            chosen, since, remarks = each.inner("prices"), _first_day(each), []
    if chosen is None:
        raise EntryError(f"{entry.locator}: no price that holds on {day}")
    return chosen, since, remarks


def _parse_variants(entry: Entry, day: str) -> tuple[dict[ServiceTier, dict[str, Any]], list[Finding]]:
    """The prices of each service tier that differ from the standard ones, and a remark on each other variant."""
    variants: dict[ServiceTier, dict[str, Any]] = {}
    remarks: list[Finding] = []
    for each in entry.inner_list("price_variants"):
        when, prices, applies = each.inner("when"), each.inner("prices"), _has_begun(each, day)
        if when is None or prices is None:
            raise EntryError(f"{each.locator}: a variant without its request or its prices")
        tier = _find_tier(when)
        if when.fields == DEFAULT_REQUEST or applies is False:
            continue
        if tier is None or applies is None:
            remarks.append(_remark_condition(each))
            continue
        variants[tier] = prices.fields | variants.get(tier, {})
    return variants, remarks


def _find_tier(when: Entry) -> ServiceTier | None:
    """The service tier that a request selects, if it has no other condition."""
    tiers = [SERVICE_TIERS.get((name, value)) for name, value in when.fields.items() if isinstance(value, str)]
    return tiers[0] if len(tiers) == len(when.fields) == 1 else None


def _has_begun(conditional: Entry, day: str) -> bool | None:
    """Whether a price applies by its first day; None if it has another condition."""
    if conditional.section("constraint").fields.keys() - {"start_date"}:
        return None
    return (_first_day(conditional) or "") <= day


def _first_day(conditional: Entry) -> str | None:
    return conditional.section("constraint").text("start_date")


def _remark_condition(conditional: Entry) -> Finding:
    text = "prices on another condition than their first day or a tier of service are left out"
    return Finding(kind="remark", locator=conditional.locator, text=text)


def _parse_prices(prices: Entry) -> Iterator[PriceQuote]:
    """A quote for each price and each prompt length from which it changes."""
    for name, (use, per, unit) in PRICE_KEYS.items():
        if name == "audio_hours" and "input_audio_hours" in prices.fields:
            continue
        for start, amount in _parse_steps(prices, name):
            yield PriceQuote(use=use, amount=amount, currency="USD", per=per, unit=unit, min_prompt_tokens=start)


def _parse_steps(prices: Entry, name: str) -> Iterator[tuple[int, str]]:
    if not isinstance(prices.fields.get(name), dict):
        amount = prices.amount(name)
        if amount is not None:
            yield 0, amount
        return
    tiered = prices.section(name)
    base = tiered.amount("base")
    if base is not None:
        yield 0, base
    for tier in tiered.inner_list("tiers"):
        start, amount = tier.count("start"), tier.amount("price")
        if start is None or amount is None:
            raise EntryError(f"{tier.locator}: a price by length without its length or its amount")
        yield start, amount


PARSERS: Parsers = {"prices": parse_prices}
