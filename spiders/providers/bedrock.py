"""Amazon Bedrock price list: a product for each kind of token of a model, its price among the terms.

Page: JSON offer file of one region; /products describes the meters, /terms/OnDemand holds their prices by SKU.
Units: per 1K or 1M tokens (`unit` of the price dimension), in every currency that is printed. One file holds both
(xai.grok-4.3 by the million, 2026-07-07).
Traps:
- Newer meters state in `usagetype` alone what older ones state in several attributes.
- Models sold through the Marketplace, Claude among them, have an offer file of their own (`bedrock_marketplace`). It
  has the same form, but only the name of the service states the model, and `usagetype` alone what is metered, in one
  of two spellings: "USW2-MP:USW2_CacheReadInputTokenCount_Global-Units", "..._cache_read_tokens_global_standard-Units".
- Two meters may price one thing: gpt-oss-120b is metered for each of two endpoints at one price (2026-07-07).
- Cache writes for an hour and prompts of an unstated length have no price use and are left out, as are discounts by
  volume.
- "Latency Optimized" after a model's name is a service tier, not a model.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, pointer, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.providers.meters import TokenMeter, build_claims

PROVIDER_KEY = "amazon-bedrock"
UNITS = {"1k tokens": 1_000, "1m tokens": 1_000_000}
FAST_SUFFIX = " Latency Optimized"
SERVICE_TIERS: Mapping[str, ServiceTier] = {
    "batch": "batch", "batchinference": "batch", "flex": "flex", "priority": "priority", "optimized": "fast",
}  # fmt: skip
NOT_TEXT_TOKENS = frozenset(
    {
        "custom", "customization", "customized", "distillation", "evaluation", "provisioned", "reserved", "rft",
        "storage", "training", "audio", "image", "speech", "video",
    }
)  # fmt: skip
"""Custom weights, training, commitments and other modalities: not sold by the token of a model's text."""
WORD_ATTRIBUTES = ("inferenceType", "tokenType", "feature", "service_tier", "usagetype")
"""The attributes that state what is metered."""
EDITION = re.compile(r"(.+) \(Amazon Bedrock Edition\)")
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
METER_WORD = re.compile(r"[a-z]+|[0-9]+[a-z]?")
PRODUCT_KEYS = frozenset({"sku", "productFamily", "attributes"})
ATTRIBUTE_KEYS = frozenset(
    {
        "servicecode", "servicename", "location", "locationType", "regionCode", "usagetype", "operation", "provider",
        "model", "titanModel", "inferenceType", "tokenType", "feature", "featureType", "service_tier", "group",
        "groupDescription", "description", "modelUnit",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BedrockMeter(TokenMeter):
    """A meter and AWS's name of it."""

    usage: str


def parse_offers(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every model with a price per text token, an OfferClaim for each of its regions and tiers."""
    document = read_object(page)
    products, on_demand = document.inner("products"), document.section("terms").inner("OnDemand")
    if products is None or on_demand is None:
        raise LayoutChangedError(page.url, "/products and /terms/OnDemand", "products and their prices")
    meters: list[BedrockMeter] = []

    def parse_product(entry: Entry) -> Iterator[Item | Finding]:
        meters.extend(_parse_meters(entry, on_demand))
        yield from entry.unknown_keys(PRODUCT_KEYS, "product.")
        yield from entry.section("attributes").unknown_keys(ATTRIBUTE_KEYS, "attributes.")

    listed = ((pointer("products", sku), value) for sku, value in products.fields.items())
    yield from read_entries(page, listed, parse_product)
    yield from _build_offers(meters)


def _parse_meters(entry: Entry, on_demand: Entry) -> Iterator[BedrockMeter]:
    """The meters of a product that is a model's text token; other products have none."""
    attributes = entry.inner("attributes")
    if attributes is None:
        raise EntryError(f"{entry.locator}: no attributes")
    usage = attributes.text("usagetype")
    edition = EDITION.fullmatch(attributes.text("servicename") or "")
    model = edition[1] if edition else attributes.text("model") or attributes.text("titanModel")
    texts = " ".join(attributes.text(name) or "" for name in WORD_ATTRIBUTES)
    words = set(METER_WORD.findall((CAPITAL.sub(" ", texts) if edition else texts).lower()))
    use = _parse_use(words)
    if model is None or usage is None or use is None or words & NOT_TEXT_TOKENS:
        return
    is_global = "global" in words
    region = attributes.text("regionCode")
    for quote in _parse_prices(entry, on_demand, use):
        yield BedrockMeter(
            model_key=model.removesuffix(FAST_SUFFIX),
            developer=attributes.text("provider"),
            route_tag="global" if is_global else "-",
            region="global" if is_global else region,
            service_tier=next((SERVICE_TIERS[word] for word in SERVICE_TIERS if word in words), "standard"),
            quote=quote,
            locator=entry.locator,
            usage=usage,
        )


def _parse_use(words: set[str]) -> PriceUse | None:
    """What is paid for; None for what has no price use."""
    if "tokens" not in words and "token" not in words:
        return None
    if "long" in words or ("write" in words and ("hour" in words or "1h" in words)):
        return None
    if "cache" in words:
        return "cache_read" if "read" in words else "cache_write" if "write" in words else None
    return "output" if "output" in words else "input" if "input" in words else None


def _parse_prices(entry: Entry, on_demand: Entry, use: PriceUse) -> Iterator[PriceQuote]:
    """The prices per token of a product, in every currency of its terms."""
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


def _build_offers(meters: list[BedrockMeter]) -> Iterator[Item | Finding]:
    """The claims of all meters; of two prices for one thing the first counts, and a remark names the other."""
    offers: dict[tuple[str, str, str], list[BedrockMeter]] = {}
    for meter in meters:
        known = offers.setdefault(meter.offer_key, [])
        priced = (meter.quote.use, meter.quote.currency)
        rival = next((other for other in known if (other.quote.use, other.quote.currency) == priced), None)
        if rival is None:
            known.append(meter)
        elif (rival.quote.amount, rival.quote.per) != (meter.quote.amount, meter.quote.per):
            text = f"{meter.usage} at {meter.quote.amount} is left out beside {rival.usage}"
            yield Finding(kind="remark", locator=meter.locator, text=text)
    yield from build_claims(PROVIDER_KEY, offers.values())


PARSERS: Parsers = {"us_east_1": parse_offers}
