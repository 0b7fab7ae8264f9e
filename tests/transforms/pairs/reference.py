"""The row of one pair, slowly and plainly, from the tables and the definitions alone."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from llmpairs.warehouse.vocabulary import CAPABILITIES, FRICTIONS, SCENARIOS

Row = Mapping[str, Any]
SEVERITIES = {"high": {"lost_capability", "modality_loss", "lifecycle_risk"}, "low": {"max_output_shrink"}}


def known(value: Any) -> bool:
    return isinstance(value, list) or not pd.isna(value)


@dataclass
class Side:
    """One model and all that hangs on it."""

    facts: Row
    states: dict[str, str]
    providers: set[str]
    operators: set[str]
    list_price: float | None
    seed_chat_usd: float | None
    scores: list[Row]
    issues: int

    def has(self, state: str) -> set[str]:
        return {name for name in CAPABILITIES if self.states.get(name, "unknown") == state}


def read_sides(tables: Mapping[str, pd.DataFrame], open_issues: pd.Series) -> dict[str, Side]:
    """Live text-generating models by id."""
    models, offers, model_capabilities, model_costs, benchmark_scores = (
        tables[name] for name in ("models", "offers", "model_capabilities", "model_scenario_costs", "benchmark_scores")
    )
    by_model: dict[str, list[Row]] = {}
    for offer in offers.to_dict("records"):
        by_model.setdefault(offer["model_id"], []).append(offer)
    states: dict[str, dict[str, str]] = {}
    for row in model_capabilities.to_dict("records"):
        states.setdefault(row["model_id"], {})[row["capability"]] = row["state"]
    costs = {
        row["model_id"]: row["cheapest_usd"] if known(row["cheapest_usd"]) else None
        for row in model_costs.to_dict("records")
        if row["scenario_id"] == "seed_chat"
    }
    scores: dict[str, list[Row]] = {}
    for score in benchmark_scores.to_dict("records"):
        if score["is_comparable"]:
            scores.setdefault(score["model_id"], []).append(score)
    sides = {}
    for facts in models.to_dict("records"):
        name = facts["model_id"]
        routes = by_model.get(name, [])
        active = [route for route in routes if route["offer_status"] == "active"]
        if facts["is_live"] and facts["is_text_generating"]:
            sides[name] = Side(
                facts=facts,
                states=states.get(name, {}),
                providers={route["provider_id"] for route in active},
                operators={route["operator_id"] for route in active} - {"unspecified"},
                list_price=list_price(routes),
                seed_chat_usd=costs.get(name),
                scores=scores.get(name, []),
                issues=int(open_issues.get(name, 0)),
            )
    return sides


DECIDING = {"overall_outcome", *(f"outcome_{name}" for name in SCENARIOS)}


def list_price(routes: Iterable[Row]) -> float | None:
    """The developer's own price, else the median of eligible routes; list entries of aggregators left out."""
    eligible = [route for route in routes if route["eligible"] and route["route_kind"] != "aggregate"]
    chosen = [route for route in eligible if route["is_list_offer"]] or eligible
    return statistics.median(route["blended_3to1_usd_per_mtok"] for route in chosen) if chosen else None


def compare(a: Side, b: Side, outcomes: Mapping[str, Any]) -> dict[str, Any]:
    """The row of the pair, enumerations as names, sets as sets of names; `outcomes` has its columns on outcomes."""
    to_b, to_a = friction(a, b), friction(b, a)
    relation = relate(a, b)
    row: dict[str, Any] = {
        "relation": relation,
        "release_gap_days": gap(a, b),
        "context_ratio": ratio(a.facts["context_tokens"], b.facts["context_tokens"]),
        "same_license": same(a, b, "license_spdx"),
        "shared_operator_count": len(a.operators & b.operators),
        "shared_provider_count": len(a.providers & b.providers),
        "a_only_capabilities": a.has("yes") & b.has("no"),
        "b_only_capabilities": b.has("yes") & a.has("no"),
        "both_capabilities": a.has("yes") & b.has("yes"),
        "not_established_capabilities": a.has("unknown") | b.has("unknown"),
        "list_price_ratio": ratio(a.list_price, b.list_price),
        "cost_state_seed_chat": cost_state(a, b),
        "shared_benchmark_count": len(strict_rows(a) & strict_rows(b)),
        **leads(best_rows(a), best_rows(b)),
        "friction_a_to_b": severity(to_b),
        "friction_b_to_a": severity(to_a),
        "friction_kinds_a_to_b": to_b,
        "friction_kinds_b_to_a": to_a,
        "completeness_min": min(a.facts["completeness"], b.facts["completeness"]),
        "oldest_fact_at": oldest(a, b),
        "open_issue_count": a.issues + b.issues,
    }
    undecided = {value for name, value in outcomes.items() if name in DECIDING} <= {"unknown", "neither"}
    reason = noindex_reason(a, b, relation, row["cost_state_seed_chat"], undecided)
    return row | {"indexable": reason is None, "noindex_reason": reason}


def strict_rows(side: Side) -> set[tuple[str, ...]]:
    """The benchmark rows of a model that an equal row of another may stand beside."""
    names = ("benchmark", "version", "metric", "harness", "effort", "evaluator_class")
    return {tuple(score[name] for name in names) for score in side.scores if score["evaluator_class"] != "unspecified"}


def best_rows(side: Side) -> dict[tuple[str, ...], tuple[float, bool]]:
    """Best score by benchmark, version, metric and harness, with its direction."""
    best: dict[tuple[str, ...], tuple[float, bool]] = {}
    for score in side.scores:
        row = tuple(score[name] for name in ("benchmark", "version", "metric", "harness"))
        up = bool(score["higher_is_better"])
        held = best.get(row)
        if held is None or is_ahead(score["value"], held[0], up):
            best[row] = (score["value"], up)
    return best


def is_ahead(one: float, other: float, up: bool) -> bool:
    return one > other if up else one < other


def leads(a: Mapping[Any, tuple[float, bool]], b: Mapping[Any, tuple[float, bool]]) -> dict[str, int]:
    both = [(a[row][0], b[row][0], a[row][1]) for row in a.keys() & b.keys()]
    return {
        "indicative_benchmark_count": len(both),
        "a_benchmark_wins": sum(is_ahead(one, other, up) for one, other, up in both),
        "b_benchmark_wins": sum(is_ahead(other, one, up) for one, other, up in both),
    }


def ratio(a: Any, b: Any) -> float | None:
    if a is None or b is None or not known(a) or not known(b) or a == 0 or b == 0:
        return None
    return float(a) / float(b)


def same(a: Side, b: Side, field: str) -> bool | None:
    one, other = a.facts[field], b.facts[field]
    return bool(one == other) if known(one) and known(other) else None


def gap(a: Side, b: Side) -> int | None:
    one, other = a.facts["released_date"], b.facts["released_date"]
    return (other - one).days if known(one) and known(other) else None


def oldest(a: Side, b: Side) -> Any:
    moments = [m for m in (a.facts["oldest_fact_at"], b.facts["oldest_fact_at"]) if known(m)]
    return min(moments) if moments else None


def relate(a: Side, b: Side) -> str:
    """What A is to B."""
    one, other = a.facts, b.facts
    b_from_a, a_from_b = other["base_model_id"] == one["model_id"], one["base_model_id"] == other["model_id"]
    if a_from_b != b_from_a:
        relation = (one if a_from_b else other)["relation_to_base"]
        relation = relation if known(relation) else "derivative"
        if b_from_a:
            relation = {"derivative": "base", "base": "derivative"}.get(relation, relation)
        return str(relation)
    family = same(a, b, "family") and one["developer_id"] == other["developer_id"]
    return "sibling" if a_from_b or family or same(a, b, "base_model_id") else "none"


def cost_state(a: Side, b: Side) -> str:
    unknown = (a.seed_chat_usd is None, b.seed_chat_usd is None)
    return {
        (False, False): "both_known",
        (True, False): "a_unknown",
        (False, True): "b_unknown",
        (True, True): "both_unknown",
    }[unknown]


def friction(source: Side, target: Side) -> set[str]:
    """Kinds of obstacles when moving from source to target."""
    kinds = set()
    if not source.providers or not target.providers:
        kinds.add("provider_unknown")
    elif not source.providers & target.providers:
        kinds.add("no_shared_provider")
    if source.has("yes") & target.has("no"):
        kinds.add("lost_capability")
    if source.has("yes") & target.has("unknown"):
        kinds.add("unverified_capability")
    for field, kind in (("context_tokens", "context_shrink"), ("max_output_tokens", "max_output_shrink")):
        old, new = source.facts[field], target.facts[field]
        if known(old) and known(new) and new < old:
            kinds.add(kind)
    if source.list_price and target.list_price and target.list_price > source.list_price * 1.1:
        kinds.add("price_increase")
    if False in (same(source, target, "license_spdx"), same(source, target, "license_class")):
        kinds.add("licence_change")
    for field in ("input_modalities", "output_modalities"):
        old, new = source.facts[field], target.facts[field]
        if known(old) and known(new) and set(old) - set(new):
            kinds.add("modality_loss")
    reasoning = {source.states.get("reasoning"), target.states.get("reasoning")}
    if reasoning == {"yes", "no"}:
        kinds.add("reasoning_control_change")
    end = target.facts
    if end["lifecycle"] != "active" or known(end["deprecated_on"]) or known(end["retire_on"]):
        kinds.add("lifecycle_risk")
    assert kinds <= set(FRICTIONS)
    return kinds


def severity(kinds: set[str]) -> str:
    if kinds & SEVERITIES["high"]:
        return "high"
    if kinds - SEVERITIES["low"]:
        return "medium"
    return "low" if kinds else "none"


def noindex_reason(a: Side, b: Side, relation: str, state: str, undecided: bool) -> str | None:
    if "single_witness" in (a.facts["identity_basis"], b.facts["identity_basis"]):
        return "identity_unconfirmed"
    snapshots = (a.facts["relation_to_base"], b.facts["relation_to_base"]) == ("snapshot", "snapshot")
    if relation == "snapshot" or (snapshots and same(a, b, "base_model_id")):
        return "same_family_snapshot"
    if min(a.facts["completeness"], b.facts["completeness"]) < 0.5:
        return "too_few_facts"
    if state == "both_unknown":
        return "no_price"
    return "nothing_decided" if undecided else None
