"""What the outcomes of a pair rest on: requirements, costs and quality indexes, each with where to look further."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from llmpairs.pages.content.outcomes import label_outcome
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.phrases import REASON_TEXTS
from llmpairs.pages.content.schema import names_of
from llmpairs.pages.content.workload_outcomes import explain
from llmpairs.warehouse.outcome_rules import SAME_COST_RATIO

OVERALL = "overall"
STORED = (
    "scenario_id", "outcome", "reason", "cost_ratio", "domain", "difference", "difference_low95", "difference_high95",
)  # fmt: skip
"""Columns of `outcome_of` that an outcome repeats."""
GATE_TEXTS = {"passes": "met", "fails": "not met", "not_established": "unknown whether met"}


@dataclass(frozen=True, kw_only=True)
class ComparedSide:
    """One side of an outcome."""

    model_id: str
    name: str
    requirements: str | None
    """`passes`, `fails` or `not_established`; None overall, where there are none."""
    cost_usd: float | None
    """Basis `best`, USD per month; overall USD per million tokens, blended."""
    offer_id: str | None
    index: float | None
    """Quality index."""
    index_basis: str | None


@dataclass(frozen=True, kw_only=True)
class ExplainedOutcome:
    """An outcome with everything that its rule compares; the first side is A."""

    scenario_id: str
    outcome: str
    reason: str
    text: str
    """The reason in words, with the requirements that are not met or unknown."""
    sides: tuple[ComparedSide, ...]
    cost_ratio: float | None
    """Cost of A over that of B."""
    domain: str | None
    difference: float | None
    """Index of A minus that of B, points."""
    difference_low95: float | None
    difference_high95: float | None


def list_outcomes(con: duckdb.DuckDBPyConnection, page: PairPage) -> list[ExplainedOutcome]:
    """Every outcome of a pair's page with the stored figures of `outcome_of`, in the order of the workloads."""
    ids, names = [side["model_id"] for side in page["sides"]], names_of(page["sides"])
    decisions = {row["scenario_id"]: row["sides"] for row in page["decisions"]}
    result = con.execute("FROM outcome_of($1, $2)", ids)
    columns = [column[0] for column in result.description]
    found = []
    for values in result.fetchall():
        row = dict(zip(columns, values, strict=True))
        sides = decisions.get(row["scenario_id"])
        found.append(
            ExplainedOutcome(
                sides=tuple(
                    ComparedSide(
                        model_id=ids[at],
                        name=names[at],
                        requirements=sides[at]["gate"] if sides else None,
                        cost_usd=row[f"cost_{side}_usd"],
                        offer_id=row[f"offer_{side}_id"],
                        index=row[f"index_{side}"],
                        index_basis=row[f"basis_{side}"],
                    )
                    for at, side in enumerate("ab")
                ),
                text=explain(row["reason"], sides, names) if sides else REASON_TEXTS[row["reason"]],
                **{name: row[name] for name in STORED},
            )
        )
    return found


def render_outcomes(outcomes: Iterable[ExplainedOutcome]) -> str:
    """Outcomes as text, one paragraph each."""
    return "\n\n".join("\n".join(list_lines(each)) for each in outcomes) + "\n"


def list_lines(outcome: ExplainedOutcome) -> Iterator[str]:
    """The outcome, its reason, and what was compared of both sides."""
    names = [side.name for side in outcome.sides]
    yield f"{outcome.scenario_id}: {label_outcome(outcome.outcome, names)} ({outcome.outcome}; rule {outcome.reason})"
    yield f"  because {outcome.text}"
    for side in outcome.sides:
        if side.requirements is not None:
            yield f"  requirements  {side.name}: {GATE_TEXTS[side.requirements]}"
    unit = "per 1M tokens, blended" if outcome.scenario_id == OVERALL else "a month"
    for side in outcome.sides:
        where = f"; offer {side.offer_id}" if side.offer_id else ""
        yield f"  cost          {side.name}: " + (
            "unknown" if side.cost_usd is None else f"${side.cost_usd:,.2f} {unit}{where}"
        )
    if outcome.cost_ratio is not None:
        equal = f"{1 / SAME_COST_RATIO:.3g} to {SAME_COST_RATIO:.3g}"
        yield f"                ratio {outcome.cost_ratio:.3g}; equal from {equal}"
    for side in outcome.sides:
        figure = "unknown" if side.index is None else f"{side.index:.1f}, {side.index_basis}, domain {outcome.domain}"
        yield f"  quality       {side.name}: {figure}"
    if outcome.difference is not None:
        yield (
            f"                difference {outcome.difference:.1f}, 95% interval {outcome.difference_low95:.1f} to "
            f"{outcome.difference_high95:.1f}"
        )
