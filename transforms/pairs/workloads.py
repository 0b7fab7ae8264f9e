"""Inputs of a workload's outcomes, model by model: requirements and costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.columns import Table, numbers, positions, texts
from llmpairs.transforms.pairs.requirements import ModelRequirements, check_model_requirements, check_offer_requirements
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WorkloadInputs:
    """Inputs of the outcomes of one workload, one entry a model; unknown is NaN."""

    scenario: Scenario
    requirements: ModelRequirements
    cost: Floats
    """USD per month on the cheapest eligible offer of any kind."""
    best_cost: Floats
    """USD per month on the price basis `best`: named operators, no outliers."""


def build_workload_inputs(
    ids: Sequence[str], tables: Mapping[str, Table], scenarios: Scenarios
) -> tuple[WorkloadInputs, ...]:
    """Build the inputs of the models `ids`, one for each workload in the workloads' order.

    `tables` are those of `build_model_arrays`.
    """
    offers, costs = tables["offers"], tables["model_scenario_costs"]
    built = []
    for scenario in scenarios:
        results = check_offer_requirements(offers, tables["offer_capabilities"], tables["model_capabilities"], scenario)
        cost, best = (_read_costs(costs, name, scenario.scenario_id, ids) for name in ("cheapest_usd", "best_usd"))
        built.append(
            WorkloadInputs(
                scenario=scenario,
                requirements=check_model_requirements(offers, results, ids, scenario),
                cost=cost,
                best_cost=best,
            )
        )
    return tuple(built)


def _read_costs(costs: Table, name: str, scenario_id: str, ids: Sequence[str]) -> Floats:
    """A column of monthly costs of each model in a workload, NaN for none and for 0, of which no ratio can be taken."""
    own = texts(costs, "scenario_id") == scenario_id
    position = positions(texts(costs, "model_id")[own], ids)
    cost = np.full(len(ids), np.nan)
    cost[position[position >= 0]] = numbers(costs, name)[own][position >= 0]
    return np.where(cost > 0, cost, np.nan)
