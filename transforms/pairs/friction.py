"""What stands in the way of moving from one model to the other: kinds as bit sets, and the worst of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.warehouse.vocabulary import CAPABILITIES, FRICTION_SEVERITIES, FRICTIONS

if TYPE_CHECKING:
    from llmpairs.transforms.pairs.model_arrays import Sides

Kinds = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]
Side = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]

PRICE_INCREASE = 1.1
"""A list price above 1.1 times the present one is an increase."""

SEVERITY = {
    # high: something that is established to work stops working, or the target ends.
    "lost_capability": "high",
    "modality_loss": "high",
    "lifecycle_risk": "high",
    # medium: has to be arranged or checked before the move.
    "no_shared_provider": "medium",
    "provider_unknown": "medium",
    "unverified_capability": "medium",
    "context_shrink": "medium",
    "price_increase": "medium",
    "licence_change": "medium",
    "reasoning_control_change": "medium",
    "api_shape_change": "medium",
    # low: seldom in the way.
    "max_output_shrink": "low",
}
"""Severity of each kind. No table states the shape of an API yet: `api_shape_change` is never set."""

BIT = {kind: np.int16(1 << i) for i, kind in enumerate(FRICTIONS)}
REASONING = np.int32(1 << CAPABILITIES.index("reasoning"))


def _severity_by_kinds() -> npt.NDArray[np.int8]:
    """Highest severity of each possible set of kinds, as a position in FRICTION_SEVERITIES."""
    sets = np.arange(1 << len(FRICTIONS))
    worst = np.zeros(len(sets), dtype=np.int8)
    for kind, bit in BIT.items():
        level = np.int8(FRICTION_SEVERITIES.index(SEVERITY[kind]))
        worst = np.where(sets & bit, np.maximum(worst, level), worst)
    return worst


SEVERITY_BY_KINDS = _severity_by_kinds()


def friction_kinds(sides: "Sides", pairs: PairRange, shared_providers: Flags) -> tuple[Kinds, Kinds]:
    """Obstacles of each pair from A to B and from B to A, as bit sets of FRICTIONS.

    `shared_providers` says which pairs have a provider in common.
    """
    both_ways = _mutual(sides, pairs, shared_providers)
    a_to_b = both_ways | _one_way(sides, pairs.a, pairs.b)
    b_to_a = both_ways | _one_way(sides, pairs.b, pairs.a)
    return a_to_b, b_to_a


def worst_severity(kinds: Kinds) -> npt.NDArray[np.int8]:
    """Highest severity of each set of kinds, as a position in FRICTION_SEVERITIES."""
    return SEVERITY_BY_KINDS[kinds]


def _mutual(sides: "Sides", pairs: PairRange, shared_providers: Flags) -> Kinds:
    """Kinds that hold in both directions."""
    both_sold = pairs.a(sides.has_provider) & pairs.b(sides.has_provider)
    reasoning_a, reasoning_b = sides.yes & REASONING, sides.no & REASONING
    swaps = (pairs.a(reasoning_a) & pairs.b(reasoning_b)) | (pairs.a(reasoning_b) & pairs.b(reasoning_a))
    kinds: Kinds = (
        (both_sold & ~shared_providers) * BIT["no_shared_provider"]
        | ~both_sold * BIT["provider_unknown"]
        | _differ(pairs, sides.license, sides.license_class) * BIT["licence_change"]
        | (swaps != 0) * BIT["reasoning_control_change"]
    )
    return kinds


def _differ(pairs: PairRange, *codes: npt.NDArray[np.signedinteger]) -> Flags:
    """Pairs in which any of the codes is known for both sides and differs."""
    differs = np.zeros(len(pairs), dtype=bool)
    for code in codes:
        a, b = pairs.a(code), pairs.b(code)
        differs |= (a != b) & (np.minimum(a, b) >= 0)
    return differs


def _one_way(sides: "Sides", source: Side, target: Side) -> Kinds:
    """Kinds that hold when moving from `source` to `target`; a comparison with an unknown holds never."""
    yes = source(sides.yes)
    lost = (yes & target(sides.no)) != 0
    unverified = (yes & target(sides.unknown)) != 0
    modality = (source(sides.modalities) & target(sides.modalities_lacking)) != 0
    kinds: Kinds = (
        lost * BIT["lost_capability"]
        | unverified * BIT["unverified_capability"]
        | (target(sides.context) < source(sides.context)) * BIT["context_shrink"]
        | (target(sides.max_output) < source(sides.max_output)) * BIT["max_output_shrink"]
        | (target(sides.list_price) > source(sides.list_price * PRICE_INCREASE)) * BIT["price_increase"]
        | modality * BIT["modality_loss"]
        | target(sides.is_ending * BIT["lifecycle_risk"])
    )
    return kinds
