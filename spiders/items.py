"""The items of spiders: typed claims with values as printed, each with its position in the page.

Nothing here converts a unit, maps a name or fills a blank; a field that the source leaves out stays None. The landed
contracts of the warehouse mirror these classes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

PriceUse = Literal[
    "input",
    "output",
    "cache_read",
    "cache_write",
    "reasoning",
    "input_audio",
    "output_audio",
    "input_image",
    "output_image",
    "request",
    "web_search",
]
ServiceTier = Literal["standard", "batch", "flex", "priority", "fast"]


@dataclass(frozen=True, kw_only=True)
class PriceQuote:
    """One printed price: `amount` of `currency` for `per` times `unit`."""

    use: PriceUse
    """What the price pays for."""
    amount: str
    """The number as printed, "0.000000039" or "-1"; never rounded, never converted."""
    currency: str
    """ISO 4217 code as stated by the source."""
    per: int
    """How many units the amount buys: 1, 1000 or 1000000."""
    unit: str
    """"token", or the source's name of another unit ("image", "request", "second", "character")."""
    min_prompt_tokens: int = 0
    """Prompt length from which this price applies; 0 is the base price."""


@dataclass(frozen=True, kw_only=True)
class ModelClaim:
    """A source's claim about a model. Text fields hold the source's own spelling."""

    kind: ClassVar[str] = "model"

    provider_key: str | None
    """The source's name for the provider that lists the model; None for cards and scores."""
    model_key: str
    """The source's verbatim key of the model."""
    locator: str
    """Where in the response the claim was read: a JSON pointer, "front-matter", or a table row."""
    name: str | None = None
    """Display name."""
    developer: str | None = None
    """The developer of the model, as the source names it."""
    family: str | None = None
    """The source's family label."""
    task: str | None = None
    """The model's task as printed ("chat", "embedding", "text-generation")."""
    released: str | None = None
    """Release date as printed, to whatever precision."""
    listed: str | None = None
    """ISO date on which the source first listed the model; not a release date."""
    knowledge_cutoff: str | None = None
    """Knowledge cutoff as printed."""
    context_tokens: int | None = None
    """Context window of the model itself."""
    max_input_tokens: int | None = None
    """Maximum prompt tokens, where the source limits the input apart from the context."""
    unscaled_context_tokens: int | None = None
    """Context that the model was trained for, where the weights ship with scaled positions."""
    max_output_tokens: int | None = None
    """Maximum output tokens."""
    parameters_total: int | None = None
    """Total parameters."""
    parameters_active: int | None = None
    """Parameters active per token."""
    architecture: str | None = None
    """"dense", "moe" or as printed."""
    license: str | None = None
    """Licence identifier or name as printed."""
    open_weights: bool | None = None
    """Whether the weights can be downloaded."""
    hugging_face_id: str | None = None
    """Repository that the source names for the weights."""
    canonical_slug: str | None = None
    """A key that the source documents as permanent."""
    alias_target: str | None = None
    """The key that this floating alias points to at the time of capture."""
    base_model: str | None = None
    """The model that it was derived from."""
    base_relation: str | None = None
    """How it was derived: "finetune", "quantized", "adapter" or "merge"."""
    input_modalities: tuple[str, ...] | None = None
    """Exhaustive list of accepted inputs; None when the source has no list."""
    output_modalities: tuple[str, ...] | None = None
    """Exhaustive list of outputs; None when the source has no list."""
    capabilities: tuple[tuple[str, bool], ...] = ()
    """Stated capabilities, true or false; an absent key is not in the list."""
    status: str | None = None
    """Lifecycle status as printed ("deprecated", "beta")."""
    deprecated_on: str | None = None
    """Date of deprecation as printed."""
    retire_on: str | None = None
    """Date of retirement as printed."""
    successor: str | None = None
    """The key that the source recommends instead, as printed."""
    languages: tuple[str, ...] | None = None
    """Languages as the card lists them."""
    quantization: str | None = None
    """Number format of the published weights."""


@dataclass(frozen=True, kw_only=True)
class OfferClaim:
    """A source's claim about an offer: one model of one provider, by one route, at one service tier."""

    kind: ClassVar[str] = "offer"

    provider_key: str
    """The source's name for the provider that bills."""
    model_key: str
    """The source's verbatim key of the model at that provider."""
    locator: str
    """Where in the response the claim was read: a JSON pointer or a table row."""
    operator_key: str | None = None
    """The source's name for the operator of the model, if stated."""
    route_tag: str = "-"
    """What else distinguishes offers of one key: an endpoint tag, a region with its own price."""
    route_kind: Literal["direct", "via_aggregator", "aggregate"] = "direct"
    """`aggregate` is an aggregator's list entry over its endpoints."""
    service_tier: ServiceTier = "standard"
    """Service tier of the prices."""
    region: str | None = None
    """Region as printed."""
    quantization: str | None = None
    """Number format as printed, "unknown" included."""
    context_tokens: int | None = None
    """Context window of this offer."""
    max_output_tokens: int | None = None
    """Maximum output tokens of this offer."""
    prices: tuple[PriceQuote, ...] = ()
    """Every printed price of the offer."""
    prices_since: str | None = None
    """Day from which these prices apply, as printed; None when not stated."""
    price_hours_utc: tuple[str, ...] | None = None
    """Hours in which the prices apply, as `price_hours.py` writes them; None at all hours."""
    is_free: bool | None = None
    """Whether the source states that the offer is free; None when not stated."""
    discount: str | None = None
    """Share taken off the list price, as printed."""
    capabilities: tuple[tuple[str, bool], ...] = ()
    """Stated capabilities of the offer, true or false; an absent key is not in the list."""
    input_modalities: tuple[str, ...] | None = None
    """Exhaustive list of inputs that this offer accepts; None when the source has no list."""
    output_modalities: tuple[str, ...] | None = None
    """Exhaustive list of outputs of this offer; None when the source has no list."""
    trains_on_prompts: bool | None = None
    """Whether whoever serves it trains on prompts; None when not stated."""
    retains_prompts: bool | None = None
    """Whether prompts are kept after the answer; None when not stated."""
    zero_retention: bool | None = None
    """Whether a request can be served with zero data retention; None when not stated."""
    status: str | None = None
    """Lifecycle or health status as printed."""
    deprecated_on: str | None = None
    """Date of deprecation, as printed."""
    retire_on: str | None = None
    """Date of retirement, as printed."""
    uptime_percent: float | None = None
    """Percentage of answered requests over the last day."""
    latency_ms: float | None = None
    """Median time to first token over the source's time window, in milliseconds."""
    throughput_tokens_per_s: float | None = None
    """Median output speed over the source's time window."""

    @classmethod
    def of(cls, model: ModelClaim, prices: Iterable[PriceQuote] = ()) -> "OfferClaim":
        """The offer of a model, with the model's value in every field that both claims have (key, limits, ...)."""
        shared = {each.name: getattr(model, each.name) for each in fields(cls) if hasattr(model, each.name)}
        return cls(**shared, prices=tuple(prices))


@dataclass(frozen=True, kw_only=True)
class ScoreClaim:
    """One benchmark result as a source reports it."""

    kind: ClassVar[str] = "score"

    model_key: str
    """The source's verbatim name of the model."""
    model_name: str | None = None
    """The name without the effort or setting in `model_key`; None where there is none."""
    locator: str
    """Where in the response the score was read."""
    benchmark: str
    """Name of the benchmark as printed."""
    metric: str
    """Name of the metric or column as printed."""
    value: str
    """The number as printed."""
    unit: str
    """"percent", "fraction", "elo", "points", as printed, or "unstated" where the source leaves it out."""
    version: str | None = None
    """Version or date of the benchmark."""
    harness: str | None = None
    """Harness or agent that ran the model."""
    effort: str | None = None
    """Reasoning effort or setting."""
    evaluator_class: Literal["lab_claimed", "third_party", "community"] | None = None
    """The kind of evaluator."""
    evaluated_on: str | None = None
    """Date of the evaluation as printed."""
    standard_error: str | None = None
    """Standard error in the score's unit, as printed."""
    interval_low: str | None = None
    """Lower end of the 95% interval in the score's unit, as printed."""
    interval_high: str | None = None
    """Upper end of the 95% interval in the score's unit, as printed."""


Item = ModelClaim | OfferClaim | ScoreClaim


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The response that an item was read from; added by the pipeline, never by a parser."""

    source_id: str
    """Registry id of the source."""
    url: str
    """Requested address."""
    capture_id: str
    """Digest of address, capture time and payload."""
    captured_at: str
    """UTC time of the capture, ISO 8601 with Z."""
    late: bool
    """Whether the capture is later than the as-of time of the run that uses it."""


def to_record(item: Item, provenance: Provenance) -> dict[str, Any]:
    """The landed record of an item: its kind, its provenance and every field that is not None."""
    line: dict[str, Any] = {"kind": item.kind}
    for part in (provenance, item):
        for field in fields(part):
            value = getattr(part, field.name)
            if value is None:
                continue
            if field.name == "prices":
                value = [{f.name: getattr(quote, f.name) for f in fields(quote)} for quote in value]
            line[field.name] = value
    return line
