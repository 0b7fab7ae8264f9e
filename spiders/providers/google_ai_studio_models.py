"""Gemini Developer API model list: ids, token limits and whether a model thinks, without prices.

Page: JSON list under /models; needs a key in the header x-goog-api-key. `nextPageToken` names the next page.
Units: limits in tokens.
Traps:
- Model keys start with "models/", and keep it.
- `thinking` is printed only where it is true (2026-07-31); when absent it is unknown.
- What a model is for follows from its methods; most of them only count or cache tokens.
"""

from collections.abc import Iterator
from urllib.parse import quote

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

PROVIDER_KEY = "google"
CAPABILITY_FLAGS = {"thinking": "thinking"}
TASKS = {
    "generateContent": "chat",
    "embedContent": "embedding",
    "predict": "image_generation",
    "predictLongRunning": "video_generation",
}
MODEL_KEYS = frozenset(
    {
        "name", "version", "displayName", "description", "inputTokenLimit", "outputTokenLimit",
        "supportedGenerationMethods", "temperature", "topP", "topK", "maxTemperature", "thinking",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding | NextPage]:
    """A ModelClaim and an OfferClaim without prices for every entry, and the next page of the list."""
    yield from read_entries(page, read_list(page, "models"), _parse_model)
    token = read_object(page).text("nextPageToken")
    if token:
        yield NextPage(url=f"{page.url.partition('?')[0]}?pageToken={quote(token)}")


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    methods = entry.text_list("supportedGenerationMethods") or ()
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("name"),
        locator=entry.locator,
        name=entry.text("displayName"),
        developer="google",
        task=next((TASKS[method] for method in methods if method in TASKS), None),
        context_tokens=entry.positive_count("inputTokenLimit"),
        max_input_tokens=entry.positive_count("inputTokenLimit"),
        max_output_tokens=entry.positive_count("outputTokenLimit"),
        capabilities=entry.flags(CAPABILITY_FLAGS),
    )
    yield model
    yield OfferClaim.of(model)
    yield from entry.unknown_keys(MODEL_KEYS)


PARSERS: Parsers = {"models": parse_models}
