"""Novita model list: prices as decimals, as whole numbers, or by prompt length.

Page: JSON list under /data.
Units: `price_per_m_decimal` in USD per 1M tokens; `input_token_price_per_m: 3900` is $0.39 per 1M tokens, in whole
ten-thousandths of a dollar (Llama 3.3 70B in its reference of the list, read 2026-11-22, and on its price page).
Traps:
- An entry with prices by prompt length holds 0 or nothing in its other price fields (as public readers of the list
  treat it, 2026-11-22).
- The first band starts at 0 or 1 token; the next at the last token of the one before, printed in both.
- Audio and image prices within a chat have a structure of their own and are left out.
"""

from collections.abc import Iterator, Mapping

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "novita-ai"
PER_MILLION = 1_000_000
PER_TEN_BILLION = 10_000_000_000
PRICE_USES: Mapping[str, PriceUse] = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
}
PRICE_KEYS: PriceKeys = {"input_token_price_per_m": ("input", "token"), "output_token_price_per_m": ("output", "token")}
"""The whole numbers, which buy ten billion tokens for so many dollars."""
CAPABILITY_LABELS = {
    "function-calling": "function_calling",
    "structured-outputs": "structured_outputs",
    "reasoning": "reasoning",
}
MODEL_KEYS = frozenset(
    {
        *PRICE_KEYS, "id", "object", "created", "owned_by", "permission", "root", "parent", "pricing",
        "is_tiered_billing", "tiered_billing_configs", "title", "description", "tags", "context_size", "status",
        "display_name", "model_type", "max_output_tokens", "features", "endpoints", "input_modalities",
        "output_modalities",
    }
)  # fmt: skip
PRICING_KEYS = frozenset({*PRICE_USES, "multimodal_input", "multimodal_output"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=entry.text("display_name"),
        task=entry.text("model_type"),
        listed=entry.epoch_date("created"),
        context_tokens=entry.positive_count("context_size"),
        max_output_tokens=entry.positive_count("max_output_tokens"),
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
        capabilities=entry.labels("features", CAPABILITY_LABELS),
    )
    yield model
    yield OfferClaim.of(model, _parse_prices(entry))
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from entry.section("pricing").unknown_keys(PRICING_KEYS, "pricing.")


def _parse_prices(entry: Entry) -> Iterator[PriceQuote]:
    """The prices by prompt length if there are any, else the decimals, else the whole numbers."""
    pricing = entry.inner("pricing")
    if entry.flag("is_tiered_billing"):
        for band in entry.inner_list("tiered_billing_configs"):
            start, banded = band.count("min_tokens"), band.inner("pricing")
            if start is None or banded is None:
                raise EntryError(f"{band.locator}: a price by length without its length or its price")
            yield from _parse_decimals(banded, start if start > 1 else 0)
    elif pricing is None:
        yield from read_quotes(entry, PRICE_KEYS, per=PER_TEN_BILLION)
    else:
        yield from _parse_decimals(pricing, 0)


def _parse_decimals(pricing: Entry, min_prompt_tokens: int) -> Iterator[PriceQuote]:
    for name, use in PRICE_USES.items():
        amount = pricing.section(name).amount("price_per_m_decimal")
        if amount is not None:
            yield PriceQuote(
                use=use,
                amount=amount,
                currency="USD",
                per=PER_MILLION,
                unit="token",
                min_prompt_tokens=min_prompt_tokens,
            )


PARSERS: Parsers = {"models": parse_models}
