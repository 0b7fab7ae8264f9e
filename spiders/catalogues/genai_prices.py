"""Pydantic's genai-prices: prices per million of something, filed under patterns that model names may match."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_json
from llmpairs.spiders.page import Finding, Page, Parsers

MILLION = 1_000_000
IMPORTED = "Imported from OpenRouter"
"""How the comment begins where OpenRouter's price is filed under the maker, whether or not the maker sells the model:
gpt-oss-120b at 0.039/0.18 under openai (2026-11-22)."""
PRICES: Mapping[str, tuple[PriceUse, int, str]] = {
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
# Prices without a use of their own: cached sound and pictures, the write for an hour, tools, video, citations.
LEFT_OUT = frozenset(
    {
        "cache_audio_read_mtok", "cache_image_read_mtok", "cache_write_1h_mtok", "input_annotated_document_kpages",
        "input_text_messages_kcount", "input_video_mtok", "output_citation_mtok", "output_video_mtok",
        "storage_searches_kcount", "tool_use_kcount",
    }
)  # fmt: skip
VARIANTS: Mapping[tuple[str, str], ServiceTier] = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
}
"""What a request says to be charged by a variant's prices, and the tier of service that it is."""
DEFAULT = {"service_tier": "default"}
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
    """A ModelClaim and an OfferClaim for every name that a model equals.

    A pattern (`starts_with`, `contains`, `regex`) names no model: names that merely fit it are others' as well. A
    model that has nothing but patterns is left out with a remark, as is one whose price is another provider's.
    """
    providers = read_json(page)
    if not isinstance(providers, list):
        raise LayoutChangedError(page.url, "#", "a list of providers")
    for number, value in enumerate(providers):
        if isinstance(value, dict):
            yield from Entry(value, f"/{number}").unknown_keys(PROVIDER_KEYS, "provider.")
    today = page.captured_at[:10]
    yield from read_entries(page, _list_models(providers), lambda entry: _read_model(entry, today))


def _list_models(providers: list[Any]) -> Iterator[tuple[str, Any]]:
    """Every model with its provider's id under `provider`; what is no provider stands for itself."""
    for number, value in enumerate(providers):
        models = value.get("models") if isinstance(value, dict) else None
        if not isinstance(models, list):
            yield f"/{number}", value
            continue
        for place, model in enumerate(models):
            owned = {**model, "provider": value.get("id")} if isinstance(model, dict) else model
            yield f"/{number}/models/{place}", owned


def _read_model(entry: Entry, today: str) -> Iterator[Item | Finding]:
    provider_key, model_id, match = entry.key_text("provider"), entry.key_text("id"), entry.inner("match")
    if match is None:
        raise EntryError(f"{entry.locator}: no match")
    prices, since, remarks = _choose_prices(entry, today)
    variants, more_remarks = _read_variants(entry, today)
    names = list(dict.fromkeys(_read_names(match)))
    is_imported = (entry.text("price_comments") or "").startswith(IMPORTED)
    if is_imported or not names:
        told = "has a price that is OpenRouter's" if is_imported else "is known by patterns alone"
        text = f"{provider_key}'s {model_id} {told} and is left out"
        yield Finding(kind="remark", locator=entry.locator, text=text)
        return
    yield from (*remarks, *more_remarks)
    tiers: dict[ServiceTier, Entry] = {"standard": prices}
    for tier, changed in variants.items():
        tiers[tier] = Entry(prices.fields | changed, prices.locator)
    for name in names:
        yield from _claim(entry, name, tiers, since)
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from prices.unknown_keys(frozenset({*PRICES, *LEFT_OUT}), "prices.")


def _claim(
    entry: Entry, model_key: str, tiers: Mapping[ServiceTier, Entry], since: str | None
) -> Iterator[Item]:
    """What a model says under one of its names; `since` is the first day of its standard prices."""
    provider_key, status = entry.key_text("provider"), "deprecated" if entry.flag("deprecated") else None
    yield ModelClaim(
        provider_key=provider_key,
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("name"),
        context_tokens=entry.known_count("context_window"),
        status=status,
    )
    for tier, prices in tiers.items():
        yield OfferClaim(
            provider_key=provider_key,
            model_key=model_key,
            locator=entry.locator,
            service_tier=tier,
            prices=tuple(_read_prices(prices)),
            prices_since=since if tier == "standard" else None,
            status=status,
        )


def _read_names(clause: Entry) -> Iterator[str]:
    """The names that a clause equals, alone or as one of several; `and` narrows a pattern and names nothing."""
    if "equals" in clause.fields:
        yield clause.key_text("equals")
    for each in clause.inner_list("or"):
        yield from _read_names(each)


def _choose_prices(entry: Entry, today: str) -> tuple[Entry, str | None, list[Finding]]:
    """The prices that hold on the day and their first day: the last that have begun, none if they change by the hour.

    deepseek-reasoner costs 0.55 for 16 hours of the day and 0.135 for the others (2026-11-22).
    """
    if not isinstance(entry.fields.get("prices"), list):
        return entry.inner("prices") or Entry({}, entry.locator), None, []
    chosen: Entry | None = None
    since: str | None = None
    remarks: list[Finding] = []
    for each in entry.inner_list("prices"):
        holds = _holds(each, today)
        if holds is None:
            chosen, since, remarks = Entry({}, each.locator), None, [_remark_condition(each)]
        elif holds:
            chosen, since, remarks = each.inner("prices"), _first_day(each), []
    if chosen is None:
        raise EntryError(f"{entry.locator}: no price that holds on {today}")
    return chosen, since, remarks


def _read_variants(entry: Entry, today: str) -> tuple[dict[ServiceTier, dict[str, Any]], list[Finding]]:
    """What each tier of service charges otherwise; every other price is the standard one, cached input's for one.

    Of two variants for one request the first counts, price by price.
    """
    variants: dict[ServiceTier, dict[str, Any]] = {}
    remarks: list[Finding] = []
    for each in entry.inner_list("price_variants"):
        when, prices, holds = each.inner("when"), each.inner("prices"), _holds(each, today)
        if when is None or prices is None:
            raise EntryError(f"{each.locator}: a variant without its request or its prices")
        tier = _name_tier(when)
        if when.fields == DEFAULT or holds is False:
            continue
        if tier is None or holds is None:
            remarks.append(_remark_condition(each))
            continue
        variants[tier] = prices.fields | variants.get(tier, {})
    return variants, remarks


def _name_tier(when: Entry) -> ServiceTier | None:
    """The tier of service that a request asks for, if that is all that it says."""
    asked = [VARIANTS.get((name, word)) for name, word in when.fields.items() if isinstance(word, str)]
    return asked[0] if len(asked) == len(when.fields) == 1 else None


def _holds(conditional: Entry, today: str) -> bool | None:
    """Whether a price has begun; None if more than its first day decides."""
    constraint = conditional.inner("constraint") or Entry({}, conditional.locator)
    if constraint.fields.keys() - {"start_date"}:
        return None
    return (_first_day(conditional) or "") <= today


def _first_day(conditional: Entry) -> str | None:
    """The day from which a price holds, where it has one."""
    constraint = conditional.inner("constraint")
    return constraint.text("start_date") if constraint else None


def _remark_condition(conditional: Entry) -> Finding:
    text = "prices on another condition than their first day or a tier of service are left out"
    return Finding(kind="remark", locator=conditional.locator, text=text)


def _read_prices(prices: Entry) -> Iterator[PriceQuote]:
    """A quote for each price and each length from which it changes; a free model has none, which says nothing.

    An hour of sound is printed under an old and a new name (whisper-1, 2026-11-22).
    """
    for name, (use, per, unit) in PRICES.items():
        if name == "audio_hours" and "input_audio_hours" in prices.fields:
            continue
        for start, amount in _read_steps(prices, name):
            yield PriceQuote(
                use=use, amount=amount, currency="USD", per=per, unit=unit, min_prompt_tokens=start
            )


def _read_steps(prices: Entry, name: str) -> Iterator[tuple[int, str]]:
    if not isinstance(prices.fields.get(name), dict):
        amount = prices.amount(name)
        if amount is not None:
            yield 0, amount
        return
    tiered = prices.inner(name) or Entry({}, prices.locator)
    base = tiered.amount("base")
    if base is not None:
        yield 0, base
    for tier in tiered.inner_list("tiers"):
        start, amount = tier.count("start"), tier.amount("price")
        if start is None or amount is None:
            raise EntryError(f"{tier.locator}: a price by length without its length or its amount")
        yield start, amount


class GenaiPricesSpider(SourceSpider):
    """Asks for the file of all prices."""

    name = "genai_prices"
    parsers: ClassVar[Parsers] = {"prices": parse_prices}
