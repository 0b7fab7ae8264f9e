"""OpenRouter's endpoint pages: for one model, every operator that serves it, with its own price and limits."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar
from urllib.parse import quote

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.catalogues.openrouter import (
    PRICING_KEYS,
    read_parameters,
    read_prices,
    remark_overrides,
    tier_of,
)
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

ENDPOINT_KEYS = frozenset(
    {
        "name", "model_id", "model_name", "context_length", "pricing", "provider_name", "tag", "quantization",
        "max_completion_tokens", "max_prompt_tokens", "supported_parameters", "supports_tool_choice", "status",
        "uptime_last_5m", "uptime_last_30m", "uptime_last_1d", "latency_last_30m", "throughput_last_30m",
        "supports_implicit_caching", "supports_voice_cloning", "supports_multiple_audio_references",
        "supports_image_reference",
    }
)  # fmt: skip


def parse_endpoints(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim, and an OfferClaim (the route `via_aggregator`) for every endpoint, of which there may be none."""
    data = read_object(page).inner("data")
    endpoints = data.fields.get("endpoints") if data else None
    if data is None or not isinstance(endpoints, list):
        raise LayoutChangedError(page.url, "/data/endpoints", "a list of endpoints")
    model_key = data.key_text("id")
    yield _read_model(data, model_key)
    entries = [(f"/data/endpoints/{number}", value) for number, value in enumerate(endpoints)]
    routes: list[OfferClaim] = []
    for each in read_entries(page, entries, lambda entry: _read_endpoint(entry, model_key)):
        if isinstance(each, OfferClaim):
            routes.append(each)
        else:
            yield each
    yield from _tell_apart(routes)


def _read_model(data: Entry, model_key: str) -> ModelClaim:
    architecture = data.inner("architecture") or Entry({}, data.locator)
    return ModelClaim(
        provider_key="openrouter",
        model_key=model_key,
        locator=data.locator,
        name=data.text("name"),
        developer=model_key.removeprefix("~").partition("/")[0],
        listed=data.date_of_epoch("created"),
        input_modalities=architecture.words("input_modalities"),
        output_modalities=architecture.words("output_modalities"),
    )


def _read_endpoint(entry: Entry, model_key: str) -> Iterator[Item | Finding]:
    pricing = entry.inner("pricing") or Entry({}, entry.locator)
    tag = entry.key_text("tag")
    caching = entry.flag("supports_implicit_caching")
    yield OfferClaim(
        provider_key="openrouter",
        model_key=model_key,
        locator=entry.locator,
        operator_key=entry.key_text("provider_name"),
        route_tag=tag,
        route_kind="via_aggregator",
        service_tier=tier_of(tag.rpartition("/")[2]),
        quantization=entry.text("quantization"),
        context_tokens=entry.known_count("context_length"),
        max_output_tokens=entry.known_count("max_completion_tokens"),
        prices=tuple(read_prices(pricing)),
        is_free=True if model_key.endswith(":free") else None,
        discount=pricing.amount("discount"),
        capabilities=(
            *read_parameters(entry),
            *((("implicit_caching", caching),) if caching is not None else ()),
        ),
        status=entry.amount("status"),
        uptime_percent=entry.measure("uptime_last_1d"),
        latency_ms=_read_median(entry, "latency_last_30m"),
        throughput_tokens_per_s=_read_median(entry, "throughput_last_30m"),
    )
    yield from entry.unknown_keys(ENDPOINT_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.") if entry.inner("pricing") else ()
    yield from remark_overrides(pricing)


def _read_median(entry: Entry, key: str) -> float | None:
    spread = entry.inner(key)
    return spread.measure("p50") if spread else None


def _tell_apart(routes: list[OfferClaim]) -> Iterator[Item | Finding]:
    """Routes of one tag: identical rows are one route, others are numbered in the page's order.

    qwen/qwen3-235b-a22b-2507 has two rows of google-vertex/us-south1 at different prices (2026-05-18).
    """
    seen: dict[str, list[OfferClaim]] = {}
    for route in routes:
        same_tag = seen.setdefault(route.route_tag, [])
        if any(replace(route, locator=other.locator) == other for other in same_tag):
            text = f"a repeated row of {route.route_tag} is left out"
            yield Finding(kind="remark", locator=route.locator, text=text)
            continue
        same_tag.append(route)
        if len(same_tag) == 1:
            yield route
            continue
        tag = f"{route.route_tag}#{len(same_tag)}"
        yield replace(route, route_tag=tag)
        text = f"another row of {route.route_tag} with other contents is called {tag}"
        yield Finding(kind="remark", locator=route.locator, text=text)


class OpenRouterEndpointsSpider(SourceSpider):
    """Asks for the endpoints of every model that the list names."""

    name = "openrouter_endpoints"
    parsers: ClassVar[Parsers] = {"endpoints": parse_endpoints}

    def pages(self) -> Iterable[tuple[str, str]]:
        """One page per model, of no more models than a list has that is what it seems."""
        address = self.job.source.urls["endpoints"]
        most = self.settings.getint("OPENROUTER_MODELS_PER_NIGHT")
        for model_id in self.job.inputs.openrouter_model_ids[:most]:
            yield "endpoints", address.format(model=quote(model_id, safe="/:~@+"))
