"""OpenRouter model list: one entry per model, an aggregate over its endpoints.

Page: JSON list under /data; `output_modalities=all` in the address lists models of every output modality.
Units: USD per single token, image, request or search, decimal strings.
Traps:
- The price is that of the cheapest endpoint in 338 of 343 cases, and `supported_parameters` is the union over the
  endpoints (2026-05-18). A parameter that is not listed states nothing.
- "-1" means that the price varies; it stays as printed.
- Price overrides may be by the hour of the day: {"utc_start": 1000, "utc_end": 100, "prompt": ...} (2026-08-22). The
  price beside them was that of the hour of the capture; the highest one is the offer's, each lower one an offer of its
  hours. Overrides with other conditions are left out.
- Keys end in a variant (":free", ":batch"); keys that start with "~" are aliases of a changing target, which is
  printed as a key or as an object with a slug.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, ServiceTier
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.price_hours import Window, find_other_hours, format_hours

PROVIDER_KEY = "openrouter"
PRICE_KEYS: PriceKeys = {
    "prompt": ("input", "token"),
    "completion": ("output", "token"),
    "input_cache_read": ("cache_read", "token"),
    "input_cache_write": ("cache_write", "token"),
    "internal_reasoning": ("reasoning", "token"),
    "audio": ("input_audio", "token"),
    "audio_output": ("output_audio", "token"),
    "image": ("input_image", "image"),
    "image_token": ("input_image", "token"),
    "image_output": ("output_image", "image"),
    "request": ("request", "request"),
    "web_search": ("web_search", "search"),
}
CAPABILITY_LABELS = {
    "tools": "function_calling",
    "tool_choice": "tool_choice",
    "parallel_tool_calls": "parallel_tool_calls",
    "structured_outputs": "structured_outputs",
    "response_format": "json_mode",
    "reasoning": "reasoning",
    "reasoning_effort": "reasoning_effort",
    "temperature": "temperature",
    "logprobs": "logprobs",
    "seed": "seed",
    "web_search_options": "web_search",
}
SERVICE_TIERS: Mapping[str, ServiceTier] = {"batch": "batch", "flex": "flex", "priority": "priority"}
OVERRIDE_KEYS = frozenset({*PRICE_KEYS, "input_cache_write_1h", "input_audio_cache", "min_prompt_tokens"})
HOUR_CONDITION = frozenset({"utc_start", "utc_end"})
HOUR_KEYS = (OVERRIDE_KEYS - {"min_prompt_tokens"}) | HOUR_CONDITION
# Cache writes for an hour and cached audio have no price use (keys since 2026-07).
IGNORED_PRICES = frozenset({"input_cache_write_1h", "input_audio_cache"})
PRICING_KEYS = frozenset({*PRICE_KEYS, *IGNORED_PRICES, "overrides", "discount"})
MODEL_KEYS = frozenset(
    {
        "id", "canonical_slug", "hugging_face_id", "name", "created", "description", "context_length", "architecture",
        "pricing", "top_provider", "per_request_limits", "supported_parameters", "default_parameters",
        "supported_voices", "knowledge_cutoff", "expiration_date", "links", "alias_target", "benchmarks", "reasoning",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim of the kind `aggregate` for every entry."""
    yield from read_entries(page, read_list(page, "data"), parse_model)


def parse_model(
    entry: Entry, provider_key: str = PROVIDER_KEY, own_keys: frozenset[str] = frozenset()
) -> Iterator[Item | Finding]:
    """The claims of an entry; `own_keys` are further keys that a list of this shape has."""
    model_key = entry.required_text("id")
    architecture = entry.section("architecture")
    has_target = isinstance(entry.fields.get("alias_target"), dict)
    model = ModelClaim(
        provider_key=provider_key,
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("name"),
        developer=model_key.removeprefix("~").partition("/")[0],
        listed=entry.epoch_date("created"),
        knowledge_cutoff=entry.text("knowledge_cutoff"),
        context_tokens=entry.positive_count("context_length"),
        hugging_face_id=entry.text("hugging_face_id"),
        canonical_slug=entry.text("canonical_slug"),
        alias_target=entry.section("alias_target").text("slug") if has_target else entry.text("alias_target"),
        input_modalities=architecture.text_list("input_modalities"),
        output_modalities=architecture.text_list("output_modalities"),
        capabilities=parse_capabilities(entry),
        status="alias" if model_key.startswith("~") else None,
    )
    yield model
    provider, pricing = entry.section("top_provider"), entry.section("pricing")
    offer = replace(
        OfferClaim.of(model, parse_prices(pricing)),
        route_kind="aggregate",
        service_tier=parse_tier(model_key.rpartition(":")[2]),
        context_tokens=provider.positive_count("context_length"),
        max_output_tokens=provider.positive_count("max_completion_tokens"),
        is_free=True if model_key.endswith(":free") else None,
        discount=pricing.amount("discount"),
        retire_on=entry.text("expiration_date"),
    )
    yield from split_by_hours(offer, pricing)
    yield from entry.unknown_keys(MODEL_KEYS | own_keys)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")
    yield from remark_overrides(pricing)


def parse_prices(pricing: Entry) -> Iterator[PriceQuote]:
    """Base prices, and those that apply from a stated prompt length."""
    yield from read_quotes(pricing, PRICE_KEYS, per=1)
    for override in pricing.inner_list("overrides"):
        size = override.count("min_prompt_tokens")
        if size and not override.fields.keys() - OVERRIDE_KEYS:
            yield from read_quotes(override, PRICE_KEYS, per=1, min_prompt_tokens=size)


def split_by_hours(offer: OfferClaim, pricing: Entry) -> Iterator[OfferClaim]:
    """The offer at its highest price, and an offer of its hours for each lower one."""
    base = {(quote.use, quote.unit, quote.min_prompt_tokens): quote for quote in offer.prices}
    hours: dict[tuple[PriceQuote, ...], list[Window]] = {}
    for override in pricing.inner_list("overrides"):
        start, end = override.count("utc_start"), override.count("utc_end")
        if start is not None and end is not None and not override.fields.keys() - HOUR_KEYS:
            changed = {(quote.use, quote.unit, 0): quote for quote in read_quotes(override, PRICE_KEYS, per=1)}
            windows = hours.setdefault(tuple({**base, **changed}.values()), [])
            windows.append((_count_minutes(start), _count_minutes(end)))
    if not hours:
        yield offer
        return
    rest = find_other_hours(window for windows in hours.values() for window in windows)
    if rest:
        hours.setdefault(offer.prices, []).extend(rest)
    first, *others = sorted(hours, key=_rank_prices, reverse=True)
    yield replace(offer, prices=first)
    for number, prices in enumerate(others, 1):
        name = "off-peak" if number == 1 else f"off-peak-{number}"
        tag = name if offer.route_tag == "-" else f"{offer.route_tag}/{name}"
        yield replace(offer, prices=prices, route_tag=tag, price_hours_utc=format_hours(hours[prices]))


def _count_minutes(clock: int) -> int:
    """Minutes after midnight of a time that is printed as a number: 1030 is half past ten."""
    return clock // 100 * 60 + clock % 100


def _rank_prices(prices: tuple[PriceQuote, ...]) -> list[tuple[bool, Decimal]]:
    """By input, then by the others in their order."""
    return sorted(((quote.use == "input", Decimal(quote.amount)) for quote in prices), reverse=True)


def remark_overrides(pricing: Entry) -> Iterator[Finding]:
    """A remark on each price override that is left out: it is by neither the prompt's length nor the hour alone."""
    for override in pricing.inner_list("overrides"):
        others = sorted(override.fields.keys() - OVERRIDE_KEYS)
        is_by_hour = HOUR_CONDITION <= override.fields.keys() <= HOUR_KEYS
        if not is_by_hour and (others or not override.count("min_prompt_tokens")):
            text = f"a price under another condition than the prompt's length ({', '.join(others)}) is left out"
            yield Finding(kind="remark", locator=override.locator, text=text)


def parse_capabilities(entry: Entry) -> tuple[tuple[str, bool], ...]:
    """The capabilities that the supported parameters show, all true."""
    return entry.labels("supported_parameters", CAPABILITY_LABELS)


def parse_tier(suffix: str) -> ServiceTier:
    """The service tier that the suffix of a key or of a tag names."""
    return SERVICE_TIERS.get(suffix, "standard")


PARSERS: Parsers = {"models": parse_models}
