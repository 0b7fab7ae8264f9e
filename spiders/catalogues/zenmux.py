"""ZenMux's model list: prices as lists, each with its unit, its currency and its conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

# `input_cache_write_5_min` is the ordinary cache write of Anthropic's models, which print no other (2026-05-18).
# The dearer write for an hour and the price of cached audio have no use of their own and are left out.
USES: dict[str, PriceUse] = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_5_min": "cache_write",
    "internal_reasoning": "reasoning",
    "audio_input": "input_audio",
    "image": "input_image",
    "request": "request",
    "web_search": "web_search",
}
LEFT_OUT = ("input_cache_write_1_h", "audio_cache_read", "video", "audio", "audio_and_video")
UNITS = {
    "perMTokens": (1_000_000, "token"),
    "perKTokens": (1_000, "token"),
    "perToken": (1, "token"),
    "perCount": (1, "count"),
    "perSecond": (1, "second"),
}
TOKENS = {"kTokens": 1_000, "tokens": 1, "mTokens": 1_000_000}
MODEL_KEYS = frozenset(
    {
        "id", "object", "display_name", "created", "owned_by", "input_modalities", "output_modalities",
        "capabilities", "context_length", "pricings", "description",
    }
)  # fmt: skip
PRICING_KEYS = frozenset({*USES, *LEFT_OUT})


@dataclass(frozen=True)
class Priced:
    """A printed price and the conditions under which it holds, in tokens."""

    quote: PriceQuote
    locator: str
    from_completion: int
    """Answer length from which it holds."""


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim (the route `aggregate`) for every entry."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    stated = entry.inner("capabilities")
    reasoning = stated.flag("reasoning") if stated else None
    capabilities = () if reasoning is None else (("reasoning", reasoning),)
    inputs, outputs = entry.words("input_modalities"), entry.words("output_modalities")
    context = entry.known_count("context_length")
    yield ModelClaim(
        provider_key="zenmux",
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("display_name"),
        developer=entry.text("owned_by"),
        listed=entry.date_of_epoch("created"),
        context_tokens=context,
        input_modalities=inputs,
        output_modalities=outputs,
        capabilities=capabilities,
    )
    pricings = entry.inner("pricings") or Entry({}, entry.locator)
    quotes, remarks = _choose([priced for name in USES for priced in _read_prices(pricings, name)])
    yield OfferClaim(
        provider_key="zenmux",
        model_key=model_key,
        locator=entry.locator,
        route_kind="aggregate",
        context_tokens=context,
        prices=tuple(quotes),
        capabilities=capabilities,
        input_modalities=inputs,
        output_modalities=outputs,
    )
    yield from remarks
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricings.unknown_keys(PRICING_KEYS, "pricings.") if entry.inner("pricings") else ()


def _read_prices(pricings: Entry, name: str) -> Iterator[Priced]:
    for price in pricings.inner_list(name):
        printed_unit = price.key_text("unit")
        per, unit = UNITS.get(printed_unit, (1, printed_unit.removeprefix("per") or printed_unit))
        amount = price.amount("value")
        if amount is None:
            raise EntryError(f"{price.locator}: a price without a value")
        conditions = price.inner("conditions") or Entry({}, price.locator)
        other = sorted(conditions.fields.keys() - {"prompt_tokens", "completion_tokens"})
        if other:
            raise EntryError(f"{conditions.locator}: a price on a condition of {', '.join(other)}")
        quote = PriceQuote(
            use=USES[name],
            amount=amount,
            currency=price.key_text("currency"),
            per=per,
            unit=unit,
            min_prompt_tokens=_read_from(conditions, "prompt_tokens"),
        )
        yield Priced(quote, price.locator, _read_from(conditions, "completion_tokens"))


def _read_from(conditions: Entry, name: str) -> int:
    """The printed lower boundary of a condition in tokens ("gt 128 kTokens" and "gte 128" are both 128,000)."""
    bounds = conditions.inner(name)
    if bounds is None:
        return 0
    printed = bounds.amount("gte") or bounds.amount("gt") or "0"
    scale = TOKENS.get(bounds.text("unit") or "tokens")
    if scale is None:
        raise EntryError(f"{bounds.locator}: a boundary in {bounds.text('unit')}")
    return int(Decimal(printed) * scale)


def _choose(priced: list[Priced]) -> tuple[list[PriceQuote], list[Finding]]:
    """One quote for each use and prompt length, and a remark on every other.

    Where the price also hangs on the answer's length (six models of 2026-05-18), that of the longest answers
    is taken; of two unconditional prices the first (qwen3.5-flash prints two cache reads, 2026-05-18).
    """
    chosen: dict[tuple[str, int, str], Priced] = {}
    remarks: list[Finding] = []
    for each in priced:
        key = (each.quote.use, each.quote.min_prompt_tokens, each.quote.unit)
        other = chosen.get(key)
        if other is None:
            chosen[key] = each
            continue
        kept, dropped = (each, other) if each.from_completion > other.from_completion else (other, each)
        chosen[key] = kept
        if kept.quote.amount != dropped.quote.amount:
            text = f"{dropped.quote.use} {dropped.quote.amount} is left out beside {kept.quote.amount}"
            remarks.append(Finding(kind="remark", locator=dropped.locator, text=text))
    return [each.quote for each in chosen.values()], remarks


class ZenMuxSpider(SourceSpider):
    """Asks for the list."""

    name = "zenmux"
    parsers: ClassVar[Parsers] = {"models": parse_models}
