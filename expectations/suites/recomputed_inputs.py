"""Inputs of every verdict, recomputed from the state tables independently of `transforms.pairs`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.warehouse.vocabulary import GATES

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
FAILS, OPEN, PASSES = 0, 1, 2
NO_GATE = len(GATES)
OPENNESS = {"open": 1.0, "restricted": 0.5, "proprietary": 0.0}
SCORE_ROW = ["benchmark", "version", "metric", "harness", "effort", "evaluator_class"]
"""Scores that agree in these columns are comparable."""
READS: Mapping[str, tuple[str, ...]] = {
    "models": (
        *("model_id", "is_live", "is_text_generating", "context_tokens", "license_class"),
        "best_blended_usd_per_mtok",
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
    "benchmark_scores": (
        *("model_id", *SCORE_ROW, "value", "higher_is_better", "is_comparable"),
        *("metric_low", "metric_high"),
    ),
}
"""Columns of the state tables that determine a verdict."""
WORKLOAD = (
    *("scenario_id", "output_tokens", "must_have", "context_at_least"),
    *("context_need", "weights", "basket", "domain"),
)


@dataclass(frozen=True, kw_only=True)
class QualityComparison:
    """Pairs with comparable scores: `key` is first * models + second, ascending, first before second."""

    key: Positions
    mean: Floats
    error: Floats


@dataclass(frozen=True, kw_only=True)
class VerdictInputs:
    """One workload: a value for every compared model, in bytewise order of the ids; unknown is NaN."""

    scenario_id: str
    weights: Mapping[str, float]
    gate: Positions
    """FAILS, OPEN or PASSES."""
    open_gate: Positions
    """First unknown requirement as a position in GATES, NO_GATE without one."""
    cost: Floats
    context: Floats
    """In units of twice the need, at most 1."""
    operators: Floats
    openness: Floats
    quality: QualityComparison


def recompute_inputs(frames: Mapping[str, pd.DataFrame], scenarios: pd.DataFrame, ids: pd.Index) -> list[VerdictInputs]:
    """The inputs of every workload in `scenarios` for the models `ids`, which are sorted."""
    models = frames["models"].set_index("model_id").reindex(ids)
    active = frames["offers"][frames["offers"]["offer_status"] == "active"]
    named = active[active["operator_id"] != "unspecified"]
    operators = named.groupby("model_id")["operator_id"].nunique().reindex(ids).to_numpy("float64")
    scores = standardise_scores(frames["benchmark_scores"])
    costs = frames["model_scenario_costs"]
    context = models["context_tokens"].to_numpy("float64", na_value=np.nan)
    openness = models["license_class"].astype("object").map(OPENNESS).to_numpy("float64")
    inputs = []
    for workload in scenarios.to_dict("records"):
        needed = [*workload["must_have"], *["context"] * pd.notna(workload["context_at_least"])]
        required = [GATES.index(name) for name in needed]
        gates = evaluate_gates(frames, active, workload).reindex(ids)
        gate = gates["gate"].fillna(OPEN if required else PASSES).to_numpy("int64")
        first = gates["open_gate"].fillna(min(required, default=NO_GATE)).to_numpy("int64")
        cost = costs[costs["scenario_id"] == workload["scenario_id"]].set_index("model_id")["cheapest_usd"]
        inputs.append(
            VerdictInputs(
                scenario_id=str(workload["scenario_id"]),
                weights=workload["weights"],
                gate=gate,
                open_gate=np.where(gate == OPEN, first, NO_GATE),
                cost=cost.where(cost > 0).reindex(ids).to_numpy("float64"),
                context=np.minimum(context / (2 * workload["context_need"]), 1.0),
                operators=operators,
                openness=openness,
                quality=compare_quality(scores, workload["basket"], ids),
            )
        )
    return inputs


def evaluate_gates(
    frames: Mapping[str, pd.DataFrame], active: pd.DataFrame, workload: Mapping[str, Any]
) -> pd.DataFrame:
    """`gate` and `open_gate` of every model with an active offer: those of its best offer."""
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
    bit = pd.Series({name: 1 << GATES.index(name) for name in states.columns})
    by_offer = pd.DataFrame(
        {
            "model_id": offers["model_id"],
            "fails": (states == "no").any(axis=1),
            "count": (states == "unknown").sum(axis=1),
            "bits": (states == "unknown").astype("int64") @ bit,
        }
    )
    best = by_offer.sort_values(["fails", "count", "bits"], kind="stable").drop_duplicates("model_id")
    best = best.set_index("model_id")
    gate = np.select([best["fails"], best["count"] > 0], [FAILS, OPEN], PASSES)
    lowest = np.log2((best["bits"] & -best["bits"]).where(best["bits"] > 0).astype("float64"))
    return pd.DataFrame({"gate": gate, "open_gate": lowest.fillna(NO_GATE)}, index=best.index)


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


def standardise_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Comparable scores, one for each model and `row`; `z` is in standard deviations of the row.

    Rows are dropped that have fewer than five models or no spread, or that are saturated: half of the models are
    within a twentieth of the range from the best value.
    """
    rows = scores[scores["is_comparable"] & (scores["evaluator_class"] != "unspecified")]
    rows = rows.astype({"evaluator_class": "str"})
    up = rows["higher_is_better"].astype("bool")
    best = rows["metric_high"].where(up, rows["metric_low"])
    room = 0.05 * (rows["metric_high"] - rows["metric_low"])
    rows = rows.assign(
        better=rows["value"].where(up, -rows["value"]), near=((rows["value"] - best).abs() <= room).astype("bool")
    )
    cells = rows.groupby([*SCORE_ROW, "model_id"], as_index=False).agg(better=("better", "mean"), near=("near", "all"))
    row = cells.groupby(SCORE_ROW)
    spread, size = row["better"].transform("std"), row["better"].transform("size")
    usable = (size >= 5) & (spread > 0) & (row["near"].transform("mean") < 0.5)
    kept = cells[["model_id", "benchmark", "version"]].assign(row=row.ngroup(), z=cells["better"] / spread)
    return kept[usable]


def compare_quality(rows: pd.DataFrame, basket: list[Mapping[str, Any]], ids: pd.Index) -> QualityComparison:
    """Pairs of models that share three rows or more of at least two benchmarks of the basket."""
    in_basket = [
        (rows["benchmark"] == entry["benchmark"])
        & ((rows["version"] == entry["version"]) if entry["version"] else True)
        for entry in basket
    ]
    own = rows[np.logical_or.reduce(in_basket)] if len(rows) else rows
    own = pd.DataFrame(
        {
            "row": own["row"],
            "position": ids.get_indexer(own["model_id"]),
            "z": own["z"],
            "benchmark": pd.factorize(own["benchmark"])[0],
        }
    )
    both = own[own["position"] >= 0].merge(own, on=["row", "benchmark"], suffixes=("", "_other"))
    both = both[both["position"] < both["position_other"]]
    found = (
        both.assign(difference=both["z"] - both["z_other"])
        .groupby(["position", "position_other"])
        .agg(
            mean=("difference", "mean"),
            error=("difference", "sem"),
            count=("difference", "size"),
            benchmarks=("benchmark", "nunique"),
        )
    )
    found = found[(found["count"] >= 3) & (found["benchmarks"] >= 2)]
    first, second = (found.index.get_level_values(level).to_numpy("int64") for level in (0, 1))
    return QualityComparison(
        key=first * len(ids) + second, mean=found["mean"].to_numpy("float64"), error=found["error"].to_numpy("float64")
    )
