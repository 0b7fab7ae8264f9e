"""Inputs of every outcome, recomputed from the state tables independently of `transforms.pairs`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
FAILS, OPEN, PASSES = 0, 1, 2
SCORE_ROW = ["benchmark", "version", "metric", "harness", "effort", "evaluator_class"]
"""Scores that agree in these columns are comparable."""
READS: Mapping[str, tuple[str, ...]] = {
    "models": (
        *("model_id", "is_live", "is_text_generating", "context_tokens", "license_class"),
        *("best_blended_usd_per_mtok", "list_blended_usd_per_mtok"),
    ),
    "offers": (
        *("offer_id", "model_id", "provider_id", "operator_id", "route_kind"),
        *("offer_status", "context_tokens", "max_output_tokens"),
    ),
    "offer_capabilities": ("offer_id", "capability", "effective"),
    "model_capabilities": ("model_id", "capability", "state"),
    "model_scenario_costs": ("model_id", "scenario_id", "cheapest_usd", "best_usd"),
    "model_quality": (
        *("model_id", "domain", "index", "basis", "sd_own"),
        *("sd_factor_1", "sd_factor_2", "sd_factor_3", "sd_factor_4"),
    ),
    "benchmark_scores": ("model_id", *SCORE_ROW, "value", "higher_is_better", "is_comparable"),
}
"""Columns of the state tables that determine an outcome."""
WORKLOAD = (*("scenario_id", "output_tokens", "must_have", "context_at_least"), *("context_need", "domain"))


@dataclass(frozen=True, kw_only=True)
class WorkloadFacts:
    """One workload: a value for every compared model, in bytewise order of the ids; unknown is NaN."""

    scenario_id: str
    gate: Positions
    """FAILS, OPEN or PASSES."""
    cost: Floats
    best_cost: Floats


def recompute_inputs(frames: Mapping[str, pd.DataFrame], scenarios: pd.DataFrame, ids: pd.Index) -> list[WorkloadFacts]:
    """The facts of every workload in `scenarios` for the models `ids`, which are sorted."""
    active = frames["offers"][frames["offers"]["offer_status"] == "active"]
    costs = frames["model_scenario_costs"]
    inputs = []
    for workload in scenarios.to_dict("records"):
        is_required = bool(len(workload["must_have"])) or pd.notna(workload["context_at_least"])
        gate = evaluate_gates(frames, active, workload).reindex(ids).fillna(OPEN if is_required else PASSES)
        own = costs[costs["scenario_id"] == workload["scenario_id"]].set_index("model_id").reindex(ids)
        cost, best = (own[name].where(own[name] > 0).to_numpy("float64") for name in ("cheapest_usd", "best_usd"))
        inputs.append(
            WorkloadFacts(
                scenario_id=str(workload["scenario_id"]), gate=gate.to_numpy("int64"), cost=cost, best_cost=best
            )
        )
    return inputs


def evaluate_gates(frames: Mapping[str, pd.DataFrame], active: pd.DataFrame, workload: Mapping[str, Any]) -> pd.Series:
    """State of the requirements of every model with an active offer: that of its best offer."""
    offers = drop_aggregates(active).dropna(subset="model_id")
    states = pd.DataFrame(index=offers.index)
    for name in workload["must_have"]:
        states[name] = capability_states(offers, frames, name)
    context = offers["context_tokens"].to_numpy("float64", na_value=np.nan)
    max_output = offers["max_output_tokens"].to_numpy("float64", na_value=np.nan)
    if_unknown = "unknown" if pd.notna(workload["context_at_least"]) else "yes"
    enough = np.where(context >= workload["context_need"], "yes", "no")
    states["context"] = np.where(np.isnan(context), if_unknown, enough)
    states["max_output"] = np.where(max_output < workload["output_tokens"], "no", "yes")
    fails, is_open = (states == "no").any(axis=1), (states == "unknown").any(axis=1)
    by_offer = pd.Series(np.select([fails, is_open], [FAILS, OPEN], PASSES), index=offers["model_id"])
    return by_offer.groupby(level=0).max()


def drop_aggregates(offers: pd.DataFrame) -> pd.DataFrame:
    """Offers without the aggregate of an aggregator that also lists its endpoints of the model."""
    pairs = offers["provider_id"].astype("str") + " " + offers["model_id"].astype("str")
    endpoints = pairs[offers["route_kind"] == "via_aggregator"]
    return offers[~((offers["route_kind"] == "aggregate") & pairs.isin(set(endpoints)))]


def capability_states(offers: pd.DataFrame, frames: Mapping[str, pd.DataFrame], name: str) -> pd.Series:
    """State of a capability by offer; no where the model does not support it."""
    effective = frames["offer_capabilities"]
    effective = effective[effective["capability"] == name].set_index("offer_id")["effective"].astype("str")
    own = offers["offer_id"].map(effective).astype("str").fillna("unknown")
    models = frames["model_capabilities"]
    lacking = models[(models["capability"] == name) & (models["state"] == "no")]["model_id"]
    return own.mask(offers["model_id"].isin(set(lacking)), "no")
