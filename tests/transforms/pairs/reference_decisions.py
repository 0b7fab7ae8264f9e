"""The decision of one workload for one pair, slowly and plainly, from the tables and docs/VERDICTS.md alone."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.warehouse.vocabulary import GATES

Row = Mapping[str, Any]
Interval = tuple[float, float]
ANYTHING: Interval = (0.0, 1.0)
ROW = ("benchmark", "version", "metric", "harness", "effort", "evaluator_class")
NOTHING = 1e-9


def known(value: Any) -> bool:
    return isinstance(value, list) or not pd.isna(value)


@dataclass
class Candidate:
    """One model and what it brings to one workload; None is unknown."""

    gate: str
    open_gates: set[str]
    cost: float | None
    context: float | None
    operators: int | None
    openness: float | None
    scores: dict[tuple[str, ...], float]
    """Values by benchmark row, in standard deviations of the row."""


@dataclass
class Tables:
    """The tables as rows, looked up as the definitions ask."""

    models: list[Row]
    active: dict[str, list[Row]]
    """Active routes by model."""
    of_route: dict[tuple[str, str], str]
    of_model: dict[tuple[str, str], str]
    costs: dict[tuple[str, str], float]
    scores: dict[str, dict[tuple[str, ...], float]]


def read_tables(frames: Mapping[str, pd.DataFrame]) -> Tables:
    routes: dict[str, list[Row]] = {}
    for offer in frames["offers"].to_dict("records"):
        if known(offer["model_id"]) and offer["offer_status"] == "active":
            routes.setdefault(offer["model_id"], []).append(offer)
    by_route, by_model = frames["offer_capabilities"], frames["model_capabilities"]
    return Tables(
        models=[row for row in frames["models"].to_dict("records") if row["is_live"] and row["is_text_generating"]],
        active=routes,
        of_route={(r["offer_id"], r["capability"]): r["effective"] for r in by_route.to_dict("records")},
        of_model={(r["model_id"], r["capability"]): r["state"] for r in by_model.to_dict("records")},
        costs={
            (row["model_id"], row["scenario_id"]): row["cheapest_usd"]
            for row in frames["model_scenario_costs"].to_dict("records")
            if known(row["cheapest_usd"])
        },
        scores=standardise(frames["benchmark_scores"].to_dict("records")),
    )


def without_repeats(routes: list[Row]) -> list[Row]:
    """An aggregator's list entry is no route beside one of its own endpoints."""
    with_endpoints = {r["provider_id"] for r in routes if r["route_kind"] == "via_aggregator"}
    return [r for r in routes if not (r["route_kind"] == "aggregate" and r["provider_id"] in with_endpoints)]


def standardise(scores: Iterable[Row]) -> dict[str, dict[tuple[str, ...], float]]:
    """By model the values of each row that tells models apart, in standard deviations of the row."""
    rows: dict[tuple[str, ...], dict[str, list[Row]]] = {}
    for score in scores:
        if score["is_comparable"] and score["evaluator_class"] != "unspecified":
            row = rows.setdefault(tuple(score[name] for name in ROW), {})
            row.setdefault(score["model_id"], []).append(score)
    out: dict[str, dict[tuple[str, ...], float]] = {}
    for key, by_model in rows.items():
        means = {
            model: statistics.fmean(s["value"] if s["higher_is_better"] else -s["value"] for s in found)
            for model, found in by_model.items()
        }
        near = sum(all(is_near_best(s) for s in found) for found in by_model.values())
        if len(means) < 5 or near * 2 >= len(means) or (spread := statistics.stdev(means.values())) == 0:
            continue
        for model, mean in means.items():
            out.setdefault(model, {})[key] = mean / spread
    return out


def is_near_best(score: Row) -> bool:
    low, high = score["metric_low"], score["metric_high"]
    best = high if score["higher_is_better"] else low
    return known(low) and known(high) and abs(score["value"] - best) <= 0.05 * (high - low)


def read_candidates(tables: Tables, scenario: Scenario) -> dict[str, Candidate]:
    """Live text-generating models by id."""
    return {model["model_id"]: read_candidate(tables, scenario, model) for model in tables.models}


def read_candidate(tables: Tables, scenario: Scenario, model: Row) -> Candidate:
    name = model["model_id"]
    routes = tables.active.get(name, [])
    gate, open_gates = judge_gates(tables, scenario, name, without_repeats(routes))
    operators = len({route["operator_id"] for route in routes} - {"unspecified"})
    openness = {"open": 1.0, "restricted": 0.5, "proprietary": 0.0}
    cost = tables.costs.get((name, scenario.scenario_id))
    return Candidate(
        gate=gate,
        open_gates=open_gates,
        cost=cost if cost else None,
        context=float(model["context_tokens"]) if known(model["context_tokens"]) else None,
        operators=operators or None,
        openness=openness[model["license_class"]] if known(model["license_class"]) else None,
        scores={key: z for key, z in tables.scores.get(name, {}).items() if is_in_basket(scenario, key)},
    )


def is_in_basket(scenario: Scenario, key: tuple[str, ...]) -> bool:
    return any(key[0] == entry.benchmark and entry.version in (None, key[1]) for entry in scenario.basket)


def judge_gates(tables: Tables, scenario: Scenario, model: str, routes: list[Row]) -> tuple[str, set[str]]:
    """State of a model at the gates, and what its best route has still to show."""
    asked = {*scenario.must_have} | ({"context"} if scenario.context_at_least else set())
    if not routes:
        return ("not_established", asked) if asked else ("passes", set())
    left = []
    for route in routes:
        states = {name: capability(tables, model, route, name) for name in scenario.must_have}
        context, answer = route["context_tokens"], route["max_output_tokens"]
        need = scenario.context_at_least or scenario.request_tokens
        if known(context):
            states["context"] = "yes" if context >= need else "no"
        elif scenario.context_at_least:
            states["context"] = "unknown"
        if known(answer):
            states["max_output"] = "yes" if answer >= scenario.output_tokens else "no"
        if "no" not in states.values():
            left.append({name for name, state in states.items() if state == "unknown"})
    if not left:
        return "fails", set()
    best = min(left, key=lambda gates: (len(gates), sum(1 << GATES.index(name) for name in gates)))
    return ("not_established", best) if best else ("passes", set())


def capability(tables: Tables, model: str, route: Row, name: str) -> str:
    if tables.of_model.get((model, name)) == "no":
        return "no"
    return tables.of_route.get((route["offer_id"], name), "unknown")


def decide(scenario: Scenario, a: Candidate, b: Candidate) -> dict[str, Any]:
    """Verdict, reason, margin (not rounded), coverage, robust, lead and cost_ratio."""
    quality = compare_scores(a, b)
    terms = differences(scenario, a, b, quality)
    weights = vars(scenario.weights)
    coverage = sum(weights[name] for name in known_dimensions(a, b, quality))
    row: dict[str, Any] = {
        "coverage": coverage,
        "margin": None,
        "robust": None,
        "lead": find_lead(scenario, a, b),
        "cost_ratio": a.cost / b.cost if a.cost and b.cost else None,
    }
    gates = (a.gate, b.gate)
    if gates in (("passes", "fails"), ("fails", "passes")):
        return row | {"verdict": "a" if gates[0] == "passes" else "b", "reason": "gate"}
    if gates == ("fails", "fails"):
        return row | {"verdict": "neither", "reason": "both_fail"}
    if "not_established" in gates:
        first = min(a.open_gates | b.open_gates, key=GATES.index)
        return row | {"verdict": "abstain", "reason": f"{first}_not_established"}
    if coverage < 0.6 - NOTHING:
        return row | {"verdict": "abstain", "reason": "coverage"}
    return row | score(weights, terms)


def known_dimensions(a: Candidate, b: Candidate, quality: Interval | None) -> set[str]:
    facts = ("cost", "context", "operators", "openness")
    both = {name for name in facts if getattr(a, name) is not None and getattr(b, name) is not None}
    return both | ({"quality"} if quality else set())


def compare_scores(a: Candidate, b: Candidate) -> Interval | None:
    """95% interval of the mean standardised difference; None where quality is not comparable."""
    rows = a.scores.keys() & b.scores.keys()
    if len(rows) < 3 or len({row[0] for row in rows}) < 2:
        return None
    z = [a.scores[row] - b.scores[row] for row in rows]
    half = 1.96 * statistics.stdev(z) / math.sqrt(len(z))
    return statistics.fmean(z) - half, statistics.fmean(z) + half


def differences(scenario: Scenario, a: Candidate, b: Candidate, quality: Interval | None) -> dict[str, Interval]:
    """Utility of A less that of B by dimension, as intervals."""
    u_a, u_b = utilities(scenario, a), utilities(scenario, b)
    out = {name: (u_a[name][0] - u_b[name][1], u_a[name][1] - u_b[name][0]) for name in u_a}
    out["cost"] = out["quality"] = (-1.0, 1.0)
    if a.cost and b.cost:
        own, other = clip(0.5 - math.log2(a.cost / b.cost) / 10), clip(0.5 - math.log2(b.cost / a.cost) / 10)
        out["cost"] = (own - other, own - other)
    if quality:
        low, high = (clip(0.5 + z / 4) - clip(0.5 - z / 4) for z in quality)
        out["quality"] = (low, high)
    return out


def utilities(scenario: Scenario, side: Candidate) -> dict[str, Interval]:
    need = scenario.context_at_least or scenario.request_tokens
    found = {
        "context": None if side.context is None else min(side.context / (2 * need), 1.0),
        "operators": None if side.operators is None else min(math.log2(1 + side.operators) / 6, 1.0),
        "openness": side.openness,
    }
    return {name: ANYTHING if value is None else (value, value) for name, value in found.items()}


def clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def score(weights: Mapping[str, float], terms: Mapping[str, Interval]) -> dict[str, Any]:
    low = sum(weights[name] * term[0] for name, term in terms.items())
    high = sum(weights[name] * term[1] for name, term in terms.items())
    margin = 0.0 if low >= -NOTHING and high <= NOTHING else low if low >= -NOTHING else None
    margin = high if margin is None and high <= NOTHING else margin
    if low > 0.05 + NOTHING or high < -0.05 - NOTHING:
        side = "a" if low > 0 else "b"
        ahead = {name: term[0] if side == "a" else -term[1] for name, term in terms.items()}
        share = stay_ahead(weights, ahead)
        won = share >= 0.9 - NOTHING
        reason = "score" if won else "not_robust"
        return {"verdict": side if won else "depends", "reason": reason, "margin": margin, "robust": share}
    if low >= -0.05 - NOTHING and high <= 0.05 + NOTHING:
        return {"verdict": "tie", "reason": "within_margin", "margin": margin}
    return {"verdict": "depends", "reason": "interval_open", "margin": margin}


def stay_ahead(weights: Mapping[str, float], ahead: Mapping[str, float]) -> float:
    d = sum(weights[name] * term for name, term in ahead.items())
    variance = (sum(weights[name] * term**2 for name, term in ahead.items()) - d**2) / 51
    if variance < NOTHING**2:
        return 1.0 if d > 0.05 + NOTHING else 0.0
    return 0.5 * (1 + math.erf((d - 0.05) / math.sqrt(2 * variance)))


def find_lead(scenario: Scenario, a: Candidate, b: Candidate) -> str:
    """Who is no worse at anything but quality, and better at something."""
    passing = [side for side, one in (("a", a), ("b", b)) if one.gate == "passes"]
    if len(passing) < 2:
        return passing[0] if passing else "unknown"
    need = scenario.context_at_least or scenario.request_tokens
    better: set[str | None] = {
        who_is_cheaper(a.cost, b.cost),
        who_has_more(*(None if c is None else min(c, 2 * need) for c in (a.context, b.context))),
        who_has_more(a.operators, b.operators),
    }
    if {"a", "b"} <= better:
        return "trade_off"
    if None in better:
        return "unknown"
    return "a" if "a" in better else "b" if "b" in better else "even"


def who_is_cheaper(a: float | None, b: float | None) -> str | None:
    if a is None or b is None:
        return None
    return "same" if max(a, b) <= min(a, b) * 1.1 else "a" if a < b else "b"


def who_has_more(a: float | None, b: float | None) -> str | None:
    if a is None or b is None:
        return None
    return "same" if a == b else "a" if a > b else "b"


def decide_pair(
    scenarios: Iterable[Scenario], candidates: Mapping[str, Mapping[str, Candidate]], a: str, b: str
) -> dict[str, Any]:
    """Columns of a pair's row on all workloads; `candidates` by workload and model."""
    row: dict[str, Any] = {}
    for scenario in scenarios:
        name = scenario.scenario_id
        decision = decide(scenario, candidates[name][a], candidates[name][b])
        of_all = ("verdict", "lead", "cost_ratio")
        shown = decision if name == "seed_chat" else {key: decision[key] for key in of_all}
        row |= {f"{key}_{name}": value for key, value in shown.items()}
    verdicts = [row[f"verdict_{scenario.scenario_id}"] for scenario in scenarios]
    return row | {"overall_verdict": decide_overall(verdicts)}


def decide_overall(verdicts: Iterable[str]) -> str:
    found = list(verdicts)
    for side, other in (("a", "b"), ("b", "a")):
        if found.count(side) > len(found) / 2 and other not in found:
            return side
    return "depends" if {"a", "b"} & set(found) else "abstain"
