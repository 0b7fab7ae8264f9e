"""Venice AI model list: models of text with limits, capabilities and prices.

Page: JSON list under /data, without a key.
Units: USD per 1M tokens under `usd`; `diem` and `vcu` are its own units of account.
Traps:
- Flags are printed for every model, true or false.
- `quantization` is in the capabilities; "not-available" is none.
- A model that is `offline` is listed and does not answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.providers.together_models import HUGGING_FACE

PROVIDER_KEY = "venice"
PER_MILLION = 1_000_000
PRICES: Mapping[str, PriceUse] = {
    "input": "input",
    "output": "output",
    "cache_input": "cache_read",
    "cache_write": "cache_write",
}
CAPABILITIES = {
    "supportsFunctionCalling": "function_calling",
    "supportsLogProbs": "logprobs",
    "supportsReasoning": "reasoning",
    "supportsResponseSchema": "structured_outputs",
    "supportsVision": "vision",
    "supportsWebSearch": "web_search",
}
OTHER_CAPABILITIES = frozenset(
    {"optimizedForCode", "quantization", "supportsAudioInput", "supportsVideoInput", "supportsReasoningEffort",
     "supportsMultipleImages", "maxImages"}
)  # fmt: skip
SPEC_KEYS = frozenset(
    {
        "availableContextTokens", "maxCompletionTokens", "capabilities", "constraints", "modelSource", "name",
        "offline", "pricing", "traits", "beta", "description", "privacy", "betaModel", "deprecation",
        "regionRestrictions",
    }
)  # fmt: skip


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim and an OfferClaim for every entry."""
    yield from read_entries(page, read_list(page, "data"), _parse_model)


def _parse_model(entry: Entry) -> Iterator[Item | Finding]:
    spec = entry.section("model_spec")
    stated, pricing = spec.section("capabilities"), spec.section("pricing")
    linked = HUGGING_FACE.fullmatch(spec.text("modelSource") or "")
    quantization = stated.text("quantization")
    model = ModelClaim(
        provider_key=PROVIDER_KEY,
        model_key=entry.required_text("id"),
        locator=entry.locator,
        name=spec.text("name"),
        task=entry.text("type"),
        listed=entry.epoch_date("created"),
        hugging_face_id=linked[1] if linked else None,
        capabilities=stated.flags(CAPABILITIES),
        retire_on=(spec.section("deprecation").text("date") or "")[:10] or None,
    )
    yield model
    yield replace(
        OfferClaim.of(model, _parse_prices(pricing)),
        context_tokens=spec.positive_count("availableContextTokens"),
        max_output_tokens=spec.positive_count("maxCompletionTokens"),
        quantization=None if quantization == "not-available" else quantization,
        status="offline" if spec.flag("offline") else None,
    )
    yield from spec.unknown_keys(SPEC_KEYS, "model_spec.")
    yield from stated.unknown_keys(OTHER_CAPABILITIES | CAPABILITIES.keys(), "capabilities.")


def _parse_prices(pricing: Entry) -> Iterator[PriceQuote]:
    for key, use in PRICES.items():
        amount = pricing.section(key).amount("usd")
        if amount is not None:
            yield PriceQuote(use=use, amount=amount, currency="USD", per=PER_MILLION, unit="token")


PARSERS: Parsers = {"models": parse_models}
