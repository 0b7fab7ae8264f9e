"""Azure's retail prices: a meter for each kind of token, whose name carries model, direction and kind of deployment."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

PROVIDER = "azure"
UNITS = {"1K": 1_000, "1M": 1_000_000}
USES: tuple[PriceUse, ...] = ("input", "output", "cache_read", "cache_write")
SKIP = re.compile(r"(?:\$|%24)skip=([0-9]{1,9})(?![0-9])", re.IGNORECASE)

# Words of meter names, which are spelled in many ways (a copy of the list of 2026-08-11 has 3,289 meters).
INPUT = frozenset({"inp", "inpt", "input", "in"})
OUTPUT = frozenset({"outp", "outpt", "output", "out", "opt"})
CACHED = frozenset({"cached", "cache", "cach", "cchd", "ccchd", "cched", "cd", "ch"})
WRITE = frozenset({"wr", "write"})
EMBEDDING = frozenset({"embed", "embedding"})
GLOBAL = frozenset({"glbl", "global", "gl", "glb"})
DATA_ZONE = frozenset({"datazone", "dzone", "dzn", "dz"})
REGIONAL = frozenset({"regional", "regnl", "rgnl", "regn", "rg"})
TIERS: Mapping[str, ServiceTier] = {"batch": "batch", "pp": "priority"}
NOISE = frozenset({"tokens", "1m", "1k", "std", "shortco", "txt"})
LONG = frozenset({"longco"})
OTHERS = frozenset(
    {
        "ft", "rft", "dev", "training", "trng", "hosting", "hstng", "grader", "grdr", "mdl", "tkn", "img", "image",
        "aud", "audio", "rt", "rtime", "realtime", "prvw", "transcribe", "trscb", "tts", "whisper", "sora", "az",
    }
)  # fmt: skip
"""What is bought otherwise than by the token of a model's text: tuning, graders, sound, pictures, retired rates."""
MAKERS = {
    "Azure OpenAI GPT5": "gpt",
    "Azure OpenAI PP FT GPT4s": "gpt",
    "Azure Deepseek Models": "deepseek",
    "Azure Grok Models": "grok",
    "Azure Kimi": "kimi",
}
"""The word that the product says in place of its meters: "4.3" of the Grok models, "5.4 mini" of GPT5."""
ITEM_KEYS = frozenset(
    {
        "currencyCode", "tierMinimumUnits", "retailPrice", "unitPrice", "armRegionName", "location",
        "effectiveStartDate", "effectiveEndDate", "meterId", "meterName", "productId", "skuId", "productName",
        "skuName", "serviceName", "serviceId", "serviceFamily", "unitOfMeasure", "type", "isPrimaryMeterRegion",
        "armSkuName", "reservationTerm", "savingsPlan", "availabilityId",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Meter:
    """The price of one kind of token, on one route."""

    model_key: str
    route_tag: str
    region: str
    service_tier: ServiceTier
    quote: PriceQuote
    since: str
    locator: str

    @property
    def route(self) -> tuple[str, str, str]:
        """What the offer of the meter is known by."""
        return self.model_key, self.route_tag, self.service_tier


def parse_prices(page: Page) -> Iterator[Item | Finding | NextPage]:
    """A ModelClaim for every model, an OfferClaim for each of its kinds of deployment and tiers, and the next page."""
    meters: list[Meter] = []
    left_out: Counter[str] = Counter()

    def read(entry: Entry) -> Iterator[Item | Finding]:
        found = _read_meter(entry, page.captured_at)
        if isinstance(found, Meter):
            meters.append(found)
        else:
            left_out[found] += 1
        yield from entry.unknown_keys(ITEM_KEYS)

    yield from read_entries(page, read_list(page, "Items"), read)
    yield from _offer(meters)
    for reason, count in sorted(left_out.items()):
        yield Finding(kind="remark", locator="/Items", text=f"{count} meters are left out: {reason}")
    yield from _go_on(page)


def _go_on(page: Page) -> Iterator[NextPage]:
    """The page that NextPageLink names, at the address that was asked for; the link spells it with a port."""
    link = read_object(page).text("NextPageLink")
    if link is None:
        return
    skip = SKIP.search(link)
    if skip is None:
        raise LayoutChangedError(page.url, "/NextPageLink", "an address with $skip")
    yield NextPage(url=f"{page.url.partition('&$skip=')[0]}&$skip={skip[1]}")


def _read_meter(entry: Entry, captured_at: str) -> Meter | str:
    """The meter, or why it is none of ours."""
    name, product = entry.key_text("meterName"), entry.key_text("productName")
    amount, since = entry.amount("retailPrice"), entry.text("effectiveStartDate") or ""
    words = _split_name(name)
    lowered = {word.lower() for word in words}
    kinds = {word.rstrip("0123456789") for word in lowered}
    per = UNITS.get(entry.key_text("unitOfMeasure"))
    if entry.text("type") != "Consumption" or per is None or "tokens" not in lowered or kinds & OTHERS:
        return "they buy something else than a model's text tokens"
    if lowered & LONG or ("Grok" in product and "l" in lowered):
        return "they are for long prompts, and no length is printed"
    if since[:10] > captured_at[:10]:
        return "their price has not begun"
    use = _name_use(lowered)
    if use is None:
        return "their name says neither input nor output"
    if amount is None:
        raise EntryError(f"{entry.locator}: {name} has no price")
    region = entry.key_text("armRegionName")
    route_tag, served = _name_route(lowered, region)
    return Meter(
        model_key=_name_model(words, product),
        route_tag=route_tag,
        region=served,
        service_tier=next((TIERS[word] for word in TIERS if word in lowered), "standard"),
        quote=PriceQuote(
            use=use, amount=amount, currency=entry.key_text("currencyCode"), per=per, unit="token"
        ),
        since=since,
        locator=entry.locator,
    )


def _split_name(name: str) -> list[str]:
    """The words of a meter's name: "gpt-4o-0806-Batch-Inp-glbl Tokens", "gpt 4o 0806 Batch Inp Data Zone Tokens"."""
    return re.split(r"[\s-]+", re.sub(r"\bData Zone\b", "DataZone", name.strip()))


def _name_use(words: set[str]) -> PriceUse | None:
    """What is paid for; "cached DZ" alone is read from the cache, and an embedding has nothing but input."""
    if words & CACHED:
        return "cache_write" if words & WRITE else None if words & OUTPUT else "cache_read"
    if words & OUTPUT:
        return "output"
    return "input" if words & (INPUT | EMBEDDING) else None


def _name_route(words: set[str], region: str) -> tuple[str, str]:
    """Route tag and region: one price for the world, one for a zone of regions, or the region's own."""
    if words & GLOBAL:
        return "-", "global"
    if words & DATA_ZONE:
        return f"data-zone/{region}", region
    return region, region


def _name_model(words: list[str], product: str) -> str:
    """The words that are left, joined as Azure joins its models' names: "gpt-4.1-mini", "fw-gpt-oss-120b".

    In small letters, for one model is "GPT 5 Mini" in some meters and "5 mini" in others.
    """
    grammar = INPUT | OUTPUT | CACHED | WRITE | GLOBAL | DATA_ZONE | REGIONAL | NOISE | TIERS.keys()
    kept = [word for word in words if word.lower() not in grammar or word.lower() in EMBEDDING]
    maker = MAKERS.get(product)
    if maker and not any(maker in word.lower() for word in kept) and "MAI" not in kept:
        kept.insert(0, maker)
    return "-".join(kept).lower()


def _offer(meters: list[Meter]) -> Iterator[Item | Finding]:
    """The claims of all meters: of two for one thing, the one that began last counts."""
    routes: dict[tuple[str, str, str], dict[PriceUse, Meter]] = {}
    for meter in meters:
        priced = routes.setdefault(meter.route, {})
        rival = priced.get(meter.quote.use)
        if rival is None or meter.since > rival.since:
            priced[meter.quote.use] = meter
        elif meter.since == rival.since and meter.quote != rival.quote:
            text = f"{meter.model_key}: {meter.quote.use} {meter.quote.amount} is left out beside {rival.quote.amount}"
            yield Finding(kind="remark", locator=meter.locator, text=text)
    claimed: set[str] = set()
    for priced in routes.values():
        known = [priced[use] for use in USES if use in priced]
        first = known[0]
        if first.quote.use not in ("input", "output"):
            text = f"{first.model_key} has a price of cached tokens alone and is left out"
            yield Finding(kind="remark", locator=first.locator, text=text)
            continue
        if first.model_key not in claimed:
            claimed.add(first.model_key)
            yield ModelClaim(provider_key=PROVIDER, model_key=first.model_key, locator=first.locator)
        yield OfferClaim(
            provider_key=PROVIDER,
            model_key=first.model_key,
            locator=first.locator,
            route_tag=first.route_tag,
            service_tier=first.service_tier,
            region=first.region,
            prices=tuple(meter.quote for meter in known),
        )


class AzureSpider(SourceSpider):
    """Asks for the meters of one region, product group by product group: a page holds at most a thousand."""

    name = "azure"
    parsers: ClassVar[Parsers] = {
        "gpt5": parse_prices,
        "openai": parse_prices,
        "others": parse_prices,
    }
