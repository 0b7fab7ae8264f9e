"""Which offers may serve a workload, and the first reason why not."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.pairs.gates import BIT, Flags, RouteGates, repeated_entries
from llmpairs.transforms.pairs.scenarios import Scenario


def ineligible_reasons(
    offers: pd.DataFrame, gates: RouteGates, scenario: Scenario
) -> npt.NDArray[np.object_]:
    """First reason why each offer may not serve the workload, None for an eligible one.

    `gates` are the offers' own, in their order. An aggregator's list entry repeats the price of one of its
    endpoints and often the context of another: it counts only where none of that aggregator's endpoints for
    the model has a price, whatever the gates say of those.
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
    rules = [*unsellable, ("aggregate", repeated_entries(offers, is_priced)), *_gates(gates)]
    names = np.array([None, *(name for name, _ in rules)], dtype=object)
    first = np.select([flags for _, flags in rules], np.arange(1, len(rules) + 1), default=0)
    return names[first]


def _flags(column: pd.Series) -> Flags:
    return np.asarray(column.fillna(False), dtype=np.bool_)


def _gates(gates: RouteGates) -> list[tuple[str, Flags]]:
    """Sizes first: an answer that does not fit cannot be given, whatever the route can do."""
    sizes = BIT["context"] | BIT["max_output"]
    return [
        ("context_too_small", gates.failed & BIT["context"] > 0),
        ("context_unknown", gates.open & BIT["context"] > 0),
        ("max_output_too_small", gates.failed & BIT["max_output"] > 0),
        ("gate_failed", gates.failed & ~sizes > 0),
        ("gate_not_established", gates.open & ~sizes > 0),
    ]
