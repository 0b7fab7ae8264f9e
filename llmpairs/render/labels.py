"""Labels of enumerations and formats of numbers for every page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from llmpairs.warehouse.outcome_rules import SCENARIO_LABELS

UNKNOWN = "unknown"
NOT_STATED = "not stated"
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
CAPABILITY_LABELS = {
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
"""Every capability in the order of the matrix."""
RULE_LABELS = {
    "first_party": "stated by the developer",
    "exhaustive_list": "complete list of modalities",
    "declared_yes": "declared",
    "two_lineages": "two independent source groups",
    "several_operators": "the developer's listing, or two operators",
    "before_introduction": "released before any model had it",
    "derived": "derived",
    "conflict": "sources contradict each other",
    "no_evidence": "no source states it",
    "held": "kept from the last release until the contradiction is decided",
    "decision": "decided by a reviewer",
}
MISSING_PRICE_LABELS = {
    "not_listed": "no price is listed",
    "zero_of_unknown_kind": "a price of 0 without an explanation",
    "one_side_missing": "only one of input and output has a price",
    "dynamic": "the price varies by endpoint",
    "unparsed": "the price was not parsed",
    "other_currency": "priced in another currency",
    "not_per_token": "not priced by token",
    "subscription": "sold by subscription",
    "implausible": "the only stated price fails a check",
    "held": "the price is held back as suspicious",
}
INELIGIBLE_LABELS = {
    "model_unresolved": "the model is not identified",
    "not_active": "not active",
    "expired": "its source is out of date",
    "not_standard_tier": "not the standard tier",
    "some_hours_only": "a price of some hours only",
    "not_metered": "not metered",
    "price_missing": "no usable price",
    "aggregate": "list entry that repeats one of the endpoints",
    "context_too_small": "context too small",
    "context_unknown": "context unknown",
    "max_output_too_small": "max output tokens too small",
    "gate_failed": "lacks a required capability",
    "gate_not_established": "a required capability is unknown",
    "no_batch_price": "no batch price",
}
COST_STATE_LABELS = {
    "known": "known",
    "aggregate_only": "only an aggregator's list price is known",
    "unpriced": "no offer has a usable metered price",
    "not_eligible": "no priced offer meets the requirements of this workload",
    "no_offers": "no active offer is known",
}
NO_NAMED_OPERATOR = "no offer with a named operator serves this workload"
LANGUAGE_LABELS = {
    "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "pt": "Portuguese", "ru": "Russian", "zh": "Chinese", "code": "code",
}  # fmt: skip
FRICTION_LABELS = {
    "no_shared_provider": "No provider sells both",
    "provider_unknown": "No provider of one of them is known",
    "lost_capability": "Capabilities are lost",
    "unverified_capability": "Capabilities are unknown on the other side",
    "context_shrink": "The context window shrinks",
    "max_output_shrink": "The max output shrinks",
    "price_increase": "The list price rises",
    "licence_change": "The licence changes",
    "modality_loss": "An input or output modality is lost",
    "reasoning_control_change": "Reasoning is controlled differently",
    "api_shape_change": "The API has another shape",
    "lifecycle_risk": "The target is deprecated or has a stated end",
}
EVALUATOR_LABELS = {
    "lab_claimed": "the lab's own score",
    "third_party": "third party",
    "community": "community vote",
    "unspecified": "evaluator not stated",
}
OFFER_KIND_LABELS = {"direct": "direct", "via_aggregator": "endpoint", "aggregate": "list entry"}
"""A provider's own offer, one endpoint of an aggregator, an aggregator's entry that summarises its endpoints."""
GATE_LABELS = {"context": "a large enough context window", "max_output": "a large enough max output"}
"""Requirements that are no capabilities, inside a sentence."""
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
ARCHITECTURE_LABELS = {"dense": "dense", "moe": "mixture of experts"}
SPEC_LABELS = {
    "released_date": "Released",
    "context_tokens": "Context window, tokens",
    "max_output_tokens": "Max output, tokens",
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
PRICE_FIELD_LABELS = {
    "price": "Price",
    "input_usd_per_mtok": "Input price",
    "output_usd_per_mtok": "Output price",
    "cache_read_usd_per_mtok": "Cached input price",
    "cache_write_usd_per_mtok": "Cache write price",
}
LICENCE_CLASS_LABELS = {
    "open": "open source licence",
    "restricted": "restricted licence: its terms limit who may use it or for what",
    "proprietary": "proprietary: no weights are published",
}


class NamedOffer(TypedDict):
    """Fields that distinguish the offers of a model."""

    provider: str
    operator: str
    quantization: str | None
    context_tokens: int | None


def label_workload(scenario_id: str) -> str:
    """Label of a published workload."""
    return SCENARIO_LABELS[scenario_id]


def label_field(field: str) -> str:
    """Label of a field of a model or an offer."""
    if field.startswith("capability:"):
        return CAPABILITY_LABELS[field.removeprefix("capability:")]
    return SPEC_LABELS.get(field) or PRICE_FIELD_LABELS.get(field) or field.replace("_", " ").capitalize()


def join_first_names(names: Sequence[str], most: int = 6) -> str:
    """Join the first names, and count the others."""
    return join_names(names) if len(names) <= most + 1 else f"{', '.join(names[:most])} and {len(names) - most} more"


def format_count(number: int, noun: str, plural: str | None = None) -> str:
    """Format a number with its noun: 1 offer, 2 offers."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def format_date(iso: str) -> str:
    """Format the day of an ISO date or time in full, or month and year where no day is stated."""
    year, *rest = iso[:10].split("-")
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    return " ".join([*day, *([MONTHS[int(rest[0]) - 1]] if rest else []), year])


def format_short_tokens(number: int | None) -> str:
    """Format a number of tokens in thousands or millions: 128K, 1.05M."""
    if number is None:
        return UNKNOWN
    if number < 1_000:
        return str(number)
    return f"{number / 1_000_000:.3g}M" if number >= 1_000_000 else f"{number / 1_000:.0f}K"


def format_tokens(number: int | None) -> str:
    """Format a number of tokens with separators."""
    return UNKNOWN if number is None else f"{number:,}"


def format_money(usd: float | None) -> str:
    """Format an amount in dollars and cents."""
    return UNKNOWN if usd is None else f"${usd:,.2f}"


def format_price(usd_per_mtok: float | None) -> str:
    """Format a price as printed: every decimal, none added."""
    return UNKNOWN if usd_per_mtok is None else f"${format(Decimal(repr(usd_per_mtok)).normalize(), 'f')}"


def format_blended(usd_per_mtok: float | None) -> str:
    """Format a blended price to the cent, or to three digits below ten cents."""
    if usd_per_mtok is None:
        return UNKNOWN
    return f"${usd_per_mtok:,.2f}" if usd_per_mtok >= 0.1 or usd_per_mtok == 0 else f"${usd_per_mtok:.3g}"


def format_derived_price(usd_per_mtok: float | None) -> str:
    """Format a computed price to six significant digits."""
    return UNKNOWN if usd_per_mtok is None else f"${usd_per_mtok:,.6g}"


def format_ratio(ratio: float) -> str:
    """Format a ratio above 1: 1.25 times, 12 times."""
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.3g} times"


def join_names(names: Sequence[str]) -> str:
    """Join one or more names: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def format_capability(capability: str) -> str:
    """Format a capability inside a sentence."""
    return {"pdf_input": "PDF input", "json_mode": "JSON mode"}.get(
        capability, capability.replace("_", " ").replace("vision", "vision (image input)")
    )


def describe_offer(offer: NamedOffer) -> str:
    """Describe an offer with what explains a low price: operator, quantisation and context."""
    operator = offer["operator"]
    ran_by = "" if operator == offer["provider"] else f", run by {operator}"
    if operator == NOT_STATED:
        ran_by = " (operator not stated)"
    context = NOT_STATED if offer["context_tokens"] is None else format_tokens(offer["context_tokens"])
    return f"{offer['provider']}{ran_by}, quantisation {offer['quantization'] or NOT_STATED}, context {context}"


def explain_unused_operator(operator: str) -> str:
    """Why prices of an operator decide nothing: no source states who it is, or too few runs have listed it."""
    return "operator unknown" if operator == NOT_STATED else "new operator"
