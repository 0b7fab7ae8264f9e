"""Shape of the content of a model on pages: what `content` builds, `layout` lays out and `--format json` prints."""

from collections.abc import Sequence
from typing import TypedDict

from llmpairs.pages.rows import (
    CapabilityColumns,
    ClaimCount,
    CostColumns,
    Disagreement,
    Gap,
    HoldColumns,
    ModelColumns,
    OfferColumns,
    PriceTier,
    QualityColumns,
    ScoreColumns,
    SpecValue,
    TextRate,
)
from llmpairs.render.document import Citation, CitedCapture


class Sentence(TypedDict):
    """A sentence about one side or both (None), with the citations that it rests on."""

    kind: str
    side: int | None
    text: str
    evidence: list[Citation]
    strength: float


class Question(TypedDict):
    """A question with its answer."""

    question: str
    answer: Sentence


class Spec(TypedDict):
    """A spec of one model; `others` are declared values that are not published."""

    value: SpecValue
    basis: str | None
    evidence: Citation | None
    others: list[ClaimCount]


def names_of(sides: Sequence[ModelColumns]) -> tuple[str, str]:
    """Both names, left first."""
    left, right = (side["display_name"] for side in sides)
    return left, right


class TokenRange(TypedDict):
    """Least, median and greatest limit over offers, and how many are known."""

    least: int
    median: float
    greatest: int
    known: int


class Capability(CapabilityColumns):
    """A capability of one model; `against` are claims of another state."""

    evidence: Citation | None
    against: list[ClaimCount]
    routes_yes: int
    routes_no: int


class Named(TypedDict):
    """Id and name of a provider or operator."""

    id: str
    name: str


class Offer(OfferColumns):
    """An offer with its names, its monthly cost by workload, and where its price was read."""

    provider: str
    operator: str
    price_tiers: list[PriceTier]
    monthly_usd: dict[str, float]
    not_counted_because: str | None
    """Why the detailed workload does not count it."""
    evidence: Citation | None


class PricedOffer(TypedDict):
    """A monthly cost with the offer that has it."""

    usd: float
    offer_id: str
    provider: str
    operator: str
    route_kind: str
    quantization: str | None
    context_tokens: int | None
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    held: bool
    evidence: Citation | None


class WorkloadCost(CostColumns):
    """Monthly cost of one model in one workload, USD."""

    best: PricedOffer | None
    list_usd: float | None
    cheapest: PricedOffer | None
    cheapest_direct: PricedOffer | None
    dearest: PricedOffer | None


class ListPrice(TypedDict):
    """List price of a model, USD per million tokens."""

    blended_3to1_usd_per_mtok: float | None
    basis: str | None
    evidence: list[Citation]


class Score(ScoreColumns):
    """A benchmark score with where it was read."""

    is_withheld: bool
    evidence: Citation | None


class Hold(HoldColumns):
    """A value that is held back, with where it was read."""

    evidence: Citation | None


class Side(ModelColumns):
    """A model beside another one."""

    developer: str
    limits: dict[str, TokenRange | None]
    fits: list[str]
    """Workloads whose requirements the model is known to meet."""
    routes: list[Offer]
    route_evidence: list[Citation]
    providers: list[Named]
    operators: list[Named]
    list_price: ListPrice
    quality: list[QualityColumns]
    costs: dict[str, WorkloadCost]
    gaps: list[Gap]
    disagreements: list[Disagreement]
    holds: list[Hold]


class ModelContent(Side):
    """Everything that the page of one model shows of it."""

    specs: dict[str, Spec]
    capabilities: dict[str, Capability]
    scores: list[Score]
    text_rates: list[TextRate]


class Profile(ModelContent):
    """A model with everything that it cites, and the capture times of each block."""

    cited: list[Citation]
    moments: dict[str, list[str]]


class Workload(TypedDict):
    """Traffic and requirements of a workload."""

    scenario_id: str
    label: str
    about: str
    prompt_tokens: int
    output_tokens: int
    requests_per_month: int
    cached_share: float
    service_tier: str
    must_have: list[str]
    context_at_least: int | None


class Neighbour(TypedDict):
    """A model to compare with, and why."""

    model_id: str
    display_name: str
    slug: str
    why: list[str]


class Freshness(TypedDict):
    """Capture times behind one block."""

    block: str
    oldest: str
    median: str
    newest: str


class ReleaseTime(TypedDict):
    """The release that a page is made from."""

    run_id: str
    as_of: str


PriceSpan = TypedDict(
    "PriceSpan",
    {"from": str, "to": str | None, "usd_per_mtok": float | None, "start": str, "evidence": Citation | None},
)
"""A price and the time during which it applied."""


class PriceLine(TypedDict):
    """One price field of an offer over time."""

    offer_id: str
    field: str
    spans: list[PriceSpan]


class ModelPage(TypedDict):
    """The page of a model."""

    release: ReleaseTime
    model: ModelContent
    workloads: list[Workload]
    history: list[PriceLine]
    related: list[Neighbour]
    freshness: list[Freshness]
    captures: dict[str, CitedCapture]
