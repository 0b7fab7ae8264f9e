"""Hugging Face router: for every model, the providers that serve it through the router.

Page: JSON list under /data; each entry lists its providers with price, limits and measured latency.
Units: USD per 1M tokens; latency in milliseconds, throughput in tokens per second.
Traps:
- Model keys are Hugging Face repositories.
- A price of 0 may come with `is_free: false` (rows of 2026-07-30).
- A model may have no provider; it is then claimed without a provider key.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, PriceKeys, read_entries, read_list, read_quotes
from llmpairs.spiders.page import Finding, Page, Parsers

PER_MILLION = 1_000_000
PRICE_KEYS: PriceKeys = {"input": ("input", "token"), "output": ("output", "token")}
CAPABILITY_FLAGS = {"supports_tools": "function_calling", "supports_structured_output": "structured_outputs"}
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "architecture", "providers"})
PROVIDER_KEYS = frozenset(
    {
        *CAPABILITY_FLAGS, "provider", "status", "context_length", "pricing", "is_free", "first_token_latency_ms",
        "throughput", "is_model_author",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every provider of every entry; one claim for a model without any."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    providers = entry.inner_list("providers")
    for provider in providers:
        yield _build_model(entry, provider.required_text("provider"))
        yield _build_offer(provider, entry.required_text("id"))
        yield from provider.unknown_keys(PROVIDER_KEYS, "providers.")
    if not providers:
        yield _build_model(entry, None)
    yield from entry.unknown_keys(MODEL_KEYS)


def _build_model(entry: Entry, provider_key: str | None) -> ModelClaim:
    """The model as listed for one of its providers."""
    architecture = entry.section("architecture")
    return ModelClaim(
        provider_key=provider_key,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        listed=entry.epoch_date("created"),
        hugging_face_id=entry.required_text("id"),
        input_modalities=architecture.text_list("input_modalities"),
        output_modalities=architecture.text_list("output_modalities"),
    )


def _build_offer(provider: Entry, model_key: str) -> OfferClaim:
    return OfferClaim(
        provider_key=provider.required_text("provider"),
        model_key=model_key,
        locator=provider.locator,
        context_tokens=provider.positive_count("context_length"),
        prices=tuple(read_quotes(provider.section("pricing"), PRICE_KEYS, per=PER_MILLION)),
        is_free=provider.flag("is_free"),
        capabilities=provider.flags(CAPABILITY_FLAGS),
        status=provider.text("status"),
        latency_ms=provider.measure("first_token_latency_ms"),
        throughput_tokens_per_s=provider.measure("throughput"),
    )


PARSERS: Parsers = {"models": parse_models}
