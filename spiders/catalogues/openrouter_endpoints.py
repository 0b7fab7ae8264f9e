"""OpenRouter endpoint pages: for one model, every operator that serves it, with its own price and limits.

Page: one JSON object per model of OpenRouter's list; endpoints under /data/endpoints, of which there may be none.
Units: USD per single token, as in the model list; uptime in percent, latency in milliseconds, throughput in tokens
per second, of which the median is read.
Traps:
- One tag may have several rows: qwen/qwen3-235b-a22b-2507 has two of google-vertex/us-south1 at different prices
  (2026-05-18). Identical rows are one endpoint; others are numbered from the cheapest on.
- The service tier is the end of the tag ("openai/flex").
- `status` is a number below 0 for an unhealthy endpoint.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from urllib.parse import quote

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.catalogues.openrouter import (
    PRICING_KEYS,
    PROVIDER_KEY,
    parse_capabilities,
    parse_prices,
    parse_tier,
    remark_overrides,
    split_by_hours,
)
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

CAPABILITY_FLAGS = {"supports_implicit_caching": "implicit_caching"}
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
    """A ModelClaim, and an OfferClaim of the kind `via_aggregator` for every endpoint."""
    data = read_object(page).inner("data")
    endpoints = data.fields.get("endpoints") if data else None
    if data is None or not isinstance(endpoints, list):
        raise LayoutChangedError(page.url, "/data/endpoints", "a list of endpoints")
    model_key = data.required_text("id")
    yield _build_model(data, model_key)
    entries = [(f"/data/endpoints/{number}", value) for number, value in enumerate(endpoints)]
    offers: list[OfferClaim] = []
    for each in read_entries(page, entries, lambda entry: _parse_endpoint(entry, model_key)):
        if isinstance(each, OfferClaim):
            offers.append(each)
        else:
            yield each
    yield from _number_repeated_tags(offers)


def _build_model(data: Entry, model_key: str) -> ModelClaim:
    architecture = data.section("architecture")
    return ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=model_key,
        locator=data.locator,
        name=data.text("name"),
        developer=model_key.removeprefix("~").partition("/")[0],
        listed=data.epoch_date("created"),
        input_modalities=architecture.text_list("input_modalities"),
        output_modalities=architecture.text_list("output_modalities"),
    )


def _parse_endpoint(entry: Entry, model_key: str) -> Iterator[Item | Finding]:
    pricing = entry.section("pricing")
    tag = entry.required_text("tag")
    offer = OfferClaim(
        provider_key=PROVIDER_KEY,
        model_key=model_key,
        locator=entry.locator,
        operator_key=entry.required_text("provider_name"),
        route_tag=tag,
        route_kind="via_aggregator",
        service_tier=parse_tier(tag.rpartition("/")[2]),
        quantization=entry.text("quantization"),
        context_tokens=entry.positive_count("context_length"),
        max_output_tokens=entry.positive_count("max_completion_tokens"),
        prices=tuple(parse_prices(pricing)),
        is_free=True if model_key.endswith(":free") else None,
        discount=pricing.amount("discount"),
        capabilities=(*parse_capabilities(entry), *entry.flags(CAPABILITY_FLAGS)),
        status=entry.amount("status"),
        uptime_percent=entry.measure("uptime_last_1d"),
        latency_ms=entry.section("latency_last_30m").measure("p50"),
        throughput_tokens_per_s=entry.section("throughput_last_30m").measure("p50"),
    )
    yield from split_by_hours(offer, pricing)
    yield from entry.unknown_keys(ENDPOINT_KEYS)
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.")
    yield from remark_overrides(pricing)


def _number_repeated_tags(offers: list[OfferClaim]) -> Iterator[Item | Finding]:
    """The offers of each tag once; a number after the tag of all but the cheapest, and a remark on each."""
    seen: dict[str, list[OfferClaim]] = {}
    for offer in offers:
        same_tag = seen.setdefault(offer.route_tag, [])
        if any(replace(offer, locator=other.locator) == other for other in same_tag):
            text = f"a repeated row of {offer.route_tag} is left out"
            yield Finding(kind="remark", locator=offer.locator, text=text)
        else:
            same_tag.append(offer)
    for same_tag in seen.values():
        same_tag.sort(key=_rank_offer)
        yield same_tag[0]
        for number, offer in enumerate(same_tag[1:], 2):
            tag = f"{offer.route_tag}#{number}"
            yield replace(offer, route_tag=tag)
            text = f"another row of {offer.route_tag} with other contents is called {tag}"
            yield Finding(kind="remark", locator=offer.locator, text=text)


def _rank_offer(offer: OfferClaim) -> tuple[list[tuple[str, int, Decimal]], str]:
    """Prices, then the other contents: an order that the page's order of rows does not change."""
    prices = [(str(each.use), each.min_prompt_tokens, Decimal(each.amount)) for each in offer.prices]
    # The input price decides: by use it comes after the cache prices.
    prices.sort(key=lambda price: (price[0] != "input", price))
    return prices, repr(replace(offer, locator="", uptime_percent=None, latency_ms=None, throughput_tokens_per_s=None))


class OpenRouterEndpointsSpider(SourceSpider):
    """Requests the endpoints of every model of OpenRouter's list."""

    def pages(self) -> Iterable[tuple[str, str]]:
        """One page per model, up to the limit of a run, which no real list reaches; pages that are recent are left out.

        A replay requests every page that its archive holds.
        """
        address, recent, archive = (
            self.job.source.urls["endpoints"],
            set(self.job.inputs.recent_pages),
            self.job.archive,
        )
        most = self.settings.getint("OPENROUTER_MODELS_PER_RUN")
        for model_id in self.job.inputs.openrouter_model_ids[:most]:
            url = address.format(model=quote(model_id, safe="/:~@+"))
            if url in recent and not (archive and archive.holds(url)):
                self.job.pages_not_due += 1
            else:
                yield "endpoints", url


PARSERS: Parsers = {"endpoints": parse_endpoints}
