"""Rows of an explanation, as `llmpairs explain --format json` prints them. Dates and times are ISO 8601 text."""

from typing import NotRequired, TypedDict


class Reread(TypedDict):
    """A claim compared with its archived capture; the first nine keys are missing where the capture is unknown."""

    url: NotRequired[str]
    captured_at: NotRequired[str]
    late: NotRequired[bool]
    archive_path: NotRequired[str]
    warc_offset: NotRequired[int]
    warc_record_id: NotRequired[str]
    body_archive_path: NotRequired[str | None]
    body_warc_offset: NotRequired[int | None]
    payload_sha256: NotRequired[str]
    locator: str
    outcome: str
    """`same`, `other_value`, `other_model`, `not_said` or `unreadable`."""
    said: str | None
    """Value that the capture gives now, in the field's unit."""
    said_printed: str | None
    """Value as the capture prints it."""
    detail: str | None


class Claim(TypedDict):
    """A row of `facts` with its age."""

    fact_id: str
    subject_kind: str
    subject_id: str
    field: str
    value: str
    printed: str
    source_id: str
    lineage: str
    basis: str
    authority: int
    capture_id: str
    locator: str
    provider_model_key: str
    observed_at: str
    age_hours: float
    is_chosen: bool
    reason: str
    again: NotRequired[Reread]


class ExplainedScore(TypedDict):
    """A row of `benchmark_scores` with its age; the columns that the text shows."""

    source_id: str
    version: str
    metric: str
    harness: str
    effort: str
    evaluator_class: str
    unit: str
    provider_model_key: str
    value: float
    age_hours: float
    capture_id: str
    locator: str
    again: NotRequired[Reread]


class ResolvedKey(TypedDict):
    """A row of `identities`."""

    source_id: str
    provider_id: str
    provider_model_key: str
    model_id: str | None
    method: str
    confidence: float
    reason: str | None
    vetoes: str | None


class Input(TypedDict):
    """One input of a computed value: claims, a column, resolved keys, or only a name."""

    name: str
    value: NotRequired[object]
    claims: NotRequired[list[Claim]]
    computed_from: NotRequired[list[str]]
    keys: NotRequired[list[ResolvedKey]]


class CapabilityRule(TypedDict):
    """The rule that set the state of a capability."""

    rule: str
    witnesses_for: int
    witnesses_against: int
    is_disputed: bool


class ExplainedDisagreement(TypedDict):
    """A row of `disagreements`; the columns that the text shows."""

    disagreement_id: str
    first_seen_at: str
    claimed_values: list[str]
    decision: str | None


class ExplainedHold(TypedDict):
    """A row of `holds`; the columns that the text shows."""

    hold_id: str
    incident: str
    rule: str
    since: str
    candidate_value: str
    source_id: str
    published_value: str | None
    state: str
    decided_by: str | None


class ReviewDecision(TypedDict):
    """A decision on the value, or a fact that a reviewer recorded; the fields that the text shows."""

    decision_id: str
    verdict: str
    decided_by: str
    made_on_as_of: str
    reason: str
    evidence: str
    quote: str | None
    """Of a fact: the passage of the evidence that states it."""


class ExplainedCost(TypedDict, total=False):
    """A row of `offer_scenario_costs` or `model_scenario_costs`."""

    cost_usd: float | None
    eligible: bool
    ineligible_reason: str | None
    formula_version: str
    state: str
    cheapest_usd: float | None
    cheapest_offer_id: str | None
    cheapest_direct_usd: float | None
    cheapest_direct_offer_id: str | None
    median_usd: float | None
    dearest_usd: float | None
    dearest_offer_id: str | None
    eligible_offer_count: int
    offer_count: int


class CostedWorkload(TypedDict):
    """The columns of a workload that its cost depends on."""

    prompt_tokens: int
    cached_tokens: float
    output_tokens: int
    requests_per_month: int
    service_tier: str


class PricedRoute(TypedDict):
    """An offer that a list price is the median of."""

    offer_id: str
    blended_3to1_usd_per_mtok: float


class Explanation(TypedDict):
    """The page of one field of a model or an offer."""

    as_of: str
    subject_kind: str
    subject_id: str
    field: str
    value: object
    about: str
    unit: NotRequired[str | None]
    null_means: NotRequired[str | None]
    claims: list[Claim]
    rests_on: list[Input]
    disagreements: list[ExplainedDisagreement]
    holds: list[ExplainedHold]
    decisions: NotRequired[list[ReviewDecision]]
    rule: NotRequired[CapabilityRule]
    """Of a model's capability."""
    scores: NotRequired[list[ExplainedScore]]
    """Of a benchmark."""
    cost: NotRequired[ExplainedCost]
    """Of a workload, with the four keys that follow."""
    workload: NotRequired[CostedWorkload]
    formula: NotRequired[str]
    computed_again: NotRequired[float | None]
    basis: NotRequired[str | None]
    """Of a list price."""
    routes: NotRequired[list[PricedRoute]]


class ListedField(TypedDict):
    """A field that can be explained."""

    field: str
    value: object
    claims: int | None
    rests_on: str | None
