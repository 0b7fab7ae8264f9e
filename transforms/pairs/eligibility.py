"""Which offers may serve a workload, and the first reason why not."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.pairs.scenarios import Scenario

Flags = npt.NDArray[np.bool_]


def ineligible_reasons(
    offers: pd.DataFrame, offer_capabilities: pd.DataFrame, scenario: Scenario
) -> npt.NDArray[np.object_]:
    """First reason why each offer may not serve the workload, None for an eligible one.

    An aggregator's list entry repeats the price of one of its endpoints and often the context of
    another: it counts only where none of that aggregator's endpoints for the model has a price,
    whatever the gates say of those.
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
    rules = [
        *unsellable,
        ("aggregate", _is_repeated(offers, is_priced)),
        *_size_gates(offers, scenario),
        *_capability_gates(offers, offer_capabilities, scenario),
    ]
    names = np.array([None, *(name for name, _ in rules)], dtype=object)
    first = np.select([flags for _, flags in rules], np.arange(1, len(rules) + 1), default=0)
    return names[first]


def _flags(column: pd.Series) -> Flags:
    return np.asarray(column.fillna(False), dtype=np.bool_)


def _is_repeated(offers: pd.DataFrame, is_priced: Flags) -> Flags:
    """List entries of aggregators that have a priced endpoint for the model."""
    keys = pd.MultiIndex.from_frame(offers[["provider_id", "model_id"]])
    endpoints = keys[is_priced & _flags(offers["route_kind"] == "via_aggregator")]
    is_covered: Flags = np.asarray(keys.isin(endpoints.unique()))
    return _flags(offers["route_kind"] == "aggregate") & is_covered


def _size_gates(offers: pd.DataFrame, scenario: Scenario) -> list[tuple[str, Flags]]:
    """Context and answer length, where known; only a stated gate on context asks for a known one."""
    context = offers["context_tokens"].to_numpy(dtype="float64", na_value=np.nan)
    answer = offers["max_output_tokens"].to_numpy(dtype="float64", na_value=np.nan)
    need = max(scenario.request_tokens, scenario.context_at_least or 0)
    is_asked = scenario.context_at_least is not None
    return [
        ("context_too_small", context < need),
        ("context_unknown", np.isnan(context) & is_asked),
        ("max_output_too_small", answer < scenario.output_tokens),
    ]


def _capability_gates(
    offers: pd.DataFrame, offer_capabilities: pd.DataFrame, scenario: Scenario
) -> list[tuple[str, Flags]]:
    """An established no fails; a capability that is unknown, or not listed, is not established."""
    failed = np.zeros(len(offers), dtype=bool)
    open_question = np.zeros(len(offers), dtype=bool)
    for capability in scenario.must_have:
        rows = offer_capabilities[offer_capabilities["capability"] == capability]
        effective = rows.set_index("offer_id")["effective"].astype("str")
        state = effective.reindex(offers["offer_id"])
        failed |= _flags(state == "no")
        open_question |= ~_flags(state.isin(["yes", "no"]))
    return [("gate_failed", failed), ("gate_not_established", open_question)]
