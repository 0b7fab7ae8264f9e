"""Verdict and lead of a pair in every workload, and the reason in a sentence."""

from collections.abc import Sequence
from math import isnan

import numpy as np

from llmpairs.pages.content.blocks import traffic
from llmpairs.pages.content.evidence import Row, unique
from llmpairs.render.labels import capability_name, listed
from llmpairs.transforms.pairs.decide import FEWEST_ROBUST, Decision
from llmpairs.transforms.pairs.decision_tables import FEWEST_KNOWN, Contest
from llmpairs.transforms.pairs.gates import PASSES
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.score import MARGIN
from llmpairs.warehouse.vocabulary import DIMENSIONS, GATE_STATES, GATES, LEADS, VERDICT_REASONS, VERDICTS

SIDE_WORDS = ("a", "b")
GATE_NAMES = {"context": "a large enough context window", "max_output": "long enough answers"}
FACT_NAMES = {
    "cost": "a metered price on an eligible route",
    "quality": "benchmark rows that compare (three of the basket, from two benchmarks)",
    "context": "the context window",
    "operators": "who runs it",
    "openness": "the class of its licence",
}
"""What would have to be established of a side, by dimension."""


def describe_decisions(
    decisions: Sequence[Decision], at: int, is_turned: bool, sides: Sequence[Row]
) -> list[Row]:
    """One pair's outcome in each workload; `at` is its row, `is_turned` says that the left side is the row's B."""
    return [describe_decision(decision, at, is_turned, sides) for decision in decisions]


def describe_decision(decision: Decision, at: int, is_turned: bool, sides: Sequence[Row]) -> Row:
    """One workload: verdict and lead with the side they name, gates, missing facts and terms of the score."""
    verdict, lead = VERDICTS[decision.verdict[at]], LEADS[decision.lead[at]]
    sign = -1.0 if is_turned else 1.0
    gates = [side_of(decision, at, name) for name in turn(SIDE_WORDS, is_turned)]
    margin = number(decision.margin[at])
    row = {
        **traffic(decision.scenario),
        "verdict": "win" if verdict in SIDE_WORDS else verdict,
        "winner": place_of(verdict, is_turned),
        "reason": VERDICT_REASONS[decision.reason[at]],
        "margin": None if margin is None else sign * margin + 0.0,
        "coverage": number(decision.coverage[at]),
        "robust": number(decision.robust[at]),
        "lead": "lead" if lead in SIDE_WORDS else lead,
        "leader": place_of(lead, is_turned),
        "sides": gates,
        "terms": terms_of(decision, at, is_turned),
        "quality_rows": int(decision.quality_rows[at]),
        "evidence": rests_on(decision.scenario, sides),
    }
    return row | {"text": explain(row, [side["display_name"] for side in sides])}


def rests_on(scenario: Scenario, sides: Sequence[Row]) -> list[Row]:
    """Where the facts that a verdict weighs were read: gates, cheapest routes, context and licence."""
    cells: list[Row | None] = []
    for side in sides:
        cells += [side["capabilities"][name] for name in scenario.must_have]
        cells += [side["specs"]["context_tokens"], side["specs"]["license_spdx"]]
        cells.append(side["costs"][scenario.scenario_id]["cheapest"])
    return unique(cell["evidence"] for cell in cells if cell is not None)


def find_fits(contests: Sequence[Contest], ids: Sequence[str]) -> list[Row]:
    """The workloads whose demands each of the models `ids` meets on established facts: model_id and scenario_id."""
    return [
        {"model_id": ids[int(at)], "scenario_id": contest.standing.scenario.scenario_id}
        for contest in contests
        for at in np.flatnonzero(contest.standing.gates.state == PASSES)
    ]


def turn(values: Sequence[str], is_turned: bool) -> Sequence[str]:
    """The left side's value first."""
    return values[::-1] if is_turned else values


def place_of(word: str, is_turned: bool) -> int | None:
    """Position of the side that a word names."""
    return SIDE_WORDS.index(word) ^ int(is_turned) if word in SIDE_WORDS else None


def number(value: float) -> float | None:
    """A plain number to three decimals; None for one that is not established."""
    return None if isnan(value) else round(float(value), 3)


def names_in(bits: int, words: Sequence[str]) -> list[str]:
    """The words of a bit set, lowest bit first."""
    return [word for place, word in enumerate(words) if int(bits) >> place & 1]


def side_of(decision: Decision, at: int, side: str) -> Row:
    """Gates, cost and missing facts of one side of the row."""
    return {
        "gate": GATE_STATES[getattr(decision, f"gate_{side}")[at]],
        "failed_gates": names_in(getattr(decision, f"failed_{side}")[at], GATES),
        "open_gates": names_in(getattr(decision, f"open_{side}")[at], GATES),
        "missing": names_in(getattr(decision, f"missing_{side}")[at], DIMENSIONS),
    }


def terms_of(decision: Decision, at: int, is_turned: bool) -> list[Row]:
    """Each dimension with its weight, and the least and greatest difference of utility, left minus right."""
    rows = []
    for place, name in enumerate(DIMENSIONS):
        ends = [float(terms[place, at]) for terms in (decision.terms_low, decision.terms_high)]
        low, high = (-ends[1], -ends[0]) if is_turned else ends
        weight = getattr(decision.scenario.weights, name)
        rows.append(
            {"dimension": name, "weight": weight, "low": round(low, 3) + 0.0, "high": round(high, 3) + 0.0}
        )
    return rows


def explain(row: Row, names: Sequence[str]) -> str:
    """Why the verdict is what it is, in one sentence; what is missing is named."""
    reason = row["reason"]
    if reason == "gate":
        return f"{names[1 - row['winner']]} is established to lack {gates_of(row, 'failed_gates')}."
    if reason == "both_fail":
        return f"Both are established to lack what it demands: {gates_of(row, 'failed_gates')}."
    if reason.endswith("_not_established"):
        whose = listed([name for name, side in zip(names, row["sides"], strict=True) if side["open_gates"]])
        return f"Not established for {whose}: {gates_of(row, 'open_gates')}."
    if reason == "coverage":
        weight = f"Established facts weigh {row['coverage']:g} of 1, and {FEWEST_KNOWN:g} are needed."
        return f"{weight} {missing_words(row, names)}"
    if reason == "interval_open":
        return f"What is not established could turn it. {missing_words(row, names)}"
    if reason == "within_margin":
        return f"The scores differ by no more than {MARGIN:g}, whatever is not established."
    share = f"under {row['robust']:.0%} of the weightings around the published ones"
    if reason == "not_robust":
        return f"The side ahead stays ahead {share} only; {FEWEST_ROBUST:.0%} are needed."
    return f"Ahead by {abs(row['margin']):g} with every unknown counted against it, and {share}."


def gates_of(row: Row, kind: str) -> str:
    """Gates of either side, in their order."""
    gates = [gate for gate in GATES if any(gate in side[kind] for side in row["sides"])]
    return listed([GATE_NAMES.get(gate) or capability_name(gate) for gate in gates])


def missing_words(row: Row, names: Sequence[str]) -> str:
    """What would have to be established, and of which side."""
    missing = [side["missing"] for side in row["sides"]]
    parts = []
    for name in DIMENSIONS:
        of = [place for place in (0, 1) if name in missing[place]]
        if of:
            whose = "" if name == "quality" else f" ({listed([names[place] for place in of])})"
            parts.append(FACT_NAMES[name] + whose)
    return f"Missing: {', '.join(parts)}." if parts else ""
