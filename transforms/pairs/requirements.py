"""Requirements of a workload (GATES), checked for offers and for models: passes, fails, or not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.columns import Table, numbers, positions, texts
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.warehouse.vocabulary import GATE_STATES, GATES

Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
FAILS, NOT_ESTABLISHED, PASSES = (np.int8(GATE_STATES.index(state)) for state in GATE_STATES)
GATE_BIT = {gate: np.uint8(1 << position) for position, gate in enumerate(GATES)}
NEVER = np.uint16(np.iinfo(np.uint16).max)
"""Above the rank of every set of gates."""


class OfferRequirements(NamedTuple):
    """Unmet requirements of each offer, as sets of GATES."""

    failed: Bits
    unknown: Bits
    """Neither known to pass nor known to fail."""


@dataclass(frozen=True, kw_only=True)
class ModelRequirements:
    """Result of a workload's requirements; one entry a model."""

    state: npt.NDArray[np.int8]
    """Position in GATE_STATES."""
    failed: Bits
    """Of a model that fails: the requirements that its best offer fails, as a set of GATES; else 0."""
    unknown: Bits
    """Of a model in state `not_established`: the requirements that are unknown for its best offer; else 0."""


def check_offer_requirements(
    offers: Table, offer_capabilities: Table, model_capabilities: Table, scenario: Scenario
) -> OfferRequirements:
    """Check the workload's requirements for every offer, whatever its price or status.

    A capability that the model is known not to support fails for all its offers, whatever a reseller claims. Context
    and output length fail where they are known to be too small; an unknown context matters only where the workload
    states a minimum.
    """
    context, output = numbers(offers, "context_tokens"), numbers(offers, "max_output_tokens")
    failed, unknown = (np.zeros(len(context), dtype=np.uint8) for _ in range(2))
    for capability in scenario.must_have:
        state = _offer_states(offers, offer_capabilities, model_capabilities, capability)
        failed |= (state == "no") * GATE_BIT[capability]
        unknown |= ~np.isin(state, ["yes", "no"]) * GATE_BIT[capability]
    failed |= (context < scenario.context_need) * GATE_BIT["context"]
    failed |= (output < scenario.output_tokens) * GATE_BIT["max_output"]
    if scenario.context_at_least is not None:
        unknown |= np.isnan(context) * GATE_BIT["context"]
    return OfferRequirements(failed, unknown)


def _offer_states(
    offers: Table, offer_capabilities: Table, model_capabilities: Table, capability: str
) -> npt.NDArray[np.str_]:
    """State of a capability for every offer; one that is not listed is unknown."""
    is_asked = texts(offer_capabilities, "capability") == capability
    stated = (texts(offer_capabilities, name)[is_asked] for name in ("offer_id", "effective"))
    own = dict(zip(*stated, strict=True))
    is_denied = (texts(model_capabilities, "capability") == capability) & (texts(model_capabilities, "state") == "no")
    lacking = set(texts(model_capabilities, "model_id")[is_denied])
    ids = zip(texts(offers, "offer_id"), texts(offers, "model_id"), strict=True)
    return np.array(["no" if model in lacking else own.get(offer, "unknown") for offer, model in ids], dtype=np.str_)


def find_repeated_entries(offers: Table, counted: Flags) -> Flags:
    """Find aggregators' list entries for which an endpoint of the same aggregator and model is `counted`."""
    keys = list(zip(texts(offers, "provider_id"), texts(offers, "model_id"), strict=True))
    kind = texts(offers, "route_kind")
    endpoints = {keys[at] for at in np.flatnonzero(counted & (kind == "via_aggregator"))}
    is_covered = np.fromiter((key in endpoints for key in keys), dtype=np.bool_, count=len(keys))
    return np.asarray((kind == "aggregate") & is_covered, dtype=np.bool_)


def check_model_requirements(
    offers: Table, results: OfferRequirements, ids: Sequence[str], scenario: Scenario
) -> ModelRequirements:
    """Check the workload's requirements for the models `ids`, by their active offers of any price kind.

    A model passes with one offer that passes all requirements, and fails when every offer fails one. An aggregator's
    list entry counts where none of its endpoints is known. Without an active offer nothing is known.
    """
    active = np.asarray(texts(offers, "offer_status") == "active", dtype=np.bool_)
    model = positions(texts(offers, "model_id"), ids)
    use = active & ~find_repeated_entries(offers, active) & (model >= 0)
    model, failed, unknown = model[use], results.failed[use], results.unknown[use]
    fewest_unknown = np.full(len(ids), NEVER)
    fewest_failed = np.full(len(ids), NEVER)
    has_no_failure = failed == 0
    np.minimum.at(fewest_unknown, model[has_no_failure], _rank(unknown[has_no_failure]))
    np.minimum.at(fewest_failed, model, _rank(failed))
    stated = [*scenario.must_have, *(["context"] if scenario.context_at_least is not None else [])]
    required = np.uint8(sum(int(GATE_BIT[gate]) for gate in stated))
    is_sold = fewest_failed != NEVER
    left = np.where(is_sold, _set_of(fewest_unknown), required)
    fails = is_sold & (fewest_unknown == NEVER)
    state = np.where(fails, FAILS, np.where(left > 0, NOT_ESTABLISHED, PASSES)).astype(np.int8)
    return ModelRequirements(
        state=state,
        failed=np.where(fails, _set_of(fewest_failed), 0).astype(np.uint8),
        unknown=np.where(fails, 0, left).astype(np.uint8),
    )


def _rank(sets: Bits) -> npt.NDArray[np.uint16]:
    """Rank sets of requirements: fewer first, then the earlier ones of GATES."""
    return np.asarray(np.bitwise_count(sets).astype(np.uint16) << 8 | sets)


def _set_of(ranks: npt.NDArray[np.uint16]) -> Bits:
    return np.asarray(ranks & 0xFF).astype(np.uint8)
