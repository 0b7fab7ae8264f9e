"""Rows that pages read from a release: the columns of each table that pages use, with plain values.

Dates and times are ISO 8601 text. Each class with a table of the same columns is checked against that table's contract.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

SpecValue = str | int | float | bool | list[str] | None


class OfModel(TypedDict):
    """Row of one model."""

    model_id: str


class ModelColumns(OfModel):
    """Columns of `models` that a profile repeats."""

    slug: str
    display_name: str
    developer_id: str
    family: str | None
    kind: str
    is_live: bool
    is_text_generating: bool
    lifecycle: str
    identity_basis: str
    hugging_face_id: str | None
    base_model_id: str | None
    relation_to_base: str | None
    offer_count: int
    operator_count: int
    best_blended_usd_per_mtok: float | None
    completeness: float
    first_seen_at: str
    last_seen_at: str


class SpecColumns(TypedDict):
    """Columns of `models` that a profile shows with their evidence, in the order of the page."""

    released_date: str | None
    context_tokens: int | None
    max_output_tokens: int | None
    parameters_total: int | None
    parameters_active: int | None
    architecture: str | None
    license_spdx: str | None
    license_class: str | None
    is_open_weights: bool | None
    knowledge_cutoff_date: str | None
    input_modalities: list[str] | None
    output_modalities: list[str] | None
    lifecycle: str
    deprecated_on: str | None
    retire_on: str | None


class OfferColumns(TypedDict):
    """Columns of `offers` that a profile repeats."""

    offer_id: str
    provider_id: str
    operator_id: str
    provider_model_key: str
    route_kind: str
    is_first_party: bool
    is_list_offer: bool
    is_price_outlier: bool
    operator_known: bool
    service_tier: str
    region: str | None
    quantization: str | None
    context_tokens: int | None
    max_output_tokens: int | None
    price_kind: str
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cache_read_usd_per_mtok: float | None
    price_hours_utc: list[str] | None
    uptime_percent: float | None
    latency_ms: float | None
    throughput_tokens_per_s: float | None
    trains_on_prompts: bool | None
    retains_prompts: bool | None
    zero_retention: bool | None
    price_missing_reason: str | None
    offer_status: str
    held: bool
    retire_on: str | None
    last_seen_at: str


class PriceTier(TypedDict):
    """Prices from a prompt length on, USD per million tokens."""

    min_prompt_tokens: int
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cache_read_usd_per_mtok: float | None
    is_marginal: bool


class OfferRow(OfModel, OfferColumns):
    """Row of `offers`."""

    price_tiers: list[PriceTier] | None
    blended_3to1_usd_per_mtok: float | None
    eligible: bool
    price_source_id: str | None
    price_capture_id: str | None
    price_observed_at: str | None


class FactRow(OfModel):
    """Chosen claim about a model."""

    field: str
    value: str
    source_id: str
    basis: str
    capture_id: str
    observed_at: str


class ClaimCount(TypedDict):
    """A declared value, the number of claims that state it, and their independent source groups."""

    value: str
    claims: int
    lineages: list[str]


class ClaimRow(OfModel, ClaimCount):
    """Declared claims of one value of a model's field."""

    field: str


class CapabilityColumns(TypedDict):
    """Columns of `model_capabilities` that a profile repeats."""

    state: str
    rule: str
    witnesses_for: int
    witnesses_against: int
    is_disputed: bool


class CapabilityRow(OfModel, CapabilityColumns):
    """Row of `model_capabilities`."""

    capability: str
    source_id: str | None
    capture_id: str | None
    observed_at: str | None


class OfferStateRow(OfModel):
    """Number of active offers of a model that state a capability."""

    capability: str
    state: str
    routes: int


class CostColumns(TypedDict):
    """Columns of `model_scenario_costs` that a profile repeats."""

    state: str
    median_usd: float | None
    eligible_offer_count: int
    offer_count: int


class ModelCostRow(OfModel, CostColumns):
    """Row of `model_scenario_costs`."""

    scenario_id: str
    best_usd: float | None
    best_offer_id: str | None
    list_usd: float | None
    list_offer_id: str | None
    cheapest_usd: float | None
    cheapest_offer_id: str | None
    cheapest_direct_usd: float | None
    cheapest_direct_offer_id: str | None
    dearest_usd: float | None
    dearest_offer_id: str | None


class OfferCostRow(OfModel):
    """Row of `offer_scenario_costs`."""

    offer_id: str
    scenario_id: str
    cost_usd: float | None
    eligible: bool
    ineligible_reason: str | None


class BenchmarkRow(TypedDict):
    """What a score measures."""

    benchmark: str
    version: str
    metric: str
    harness: str
    unit: str
    higher_is_better: bool


class ScoreValue(TypedDict):
    """What a score is and who measured it how; a withheld score has neither value nor error."""

    value: float | None
    standard_error: float | None
    effort: str
    evaluator_class: str
    evaluated_on: str | None


class ScoreColumns(BenchmarkRow, ScoreValue):
    """Columns of `benchmark_scores` that a profile repeats."""

    is_comparable: bool
    redistributable: bool | None


class ScoreRow(OfModel, ScoreColumns):
    """Row of `benchmark_scores`."""

    source_id: str
    capture_id: str
    observed_at: str


class QualityColumns(TypedDict):
    """Columns of `model_quality` that a profile repeats."""

    domain: str
    index: float
    low95: float
    high95: float
    basis: str
    families: int
    scores_used: int


class QualityRow(OfModel, QualityColumns):
    """Row of `model_quality`."""


class TextRate(TypedDict):
    """Columns of `tokenizer_rates` that a profile repeats."""

    tokenizer: str
    language: str
    chars_per_token_low: float
    chars_per_token_high: float


class TextRateRow(OfModel, TextRate):
    """Row of `tokenizer_rates` with a model of the tokenizer."""


class Gap(TypedDict):
    """Columns of `coverage_gaps` that a profile repeats."""

    field: str
    state: str
    severity: str
    detail: str
    since: str


class Disagreement(TypedDict):
    """Columns of `disagreements` that a profile repeats."""

    subject_id: str
    field: str
    chosen_value: str | None
    claimed_values: list[str]
    ratio: float | None
    first_seen_at: str
    decision: str | None


class HoldColumns(TypedDict):
    """Columns of `holds` that a profile repeats."""

    subject_id: str
    field: str
    published_value: str | None
    candidate_value: str
    rule: str
    since: str


class PriceRow(OfModel):
    """Row of `price_history`, with the model of its offer."""

    offer_id: str
    field: str
    usd_per_mtok: float | None
    valid_from: str
    valid_to: str | None
    valid_from_kind: str
    source_id: str | None
    capture_id: str | None


class ProviderRow(TypedDict):
    """Name of a provider."""

    provider_id: str
    name: str


class FitRow(OfModel):
    """A workload whose requirements a model is known to meet."""

    scenario_id: str


class SourceRow(TypedDict):
    """Row of the `sources` log."""

    source_id: str
    title: str
    kind: str
    state: str


class CaptureRow(TypedDict):
    """Row of the `captures` log."""

    capture_id: str
    url: str
    captured_at: str


class CandidateRow(OfModel):
    """A model that may be proposed as the next to compare."""

    display_name: str
    slug: str
    developer_id: str
    family: str | None
    offer_count: int
    detailed_usd: float | None
    """Monthly cost in the detailed workload."""
    workloads: list[str]
    """Workloads with requirements that a priced offer of the model serves."""


class PairRow(TypedDict):
    """Row of `pairs` with the left side as A; the row has the other columns of PAIRS too."""

    model_a_id: str
    model_b_id: str
    relation: str
    release_gap_days: int | None
    friction_a_to_b: str
    friction_b_to_a: str
    friction_kinds_a_to_b: int
    friction_kinds_b_to_a: int
    cheaper: str
    stronger: str
    cost_ratio_best: float | None
    quality_difference: float | None
    quality_difference_low95: float | None
    quality_difference_high95: float | None
    quality_basis: str
    overall_outcome: str
    overall_outcome_reason: str
    indexable: bool


class ModelRow(ModelColumns, SpecColumns):
    """Row of `models`."""


class RowsOfModel(TypedDict):
    """Rows of one model, by table."""

    facts: Sequence[FactRow]
    claims: Sequence[ClaimRow]
    model_capabilities: Sequence[CapabilityRow]
    route_states: Sequence[OfferStateRow]
    offers: Sequence[OfferRow]
    offer_scenario_costs: Sequence[OfferCostRow]
    model_scenario_costs: Sequence[ModelCostRow]
    fits: Sequence[FitRow]
    benchmark_scores: Sequence[ScoreRow]
    model_quality: Sequence[QualityRow]
    text_rates: Sequence[TextRateRow]
    coverage_gaps: Sequence[Gap]
    disagreements: Sequence[Disagreement]
    holds: Sequence[HoldColumns]


class PageRows(RowsOfModel):
    """Rows of the models that pages are about, by table."""

    models: Sequence[ModelRow]
    providers: Sequence[ProviderRow]
    developers: Mapping[str, str]
    """Names by developer_id."""
