"""Mistral model list: ids, aliases, limits, capabilities and the end of each model, without prices.

Page: JSON list under /data; needs a key.
Units: tokens; times in ISO 8601.
Traps:
- `created` is the time of the request, not of the model.
- Every alias has an entry of its own, with the id of its model as `name`; `name` is null where the alias is moving
  (mistral-large-latest on 2025-08-24).
- Models that the customer tuned have the type "fine-tuned", a job and a root; they are left out.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

PROVIDER_KEY = "mistral"
CAPABILITIES = {"function_calling": "function_calling", "vision": "vision", "reasoning": "reasoning"}
OTHER_CAPABILITIES = frozenset(
    {
        "completion_chat", "completion_fim", "fine_tuning", "ocr", "classification", "moderation", "audio",
        "audio_transcription", "audio_transcription_realtime", "audio_speech",
    }
)  # fmt: skip
MODEL_KEYS = frozenset(
    {
        "id", "object", "created", "owned_by", "capabilities", "name", "description", "max_context_length", "aliases",
        "deprecation", "deprecation_replacement_model", "default_model_temperature", "type", "job", "root", "archived",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim without prices for every entry; an alias names its model."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    key, name, stated = entry.required_text("id"), entry.text("name"), entry.section("capabilities")
    if entry.text("type") == "fine-tuned" or key.startswith("ft:"):
        yield Finding(kind="remark", locator=entry.locator, text="a model that the customer tuned is left out")
        return
    is_alias = name is not None and name != key and name in (entry.text_list("aliases") or ())
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=key,
        locator=entry.locator,
        developer="mistralai",
        context_tokens=entry.positive_count("max_context_length"),
        capabilities=stated.flags(CAPABILITIES),
        alias_target=name if is_alias else None,
        status="alias" if is_alias else None,
        deprecated_on=(entry.text("deprecation") or "")[:10] or None,
        successor=entry.text("deprecation_replacement_model"),
    )
    yield model
    yield OfferClaim.of(model)
    yield from entry.unknown_keys(MODEL_KEYS)
    yield from stated.unknown_keys(OTHER_CAPABILITIES | CAPABILITIES.keys(), "capabilities.")


PARSERS: Parsers = {"models": parse_models}
