"""Azure retail prices of Foundry models: a meter for each kind of token of a model, in one region.

Page: JSON list under /Items, at most a thousand meters a page; `NextPageLink` names the next one, with a port in its
address. Three pages of the registry filter by product group. The meter's name holds model, direction, deployment and
service tier; nothing else does. A copy of the list of 2026-08-11 has 3,289 meters.
Units: `retailPrice` per 1K or 1M tokens (`unitOfMeasure`), in `currencyCode`.
Traps:
- Meter names abbreviate in many ways ("Inp", "inpt", "cchd", "DZone"), and one model is "GPT 5 Mini" in some meters
  and "5 mini" in others. Some leave out the model family, which then only the product names.
- Two meters may price one thing: the one whose `effectiveStartDate` is the latest applies. Future prices are listed.
- Meters for long prompts print no prompt length and are left out.
- A global price applies worldwide, a data-zone price to a zone of regions; others are the region's own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers
from llmpairs.spiders.providers.meters import TokenMeter, build_claims

PROVIDER_KEY = "azure"
UNITS = {"1K": 1_000, "1M": 1_000_000}
PRICE_USES: tuple[PriceUse, ...] = ("input", "output", "cache_read", "cache_write")
SKIP = re.compile(r"(?:\$|%24)skip=([0-9]{1,9})(?![0-9])", re.IGNORECASE)

# Words of meter names, in lower case.
INPUT = frozenset({"inp", "inpt", "input", "in"})
OUTPUT = frozenset({"outp", "outpt", "output", "out", "opt"})
CACHED = frozenset({"cached", "cache", "cach", "cchd", "ccchd", "cched", "cd", "ch"})
WRITE = frozenset({"wr", "write"})
EMBEDDING = frozenset({"embed", "embedding"})
GLOBAL = frozenset({"glbl", "global", "gl", "glb"})
DATA_ZONE = frozenset({"datazone", "dzone", "dzn", "dz"})
REGIONAL = frozenset({"regional", "regnl", "rgnl", "regn", "rg"})
SERVICE_TIERS: Mapping[str, ServiceTier] = {"batch": "batch", "pp": "priority"}
NOISE = frozenset({"tokens", "1m", "1k", "std", "shortco", "txt"})
LONG_PROMPTS = frozenset({"longco"})
NOT_TEXT_TOKENS = frozenset(
    {
        "ft", "rft", "dev", "training", "trng", "hosting", "hstng", "grader", "grdr", "mdl", "tkn", "img", "image",
        "aud", "audio", "rt", "rtime", "realtime", "prvw", "transcribe", "trscb", "tts", "whisper", "sora", "az",
    }
)  # fmt: skip
"""Fine-tuning, graders, audio, images and retired rates: not sold by the token of a model's text."""
MODEL_FAMILIES = {
    "Azure OpenAI GPT5": "gpt",
    "Azure OpenAI PP FT GPT4s": "gpt",
    "Azure Deepseek Models": "deepseek",
    "Azure Grok Models": "grok",
    "Azure Kimi": "kimi",
}
"""Model family of a product whose meters leave it out: "4.3" of the Grok models, "5.4 mini" of GPT5."""
ITEM_KEYS = frozenset(
    {
        "currencyCode", "tierMinimumUnits", "retailPrice", "unitPrice", "armRegionName", "location",
        "effectiveStartDate", "effectiveEndDate", "meterId", "meterName", "productId", "skuId", "productName",
        "skuName", "serviceName", "serviceId", "serviceFamily", "unitOfMeasure", "type", "isPrimaryMeterRegion",
        "armSkuName", "reservationTerm", "savingsPlan", "availabilityId",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AzureMeter(TokenMeter):
    """A meter and the moment from which its price applies, as printed."""

    since: str


def parse_prices(page: Page) -> Iterator[Item | Finding | NextPage]:
    """A ModelClaim for every model, an OfferClaim for each of its deployments and tiers, and the next page."""
    meters: list[AzureMeter] = []
    skipped: Counter[str] = Counter()

    def parse_item(entry: Entry) -> Iterator[Item | Finding]:
        meter = _parse_meter(entry, page.captured_at)
        if isinstance(meter, AzureMeter):
            meters.append(meter)
        else:
            skipped[meter] += 1
        yield from entry.unknown_keys(ITEM_KEYS)

    yield from read_entries(page, read_list(page, "Items"), parse_item)
    yield from _build_offers(meters)
    for reason, count in sorted(skipped.items()):
        yield Finding(kind="remark", locator="/Items", text=f"{count} meters are left out: {reason}")
    yield from _find_next_page(page)


def _find_next_page(page: Page) -> Iterator[NextPage]:
    """The offset of NextPageLink, at the address that was requested."""
    link = read_object(page).text("NextPageLink")
    if link is None:
        return
    skip = SKIP.search(link)
    if skip is None:
        raise LayoutChangedError(page.url, "/NextPageLink", "an address with $skip")
    yield NextPage(url=f"{page.url.partition('&$skip=')[0]}&$skip={skip[1]}")


def _parse_meter(entry: Entry, captured_at: str) -> AzureMeter | str:
    """The meter, or the reason why it is left out."""
    name, product = entry.required_text("meterName"), entry.required_text("productName")
    amount, since = entry.amount("retailPrice"), entry.text("effectiveStartDate") or ""
    # "gpt-4o-0806-Batch-Inp-glbl Tokens", "gpt 4o 0806 Batch Inp Data Zone Tokens".
    words = re.split(r"[\s-]+", re.sub(r"\bData Zone\b", "DataZone", name.strip()))
    lowered = {word.lower() for word in words}
    kinds = {word.rstrip("0123456789") for word in lowered}
    per = UNITS.get(entry.required_text("unitOfMeasure"))
    is_consumption = entry.text("type") == "Consumption"
    if not is_consumption or per is None or "tokens" not in lowered or kinds & NOT_TEXT_TOKENS:
        return "they buy something else than a model's text tokens"
    if lowered & LONG_PROMPTS or ("Grok" in product and "l" in lowered):
        return "they are for long prompts, and no length is printed"
    if since[:10] > captured_at[:10]:
        return "their price has not begun"
    use = _parse_use(lowered)
    if use is None:
        return "their name states neither input nor output"
    if amount is None:
        raise EntryError(f"{entry.locator}: {name} has no price")
    route_tag, region = _parse_deployment(lowered, entry.required_text("armRegionName"))
    return AzureMeter(
        model_key=_parse_model_key(words, product),
        route_tag=route_tag,
        region=region,
        service_tier=next((SERVICE_TIERS[word] for word in SERVICE_TIERS if word in lowered), "standard"),
        quote=PriceQuote(use=use, amount=amount, currency=entry.required_text("currencyCode"), per=per, unit="token"),
        since=since,
        locator=entry.locator,
    )


def _parse_use(words: set[str]) -> PriceUse | None:
    """What is paid for; "cached DZ" alone is a cache read, and an embedding has only input."""
    if words & CACHED:
        return "cache_write" if words & WRITE else None if words & OUTPUT else "cache_read"
    if words & OUTPUT:
        return "output"
    return "input" if words & (INPUT | EMBEDDING) else None


def _parse_deployment(words: set[str], region: str) -> tuple[str, str]:
    """Route tag and region of a global, data-zone or regional deployment."""
    if words & GLOBAL:
        return "-", "global"
    if words & DATA_ZONE:
        return f"data-zone/{region}", region
    return region, region


def _parse_model_key(words: list[str], product: str) -> str:
    """The remaining words in lower case, joined as Azure joins model names: "gpt-4.1-mini", "fw-gpt-oss-120b"."""
    grammar = INPUT | OUTPUT | CACHED | WRITE | GLOBAL | DATA_ZONE | REGIONAL | NOISE | SERVICE_TIERS.keys()
    kept = [word for word in words if word.lower() not in grammar or word.lower() in EMBEDDING]
    family = MODEL_FAMILIES.get(product)
    if family and not any(family in word.lower() for word in kept) and "MAI" not in kept:
        kept.insert(0, family)
    return "-".join(kept).lower()


def _build_offers(meters: list[AzureMeter]) -> Iterator[Item | Finding]:
    """The claims of all meters: of two for one thing, the one that began last counts."""
    offers: dict[tuple[str, str, str], dict[PriceUse, AzureMeter]] = {}
    for meter in meters:
        by_use = offers.setdefault(meter.offer_key, {})
        rival = by_use.get(meter.quote.use)
        if rival is None or meter.since > rival.since:
            by_use[meter.quote.use] = meter
        elif meter.since == rival.since and meter.quote != rival.quote:
            text = f"{meter.model_key}: {meter.quote.use} {meter.quote.amount} is left out beside {rival.quote.amount}"
            yield Finding(kind="remark", locator=meter.locator, text=text)
    priced: list[list[AzureMeter]] = []
    for by_use in offers.values():
        ordered = [by_use[use] for use in PRICE_USES if use in by_use]
        if ordered[0].quote.use in ("input", "output"):
            priced.append(ordered)
        else:
            text = f"{ordered[0].model_key} has a price of cached tokens alone and is left out"
            yield Finding(kind="remark", locator=ordered[0].locator, text=text)
    yield from build_claims(PROVIDER_KEY, priced)


PARSERS: Parsers = {"gpt5": parse_prices, "openai": parse_prices, "others": parse_prices}
