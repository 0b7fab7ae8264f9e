"""Cohere model list: names, limits and what each model can do, without prices.

Page: JSON list under /models; needs a key; further pages by `next_page_token`.
Units: tokens.
Traps:
- Tuned models of the customer are listed too (`finetuned`); they are left out.
- `features` is null for models that answer no chat; a feature that is not listed states nothing.
"""

from collections.abc import Iterator
from urllib.parse import quote

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

PROVIDER_KEY = "cohere"
CAPABILITY_LABELS = {
    "tools": "function_calling",
    "json_mode": "json_mode",
    "json_schema": "structured_outputs",
    "logprobs": "logprobs",
    "reasoning": "reasoning",
    "vision": "vision",
}
MODEL_KEYS = frozenset(
    {
        "name", "endpoints", "default_endpoints", "features", "finetuned", "context_length", "tokenizer_url",
        "supports_vision", "is_deprecated", "sampling_defaults",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding | NextPage]:
    """A ModelClaim and an OfferClaim without prices for every entry, and the next page of the list."""
    yield from read_entries(page, read_list(page, "models"), _parse_model)
    token = read_object(page).text("next_page_token")
    if token:
        yield NextPage(url=f"{page.url.partition('?')[0]}?page_token={quote(token)}")


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    if entry.flag("finetuned"):
        yield Finding(kind="remark", locator=entry.locator, text="a model that the customer tuned is left out")
        return
    endpoints = entry.text_list("endpoints") or ()
    features = dict(entry.labels("features", CAPABILITY_LABELS))
    features.update(entry.flags({"supports_vision": "vision"}))
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("name"),
        locator=entry.locator,
        developer="cohere",
        task="chat" if "chat" in endpoints else next(iter(endpoints), None),
        context_tokens=entry.positive_count("context_length"),
        capabilities=tuple(features.items()),
        status="deprecated" if entry.flag("is_deprecated") else None,
    )
    yield model
    yield OfferClaim.of(model)
    yield from entry.unknown_keys(MODEL_KEYS)


PARSERS: Parsers = {"models": parse_models}
