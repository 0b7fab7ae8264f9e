"""Shape of the content of a pair's page.

Two-sided values are lists with the left side first; a side is named by its position, 0 or 1.
"""

from typing import TypedDict

from llmpairs.pages.content.schema import (
    Capability,
    Freshness,
    Named,
    Neighbour,
    PriceLine,
    Profile,
    Question,
    ReleaseTime,
    Sentence,
    Side,
    Workload,
    WorkloadCost,
)
from llmpairs.pages.rows import BenchmarkRow, ClaimCount, PairRow, PriceTier, ScoreValue, SpecValue
from llmpairs.render.document import Citation, CitedCapture


class SpecRow(TypedDict):
    """One spec of both sides; `differs` is None where a side is unknown."""

    field: str
    values: list[SpecValue]
    differs: bool | None
    basis: list[str | None]
    evidence: list[Citation | None]
    others: list[list[ClaimCount]]


class CapabilityPair(TypedDict):
    """One capability of both sides."""

    capability: str
    sides: list[Capability]


class CostRow(Workload):
    """Cost of one workload on both sides: ratio left/right, difference right minus left."""

    sides: list[WorkloadCost]
    difference_usd: float | None
    ratio: float | None
    no_difference_because: str | None


class SideResult(TypedDict):
    """Requirements of one side in a workload."""

    gate: str
    failed_gates: list[str]
    open_gates: list[str]


class WorkloadOutcome(Workload):
    """Outcome of one workload, with its reason and the requirements of both sides; `winner` for `a` and `b` alone."""

    outcome: str
    winner: int | None
    reason: str
    sides: list[SideResult]
    evidence: list[Citation]
    text: str


class SharedNames(TypedDict):
    """Providers and operators that both sides have on active offers."""

    providers: list[Named]
    operators: list[Named]


class SideScore(ScoreValue):
    """Score of one side in a shared row."""

    is_withheld: bool
    evidence: Citation | None


class SharedRow(BenchmarkRow):
    """A benchmark row that both sides have; `ahead` is the better side."""

    effort_differs: bool
    sides: list[SideScore]
    ahead: int | None


class IndicativeRow(SharedRow):
    """A shared row at each side's best effort."""

    is_also_comparable: bool


class LeftOut(TypedDict):
    """Metrics of a benchmark without a shared row, and why."""

    benchmark: str
    metrics: list[str]
    reason: str


class BenchmarkSummary(TypedDict):
    """A benchmark of both sides: one figure each, and the metrics in which each is ahead."""

    benchmark: str
    version: str
    harness: str
    unit: str
    metric: str
    values: list[float]
    won: list[int]
    metrics: int
    labs_own: list[bool]
    evidence: list[list[Citation]]


class Benchmarks(TypedDict):
    """Shared benchmark rows, what is left out, and how many scores each side has."""

    comparable: list[SharedRow]
    indicative: list[IndicativeRow]
    summary: list[BenchmarkSummary]
    left_out: list[LeftOut]
    scores: list[int]


class Obstacle(TypedDict):
    """An obstacle to switching."""

    kind: str
    severity: str
    detail: str
    evidence: list[Citation]


Move = TypedDict("Move", {"from": str, "to": str, "severity": str, "obstacles": list[Obstacle], "gains": list[str]})
"""Switching in one direction: obstacles, the worst first, and capabilities that it gains."""


class SilentSource(TypedDict):
    """A source of offers that did not answer."""

    source_id: str
    title: str
    state: str


class Related(Neighbour):
    """A neighbour of one of the two sides."""

    side: int


class OfferRates(TypedDict):
    """Prices in USD per million tokens and limits in tokens of an offer."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cache_read_usd_per_mtok: float | None
    price_tiers: list[PriceTier]
    context_tokens: int | None
    max_output_tokens: int | None
    operator_known: bool


class CalculatorOffer(OfferRates):
    """An offer of the calculator; `serves` are the presets whose requirements it meets."""

    seller: str
    is_best: bool
    is_list: bool
    serves: list[str]


class CalculatorSide(TypedDict):
    """Offers of one side."""

    name: str
    offers: list[CalculatorOffer]


class Calculator(TypedDict):
    """Presets and rates from which a page computes monthly costs."""

    presets: list[Workload]
    sides: list[CalculatorSide]


class TextCost(TypedDict):
    """Cost of the same text in one language: ratio left/right, bounds where a tokenizer is unknown."""

    language: str
    ratio_low: float
    ratio_high: float
    cheaper: int
    """Position of the cheaper side."""


class SameText(TypedDict):
    """Languages in which the order of prices changes once the same text is paid instead of the same tokens."""

    ratio: float
    """Ratio left/right for the same tokens, in the workload whose details are shown."""
    tokenizers: list[str]
    languages: list[TextCost]


class PairBlocks(TypedDict):
    """Blocks of a pair's page that are computed from the two profiles."""

    release: ReleaseTime
    record: PairRow
    headline: str
    decisions: list[WorkloadOutcome]
    costs: list[CostRow]
    same_text: SameText | None
    """None where the order stays, or may stay."""
    calculator: Calculator
    shared: SharedNames
    benchmarks: Benchmarks
    moves: list[Move]
    specs: list[SpecRow]
    capabilities: list[CapabilityPair]
    silent_sources: list[SilentSource]
    related: list[Related]


class PairFacts(PairBlocks):
    """The blocks with both profiles: the input of sentences."""

    sides: list[Profile]


class PairPage(PairBlocks):
    """The page of a pair."""

    sides: list[Side]
    intro: list[Sentence]
    tradeoffs: list[list[Sentence]]
    one_sided: list[list[Sentence]]
    summary: list[Sentence]
    questions: list[Question]
    price_lines: list[list[PriceLine]]
    """Prices over time of the offer that each side is compared by, left first."""
    freshness: list[Freshness]
    captures: dict[str, CitedCapture]
