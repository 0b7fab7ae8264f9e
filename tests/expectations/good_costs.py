"""Workloads of the small release, and their costs on its offers."""

from typing import Any

import pandas as pd

from llmpairs.warehouse.vocabulary import DIMENSIONS
from tests.expectations.good_catalogue import COMPARED, EMBED, tabulate


def weights(*shares: float) -> dict[str, float]:
    return dict(zip(DIMENSIONS, shares, strict=True))


SCENARIOS: list[dict[str, Any]] = [
    {
        "scenario_id": "batch_cheap",
        "prompt_tokens": 1_000,
        "cached_tokens": 0,
        "output_tokens": 200,
        "requests_per_month": 10_000_000,
        "service_tier": "batch",
        "must_have": [],
        "context_at_least": None,
        "domain": "general",
        "context_need": 1_200,
        "weights": weights(0.65, 0.25, 0.0, 0.05, 0.05),
        "basket": [{"benchmark": "swe-tasks", "version": None}, {"benchmark": "arena", "version": "2026-06"}],
    },
    {
        "scenario_id": "long_context",
        "prompt_tokens": 120_000,
        "cached_tokens": 24_000,
        "output_tokens": 1_000,
        "requests_per_month": 20_000,
        "service_tier": "standard",
        "must_have": [],
        "context_at_least": 128_000,
        "domain": "general",
        "context_need": 128_000,
        "weights": weights(0.35, 0.40, 0.15, 0.05, 0.05),
        "basket": [{"benchmark": "ruler", "version": None}],
    },
    {
        "scenario_id": "seed_chat",
        "prompt_tokens": 800,
        "cached_tokens": 0,
        "output_tokens": 250,
        "requests_per_month": 1_000_000,
        "service_tier": "standard",
        "must_have": [],
        "context_at_least": None,
        "domain": "general",
        "context_need": 1_050,
        "weights": weights(0.45, 0.35, 0.05, 0.10, 0.05),
        "basket": [{"benchmark": "ruler", "version": None}],
    },
]
# USD per month, computed by hand from the prices of `offers` below: batch_cheap, long_context, seed_chat.
COSTS: dict[str, tuple[float | None, float | None, float | None]] = {
    "acme/acme/alpha-1.5/-/batch": (200.0 + 180.0, 48.0 + 1.8, 16.0 + 22.5),
    "acme/acme/alpha-1.5/-/standard": (None, 96.0 * 0.8 + 24.0 * 0.4 + 3.6, 31.2 + 45.0),
    "acme/acme/beta-2/-/standard": (None, 0.1 * 2_400 + 0.4 * 20, 80.0 + 100.0),
    "fasthost/fasthost/alpha/-/standard": (None, 0.04 * 2_400 + 0.16 * 20, 32.0 + 40.0),
    "fasthost/fasthost/beta/-/standard": (None, 0.25 * 2_400 + 1.0 * 20, 200.0 + 250.0),
    "fasthost/fasthost/delta/-/standard": (None, None, None),
    "fasthost/fasthost/embed/-/standard": (None, None, None),
    "fasthost/fasthost/gamma%3Afree/-/standard": (None, 0.0, 0.0),
    "router/fasthost/acme%2Falpha/fast/standard": (None, 0.05 * 2_400 + 0.2 * 20, 40.0 + 50.0),
    "router/unspecified/acme%2Falpha/-/standard": (None, 0.05 * 2_400 + 0.2 * 20, 40.0 + 50.0),
    "router/unspecified/mystery/-/standard": (None, 0.1 * 2_400 + 0.2 * 20, 80.0 + 50.0),
    "zeta/zeta/gamma-3/-/standard": (None, 1.0 * 2_400 + 4.0 * 20, 800.0 + 1_000.0),
}
ELIGIBLE = {
    "batch_cheap": {"acme/acme/alpha-1.5/-/batch"},
    "long_context": {
        "acme/acme/alpha-1.5/-/standard",
        "acme/acme/beta-2/-/standard",
        "fasthost/fasthost/alpha/-/standard",
        "fasthost/fasthost/beta/-/standard",
        "router/fasthost/acme%2Falpha/fast/standard",
    },
}
ELIGIBLE["seed_chat"] = ELIGIBLE["long_context"] | {"zeta/zeta/gamma-3/-/standard"}
SCENARIO_IDS = tuple(str(scenario["scenario_id"]) for scenario in SCENARIOS)


def offer_scenario_costs(offer_rows: pd.DataFrame) -> pd.DataFrame:
    model_of = dict(zip(offer_rows["offer_id"], offer_rows["model_id"], strict=True))
    rows = []
    for offer_id, costs in COSTS.items():
        for scenario_id, cost in zip(SCENARIO_IDS, costs, strict=True):
            eligible = offer_id in ELIGIBLE[scenario_id]
            known = model_of[offer_id] if isinstance(model_of[offer_id], str) else None
            rows.append(
                {
                    "offer_id": offer_id,
                    "scenario_id": scenario_id,
                    "model_id": known,
                    "cost_usd": cost,
                    "eligible": eligible,
                    "ineligible_reason": None if eligible else "not_standard_tier",
                    "formula_version": "1",
                }
            )
    return tabulate("offer_scenario_costs", rows)


def model_scenario_costs(costs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for model_id in (*COMPARED, EMBED):
        for scenario_id in SCENARIO_IDS:
            own = costs[(costs["model_id"] == model_id) & (costs["scenario_id"] == scenario_id) & costs["eligible"]]
            own = own.sort_values(["cost_usd", "offer_id"])
            direct = own[~own["offer_id"].str.startswith("router/")]
            row: dict[str, Any] = {"model_id": model_id, "scenario_id": scenario_id, "state": "not_eligible"}
            row |= {"eligible_offer_count": len(own), "offer_count": 1}
            if len(own):
                row |= {"state": "known", "median_usd": own["cost_usd"].median()}
                row |= {"cheapest_usd": own["cost_usd"].iloc[0], "cheapest_offer_id": own["offer_id"].iloc[0]}
                row |= {"best_usd": row["cheapest_usd"], "best_offer_id": row["cheapest_offer_id"]}
                listed = own[own["offer_id"].str.startswith(f"{model_id.split('/')[0]}/")]
                row |= {"list_usd": (listed if len(listed) else own)["cost_usd"].median()}
                row |= {"dearest_usd": own["cost_usd"].iloc[-1], "dearest_offer_id": own["offer_id"].iloc[-1]}
                row |= {"cheapest_direct_usd": direct["cost_usd"].iloc[0]}
                row |= {"cheapest_direct_offer_id": direct["offer_id"].iloc[0]}
            rows.append(row)
    return tabulate("model_scenario_costs", rows)
