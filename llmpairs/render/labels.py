"""Words and number formats that every page shares."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

UNKNOWN = "unknown"
NOT_STATED = "not stated"
CAPABILITY_WORDS = {
    "vision": "Vision (image input)",
    "multimodal_input": "Multimodal input",
    "reasoning": "Reasoning",
    "function_calling": "Function calling and tool use",
    "structured_outputs": "Structured outputs",
    "code_execution": "Code execution",
    "video_input": "Video input",
    "audio_input": "Audio input",
    "pdf_input": "PDF input",
    "image_output": "Image output",
    "audio_output": "Audio output",
    "parallel_function_calling": "Parallel function calling",
    "tool_choice": "Choice of tool",
    "json_mode": "JSON mode",
    "web_search": "Web search",
    "computer_use": "Computer use",
    "prompt_caching": "Prompt caching",
}
"""Every capability in the order of the matrix; the first six are shown even when nobody knows them."""
RULE_WORDS = {
    "first_party": "the developer's own word",
    "exhaustive_list": "complete list of modalities",
    "declared_yes": "declared",
    "two_lineages": "two independent lineages",
    "derived": "derived",
    "conflict": "sources contradict each other",
    "no_evidence": "no source with standing says",
}
PRICE_WORDS = {
    "not_listed": "no price is listed",
    "zero_of_unknown_kind": "a price of 0 that nobody explains",
    "one_side_missing": "only one of input and output has a price",
    "dynamic": "the price varies by route",
    "unparsed": "the price could not be read",
    "other_currency": "priced in another currency",
    "not_per_token": "not priced by token",
    "subscription": "sold by subscription",
    "held": "the price is held back as suspicious",
}
REASON_WORDS = {
    "model_unresolved": "the model is not identified",
    "not_active": "not active",
    "expired": "its source is out of date",
    "not_standard_tier": "not the standard tier",
    "not_metered": "not metered",
    "price_missing": "no usable price",
    "aggregate": "list entry that repeats one of the endpoints",
    "context_too_small": "context too small",
    "context_unknown": "context unknown",
    "max_output_too_small": "longest answer too small",
    "gate_failed": "lacks a required capability",
    "gate_not_established": "a required capability is not established",
    "no_batch_price": "no batch price",
}
COST_STATE_WORDS = {
    "known": "known",
    "aggregate_only": "only an aggregator's list price is known",
    "unpriced": "no route has a usable metered price",
    "not_eligible": "no priced route may serve this workload",
    "no_offers": "no active route is known",
}
FRICTION_WORDS = {
    "no_shared_provider": "No provider sells both",
    "provider_unknown": "Who sells one of them is not known",
    "lost_capability": "Capabilities are lost",
    "unverified_capability": "Capabilities are not established on the other side",
    "context_shrink": "The context window shrinks",
    "max_output_shrink": "The longest answer shrinks",
    "price_increase": "The list price rises",
    "licence_change": "The licence changes",
    "modality_loss": "An input or output modality is lost",
    "reasoning_control_change": "Reasoning is controlled differently",
    "api_shape_change": "The API has another shape",
    "lifecycle_risk": "The target is deprecated or has a stated end",
}
EVALUATOR_WORDS = {
    "lab_claimed": "the lab's own score",
    "third_party": "third party",
    "community": "community vote",
    "unspecified": "evaluator not stated",
}
ROUTE_KIND_WORDS = {"direct": "direct", "via_aggregator": "endpoint", "aggregate": "list entry"}
"""A provider's own route, one endpoint of an aggregator, an aggregator's entry that stands for its endpoints."""
ARCHITECTURE_WORDS = {"dense": "dense", "moe": "mixture of experts"}
SPEC_WORDS = {
    "released_date": "Released",
    "context_tokens": "Context window, tokens",
    "max_output_tokens": "Longest answer, tokens",
    "parameters_total": "Parameters",
    "parameters_active": "Active parameters",
    "architecture": "Architecture",
    "license_spdx": "Licence",
    "license_class": "Licence class",
    "is_open_weights": "Open weights",
    "knowledge_cutoff_date": "Knowledge cutoff",
    "input_modalities": "Inputs",
    "output_modalities": "Outputs",
    "lifecycle": "Lifecycle",
    "deprecated_on": "Deprecated on",
    "retire_on": "Ends on",
}
PRICE_FIELD_WORDS = {
    "price": "Price",
    "input_usd_per_mtok": "Input price",
    "output_usd_per_mtok": "Output price",
    "cache_read_usd_per_mtok": "Cached input price",
    "cache_write_usd_per_mtok": "Cache write price",
}
LICENCE_CLASS_WORDS = {
    "open": "open source licence",
    "restricted": "restricted licence: its terms limit who may use it or for what",
    "closed": "closed: weights and licence are not public",
}


def field_words(field: str) -> str:
    """A field of a model or an offer as a person reads it."""
    if field.startswith("capability:"):
        return CAPABILITY_WORDS[field.removeprefix("capability:")]
    return SPEC_WORDS.get(field) or PRICE_FIELD_WORDS.get(field) or field.replace("_", " ").capitalize()


def list_some(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many more there are."""
    if len(names) <= most + 1:
        return listed(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: 1 route, 2 routes."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def tokens(number: int | None) -> str:
    """A count of tokens with separators."""
    return UNKNOWN if number is None else f"{number:,}"


def money(usd: float | None) -> str:
    """An amount in dollars and cents."""
    return UNKNOWN if usd is None else f"${usd:,.2f}"


def price(usd_per_mtok: float | None) -> str:
    """A price as printed: every decimal, none added."""
    return UNKNOWN if usd_per_mtok is None else f"${format(Decimal(repr(usd_per_mtok)).normalize(), 'f')}"


def derived_price(usd_per_mtok: float | None) -> str:
    """A price that was computed, to six significant digits."""
    return UNKNOWN if usd_per_mtok is None else f"${usd_per_mtok:,.6g}"


def times(ratio: float) -> str:
    """A ratio above 1 as a person would say it."""
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.3g} times"


def listed(words: Sequence[str]) -> str:
    """Words in a row: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def capability_name(capability: str) -> str:
    """A capability inside a sentence."""
    return {"pdf_input": "PDF input", "json_mode": "JSON mode"}.get(
        capability, capability.replace("_", " ").replace("vision", "vision (image input)")
    )


def route_words(route: Mapping[str, Any]) -> str:
    """A route with what a cheap price may hide: who runs it, quantisation and context."""
    operator = route["operator"]
    if operator == "not stated":
        ran_by = " (operator not stated)"
    else:
        ran_by = "" if operator == route["provider"] else f", run by {operator}"
    context = NOT_STATED if route["context_tokens"] is None else tokens(route["context_tokens"])
    return (
        f"{route['provider']}{ran_by}, quantisation {route['quantization'] or NOT_STATED}, context {context}"
    )


def price_words(route: Mapping[str, Any]) -> str:
    """Input and output price of a route that has both, exact."""
    free = " (free tier)" if route["price_kind"] == "free_tier" else ""
    return f"{price(route['input_usd_per_mtok'])} / {price(route['output_usd_per_mtok'])}{free}"
