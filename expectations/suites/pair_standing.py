"""What each compared model brings to a workload, computed again from the state tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.expectations.suites.pair_scores import STRICT
from llmpairs.warehouse.vocabulary import GATES

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
FAILS, OPEN, PASSES = 0, 1, 2
NO_GATE = len(GATES)
OPENNESS = {"open": 1.0, "restricted": 0.5, "closed": 0.0}
READS: Mapping[str, tuple[str, ...]] = {
    "models": ("model_id", "is_live", "is_text_generating", "context_tokens", "license_class"),
    "offers": (
        *("offer_id", "model_id", "provider_id", "operator_id", "route_kind"),
        *("offer_status", "context_tokens", "max_output_tokens"),
    ),
    "offer_capabilities": ("offer_id", "capability", "effective"),
    "model_capabilities": ("model_id", "capability", "state"),
    "model_scenario_costs": ("model_id", "scenario_id", "cheapest_usd"),
    "benchmark_scores": (
        *("model_id", *STRICT, "value", "higher_is_better", "is_comparable"),
        *("metric_low", "metric_high"),
    ),
}
"""Columns of the tables that a verdict follows from."""
WORKLOAD = (
    *("scenario_id", "output_tokens", "must_have", "context_at_least"),
    *("context_need", "weights", "basket"),
)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Pairs whose scores compare: `key` is first * models + second, ascending, first before second."""

    key: Places
    mean: Floats
    error: Floats


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The compared models in one workload, in bytewise order of their ids; unknown is NaN."""

    scenario_id: str
    weights: Mapping[str, float]
    gate: Places
    """FAILS, OPEN or PASSES."""
    open_gate: Places
    """First open gate as a position in GATES, NO_GATE without one."""
    cost: Floats
    context: Floats
    """In units of twice the need, at most 1."""
    operators: Floats
    openness: Floats
    quality: Quality


def build_standings(
    frames: Mapping[str, pd.DataFrame], scenarios: pd.DataFrame, ids: pd.Index
) -> list[Standing]:
    """The models `ids`, which are sorted, in every workload of `scenarios`."""
    models = frames["models"].set_index("model_id").reindex(ids)
    active = frames["offers"][frames["offers"]["offer_status"] == "active"]
    named = active[active["operator_id"] != "unspecified"]
    operators = named.groupby("model_id")["operator_id"].nunique().reindex(ids).to_numpy("float64")
    rows = standardise(frames["benchmark_scores"])
    standings = []
    for workload in scenarios.to_dict("records"):
        gates = judge_gates(frames, active, workload).reindex(ids)
        gate = gates["gate"].fillna(OPEN if asks(workload) else PASSES).to_numpy("int64")
        first = gates["open_gate"].fillna(min(asks(workload), default=NO_GATE)).to_numpy("int64")
        costs = frames["model_scenario_costs"]
        cost = costs[costs["scenario_id"] == workload["scenario_id"]].set_index("model_id")["cheapest_usd"]
        context = models["context_tokens"].to_numpy("float64", na_value=np.nan)
        standings.append(
            Standing(
                scenario_id=str(workload["scenario_id"]),
                weights=workload["weights"],
                gate=gate,
                open_gate=np.where(gate == OPEN, first, NO_GATE),
                cost=cost.where(cost > 0).reindex(ids).to_numpy("float64"),
                context=np.minimum(context / (2 * workload["context_need"]), 1.0),
                operators=operators,
                openness=models["license_class"].astype("object").map(OPENNESS).to_numpy("float64"),
                quality=pair_up(rows, workload["basket"], ids),
            )
        )
    return standings


def asks(workload: Mapping[str, Any]) -> list[int]:
    """Gates that ask for a known yes, as positions in GATES."""
    has_context_gate = pd.notna(workload["context_at_least"])
    return [GATES.index(name) for name in [*workload["must_have"], *["context"] * has_context_gate]]


def judge_gates(
    frames: Mapping[str, pd.DataFrame], active: pd.DataFrame, workload: Mapping[str, Any]
) -> pd.DataFrame:
    """`gate` and `open_gate` of every model with an active route."""
    routes = without_repeats(active).dropna(subset="model_id")
    words = pd.DataFrame(index=routes.index)
    for name in workload["must_have"]:
        words[name] = capability_of(routes, frames, name)
    context = routes["context_tokens"].to_numpy("float64", na_value=np.nan)
    answer = routes["max_output_tokens"].to_numpy("float64", na_value=np.nan)
    silence = "unknown" if pd.notna(workload["context_at_least"]) else "yes"
    enough = np.where(context >= workload["context_need"], "yes", "no")
    words["context"] = np.where(np.isnan(context), silence, enough)
    words["max_output"] = np.where(answer < workload["output_tokens"], "no", "yes")
    bit = pd.Series({name: 1 << GATES.index(name) for name in words.columns})
    state = pd.DataFrame(
        {
            "model_id": routes["model_id"],
            "fails": (words == "no").any(axis=1),
            "count": (words == "unknown").sum(axis=1),
            "bits": (words == "unknown").astype("int64") @ bit,
        }
    )
    best = state.sort_values(["fails", "count", "bits"], kind="stable").drop_duplicates("model_id")
    best = best.set_index("model_id")
    gate = np.select([best["fails"], best["count"] > 0], [FAILS, OPEN], PASSES)
    lowest = np.log2((best["bits"] & -best["bits"]).where(best["bits"] > 0).astype("float64"))
    return pd.DataFrame({"gate": gate, "open_gate": lowest.fillna(NO_GATE)}, index=best.index)


def without_repeats(routes: pd.DataFrame) -> pd.DataFrame:
    """Routes less the list entries beside an endpoint of the same aggregator and model."""
    pairs = routes["provider_id"].astype("str") + " " + routes["model_id"].astype("str")
    endpoints = pairs[routes["route_kind"] == "via_aggregator"]
    return routes[~((routes["route_kind"] == "aggregate") & pairs.isin(set(endpoints)))]


def capability_of(routes: pd.DataFrame, frames: Mapping[str, pd.DataFrame], name: str) -> pd.Series:
    """State of a capability on every route; what the model is established to lack, no route has."""
    told = frames["offer_capabilities"]
    told = told[told["capability"] == name].set_index("offer_id")["effective"].astype("str")
    own = routes["offer_id"].map(told).astype("str").fillna("unknown")
    models = frames["model_capabilities"]
    lacking = models[(models["capability"] == name) & (models["state"] == "no")]["model_id"]
    return own.mask(routes["model_id"].isin(set(lacking)), "no")


def standardise(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores that compare, one for each model and row: `row` by number, `z` in standard deviations of the row.

    Left out are rows of fewer than five models, rows without spread, and rows in which half of the models are
    within a twentieth of the range from its best end.
    """
    rows = scores[scores["is_comparable"] & (scores["evaluator_class"] != "unspecified")]
    rows = rows.astype({"evaluator_class": "str"})
    up = rows["higher_is_better"].astype("bool")
    best = rows["metric_high"].where(up, rows["metric_low"])
    room = 0.05 * (rows["metric_high"] - rows["metric_low"])
    rows = rows.assign(
        better=rows["value"].where(up, -rows["value"]),
        near=((rows["value"] - best).abs() <= room).astype("bool"),
    )
    cells = rows.groupby([*STRICT, "model_id"], as_index=False).agg(
        better=("better", "mean"), near=("near", "all")
    )
    row = cells.groupby(STRICT)
    spread, size = row["better"].transform("std"), row["better"].transform("size")
    usable = (size >= 5) & (spread > 0) & (row["near"].transform("mean") < 0.5)
    kept = cells[["model_id", "benchmark", "version"]].assign(row=row.ngroup(), z=cells["better"] / spread)
    return kept[usable]


def pair_up(rows: pd.DataFrame, basket: list[Mapping[str, Any]], ids: pd.Index) -> Quality:
    """Pairs of models with three rows or more of two benchmarks of the basket."""
    wanted = [
        (rows["benchmark"] == entry["benchmark"])
        & ((rows["version"] == entry["version"]) if entry["version"] else True)
        for entry in basket
    ]
    own = rows[np.logical_or.reduce(wanted)] if len(rows) else rows
    own = pd.DataFrame(
        {
            "row": own["row"],
            "place": ids.get_indexer(own["model_id"]),
            "z": own["z"],
            "benchmark": pd.factorize(own["benchmark"])[0],
        }
    )
    both = own[own["place"] >= 0].merge(own, on=["row", "benchmark"], suffixes=("", "_other"))
    both = both[both["place"] < both["place_other"]]
    found = (
        both.assign(difference=both["z"] - both["z_other"])
        .groupby(["place", "place_other"])
        .agg(
            mean=("difference", "mean"),
            error=("difference", "sem"),
            count=("difference", "size"),
            benchmarks=("benchmark", "nunique"),
        )
    )
    found = found[(found["count"] >= 3) & (found["benchmarks"] >= 2)]
    first, second = (found.index.get_level_values(level).to_numpy("int64") for level in (0, 1))
    return Quality(
        key=first * len(ids) + second,
        mean=found["mean"].to_numpy("float64"),
        error=found["error"].to_numpy("float64"),
    )
