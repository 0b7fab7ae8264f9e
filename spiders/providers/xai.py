"""xAI's model list: prices as whole cents per hundred million tokens."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote
from llmpairs.spiders.json_entries import Entry, EntryError, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PROVIDER = "xai"
# "USD cents per 100 million tokens" (its reference, read 2026-11-22): 12500 is $1.25 a million tokens, and
# 200000000 is $0.02 a picture (2026-06-10). So many dollars buy ten billion of either.
PER_TEN_BILLION = 10_000_000_000
PRICES: Names = {
    "prompt_text_token_price": ("input", "token"),
    "completion_text_token_price": ("output", "token"),
    "cached_prompt_text_token_price": ("cache_read", "token"),
    "prompt_image_token_price": ("input_image", "token"),
    "image_price": ("output_image", "image"),
}
LONG = "_long_context"
LONG_PRICES: Names = {
    name + LONG: PRICES[name]
    for name in ("prompt_text_token_price", "completion_text_token_price", "cached_prompt_text_token_price")
}
MODEL_KEYS = frozenset(
    {
        *PRICES, *LONG_PRICES, "id", "object", "created", "owned_by", "aliases", "long_context_threshold",
        "input_modalities", "output_modalities", "fingerprint", "version", "max_prompt_length", "search_price",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry, and a ModelClaim for each of its aliases."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("id")
    inputs, outputs = entry.words("input_modalities"), entry.words("output_modalities")
    yield ModelClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        developer=entry.text("owned_by"),
        listed=entry.date_of_epoch("created"),
        input_modalities=inputs,
        output_modalities=outputs,
    )
    yield OfferClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        prices=tuple(_read_prices(entry)),
        input_modalities=inputs,
        output_modalities=outputs,
    )
    for alias in entry.words("aliases") or ():
        yield ModelClaim(
            provider_key=PROVIDER,
            model_key=alias,
            locator=entry.locator,
            developer=entry.text("owned_by"),
            alias_target=model_key,
            status="alias",
        )
    yield from entry.unknown_keys(MODEL_KEYS)


def _read_prices(entry: Entry) -> Iterator[PriceQuote]:
    """Base prices, and those of prompts from the threshold on.

    A threshold of 0 is none, and a long price of 0 says that the base price goes on (so models.dev's sync reads
    this list, 2026-11-22).
    """
    yield from read_quotes(entry, PRICES, per=PER_TEN_BILLION)
    threshold = entry.known_count("long_context_threshold")
    long_quotes = read_quotes(entry, LONG_PRICES, per=PER_TEN_BILLION, min_prompt_tokens=threshold or 0)
    dearer = [quote for quote in long_quotes if quote.amount != "0"]
    if dearer and threshold is None:
        raise EntryError(f"{entry.locator}: a price of long prompts without the length from which it applies")
    yield from dearer


class XAISpider(SourceSpider):
    """Asks for the list."""

    name = "xai"
    parsers: ClassVar[Parsers] = {"models": parse_models}
