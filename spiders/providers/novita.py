"""Novita's model list: prices as decimals per million tokens, or as whole ten-thousandths of a dollar."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PROVIDER = "novita-ai"
PER_MILLION = 1_000_000
# `input_token_price_per_m: 3900` is $0.39 a million tokens: whole ten-thousandths of a dollar (Llama 3.3 70B in
# its reference of the list, read 2026-11-22, and on its price page).
PER_TEN_BILLION = 10_000_000_000
USES: Mapping[str, PriceUse] = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
}
WHOLE_PRICES: Names = {
    "input_token_price_per_m": ("input", "token"),
    "output_token_price_per_m": ("output", "token"),
}
FEATURES = {
    "function-calling": "function_calling",
    "structured-outputs": "structured_outputs",
    "reasoning": "reasoning",
}
MODEL_KEYS = frozenset(
    {
        *WHOLE_PRICES, "id", "object", "created", "owned_by", "permission", "root", "parent", "pricing",
        "is_tiered_billing", "tiered_billing_configs", "title", "description", "tags", "context_size", "status",
        "display_name", "model_type", "max_output_tokens", "features", "endpoints", "input_modalities",
        "output_modalities",
    }
)  # fmt: skip
# Prices of sound and pictures within a chat have a structure of their own and are left out.
PRICING_KEYS = frozenset({*USES, "multimodal_input", "multimodal_output"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    features = entry.words("features") or ()
    capabilities = tuple((word, True) for feature, word in FEATURES.items() if feature in features)
    inputs, outputs = entry.words("input_modalities"), entry.words("output_modalities")
    context, longest = entry.known_count("context_size"), entry.known_count("max_output_tokens")
    yield ModelClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("display_name"),
        task=entry.text("model_type"),
        listed=entry.date_of_epoch("created"),
        context_tokens=context,
        max_output_tokens=longest,
        input_modalities=inputs,
        output_modalities=outputs,
        capabilities=capabilities,
    )
    yield OfferClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        context_tokens=context,
        max_output_tokens=longest,
        prices=tuple(_read_prices(entry)),
        capabilities=capabilities,
        input_modalities=inputs,
        output_modalities=outputs,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    pricing = entry.inner("pricing")
    yield from pricing.unknown_keys(PRICING_KEYS, "pricing.") if pricing else ()


def _read_prices(entry: Entry) -> Iterator[PriceQuote]:
    """The prices by length of the prompt where there are such, else the decimals, else the whole numbers.

    The other places of an entry with prices by length hold 0 or nothing (so readers of the list tell, 2026-11-22).
    """
    if entry.flag("is_tiered_billing"):
        yield from _read_bands(entry)
        return
    pricing = entry.inner("pricing")
    if pricing is None:
        yield from read_quotes(entry, WHOLE_PRICES, per=PER_TEN_BILLION)
    else:
        yield from _read_decimals(pricing, 0)


def _read_bands(entry: Entry) -> Iterator[PriceQuote]:
    """The first band starts at 0 or 1; the next starts at the last token of the one before, printed in both."""
    for band in entry.inner_list("tiered_billing_configs"):
        start, pricing = band.count("min_tokens"), band.inner("pricing")
        if start is None or pricing is None:
            raise EntryError(f"{band.locator}: a price by length without its length or its price")
        yield from _read_decimals(pricing, start if start > 1 else 0)


def _read_decimals(pricing: Entry, min_prompt_tokens: int) -> Iterator[PriceQuote]:
    for name, use in USES.items():
        price = pricing.inner(name)
        amount = price.amount("price_per_m_decimal") if price else None
        if amount is not None:
            yield PriceQuote(
                use=use,
                amount=amount,
                currency="USD",
                per=PER_MILLION,
                unit="token",
                min_prompt_tokens=min_prompt_tokens,
            )


class NovitaSpider(SourceSpider):
    """Asks for the list."""

    name = "novita"
    parsers: ClassVar[Parsers] = {"models": parse_models}
