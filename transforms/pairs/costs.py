"""Monthly costs of the published workloads, by offer and by model."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.pairs.monthly import monthly_costs, unnest_tiers
from llmpairs.transforms.pairs.requirements import (
    GATE_BIT,
    Flags,
    OfferRequirements,
    check_offer_requirements,
    find_repeated_entries,
)
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS

KEY = ["model_id", "scenario_id"]


def cost_offers(
    offers: pd.DataFrame, offer_capabilities: pd.DataFrame, model_capabilities: pd.DataFrame, scenarios: Scenarios
) -> pd.DataFrame:
    """Build OFFER_SCENARIO_COSTS (USD per month) from OFFERS and the capabilities of offers and models.

    Every offer has a row for every workload; an ineligible offer has a cost too where it has the prices.
    """
    tiers = unnest_tiers(offers)
    parts = []
    for scenario in scenarios:
        requirements = check_offer_requirements(offers, offer_capabilities, model_capabilities, scenario)
        parts.append(_cost_scenario(offers, requirements, tiers, scenario))
    costs = pd.concat(parts, ignore_index=True)
    costs["formula_version"] = scenarios.formula_version
    costs = costs.sort_values(list(OFFER_SCENARIO_COSTS.key), ignore_index=True)
    return costs[OFFER_SCENARIO_COSTS.column_names]


def _cost_scenario(
    offers: pd.DataFrame, requirements: OfferRequirements, tiers: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Compute the costs of one workload, in the order of the offers."""
    reason = ineligible_reasons(offers, requirements, scenario)
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
    """Build MODEL_SCENARIO_COSTS from the costs of offers, one row for every model and workload.

    Of equal costs the offer id that sorts first wins. `offer_count` counts active offers of every tier; an
    aggregator's list entry counts where none of its endpoints is known.
    """
    kinds = offers[["offer_id", "route_kind"]]
    rows = offer_costs[offer_costs["eligible"].astype(bool)].merge(kinds, on="offer_id", validate="m:1")
    rows = rows.sort_values([*KEY, "cost_usd", "offer_id"], ignore_index=True)
    cells = pd.MultiIndex.from_product([sorted(models["model_id"]), sorted(scenarios.ids)], names=KEY)
    cheapest = _first(rows, "cheapest")
    direct = _first(rows[rows["route_kind"] == "direct"], "cheapest_direct")
    dearest = _first(rows.sort_values("cost_usd", ascending=False, kind="stable"), "dearest")
    grouped = rows.groupby(KEY, observed=True)
    figures = pd.DataFrame({"median_usd": grouped["cost_usd"].median(), "eligible_offer_count": grouped.size()})
    table = cheapest.join([direct, dearest, figures], how="outer").reindex(cells)
    table["eligible_offer_count"] = table["eligible_offer_count"].fillna(0).astype("Int64")
    table = table.reset_index()
    table["state"] = _states(table, offers, rows)
    table["offer_count"] = _active_counts(table, offers)
    return table[MODEL_SCENARIO_COSTS.column_names]


def _first(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """First row of each model and workload, as `<name>_usd` and `<name>_offer_id`."""
    first = rows.drop_duplicates(KEY).set_index(KEY)[["cost_usd", "offer_id"]]
    return first.set_axis([f"{name}_usd", f"{name}_offer_id"], axis=1)


def _states(table: pd.DataFrame, offers: pd.DataFrame, eligible: pd.DataFrame) -> pd.Series:
    """Whether there is a cost, or why not; a model whose offers are all stale counts as having none."""
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
    """Count active offers of each row's model; a list entry beside its aggregator's endpoints does not count."""
    is_active = (offers["offer_status"] == "active").to_numpy(dtype=bool)
    routes = offers[is_active & ~find_repeated_entries(offers, is_active)]
    return table["model_id"].map(routes.value_counts("model_id")).fillna(0).astype("Int64")


def ineligible_reasons(
    offers: pd.DataFrame, requirements: OfferRequirements, scenario: Scenario
) -> npt.NDArray[np.object_]:
    """First reason why each offer may not serve the workload, None for an eligible one.

    `requirements` are the results of these offers, in their order. An aggregator's list entry repeats the price of one
    endpoint and often the context of another: it counts only where none of that aggregator's endpoints for the model
    has a price, whether or not those meet the requirements.
    """
    prices = offers[["input_usd_per_mtok", "output_usd_per_mtok"]]
    tier = "no_batch_price" if scenario.service_tier == "batch" else "not_standard_tier"
    unsellable = [
        ("model_unresolved", _flags(offers["model_id"].isna())),
        ("not_active", _flags(offers["offer_status"] != "active")),
        ("expired", _flags(offers["ineligible_reason"] == "expired")),
        (tier, _flags(offers["service_tier"] != scenario.service_tier)),
        ("price_missing", _flags(prices.isna().any(axis=1))),
        ("not_metered", _flags(offers["price_kind"] != "metered")),
    ]
    is_priced = ~np.logical_or.reduce([flags for _, flags in unsellable])
    rules = [*unsellable, ("aggregate", find_repeated_entries(offers, is_priced)), *_requirement_reasons(requirements)]
    names = np.array([None, *(name for name, _ in rules)], dtype=object)
    first = np.select([flags for _, flags in rules], np.arange(1, len(rules) + 1), default=0)
    return names[first]


def _flags(column: pd.Series) -> Flags:
    return np.asarray(column.fillna(False), dtype=np.bool_)


def _requirement_reasons(requirements: OfferRequirements) -> list[tuple[str, Flags]]:
    """Reasons of unmet requirements, sizes first: an output that does not fit rules an offer out by itself."""
    sizes = GATE_BIT["context"] | GATE_BIT["max_output"]
    return [
        ("context_too_small", requirements.failed & GATE_BIT["context"] > 0),
        ("context_unknown", requirements.unknown & GATE_BIT["context"] > 0),
        ("max_output_too_small", requirements.failed & GATE_BIT["max_output"] > 0),
        ("gate_failed", requirements.failed & ~sizes > 0),
        ("gate_not_established", requirements.unknown & ~sizes > 0),
    ]
