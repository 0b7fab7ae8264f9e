"""ZenMux model list: prices as lists, each with its unit, its currency and its conditions.

Page: JSON list under /data.
Units: printed with each price ("perMTokens"), as is the currency.
Traps:
- Conditions bound the prompt's length and the answer's length. "gt 128 kTokens" and "gte 128" are both 128,000.
- Where a price also depends on the answer's length (six models of 2026-05-18), that of the longest answers is taken.
- Of two unconditional prices the higher counts, in whichever order (qwen3.5-flash prints two cache reads, 2026-05-18).
- `input_cache_write_5_min` is the ordinary cache write of Anthropic's models, which print no other (2026-05-18). The
  higher one for an hour and the price of cached audio have no price use.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "zenmux"
PRICE_USES: dict[str, PriceUse] = {
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
IGNORED_PRICES = ("input_cache_write_1_h", "audio_cache_read", "video", "audio", "audio_and_video")
CAPABILITY_FLAGS = {"reasoning": "reasoning"}
UNITS = {
    "perMTokens": (1_000_000, "token"),
    "perKTokens": (1_000, "token"),
    "perToken": (1, "token"),
    "perCount": (1, "count"),
    "perSecond": (1, "second"),
}
LENGTH_UNITS = {"kTokens": 1_000, "tokens": 1, "mTokens": 1_000_000}
MODEL_KEYS = frozenset(
    {
        "id", "object", "display_name", "created", "owned_by", "input_modalities", "output_modalities",
        "capabilities", "context_length", "pricings", "description",
    }
)  # fmt: skip
PRICING_KEYS = frozenset({*PRICE_USES, *IGNORED_PRICES})


@dataclass(frozen=True)
class ConditionalPrice:
    """A printed price and the lengths from which it applies, in tokens."""

    quote: PriceQuote
    locator: str
    min_completion_tokens: int


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim of the kind `aggregate` for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("display_name"),
        developer=entry.text("owned_by"),
        listed=entry.epoch_date("created"),
        context_tokens=entry.positive_count("context_length"),
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
        capabilities=entry.section("capabilities").flags(CAPABILITY_FLAGS),
    )
    yield model
    pricings = entry.section("pricings")
    quotes, remarks = _choose_prices([price for name in PRICE_USES for price in _parse_prices(pricings, name)])
    yield replace(OfferClaim.of(model, quotes), route_kind="aggregate")
    yield from remarks
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from pricings.unknown_keys(PRICING_KEYS, "pricings.")


def _parse_prices(pricings: Entry, name: str) -> Iterator[ConditionalPrice]:
    for price in pricings.inner_list(name):
        printed_unit = price.required_text("unit")
        per, unit = UNITS.get(printed_unit, (1, printed_unit.removeprefix("per") or printed_unit))
        amount = price.amount("value")
        if amount is None:
            raise EntryError(f"{price.locator}: a price without a value")
        conditions = price.section("conditions")
        other = sorted(conditions.fields.keys() - {"prompt_tokens", "completion_tokens"})
        if other:
            raise EntryError(f"{conditions.locator}: a price on a condition of {', '.join(other)}")
        quote = PriceQuote(
            use=PRICE_USES[name],
            amount=amount,
            currency=price.required_text("currency"),
            per=per,
            unit=unit,
            min_prompt_tokens=_parse_lower_bound(conditions, "prompt_tokens"),
        )
        yield ConditionalPrice(quote, price.locator, _parse_lower_bound(conditions, "completion_tokens"))


def _parse_lower_bound(conditions: Entry, name: str) -> int:
    """The printed lower bound of a condition, in tokens."""
    bounds = conditions.inner(name)
    if bounds is None:
        return 0
    printed = bounds.amount("gte") or bounds.amount("gt") or "0"
    scale = LENGTH_UNITS.get(bounds.text("unit") or "tokens")
    if scale is None:
        raise EntryError(f"{bounds.locator}: a boundary in {bounds.text('unit')}")
    return int(Decimal(printed) * scale)


def _choose_prices(prices: list[ConditionalPrice]) -> tuple[list[PriceQuote], list[Finding]]:
    """One quote for each use, prompt length, unit and currency, and a remark on every other amount.

    That of the longest answers; of several the highest, which is never below what is charged.
    """
    chosen: dict[tuple[str, int, str, str], ConditionalPrice] = {}
    remarks: list[Finding] = []
    for each in prices:
        quote = each.quote
        key = (quote.use, quote.min_prompt_tokens, quote.unit, quote.currency)
        other = chosen.get(key)
        if other is None:
            chosen[key] = each
            continue
        kept, dropped = (each, other) if _rank_price(each) > _rank_price(other) else (other, each)
        chosen[key] = kept
        if kept.quote.amount != dropped.quote.amount:
            text = f"{dropped.quote.use} {dropped.quote.amount} is left out beside {kept.quote.amount}"
            remarks.append(Finding(kind="remark", locator=dropped.locator, text=text))
    return [each.quote for each in chosen.values()], remarks


def _rank_price(price: ConditionalPrice) -> tuple[int, Decimal]:
    """The answer's length from which a price applies, and the price of one unit."""
    return price.min_completion_tokens, Decimal(price.quote.amount) / price.quote.per


PARSERS: Parsers = {"models": parse_models}
