"""The first screen of a pair as data."""

from typing import TypedDict

from llmpairs.pages.content.outcomes import label_outcome
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.phrases import REASON_TEXTS
from llmpairs.pages.content.schema import ReleaseTime, Side, names_of
from llmpairs.pages.rows import QualityColumns


class BriefSide(TypedDict):
    """Most important figures of one side; prices in USD per million tokens, blended 3:1."""

    model_id: str
    display_name: str
    list_usd_per_mtok: float | None
    best_usd_per_mtok: float | None
    quality: list[QualityColumns]
    context_tokens: int | None
    max_output_tokens: int | None
    monthly_usd: dict[str, float | None]
    """Cost on the basis `best` by workload."""


class BriefOutcome(TypedDict):
    """Outcome of one workload with its reason."""

    scenario_id: str
    outcome: str
    reason: str


class BriefPage(TypedDict):
    """The first screen of a pair."""

    release: ReleaseTime
    headline: str
    overall_outcome: str
    sides: list[BriefSide]
    outcomes: list[BriefOutcome]


def shorten_page(page: PairPage) -> BriefPage:
    """The figures of the first screen."""
    names = names_of(page["sides"])
    return {
        "release": page["release"],
        "headline": page["headline"],
        "overall_outcome": page["record"]["overall_outcome"],
        "sides": [_shorten_side(page, at) for at in (0, 1)],
        "outcomes": [
            {
                "scenario_id": row["scenario_id"],
                "outcome": label_outcome(row["outcome"], names),
                "reason": REASON_TEXTS[row["reason"]],
            }
            for row in page["decisions"]
        ],
    }


def _shorten_side(page: PairPage, at: int) -> BriefSide:
    side: Side = page["sides"][at]
    limits = {row["field"]: value if isinstance(value := row["values"][at], int) else None for row in page["specs"]}
    return {
        "model_id": side["model_id"],
        "display_name": side["display_name"],
        "list_usd_per_mtok": side["list_price"]["blended_3to1_usd_per_mtok"],
        "best_usd_per_mtok": side["best_blended_usd_per_mtok"],
        "quality": side["quality"],
        "context_tokens": limits["context_tokens"],
        "max_output_tokens": limits["max_output_tokens"],
        "monthly_usd": {id_: cost["best"] and cost["best"]["usd"] for id_, cost in side["costs"].items()},
    }
