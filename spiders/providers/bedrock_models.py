"""Amazon Bedrock's foundation models: ids, modalities, limits and life cycle, without prices.

Page: JSON list under /modelSummaries; needs a key.
Units: tokens.
Traps:
- The life cycle is "ACTIVE" or "LEGACY"; a legacy model still answers until its end of life.
- `converse` (limits, reasoning) is null for models without that interface, and absent until 2025-04.
- Keys with a length at the end ("anthropic.claude-3-haiku-20240307-v1:0:48k") are provisioned variants.
"""

from collections.abc import Iterator
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "amazon-bedrock"
ON_DEMAND = frozenset({"ON_DEMAND", "INFERENCE_PROFILE"})
MODEL_KEYS = frozenset(
    {
        "modelId", "modelArn", "modelName", "providerName", "inputModalities", "outputModalities", "modelLifecycle",
        "batchSupported", "consoleIDEMetadata", "converse", "customizationsSupported", "description",
        "explicitPromptCaching", "featuresSupported", "guardrailsSupported", "inferenceTypesSupported",
        "intelligentPromptRouting", "latencyOptimizationSupported", "modelFamily", "responseStreamingSupported",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every entry, and an OfferClaim without prices where it is served on demand."""
    yield from read_entries(page, read_list(page, "modelSummaries"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    life, converse = entry.section("modelLifecycle"), entry.section("converse")
    caching = entry.section("explicitPromptCaching").flag("isSupported")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("modelId"),
        locator=entry.locator,
        name=entry.text("modelName"),
        developer=entry.text("providerName"),
        input_modalities=_list_modalities(entry, "inputModalities"),
        output_modalities=_list_modalities(entry, "outputModalities"),
        status=(life.text("status") or "").lower() or None,
        retire_on=(life.text("endOfLifeTime") or "")[:10] or None,
    )
    yield model
    if ON_DEMAND.intersection(entry.text_list("inferenceTypesSupported") or ()):
        yield replace(
            OfferClaim.of(model),
            max_output_tokens=converse.positive_count("maxTokensMaximum"),
            capabilities=() if caching is None else (("prompt_caching", caching),),
        )
    yield from entry.unknown_keys(MODEL_KEYS)


def _list_modalities(entry: Entry, key: str) -> tuple[str, ...] | None:
    listed = entry.text_list(key)
    return None if listed is None else tuple(each.lower() for each in listed)


PARSERS: Parsers = {"models": parse_models}
