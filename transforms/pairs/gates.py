"""What a workload demands of a route, and of a model: passes, fails, or not established."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.columns import Table, numbers, places, words
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.warehouse.vocabulary import GATE_STATES, GATES

Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
FAILS, NOT_ESTABLISHED, PASSES = (np.int8(GATE_STATES.index(state)) for state in GATE_STATES)
BIT = {gate: np.uint8(1 << place) for place, gate in enumerate(GATES)}
NEVER = np.uint16(np.iinfo(np.uint16).max)
"""Above the rank of every set of gates."""


class RouteGates(NamedTuple):
    """Gates of each offer as sets of GATES."""

    failed: Bits
    open: Bits
    """Neither established nor ruled out."""


@dataclass(frozen=True, kw_only=True)
class ModelGates:
    """How each model stands at a workload's gates; one entry a model."""

    state: npt.NDArray[np.int8]
    """Position in GATE_STATES."""
    failed: Bits
    """Of a model that fails: what stands in the way of its best route, as a set of GATES."""
    open: Bits
    """Of a model that is not established: what its best route would still have to show."""


def route_gates(
    offers: Table, offer_capabilities: Table, model_capabilities: Table, scenario: Scenario
) -> RouteGates:
    """The workload's gates at every offer, whatever its price or status.

    A capability that is established not to be the model's fails on every route, whatever a reseller claims of
    its own. Context and answer length fail where they are known to be too small; only a stated gate on
    context asks for a known one.
    """
    context, answer = numbers(offers, "context_tokens"), numbers(offers, "max_output_tokens")
    failed, unknown = (np.zeros(len(context), dtype=np.uint8) for _ in range(2))
    for capability in scenario.must_have:
        state = _route_states(offers, offer_capabilities, model_capabilities, capability)
        failed |= (state == "no") * BIT[capability]
        unknown |= ~np.isin(state, ["yes", "no"]) * BIT[capability]
    failed |= (context < scenario.context_need) * BIT["context"]
    failed |= (answer < scenario.output_tokens) * BIT["max_output"]
    if scenario.context_at_least is not None:
        unknown |= np.isnan(context) * BIT["context"]
    return RouteGates(failed, unknown)


def _route_states(
    offers: Table, offer_capabilities: Table, model_capabilities: Table, capability: str
) -> npt.NDArray[np.str_]:
    """State of a capability at every offer; one that is not listed is unknown."""
    is_asked = words(offer_capabilities, "capability") == capability
    stated = (words(offer_capabilities, name)[is_asked] for name in ("offer_id", "effective"))
    own = dict(zip(*stated, strict=True))
    is_denied = (words(model_capabilities, "capability") == capability) & (
        words(model_capabilities, "state") == "no"
    )
    lacking = set(words(model_capabilities, "model_id")[is_denied])
    ids = zip(words(offers, "offer_id"), words(offers, "model_id"), strict=True)
    return np.array(
        ["no" if model in lacking else own.get(offer, "unknown") for offer, model in ids], dtype=np.str_
    )


def repeated_entries(offers: Table, counted: Flags) -> Flags:
    """Aggregators' list entries beside an endpoint of the same aggregator and model that is `counted`."""
    keys = list(zip(words(offers, "provider_id"), words(offers, "model_id"), strict=True))
    kind = words(offers, "route_kind")
    endpoints = {keys[at] for at in np.flatnonzero(counted & (kind == "via_aggregator"))}
    is_covered = np.fromiter((key in endpoints for key in keys), dtype=np.bool_, count=len(keys))
    return np.asarray((kind == "aggregate") & is_covered, dtype=np.bool_)


def model_gates(offers: Table, routes: RouteGates, ids: Sequence[str], scenario: Scenario) -> ModelGates:
    """The workload's gates for the models `ids`, by their active routes of any price kind.

    A model passes with one route that passes all gates, and fails when every route fails one. An aggregator's
    list entry is a route where none of its endpoints is known. Without an active route nothing is established.
    """
    active = np.asarray(words(offers, "offer_status") == "active", dtype=np.bool_)
    model = places(words(offers, "model_id"), ids)
    use = active & ~repeated_entries(offers, active) & (model >= 0)
    model, failed, unknown = model[use], routes.failed[use], routes.open[use]
    fewest_open = np.full(len(ids), NEVER)
    fewest_failed = np.full(len(ids), NEVER)
    sound = failed == 0
    np.minimum.at(fewest_open, model[sound], _rank(unknown[sound]))
    np.minimum.at(fewest_failed, model, _rank(failed))
    asked = np.uint8(sum(_stated(scenario)))
    is_sold = fewest_failed != NEVER
    left = np.where(is_sold, _set_of(fewest_open), asked)
    fails = is_sold & (fewest_open == NEVER)
    state = np.where(fails, FAILS, np.where(left > 0, NOT_ESTABLISHED, PASSES)).astype(np.int8)
    return ModelGates(
        state=state,
        failed=np.where(fails, _set_of(fewest_failed), 0).astype(np.uint8),
        open=np.where(fails, 0, left).astype(np.uint8),
    )


def _stated(scenario: Scenario) -> list[int]:
    """Bits of the gates that ask for a known yes."""
    stated = [*scenario.must_have, *(["context"] if scenario.context_at_least is not None else [])]
    return [int(BIT[gate]) for gate in stated]


def _rank(sets: Bits) -> npt.NDArray[np.uint16]:
    """Order of sets of gates: fewer first, then the earlier gates."""
    return np.asarray(np.bitwise_count(sets).astype(np.uint16) << 8 | sets)


def _set_of(ranks: npt.NDArray[np.uint16]) -> Bits:
    return np.asarray(ranks & 0xFF).astype(np.uint8)
