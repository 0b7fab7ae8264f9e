"""Weighted comparison of a pair by a reader's own weights; no published outcome depends on it.

Each dimension is a lead of A from -1 to 1. An unknown one may lie anywhere between, so that the sum has an interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, isclose, log10, sqrt
from typing import TYPE_CHECKING, Literal

from llmpairs.warehouse.outcome_rules import AHEAD_Z, DECISIVE_RATIO
from llmpairs.warehouse.vocabulary import DIMENSIONS

if TYPE_CHECKING:
    import duckdb

FACTS = """
    SELECT
        cost_a_usd, cost_b_usd, difference, difference_low95,
        a.context_tokens, b.context_tokens, a.operator_count, b.operator_count, a.is_open_weights, b.is_open_weights
    FROM outcome_of($1, $2) AS compared, models AS a, models AS b
    WHERE compared.scenario_id = $3 AND a.model_id = $1 AND b.model_id = $2
"""


@dataclass(frozen=True, kw_only=True)
class WeightedScore:
    """Lead of A over B by a reader's own weights."""

    weights: dict[str, float]
    """The reader's weights by dimension, scaled to a sum of 1."""
    leads: dict[str, float | None]
    """Lead of A by dimension, from -1 (B far ahead) to 1; None where a side is unknown."""
    low: float
    """Weighted sum of the leads, with every unknown one at -1."""
    high: float
    """The same with every unknown one at 1."""
    ahead: Literal["a", "b", "even", "unknown"]
    """The side that is ahead whatever the unknown dimensions are; `unknown` where they could decide."""


def parse_weights(text: str) -> dict[str, float]:
    """Weights such as "quality=0.6,cost=0.4"; ValueError naming the dimensions for anything else."""
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        name = name.strip()
        try:
            weight = float(value)
        except ValueError:
            weight = -1.0
        if name not in DIMENSIONS or name in weights or not 0 <= weight < float("inf"):
            known = ", ".join(DIMENSIONS)
            raise ValueError(f"{part.strip()!r}: give weights of 0 or more to {known}, as in quality=0.6,cost=0.4")
        weights[name] = weight
    if not any(weights.values()):
        raise ValueError("every weight is 0: give one above 0")
    return weights


def weigh_pair(
    con: "duckdb.DuckDBPyConnection", ids: tuple[str, str], weights: Mapping[str, float], compared: str = "overall"
) -> WeightedScore | None:
    """Compare two models by weights, in a workload or overall; None for a pair without a record.

    Cost is that of the basis `best`, quality the difference of the indexes.
    """
    row = con.execute(FACTS, [*ids, compared]).fetchone()
    if row is None:
        return None
    cost_a, cost_b, difference, low95, *rest = row
    context, operators, openness = (tuple(rest[at : at + 2]) for at in (0, 2, 4))
    leads = {
        "cost": lead_of_ratio(cost_b, cost_a),
        "quality": lead_of_quality(difference, low95),
        "context": lead_of_ratio(*context),
        "operators": lead_of_ratio(*operators),
        "openness": None if None in openness else float(openness[0]) - float(openness[1]),
    }
    return weigh_leads({name: leads[name] for name in weights}, weights)


def weigh_leads(leads: Mapping[str, float | None], weights: Mapping[str, float]) -> WeightedScore:
    """Weighted sum of leads, with the interval that the unknown ones leave."""
    total = sum(weights.values())
    scaled = {name: weight / total for name, weight in weights.items()}
    known = sum(scaled[name] * lead for name, lead in leads.items() if lead is not None)
    unknown = sum(scaled[name] for name, lead in leads.items() if lead is None)
    low, high = known - unknown, known + unknown
    ahead: Literal["a", "b", "even", "unknown"] = "unknown"
    if isclose(low, high) and isclose(known, 0, abs_tol=1e-9):
        ahead = "even"
    elif low > 0 or high < 0:
        ahead = "a" if low > 0 else "b"
    return WeightedScore(weights=scaled, leads=dict(leads), low=round(low, 9), high=round(high, 9), ahead=ahead)


def lead_of_ratio(a: float | None, b: float | None) -> float | None:
    """Lead of the greater figure, linear in the logarithm, 1 from DECISIVE_RATIO on; None where one is unknown or 0."""
    if not a or not b:
        return None
    return max(-1.0, min(1.0, log10(a / b) / log10(DECISIVE_RATIO)))


def lead_of_quality(difference: float | None, low95: float | None) -> float | None:
    """Probability that A has the higher index less that of B; None where a side has no index."""
    if difference is None or low95 is None:
        return None
    deviation = (difference - low95) / AHEAD_Z
    return erf(difference / deviation / sqrt(2)) if deviation else float((difference > 0) - (difference < 0))


def render_weighted(score: WeightedScore, names: tuple[str, str]) -> str:
    """The comparison as text, labelled as the reader's own."""
    lines = ["By your weights (not a published outcome; leads from -1 to 1, positive for the first model)"]
    for name, weight in score.weights.items():
        lead = score.leads[name]
        lines.append(f"  {name:<10} weight {weight:.0%}  lead {'unknown' if lead is None else f'{lead:+.2f}'}")
    interval = (
        f"{score.low:+.2f}" if isclose(score.low, score.high) else f"between {score.low:+.2f} and {score.high:+.2f}"
    )
    ahead = {"a": f"{names[0]} is ahead", "b": f"{names[1]} is ahead", "even": "neither is ahead"}
    told = ahead.get(score.ahead, "unknown: what is not known could decide")
    return "\n".join([*lines, f"  sum {interval}: {told}"]) + "\n"
