"""Hugging Face's router: for every model, the providers that serve it through the router."""

from collections.abc import Iterator
from typing import ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.quotes import Names, read_quotes

PER_MILLION = 1_000_000
PRICES: Names = {"input": ("input", "token"), "output": ("output", "token")}
CAPABILITIES = {"supports_tools": "function_calling", "supports_structured_output": "structured_outputs"}
MODEL_KEYS = frozenset({"id", "object", "created", "owned_by", "architecture", "providers"})
PROVIDER_KEYS = frozenset(
    {
        *CAPABILITIES, "provider", "status", "context_length", "pricing", "is_free", "first_token_latency_ms",
        "throughput", "is_model_author",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every provider of every entry; one claim for a model without any."""
    yield from read_entries(page, read_list(page, "data"), _read_model)


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    providers = entry.inner_list("providers")
    for provider in providers:
        yield _read_claim(entry, provider.key_text("provider"))
        yield _read_route(provider, entry.key_text("id"))
        yield from provider.unknown_keys(PROVIDER_KEYS, "providers.")
    if not providers:
        yield _read_claim(entry, None)
    yield from entry.unknown_keys(MODEL_KEYS)


def _read_claim(entry: Entry, provider_key: str | None) -> ModelClaim:
    """The entry as the list of that provider has it. Keys of the router are Hugging Face repositories."""
    architecture = entry.inner("architecture") or Entry({}, entry.locator)
    return ModelClaim(
        provider_key=provider_key,
        model_key=entry.key_text("id"),
        locator=entry.locator,
        listed=entry.date_of_epoch("created"),
        hugging_face_id=entry.key_text("id"),
        input_modalities=architecture.words("input_modalities"),
        output_modalities=architecture.words("output_modalities"),
    )


def _read_route(provider: Entry, model_key: str) -> OfferClaim:
    pricing = provider.inner("pricing")
    return OfferClaim(
        provider_key=provider.key_text("provider"),
        model_key=model_key,
        locator=provider.locator,
        context_tokens=provider.known_count("context_length"),
        prices=tuple(read_quotes(pricing, PRICES, per=PER_MILLION)) if pricing else (),
        is_free=provider.flag("is_free"),
        capabilities=tuple(
            (word, flag) for key, word in CAPABILITIES.items() if (flag := provider.flag(key)) is not None
        ),
        status=provider.text("status"),
        latency_ms=provider.measure("first_token_latency_ms"),
        throughput_tokens_per_s=provider.measure("throughput"),
    )


class HuggingFaceRouterSpider(SourceSpider):
    """Asks for the list."""

    name = "huggingface_router"
    parsers: ClassVar[Parsers] = {"models": parse_models}
