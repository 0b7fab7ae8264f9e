"""The cookbook's answers worked out otherwise: from the tables' Parquet files, in Python, without SQL or views."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from llmpairs.warehouse.outcome_rules import SCENARIO_LABELS
from llmpairs.warehouse.vocabulary import CAPABILITIES
from tests.cookbook.questions import Rows

Row = dict[str, Any]


class Tables:
    """The tables of one release, read from its folder."""

    def __init__(self, release: Path, as_of: datetime) -> None:
        self.release = release
        self.as_of = as_of

    def rows(self, table: str, *columns: str) -> list[Row]:
        """Rows of a table as plain values."""
        rows: list[Row] = pq.read_table(self.release / table, columns=list(columns) or None).to_pylist()
        return rows

    @cached_property
    def offers(self) -> dict[str, Row]:
        return {row["offer_id"]: row for row in self.rows("offers")}

    @cached_property
    def models(self) -> dict[str, Row]:
        return {row["model_id"]: row for row in self.rows("models")}

    @cached_property
    def routes(self) -> list[Row]:
        """Eligible offers without headline rows."""
        return [row for row in self.offers.values() if row["eligible"] and row["route_kind"] != "aggregate"]

    @cached_property
    def able(self) -> dict[str, set[str]]:
        """Capabilities of each offer."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows("offer_capabilities", "offer_id", "capability", "effective"):
            if row["effective"] == "yes":
                found[row["offer_id"]].add(row["capability"])
        return found

    @cached_property
    def history(self) -> list[Row]:
        return self.rows("price_history")

    @cached_property
    def pairs(self) -> pd.DataFrame:
        return pd.read_parquet(self.release / "pairs")

    def costs(self, scenario: str) -> dict[str, float]:
        """Monthly cost of each offer that may serve the workload."""
        return {
            row["offer_id"]: row["cost_usd"]
            for row in self.rows("offer_scenario_costs")
            if row["scenario_id"] == scenario and row["eligible"]
        }


def prices_at(offer: Row, prompt_tokens: int) -> tuple[float | None, float | None]:
    """Input and output price that a prompt of that length pays; none beyond a marginal tier."""
    reached = [step for step in offer["price_tiers"] or [] if step["min_prompt_tokens"] <= prompt_tokens]
    last = max(reached, key=lambda step: step["min_prompt_tokens"], default={"is_marginal": False})
    if last["is_marginal"]:
        return None, None
    names = ("input_usd_per_mtok", "output_usd_per_mtok")
    first, second = (offer[name] if last.get(name) is None else last[name] for name in names)
    return first, second


def cheapest_routes(tables: Tables) -> Rows:
    found = []
    for id_, offer in tables.offers.items():
        wanted = offer["model_id"] == "bytedance-seed/doubao-seed-2.0-pro" and offer["eligible"]
        if wanted and (offer["context_tokens"] or 0) >= 128_000 and "function_calling" in tables.able[id_]:
            price_in, price_out = prices_at(offer, 120_000)
            cost = None if price_in is None or price_out is None else (120_000 * price_in + 1_000 * price_out) / 1e6
            found.append((id_, offer["quantization"], offer["context_tokens"], price_in, cost))
    return sorted(found, key=lambda row: (row[4] is None, row[4], row[0]))


def spans(tables: Tables) -> dict[tuple[str, str], list[Row]]:
    """The currently known spans of every price, oldest first."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(tables.history, key=lambda row: row["valid_from"]):
        if row["known_to"] is None:
            found[row["offer_id"], row["field"]].append(row)
    return found


def price_drops(tables: Tables) -> Rows:
    found = []
    for (offer, name), known in spans(tables).items():
        for before, after in pairwise(known):
            old, new = before["usd_per_mtok"], after["usd_per_mtok"]
            recent = after["valid_from"] > tables.as_of - timedelta(days=30)
            if recent and None not in (old, new) and new < old and before["source_id"] == after["source_id"]:
                found.append((after["valid_from"].date(), offer, name, old, new, 1 - new / old))
    return sorted(found, key=lambda row: (-row[5], row[1], row[2]))


def price_moves(tables: Tables) -> Rows:
    columns = ("offer_id", "field", "usd_per_mtok", "valid_from", "valid_to", "valid_from_kind", "source_id")
    return [
        tuple(row[name] for name in columns)
        for (offer, name), known in sorted(spans(tables).items())
        if tables.offers[offer]["model_id"] == "deepseek/deepseek-v4-pro" and len(known) > 1
        for row in known
    ]


def undercutting(tables: Tables) -> Rows:
    own: dict[str, float] = {}
    for row in tables.offers.values():
        if row["eligible"] and row["is_first_party"] and row["route_kind"] == "direct":
            price = row["blended_3to1_usd_per_mtok"]
            own[row["model_id"]] = min(price, own.get(row["model_id"], price))
    found = []
    for row in tables.routes:
        price, first = row["blended_3to1_usd_per_mtok"], own.get(row["model_id"])
        if first is not None and not row["is_first_party"] and price < first:
            found.append((row["model_id"], row["offer_id"], row["quantization"], price, first, 1 - price / first))
    return sorted(found, key=lambda row: (-row[5], row[1]))


def dominating(tables: Tables) -> Rows:
    cheapest = {
        row["model_id"]: row["cheapest_usd"]
        for row in tables.rows("model_scenario_costs")
        if row["scenario_id"] == "seed_chat" and row["cheapest_usd"] is not None
    }
    criteria = {
        id_: (cheapest[id_], -row["context_tokens"])
        for id_, row in tables.models.items()
        if row["is_live"] and row["is_text_generating"] and id_ in cheapest and row["context_tokens"] is not None
    }
    given = criteria["openai/gpt-oss-120b"]
    found = [
        (id_, -context, cost)
        for id_, (cost, context) in criteria.items()
        if cost <= given[0] and context <= given[1] and (cost, context) != given
    ]
    return sorted(found, key=lambda row: (row[2], row[0]))


def vision_under_half_a_dollar(tables: Tables) -> Rows:
    found = [
        (row["model_id"], row["offer_id"], row["blended_3to1_usd_per_mtok"], row["context_tokens"])
        for row in tables.routes
        if {"vision", "structured_outputs"} <= tables.able[row["offer_id"]] and row["blended_3to1_usd_per_mtok"] < 0.5
    ]
    return sorted(found, key=lambda row: (row[2], row[1]))


def cheaper_and_no_worse(tables: Tables) -> Rows:
    parts = []
    turned = {"a": "b", "b": "a"}
    enough = tables.pairs[tables.pairs["indicative_benchmark_count"] >= 5]
    for side, other in turned.items():
        ratio, context = enough["cost_ratio_best"], enough["context_ratio"]
        if side == "b":
            ratio, context = 1 / ratio, 1 / context
        chosen = (
            (ratio < 1)
            & (context >= 1)
            & (enough[f"{other}_only_capabilities"] == 0)
            & (enough[f"{other}_benchmark_wins"] == 0)
            & enough["outcome_seed_chat"].astype(str).isin([side, f"lean_{side}", "similar"])
        )
        ids = [enough[f"model_{name}_id"] for name in (side, other)]
        scores = enough["indicative_benchmark_count"]
        parts.append(pd.concat([*ids, ratio, scores], axis=1, keys=range(4))[chosen])
    whole = pd.concat(parts).sort_values([3, 2, 0, 1], ascending=[False, True, True, True])
    return list(whole.itertuples(index=False, name=None))


def against_one(tables: Tables) -> Rows:
    given = "openai/gpt-oss-120b"
    pairs = tables.pairs
    found = []
    swap = {"a": "b", "b": "a", "lean_a": "lean_b", "lean_b": "lean_a"}
    for row in pairs[(pairs["model_a_id"] == given) | (pairs["model_b_id"] == given)].to_dict("records"):
        is_a = row["model_a_id"] == given
        bits, ratio = (row["b_only_capabilities" if is_a else "a_only_capabilities"], row["cost_ratio_best"])
        words = [row["overall_outcome"], row["outcome_seed_chat"]]
        found.append(
            (
                row["model_b_id" if is_a else "model_a_id"],
                *(word if is_a else swap.get(word, word) for word in words),
                None if pd.isna(ratio) else ratio if is_a else float(np.float32(1 / ratio)),
                [name for bit, name in enumerate(CAPABILITIES) if bits >> bit & 1],
                row["friction_a_to_b" if is_a else "friction_b_to_a"],
            )
        )
    return sorted(found, key=lambda row: (row[3] is None, row[3], row[0]))


def exposure(tables: Tables) -> Rows:
    costs = tables.costs("seed_chat")
    routes: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for id_, cost in costs.items():
        offer = tables.offers[id_]
        if offer["route_kind"] != "aggregate":
            is_exposed = "amazon-bedrock" in (offer["provider_id"], offer["operator_id"])
            routes[offer["model_id"]][not is_exposed].append(cost)
    found = []
    for id_, (exposed, others) in routes.items():
        now, without = min(exposed + others), min(others, default=None)
        if exposed and (without is None or without > now):
            found.append((id_, len(exposed), len(others), now, without))
    return sorted(found, key=lambda row: (row[4] is not None, -(row[4] or 0) / row[3], row[0]))


def retiring(tables: Tables) -> Rows:
    today = tables.as_of.date()
    found = []
    for id_, offer in tables.offers.items():
        model = tables.models.get(offer["model_id"])
        if model is None or offer["offer_status"] == "retired":
            continue
        end = model["retire_on"] or offer["retire_on"]
        if end is not None and today <= end <= today + timedelta(days=90):
            is_whole = model["retire_on"] is not None
            found.append((end, is_whole, offer["model_id"], id_, model["successor_model_id"]))
    return sorted(found, key=lambda row: (row[0], row[2], row[3]))


def price_spread(tables: Tables) -> Rows:
    prices: dict[str, list[float]] = defaultdict(list)
    for row in tables.routes:
        if row["model_id"] is not None and row["blended_3to1_usd_per_mtok"] > 0:
            prices[row["model_id"]].append(row["blended_3to1_usd_per_mtok"])
    found = [
        (id_, len(each), min(each), median(each), max(each), max(each) / min(each))
        for id_, each in prices.items()
        if len(each) >= 3
    ]
    return sorted(found, key=lambda row: (-row[5], row[0]))


def new_since_monday(tables: Tables) -> Rows:
    monday = tables.as_of.date() - timedelta(days=tables.as_of.weekday())
    end = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) + timedelta(days=1)
    models = [("model", id_, row["first_seen_at"]) for id_, row in tables.models.items() if row["first_seen_at"] > end]
    routes = [
        ("route", id_, row["first_seen_at"])
        for id_, row in tables.offers.items()
        if row["first_seen_at"] > end
        and row["model_id"] in tables.models
        and tables.models[row["model_id"]]["first_seen_at"] <= end
    ]
    return sorted(models + routes, key=lambda row: (row[0], row[2], row[1]))


def believed(tables: Tables) -> Rows:
    then = datetime(2026, 6, 8, 23, 59, 59, tzinfo=UTC)
    now: dict[tuple[str, str], float | None] = {}
    said: dict[tuple[str, str], Row] = {}
    for row in tables.history:
        key = (row["offer_id"], row["field"])
        if row["known_to"] is None and row["valid_to"] is None:
            now[key] = row["usd_per_mtok"]
        if holds(row, "known", then) and holds(row, "valid", then):
            said[key] = row
    return [
        (*key, row["usd_per_mtok"], row["source_id"], now.get(key))
        for key, row in sorted(said.items())
        if row["usd_per_mtok"] != now.get(key)
    ]


def rests_on(tables: Tables) -> Rows:
    left, right = "openai/gpt-oss-120b", "bytedance-seed/doubao-seed-2.0-pro"
    pairs = tables.pairs
    [row] = pairs[(pairs["model_a_id"] == right) & (pairs["model_b_id"] == left)].to_dict("records")
    swap = {"a": "b", "b": "a", "lean_a": "lean_b", "lean_b": "lean_a"}
    indexes = {(each["model_id"], each["domain"]): each["index"] for each in tables.rows("model_quality")}
    costs = {(each["model_id"], each["scenario_id"]): each["best_usd"] for each in tables.rows("model_scenario_costs")}
    costs |= {(model, "overall"): tables.models[model]["best_blended_usd_per_mtok"] for model in (left, right)}
    found = []
    for name in (*SCENARIO_LABELS, "overall"):
        end = "" if name == "overall" else f"_{name}"
        start = "overall_" if name == "overall" else ""
        pair = [costs[model, name] for model in (left, right)]
        domain = {"agents": "agentic", "coding": "coding"}.get(name, "general")
        domain = domain if all((model, domain) in indexes for model in (left, right)) else "general"
        outcome = row[f"{start}outcome{end}"]
        found.append(
            (
                name,
                swap.get(outcome, outcome),
                row[f"{start}outcome_reason{end}"],
                pair[0] / pair[1] if all(pair) else None,
                domain,
                round(indexes[left, domain] - indexes[right, domain], 2),
            )
        )
    return found


def holds(row: Row, axis: str, moment: datetime) -> bool:
    """Whether a span of a row has the moment in it."""
    start, end = row[f"{axis}_from"], row[f"{axis}_to"]
    return bool(start <= moment and (end is None or end > moment))


ANSWERS: dict[str, Callable[[Tables], Rows]] = {
    each.__name__: each
    for each in (
        cheapest_routes, price_drops, price_moves, undercutting, dominating, vision_under_half_a_dollar,
        cheaper_and_no_worse, against_one, exposure, retiring, price_spread, new_since_monday, believed, rests_on,
    )
}  # fmt: skip
