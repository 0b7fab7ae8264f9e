"""Switching effort between two models (the friction columns): obstacles as bit sets, and their worst severity."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.warehouse.outcome_rules import PRICE_INCREASE_RATIO
from llmpairs.warehouse.vocabulary import CAPABILITIES, FRICTION_SEVERITIES, FRICTIONS

if TYPE_CHECKING:
    from llmpairs.transforms.pairs.model_arrays import ModelArrays

Kinds = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]
Side = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
SEVERITY = {
    # high: something known to work stops working, or the target ends.
    "lost_capability": "high",
    "modality_loss": "high",
    "lifecycle_risk": "high",
    # medium: needs work or a check before the move.
    "no_shared_provider": "medium",
    "provider_unknown": "medium",
    "unverified_capability": "medium",
    "context_shrink": "medium",
    "price_increase": "medium",
    "licence_change": "medium",
    "reasoning_control_change": "medium",
    "api_shape_change": "medium",
    # low: seldom a problem.
    "max_output_shrink": "low",
}
"""Severity of each kind. No table has the shape of an API yet: `api_shape_change` is never set."""
FRICTION_BIT = {kind: np.int16(1 << i) for i, kind in enumerate(FRICTIONS)}
REASONING = np.int32(1 << CAPABILITIES.index("reasoning"))


@cache
def _severity_by_kinds() -> npt.NDArray[np.int8]:
    """Highest severity of each possible set of kinds, as a position in FRICTION_SEVERITIES."""
    sets = np.arange(1 << len(FRICTIONS))
    worst = np.zeros(len(sets), dtype=np.int8)
    for kind, bit in FRICTION_BIT.items():
        level = np.int8(FRICTION_SEVERITIES.index(SEVERITY[kind]))
        worst = np.where(sets & bit, np.maximum(worst, level), worst)
    return worst


def friction_kinds(arrays: "ModelArrays", pairs: PairRange, shared_providers: Flags) -> tuple[Kinds, Kinds]:
    """Obstacles of each pair from A to B and from B to A, as bit sets of FRICTIONS.

    `shared_providers` marks the pairs with a common provider.
    """
    both_ways = _mutual(arrays, pairs, shared_providers)
    a_to_b = both_ways | _one_way(arrays, pairs.a, pairs.b)
    b_to_a = both_ways | _one_way(arrays, pairs.b, pairs.a)
    return a_to_b, b_to_a


def worst_severity(kinds: Kinds) -> npt.NDArray[np.int8]:
    """Highest severity of each set of kinds, as a position in FRICTION_SEVERITIES."""
    return _severity_by_kinds()[kinds]


def _mutual(arrays: "ModelArrays", pairs: PairRange, shared_providers: Flags) -> Kinds:
    both_sold = pairs.a(arrays.has_provider) & pairs.b(arrays.has_provider)
    reasoning_a, reasoning_b = arrays.yes & REASONING, arrays.no & REASONING
    swaps = (pairs.a(reasoning_a) & pairs.b(reasoning_b)) | (pairs.a(reasoning_b) & pairs.b(reasoning_a))
    kinds: Kinds = (
        (both_sold & ~shared_providers) * FRICTION_BIT["no_shared_provider"]
        | ~both_sold * FRICTION_BIT["provider_unknown"]
        | _differ(pairs, arrays.license, arrays.license_class) * FRICTION_BIT["licence_change"]
        | (swaps != 0) * FRICTION_BIT["reasoning_control_change"]
    )
    return kinds


def _differ(pairs: PairRange, *codes: npt.NDArray[np.signedinteger]) -> Flags:
    """Pairs in which any of the codes is known for both sides and differs."""
    differs = np.zeros(len(pairs), dtype=bool)
    for code in codes:
        a, b = pairs.a(code), pairs.b(code)
        differs |= (a != b) & (np.minimum(a, b) >= 0)
    return differs


def _one_way(arrays: "ModelArrays", source: Side, target: Side) -> Kinds:
    """Kinds that hold when moving from `source` to `target`; no comparison with an unknown value holds."""
    yes = source(arrays.yes)
    lost = (yes & target(arrays.no)) != 0
    unverified = (yes & target(arrays.unknown)) != 0
    modality = (source(arrays.modalities) & target(arrays.modalities_lacking)) != 0
    kinds: Kinds = (
        lost * FRICTION_BIT["lost_capability"]
        | unverified * FRICTION_BIT["unverified_capability"]
        | (target(arrays.context) < source(arrays.context)) * FRICTION_BIT["context_shrink"]
        | (target(arrays.max_output) < source(arrays.max_output)) * FRICTION_BIT["max_output_shrink"]
        | (target(arrays.list_price) > source(arrays.list_price * PRICE_INCREASE_RATIO))
        * FRICTION_BIT["price_increase"]
        | modality * FRICTION_BIT["modality_loss"]
        | target(arrays.is_ending * FRICTION_BIT["lifecycle_risk"])
    )
    return kinds
