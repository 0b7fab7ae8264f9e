"""Verdict and lead of a pair in every workload, with the reason in a sentence."""

from collections.abc import Sequence
from math import isnan
from typing import Literal

import numpy as np

from llmpairs.pages.content.blocks import describe_workload
from llmpairs.pages.content.evidence import unique
from llmpairs.pages.content.pair_schema import ExplainedVerdict, ScoreTerm, SideResult, WorkloadVerdict
from llmpairs.pages.content.schema import Profile
from llmpairs.pages.rows import FitRow
from llmpairs.render.document import Citation
from llmpairs.render.labels import GATE_LABELS, SMALL_NUMBERS, format_capability, join_names
from llmpairs.transforms.pairs.decide import VerdictDetails
from llmpairs.transforms.pairs.decision_tables import Contest
from llmpairs.transforms.pairs.requirements import PASSES
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.warehouse.verdict_rules import (
    MIN_KNOWN_WEIGHT,
    MIN_ROBUST_SHARE,
    MIN_SHARED_BENCHMARKS,
    MIN_SHARED_ROWS,
    TIE_MARGIN,
)
from llmpairs.warehouse.vocabulary import DIMENSIONS, GATE_STATES, GATES, LEADS, VERDICT_REASONS, VERDICTS

SIDE_NAMES = ("a", "b")
FACT_LABELS = {
    "cost": "a metered price on an eligible offer",
    "quality": f"comparable benchmark rows ({SMALL_NUMBERS[MIN_SHARED_ROWS]} of the basket, from "
    f"{SMALL_NUMBERS[MIN_SHARED_BENCHMARKS]} benchmarks)",
    "context": "the context window",
    "operators": "the operators",
    "openness": "the licence class",
}
"""Facts that a verdict weighs, by dimension."""


def describe_decision(details: VerdictDetails, at: int, is_turned: bool, sides: Sequence[Profile]) -> ExplainedVerdict:
    """Describe verdict and lead of one pair in one workload, with requirements, missing facts and terms.

    `at` is the pair's row, `is_turned` means that the left side is the row's B.
    """
    verdict, lead = VERDICTS[details.verdict[at]], LEADS[details.lead[at]]
    sign = -1.0 if is_turned else 1.0
    margin = round_known(details.margin[at])
    row: WorkloadVerdict = {
        **describe_workload(details.scenario),
        "verdict": "win" if verdict in SIDE_NAMES else verdict,
        "winner": _position_of(verdict, is_turned),
        "reason": VERDICT_REASONS[details.reason[at]],
        "margin": None if margin is None else sign * margin + 0.0,
        "coverage": round_known(details.coverage[at]),
        "robust": round_known(details.robust[at]),
        "lead": "lead" if lead in SIDE_NAMES else lead,
        "leader": _position_of(lead, is_turned),
        "sides": [_describe_side(details, at, name) for name in SIDE_NAMES[:: -1 if is_turned else 1]],
        "terms": _describe_terms(details, at, is_turned),
        "quality_rows": int(details.quality_rows[at]),
        "evidence": cite_facts(details.scenario, sides),
    }
    return {**row, "text": explain(row, [side["display_name"] for side in sides])}


def cite_facts(scenario: Scenario, sides: Sequence[Profile]) -> list[Citation]:
    """Citations of the facts that a verdict weighs: requirements, cheapest offers, context and licence."""
    found: list[Citation | None] = []
    for side in sides:
        found += [side["capabilities"][name]["evidence"] for name in scenario.must_have]
        found += [side["specs"][field]["evidence"] for field in ("context_tokens", "license_spdx")]
        cheapest = side["costs"][scenario.scenario_id]["cheapest"]
        found.append(cheapest["evidence"] if cheapest else None)
    return unique(found)


def find_fits(contests: Sequence[Contest], ids: Sequence[str]) -> list[FitRow]:
    """Workloads whose requirements each of the models `ids` is known to meet."""
    return [
        {"model_id": ids[int(at)], "scenario_id": contest.inputs.scenario.scenario_id}
        for contest in contests
        for at in np.flatnonzero(contest.inputs.requirements.state == PASSES)
    ]


def _position_of(name: str, is_turned: bool) -> int | None:
    return SIDE_NAMES.index(name) ^ int(is_turned) if name in SIDE_NAMES else None


def round_known(value: float) -> float | None:
    """A plain number to three decimals; None for NaN."""
    return None if isnan(value) else round(float(value), 3)


def _decode_bits(bits: int, names: Sequence[str]) -> list[str]:
    return [name for bit, name in enumerate(names) if int(bits) >> bit & 1]


def _describe_side(details: VerdictDetails, at: int, side: str) -> SideResult:
    return {
        "gate": GATE_STATES[getattr(details, f"gate_{side}")[at]],
        "failed_gates": _decode_bits(getattr(details, f"failed_{side}")[at], GATES),
        "open_gates": _decode_bits(getattr(details, f"unknown_{side}")[at], GATES),
        "missing": _decode_bits(getattr(details, f"missing_{side}")[at], DIMENSIONS),
    }


def _describe_terms(details: VerdictDetails, at: int, is_turned: bool) -> list[ScoreTerm]:
    rows: list[ScoreTerm] = []
    for row, name in enumerate(DIMENSIONS):
        ends = [float(terms[row, at]) for terms in (details.terms_low, details.terms_high)]
        low, high = (-ends[1], -ends[0]) if is_turned else ends
        weight = getattr(details.scenario.weights, name)
        rows.append({"dimension": name, "weight": weight, "low": round(low, 3) + 0.0, "high": round(high, 3) + 0.0})
    return rows


def explain(row: WorkloadVerdict, names: Sequence[str]) -> str:
    """Explain a verdict in one sentence that names what is missing."""
    reason, winner = row["reason"], row["winner"]
    if reason == "gate" and winner is not None:
        return f"{names[1 - winner]} does not support {_name_requirements(row, 'failed_gates')}."
    if reason == "both_fail":
        return f"Neither side meets its requirements: {_name_requirements(row, 'failed_gates')}."
    if reason.endswith("_not_established"):
        whose = [name for name, side in zip(names, row["sides"], strict=True) if side["open_gates"]]
        return f"Unknown for {join_names(whose)}: {_name_requirements(row, 'open_gates')}."
    if reason == "coverage":
        weight = f"Known facts weigh {row['coverage']:g} of 1, and {MIN_KNOWN_WEIGHT:g} are needed."
        return f"{weight} {_name_missing_facts(row, names)}"
    if reason == "interval_open":
        return f"Unknown facts could reverse it. {_name_missing_facts(row, names)}"
    if reason == "within_margin":
        return f"The scores differ by no more than {TIE_MARGIN:g}, whatever the unknown facts are."
    share = f"under {row['robust']:.0%} of the weightings around the published ones"
    if reason == "not_robust":
        return f"The side ahead stays ahead {share} only; {MIN_ROBUST_SHARE:.0%} are needed."
    return f"Ahead by {abs(row['margin'] or 0.0):g} with every unknown counted against it, and {share}."


def _name_requirements(row: WorkloadVerdict, kind: Literal["failed_gates", "open_gates"]) -> str:
    """Requirements of either side, in the order of GATES."""
    found = {gate for side in row["sides"] for gate in side[kind]}
    return join_names([GATE_LABELS.get(gate) or format_capability(gate) for gate in GATES if gate in found])


def _name_missing_facts(row: WorkloadVerdict, names: Sequence[str]) -> str:
    missing = [side["missing"] for side in row["sides"]]
    parts = []
    for dimension in DIMENSIONS:
        of = [names[position] for position in (0, 1) if dimension in missing[position]]
        if of:
            whose = "" if dimension == "quality" else f" ({join_names(of)})"
            parts.append(FACT_LABELS[dimension] + whose)
    return f"Missing: {', '.join(parts)}." if parts else ""
