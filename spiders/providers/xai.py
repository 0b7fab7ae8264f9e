"""xAI model list: ids, aliases, modalities and prices.

Page: JSON list under /data; needs a key.
Units: whole "USD cents per 100 million tokens" (its reference, read 2026-11-22): 12500 is $1.25 per 1M tokens, and
200000000 is $0.02 per image (2026-06-10). So many dollars buy ten billion of either.
Traps:
- A long-context threshold of 0 is none, and a long-context price of 0 means that the base price applies (as
  models.dev's sync reads this list, 2026-11-22).
- Aliases are listed with their model and have no entry of their own.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote
from llmpairs.spiders.json_entries import Entry, EntryError, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "xai"
PER_TEN_BILLION = 10_000_000_000
PRICE_KEYS: PriceKeys = {
    "prompt_text_token_price": ("input", "token"),
    "completion_text_token_price": ("output", "token"),
    "cached_prompt_text_token_price": ("cache_read", "token"),
    "prompt_image_token_price": ("input_image", "token"),
    "image_price": ("output_image", "image"),
}
LONG_PRICE_KEYS: PriceKeys = {
    f"{name}_long_context": PRICE_KEYS[name]
    for name in ("prompt_text_token_price", "completion_text_token_price", "cached_prompt_text_token_price")
}
MODEL_KEYS = frozenset(
    {
        *PRICE_KEYS, *LONG_PRICE_KEYS, "id", "object", "created", "owned_by", "aliases", "long_context_threshold",
        "input_modalities", "output_modalities", "fingerprint", "version", "max_prompt_length", "search_price",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry, and a ModelClaim for each of its aliases."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        developer=entry.text("owned_by"),
        listed=entry.epoch_date("created"),
        input_modalities=entry.text_list("input_modalities"),
        output_modalities=entry.text_list("output_modalities"),
    )
    yield model
    yield OfferClaim.of(model, _parse_prices(entry))
    for alias in entry.text_list("aliases") or ():
        yield ModelClaim(
            provider_key=PROVIDER_KEY,
            model_key=alias,
            locator=entry.locator,
            developer=model.developer,
            alias_target=model.model_key,
            status="alias",
        )
    yield from entry.unknown_keys(MODEL_KEYS)


def _parse_prices(entry: Entry) -> Iterator[PriceQuote]:
    """Base prices, then those that apply from the long-context threshold."""
    yield from read_quotes(entry, PRICE_KEYS, per=PER_TEN_BILLION)
    threshold = entry.positive_count("long_context_threshold")
    quotes = read_quotes(entry, LONG_PRICE_KEYS, per=PER_TEN_BILLION, min_prompt_tokens=threshold or 0)
    stated = [quote for quote in quotes if quote.amount != "0"]
    if stated and threshold is None:
        raise EntryError(f"{entry.locator}: a price of long prompts without the length from which it applies")
    yield from stated


PARSERS: Parsers = {"models": parse_models}
