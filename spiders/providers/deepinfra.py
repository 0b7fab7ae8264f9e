"""DeepInfra's model list in OpenAI's shape: prices in USD per million tokens, with the noise of a double."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PROVIDER = "deepinfra"
PER_MILLION = 1_000_000
PRICES: Names = {
    "input_tokens": ("input", "token"),
    "output_tokens": ("output", "token"),
    "cache_read_tokens": ("cache_read", "token"),
}
# A tag only ever says yes. Qwen3.5-4B has `reasoning_effort` without `reasoning` (2026-04-17).
TAGS = {
    "vision": "vision",
    "reasoning": "reasoning",
    "reasoning_effort": "reasoning",
    "prompt_cache": "prompt_caching",
}
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "root", "parent", "metadata"})
METADATA_KEYS = frozenset({"description", "context_length", "max_tokens", "pricing", "tags"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every model; of the entries that are printed again, one counts."""
    seen: dict[str, object] = {}

    def read(entry: Entry) -> Iterator[Item | Finding]:
        model_key = entry.key_text("id")
        if model_key in seen:
            told = "repeated" if seen[model_key] == entry.fields else "repeated with other contents"
            text = f"{model_key} is {told}; the first entry counts"
            yield Finding(kind="remark", locator=entry.locator, text=text)
            return
        seen[model_key] = entry.fields
        yield from _read_model(entry, model_key)

    yield from read_entries(page, read_list(page, "data"), read)


def _read_model(entry: Entry, model_key: str) -> Iterator[Item | Finding]:
    """What an entry says; pictures and embeddings have no metadata, and so no price in tokens."""
    metadata = entry.inner("metadata") or Entry({}, entry.locator)
    pricing = metadata.inner("pricing") or Entry({}, metadata.locator)
    tagged = {TAGS[tag] for tag in metadata.words("tags") or () if tag in TAGS}
    capabilities = tuple((word, True) for word in sorted(tagged))
    # `max_tokens` is the context again, in every priced entry of 2026-04-17: no limit of the answer.
    context = metadata.known_count("context_length")
    yield ModelClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        listed=entry.date_of_epoch("created"),
        capabilities=capabilities,
    )
    yield OfferClaim(
        provider_key=PROVIDER,
        model_key=model_key,
        locator=entry.locator,
        context_tokens=context,
        prices=tuple(read_quotes(pricing, PRICES, per=PER_MILLION)),
        capabilities=capabilities,
    )
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from metadata.unknown_keys(METADATA_KEYS, "metadata.") if entry.inner("metadata") else ()
    yield from pricing.unknown_keys(frozenset(PRICES), "pricing.") if metadata.inner("pricing") else ()


class DeepInfraSpider(SourceSpider):
    """Asks for the list."""

    name = "deepinfra"
    parsers: ClassVar[Parsers] = {"models": parse_models}
