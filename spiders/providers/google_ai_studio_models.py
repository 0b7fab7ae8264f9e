"""Google AI Studio's model list: ids, token limits, and whether a model thinks."""

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from scrapy.http import Request

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.outcome import Ask
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

# What a model is for, by the first method that says so; the others count or cache tokens.
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
    """A ModelClaim and an OfferClaim without prices for every entry, whose key keeps its "models/".

    The list goes on at its own address with a token.
    """
    yield from read_entries(page, read_list(page, "models"), _read_model)
    token = read_object(page).text("nextPageToken")
    if token:
        yield NextPage(url=f"{page.url.partition('?')[0]}?pageToken={quote(token)}")


def _read_model(entry: Entry) -> Iterator[Item | Finding]:
    model_key = entry.key_text("name")
    # An absent `thinking` is no "no": it is printed only where it is true (2026-07-31).
    thinking = entry.flag("thinking")
    flags = () if thinking is None else (("thinking", thinking),)
    methods = entry.words("supportedGenerationMethods") or ()
    context, output = entry.known_count("inputTokenLimit"), entry.known_count("outputTokenLimit")
    yield ModelClaim(
        provider_key="google",
        model_key=model_key,
        locator=entry.locator,
        name=entry.text("displayName"),
        developer="google",
        task=next((TASKS[method] for method in methods if method in TASKS), None),
        context_tokens=context,
        max_output_tokens=output,
        capabilities=flags,
    )
    yield OfferClaim(
        provider_key="google",
        model_key=model_key,
        locator=entry.locator,
        context_tokens=context,
        max_output_tokens=output,
        capabilities=flags,
    )
    yield from entry.unknown_keys(MODEL_KEYS)


class GoogleAIStudioModelsSpider(SourceSpider):
    """Asks for the list, with the key in Google's own header."""

    name = "google_ai_studio_models"
    parsers: ClassVar[Parsers] = {"models": parse_models}

    def request(self, ask: Ask) -> Request:
        """The request for a page."""
        return super().request(ask).replace(headers={"x-goog-api-key": self.job.key or ""})
