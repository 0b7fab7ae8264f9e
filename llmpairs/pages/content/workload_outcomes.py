"""Outcome of a pair in every workload, with the requirements of both sides."""

from collections.abc import Sequence

import numpy as np

from llmpairs.pages.content.blocks import describe_workload
from llmpairs.pages.content.evidence import unique
from llmpairs.pages.content.pair_schema import SideResult, WorkloadOutcome
from llmpairs.pages.content.phrases import REASON_TEXTS
from llmpairs.pages.content.schema import Profile
from llmpairs.pages.rows import FitRow, PairRow
from llmpairs.render.document import Citation
from llmpairs.render.labels import GATE_LABELS, format_capability, join_names
from llmpairs.transforms.pairs.requirements import PASSES
from llmpairs.transforms.pairs.scenarios import Scenario
from llmpairs.transforms.pairs.workloads import WorkloadInputs
from llmpairs.warehouse.vocabulary import GATE_STATES, GATES

SIDE_NAMES = ("a", "b")


def describe_outcome(
    inputs: WorkloadInputs, positions: Sequence[int], record: PairRow, sides: Sequence[Profile]
) -> WorkloadOutcome:
    """Describe the outcome of one pair in one workload.

    `record` has the first side as A, `positions` are those of the sides in `inputs`.
    """
    name = inputs.scenario.scenario_id
    columns = dict(record)
    outcome, reason = str(columns[f"outcome_{name}"]), str(columns[f"outcome_reason_{name}"])
    results = [_describe_side(inputs, at) for at in positions]
    return {
        **describe_workload(inputs.scenario),
        "outcome": outcome,
        "winner": SIDE_NAMES.index(outcome) if outcome in SIDE_NAMES else None,
        "reason": reason,
        "sides": results,
        "evidence": cite_facts(inputs.scenario, sides),
        "text": explain(reason, results, [side["display_name"] for side in sides]),
    }


def cite_facts(scenario: Scenario, sides: Sequence[Profile]) -> list[Citation]:
    """Citations of the facts that an outcome compares: requirements, best offers and context."""
    found: list[Citation | None] = []
    for side in sides:
        found += [side["capabilities"][name]["evidence"] for name in scenario.must_have]
        found.append(side["specs"]["context_tokens"]["evidence"])
        best = side["costs"][scenario.scenario_id]["best"]
        found.append(best["evidence"] if best else None)
    return unique(found)


def find_fits(workloads: Sequence[WorkloadInputs], ids: Sequence[str]) -> list[FitRow]:
    """Workloads whose requirements each of the models `ids` is known to meet."""
    return [
        {"model_id": ids[int(at)], "scenario_id": inputs.scenario.scenario_id}
        for inputs in workloads
        for at in np.flatnonzero(inputs.requirements.state == PASSES)
    ]


def _describe_side(inputs: WorkloadInputs, at: int) -> SideResult:
    requirements = inputs.requirements
    return {
        "gate": GATE_STATES[requirements.state[at]],
        "failed_gates": _decode_bits(requirements.failed[at]),
        "open_gates": _decode_bits(requirements.unknown[at]),
    }


def _decode_bits(bits: int) -> list[str]:
    return [name for bit, name in enumerate(GATES) if int(bits) >> bit & 1]


def explain(reason: str, sides: Sequence[SideResult], names: Sequence[str]) -> str:
    """Reason of an outcome in a sentence, with the requirements that are not met or unknown."""
    parts = [REASON_TEXTS[reason]]
    for name, side in zip(names, sides, strict=True):
        if side["failed_gates"]:
            parts.append(f"{name} does not support {_name_requirements(side['failed_gates'])}")
        if side["open_gates"]:
            parts.append(f"unknown for {name}: {_name_requirements(side['open_gates'])}")
    return "; ".join(parts)


def _name_requirements(gates: Sequence[str]) -> str:
    return join_names([GATE_LABELS.get(gate) or format_capability(gate) for gate in gates])
