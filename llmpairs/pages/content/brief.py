"""The first screen of a pair as data: what `Release.compare` returns."""

from dataclasses import dataclass

from llmpairs.pages.content.outcomes import label_outcome
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.phrases import REASON_TEXTS
from llmpairs.pages.content.schema import ReleaseTime, Side, names_of


@dataclass(frozen=True, kw_only=True)
class QualityIndex:
    """Quality index of a model in a domain, in index points, with its 95% interval."""

    domain: str
    index: float
    low95: float
    high95: float
    basis: str
    """How it is known, as in `model_quality.basis`."""
    families: int
    """Benchmarks that it rests on."""
    scores_used: int


@dataclass(frozen=True, kw_only=True)
class ComparedModel:
    """Most important figures of one side; prices in USD per million tokens, blended 3:1."""

    model_id: str
    display_name: str
    list_usd_per_mtok: float | None
    """Price of the developer's own list; None where unknown."""
    best_usd_per_mtok: float | None
    """Lowest price of a named operator that is no outlier; None where unknown."""
    quality: tuple[QualityIndex, ...]
    """Empty where unknown."""
    context_tokens: int | None
    """Context window, tokens; None where unknown."""
    max_output_tokens: int | None
    """Limit on the output, tokens; None where unknown."""
    monthly_usd: dict[str, float | None]
    """Cost of a month on the basis `best` by workload, USD; None where no offer can serve it."""


@dataclass(frozen=True, kw_only=True)
class ComparedWorkload:
    """Outcome of one workload with its reason."""

    scenario_id: str
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The first screen of a pair; the first model that was named is side A."""

    release: ReleaseTime
    headline: str
    overall_outcome: str
    """A value of `pairs.overall_outcome`."""
    sides: tuple[ComparedModel, ComparedModel]
    outcomes: tuple[ComparedWorkload, ...]


def shorten_page(page: PairPage) -> Comparison:
    """The figures of the first screen."""
    names = names_of(page["sides"])
    return Comparison(
        release=page["release"],
        headline=page["headline"],
        overall_outcome=page["record"]["overall_outcome"],
        sides=(_shorten_side(page, 0), _shorten_side(page, 1)),
        outcomes=tuple(
            ComparedWorkload(
                scenario_id=row["scenario_id"],
                outcome=label_outcome(row["outcome"], names),
                reason=REASON_TEXTS[row["reason"]],
            )
            for row in page["decisions"]
        ),
    )


def _shorten_side(page: PairPage, at: int) -> ComparedModel:
    side: Side = page["sides"][at]
    limits = {row["field"]: value if isinstance(value := row["values"][at], int) else None for row in page["specs"]}
    return ComparedModel(
        model_id=side["model_id"],
        display_name=side["display_name"],
        list_usd_per_mtok=side["list_price"]["blended_3to1_usd_per_mtok"],
        best_usd_per_mtok=side["best_blended_usd_per_mtok"],
        quality=tuple(QualityIndex(**row) for row in side["quality"]),
        context_tokens=limits["context_tokens"],
        max_output_tokens=limits["max_output_tokens"],
        monthly_usd={id_: cost["best"] and cost["best"]["usd"] for id_, cost in side["costs"].items()},
    )
