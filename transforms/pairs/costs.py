"""Monthly costs of the published workloads, by offer and by model."""

import numpy as np
import pandas as pd

from llmpairs.transforms.pairs.eligibility import ineligible_reasons
from llmpairs.transforms.pairs.gates import RouteGates, repeated_entries, route_gates
from llmpairs.transforms.pairs.monthly import monthly_costs, spread_tiers
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS

KEY = ["model_id", "scenario_id"]


def cost_offers(
    offers: pd.DataFrame,
    offer_capabilities: pd.DataFrame,
    model_capabilities: pd.DataFrame,
    scenarios: Scenarios,
) -> pd.DataFrame:
    """OFFERS and the capabilities of offers and models to the columns of OFFER_SCENARIO_COSTS, USD per month.

    Every offer has a row for every workload; the cost stands beside an ineligible offer too, as far as
    it has the prices.
    """
    tiers = spread_tiers(offers)
    parts = []
    for scenario in scenarios:
        gates = route_gates(offers, offer_capabilities, model_capabilities, scenario)
        parts.append(_cost_scenario(offers, gates, tiers, scenario))
    costs = pd.concat(parts, ignore_index=True)
    costs["formula_version"] = scenarios.formula_version
    costs = costs.sort_values(list(OFFER_SCENARIO_COSTS.key), ignore_index=True)
    return costs[OFFER_SCENARIO_COSTS.column_names]


def _cost_scenario(
    offers: pd.DataFrame, gates: RouteGates, tiers: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Costs of one workload in the order of the offers."""
    reason = ineligible_reasons(offers, gates, scenario)
    has_price = (scenario.service_tier == "standard") | (offers["service_tier"] == scenario.service_tier)
    cost = np.where(has_price, monthly_costs(offers, tiers, scenario), np.nan)
    return pd.DataFrame(
        {
            "offer_id": offers["offer_id"].to_numpy(),
            "scenario_id": scenario.scenario_id,
            "model_id": offers["model_id"].to_numpy(),
            "cost_usd": cost,
            "eligible": reason == None,  # noqa: E711  (elementwise)
            "ineligible_reason": pd.Series(reason, dtype="str"),
        }
    )


def cost_models(
    models: pd.DataFrame, offers: pd.DataFrame, offer_costs: pd.DataFrame, scenarios: Scenarios
) -> pd.DataFrame:
    """Costs of offers to the columns of MODEL_SCENARIO_COSTS, one row for every model and workload.

    Equal costs are told apart by the offer id that sorts first. `offer_count` counts active routes of
    every tier; an aggregator's list entry is a route where none of its endpoints is known.
    """
    kinds = offers[["offer_id", "route_kind"]]
    rows = offer_costs[offer_costs["eligible"].astype(bool)].merge(kinds, on="offer_id", validate="m:1")
    rows = rows.sort_values([*KEY, "cost_usd", "offer_id"], ignore_index=True)
    cells = pd.MultiIndex.from_product([sorted(models["model_id"]), sorted(scenarios.ids)], names=KEY)
    cheapest = _pick(rows, "cheapest")
    direct = _pick(rows[rows["route_kind"] == "direct"], "cheapest_direct")
    dearest = _pick(rows.sort_values("cost_usd", ascending=False, kind="stable"), "dearest")
    grouped = rows.groupby(KEY, observed=True)
    figures = pd.DataFrame(
        {"median_usd": grouped["cost_usd"].median(), "eligible_offer_count": grouped.size()}
    )
    table = cheapest.join([direct, dearest, figures], how="outer").reindex(cells)
    table["eligible_offer_count"] = table["eligible_offer_count"].fillna(0).astype("Int64")
    table = table.reset_index()
    table["state"] = _states(table, offers, rows)
    table["offer_count"] = _active_counts(table, offers)
    return table[MODEL_SCENARIO_COSTS.column_names]


def _pick(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """First row of each model and workload, as `<name>_usd` and `<name>_offer_id`."""
    first = rows.drop_duplicates(KEY).set_index(KEY)[["cost_usd", "offer_id"]]
    return first.set_axis([f"{name}_usd", f"{name}_offer_id"], axis=1)


def _states(table: pd.DataFrame, offers: pd.DataFrame, eligible: pd.DataFrame) -> pd.Series:
    """Whether there is a cost and why not; a model whose offers are all stale has no offers tonight."""
    active = offers[offers["offer_status"] == "active"]
    prices = active[["input_usd_per_mtok", "output_usd_per_mtok"]]
    priced = active[(active["price_kind"] == "metered") & prices.notna().all(axis=1)]
    own = eligible[eligible["route_kind"] != "aggregate"]
    cells = pd.MultiIndex.from_frame(table[KEY])
    conditions = [
        cells.isin(pd.MultiIndex.from_frame(own[KEY])),
        table["eligible_offer_count"] > 0,
        ~table["model_id"].isin(active["model_id"]),
        ~table["model_id"].isin(priced["model_id"]),
    ]
    states = np.select(
        [np.asarray(condition, dtype=bool) for condition in conditions],
        ["known", "aggregate_only", "no_offers", "unpriced"],
        default="not_eligible",
    )
    return pd.Series(states, index=table.index, dtype="str")


def _active_counts(table: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Active routes of each row's model; a list entry beside its aggregator's own endpoints is none."""
    is_active = (offers["offer_status"] == "active").to_numpy(dtype=bool)
    routes = offers[is_active & ~repeated_entries(offers, is_active)]
    return table["model_id"].map(routes.value_counts("model_id")).fillna(0).astype("Int64")
