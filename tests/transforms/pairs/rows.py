"""Rows of offers and scores for tests: pass the fields that matter, the rest has ordinary values."""

from typing import Any

import numpy as np
import pandas as pd

MODEL = "openai/gpt-oss-120b"
OFFER: dict[str, Any] = {
    "offer_id": "p/p/k/-/standard",
    "model_id": MODEL,
    "provider_id": "p",
    "route_kind": "direct",
    "operator_known": True,
    "operator_runs": 7,
    "is_list_offer": False,
    "is_price_outlier": False,
    "service_tier": "standard",
    "context_tokens": 131_072,
    "max_output_tokens": 32_768,
    "price_kind": "metered",
    "input_usd_per_mtok": 0.039,
    "output_usd_per_mtok": 0.18,
    "cache_read_usd_per_mtok": np.nan,
    "cache_write_usd_per_mtok": np.nan,
    "price_tiers": None,
    "held": False,
    "ineligible_reason": None,
    "offer_status": "active",
}
NO_CAPABILITIES = pd.DataFrame({"offer_id": [], "capability": [], "effective": []}, dtype="str")
NO_STATES = pd.DataFrame({"model_id": [], "capability": [], "state": []}, dtype="str")


def offers(*changes: dict[str, Any]) -> pd.DataFrame:
    """One offer for each set of changes; ids count up unless given."""
    rows = [OFFER | {"offer_id": f"p/p/k{i}/-/standard"} | change for i, change in enumerate(changes)]
    frame = pd.DataFrame(rows, columns=list(OFFER))
    return frame.astype({"context_tokens": "Int64", "max_output_tokens": "Int64", "price_tiers": "object"})


def effective(*states: str | None, capability: str = "vision") -> pd.DataFrame:
    """The state of one capability for the rows of `offers`, in order; None for no row."""
    rows = [(f"p/p/k{i}/-/standard", capability, state) for i, state in enumerate(states) if state]
    return pd.DataFrame(rows, columns=["offer_id", "capability", "effective"], dtype="str")


def known_state(state: str, capability: str = "vision", model_id: str = MODEL) -> pd.DataFrame:
    """The state of one capability of the model itself."""
    return pd.DataFrame({"model_id": [model_id], "capability": [capability], "state": [state]}, dtype="str")


def score(model_id: str, value: float, **changes: Any) -> dict[str, Any]:
    """One row of benchmark_scores with the columns that pairs read."""
    return {
        "model_id": f"lab/{model_id}", "value": value, "benchmark": "exam", "version": "1", "metric": "accuracy",
        "harness": "agent", "effort": "high", "evaluator_class": "third_party", "metric_low": 0.0,
        "metric_high": 100.0, "higher_is_better": True, "is_comparable": True,
    } | changes  # fmt: skip
