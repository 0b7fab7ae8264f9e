"""Amazon Bedrock's price list: a product for each kind of token of a model, and its price among the terms."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, pointer, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER = "amazon-bedrock"
UNITS = {"1k tokens": 1_000, "1m tokens": 1_000_000}
"""How many tokens a price buys; one offer file holds both (xai.grok-4.3 by the million, 2026-07-07)."""
FAST = " Latency Optimized"
TIERS: Mapping[str, ServiceTier] = {
    "batch": "batch", "batchinference": "batch", "flex": "flex", "priority": "priority", "optimized": "fast",
}  # fmt: skip
# Bought otherwise than by the token of text: own weights, training, commitments, other modalities.
OTHERS = frozenset(
    {
        "custom", "customization", "customized", "distillation", "evaluation", "provisioned", "reserved", "rft",
        "storage", "training", "audio", "image", "speech", "video",
    }
)  # fmt: skip
WORD = re.compile(r"[a-z]+|[0-9]+[a-z]?")
PRODUCT_KEYS = frozenset({"sku", "productFamily", "attributes"})
ATTRIBUTES = frozenset(
    {
        "servicecode", "servicename", "location", "locationType", "regionCode", "usagetype", "operation", "provider",
        "model", "titanModel", "inferenceType", "tokenType", "feature", "featureType", "service_tier", "group",
        "groupDescription", "description",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Meter:
    """The price of one kind of token, on one route."""

    model_key: str
    developer: str | None
    route_tag: str
    region: str | None
    service_tier: ServiceTier
    quote: PriceQuote
    locator: str
    usage: str
    """AWS's name of the meter."""

    @property
    def route(self) -> tuple[str, str, str]:
        """What the offer of the meter is known by."""
        return self.model_key, self.route_tag, self.service_tier


def parse_offers(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every model with a price per token of text, an OfferClaim for each of its routes and tiers."""
    document = read_object(page)
    products, terms = document.inner("products"), document.inner("terms")
    on_demand = terms.inner("OnDemand") if terms else None
    if products is None or on_demand is None:
        raise LayoutChangedError(page.url, "/products and /terms/OnDemand", "products and their prices")
    meters: list[Meter] = []

    def read(entry: Entry) -> Iterator[Item | Finding]:
        meters.extend(_read_product(entry, on_demand))
        yield from entry.unknown_keys(PRODUCT_KEYS, "product.")
        attributes = entry.inner("attributes")
        yield from attributes.unknown_keys(ATTRIBUTES, "attributes.") if attributes else ()

    listed = ((pointer("products", sku), value) for sku, value in products.fields.items())
    yield from read_entries(page, listed, read)
    yield from _offer(meters)


def _read_product(entry: Entry, on_demand: Entry) -> Iterator[Meter]:
    """The meters of a product that is a model's text token; products of other things have none."""
    attributes = entry.inner("attributes")
    if attributes is None:
        raise EntryError(f"{entry.locator}: no attributes")
    model, usage = attributes.text("model") or attributes.text("titanModel"), attributes.text("usagetype")
    words = _list_words(attributes)
    use = _name_use(words)
    if model is None or usage is None or use is None or words & OTHERS:
        return
    tier: ServiceTier = next((TIERS[word] for word in TIERS if word in words), "standard")
    is_global = "global" in words
    region = attributes.text("regionCode")
    for quote in _read_quotes(entry, on_demand, use):
        yield Meter(
            model_key=model.removesuffix(FAST),
            developer=attributes.text("provider"),
            route_tag="global" if is_global else "-",
            region="global" if is_global else region,
            service_tier=tier,
            quote=quote,
            locator=entry.locator,
            usage=usage,
        )


def _list_words(attributes: Entry) -> set[str]:
    """The words that say what is metered; newer meters say in the usage type alone what older ones say thrice."""
    named = ("inferenceType", "tokenType", "feature", "service_tier", "usagetype")
    spelled = " ".join(attributes.text(name) or "" for name in named)
    return set(WORD.findall(spelled.lower()))


def _name_use(words: set[str]) -> PriceUse | None:
    """What is paid for. The dearer write for an hour, and prompts of an unstated length, have no use of their own."""
    if "tokens" not in words and "token" not in words:
        return None
    if "long" in words or ("write" in words and ("hour" in words or "1h" in words)):
        return None
    if "cache" in words:
        return "cache_read" if "read" in words else "cache_write" if "write" in words else None
    return "output" if "output" in words else "input" if "input" in words else None


def _read_quotes(entry: Entry, on_demand: Entry, use: PriceUse) -> Iterator[PriceQuote]:
    """The prices of a product per token, in every currency that its terms print; discounts by volume are left out."""
    for term in _list_objects(on_demand.inner(entry.locator.rpartition("/")[2])):
        for dimension in _list_objects(term.inner("priceDimensions")):
            price = dimension.inner("pricePerUnit")
            per = UNITS.get((dimension.text("unit") or "").lower())
            if price is None or per is None or (dimension.text("beginRange") or "0") != "0":
                continue
            for currency in price.fields:
                amount = price.amount(currency)
                if amount is not None:
                    yield PriceQuote(use=use, amount=amount, currency=currency, per=per, unit="token")


def _list_objects(entry: Entry | None) -> list[Entry]:
    """The objects under all keys of an object."""
    return [each for key in entry.fields if (each := entry.inner(key))] if entry else []


def _offer(meters: list[Meter]) -> Iterator[Item | Finding]:
    """The claims of all meters; of two prices for one thing the first counts, and a remark names the other.

    gpt-oss-120b is metered for each of two endpoints at one price (2026-07-07).
    """
    routes: dict[tuple[str, str, str], list[Meter]] = {}
    for meter in meters:
        known = routes.setdefault(meter.route, [])
        rival = next((other for other in known if _is_same_price(other.quote, meter.quote)), None)
        if rival is None:
            known.append(meter)
        elif (rival.quote.amount, rival.quote.per) != (meter.quote.amount, meter.quote.per):
            text = f"{meter.usage} at {meter.quote.amount} is left out beside {rival.usage}"
            yield Finding(kind="remark", locator=meter.locator, text=text)
    claimed: set[str] = set()
    for known in routes.values():
        first = known[0]
        if first.model_key not in claimed:
            claimed.add(first.model_key)
            yield ModelClaim(
                provider_key=PROVIDER,
                model_key=first.model_key,
                locator=first.locator,
                developer=first.developer,
            )
        yield OfferClaim(
            provider_key=PROVIDER,
            model_key=first.model_key,
            locator=first.locator,
            route_tag=first.route_tag,
            service_tier=first.service_tier,
            region=first.region,
            prices=tuple(meter.quote for meter in known),
        )


def _is_same_price(one: PriceQuote, other: PriceQuote) -> bool:
    return (one.use, one.currency) == (other.use, other.currency)


class BedrockSpider(SourceSpider):
    """Asks for the offer file of one region."""

    name = "bedrock"
    parsers: ClassVar[Parsers] = {"us_east_1": parse_offers}
