"""Inputs of a workload's verdicts, model by model: requirements, cost, and utilities of known facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.columns import Table, numbers, positions, texts
from llmpairs.transforms.pairs.quality import QualityDifferences, compare_quality, standardise_rows
from llmpairs.transforms.pairs.requirements import ModelRequirements, check_model_requirements, check_offer_requirements
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios
from llmpairs.warehouse.vocabulary import DIMENSIONS

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]
OWN_DIMENSIONS = ("context", "operators", "openness")
"""Dimensions whose utility depends on one model alone; cost and quality need both sides."""
DIMENSION_BIT = {name: np.uint8(1 << bit) for bit, name in enumerate(DIMENSIONS)}
OPENNESS = {"open": 1.0, "restricted": 0.5, "proprietary": 0.0}
MAX_LOG_OPERATORS = 6.0
"""log2 of 64: 63 operators and more have utility 1."""
LOG_DECIMALS = 12
"""Logarithms differ in their last bit between processors; published values must not."""


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Facts of models that verdicts weigh, one entry a model; unknown is NaN."""

    cost: Floats
    """USD per month on the cheapest eligible offer of any kind."""
    best_cost: Floats
    """USD per month on the price basis `best`: named operators, no outliers."""
    context: Floats
    """Tokens."""
    operators: Floats
    """Known operators of active offers; unknown where none is known."""
    openness: Floats
    """Utility of the licence class."""


@dataclass(frozen=True, kw_only=True)
class WorkloadInputs:
    """Inputs of the verdicts of one workload, one entry a model; unknown is NaN.

    A utility is 0 to 1; that of an unknown fact spans the whole range.
    """

    scenario: Scenario
    requirements: ModelRequirements
    cost: Floats
    """USD per month on the cheapest eligible offer of any kind."""
    log_cost: Floats
    """Its logarithm to base 2."""
    best_cost: Floats
    """USD per month on the price basis `best`."""
    context: Floats
    """Tokens, at most twice the need."""
    operators: Floats
    """Known operators of active offers; unknown where none is known."""
    least: Floats
    """Least utility in each dimension of OWN_DIMENSIONS: shape (3, models)."""
    greatest: Floats
    least_sum: Floats
    """Sum of the least utilities by the workload's weights."""
    greatest_sum: Floats
    known: Bits
    """Known facts as a set of DIMENSIONS; never `quality`, which depends on the pair."""
    quality: QualityDifferences


def build_workload_inputs(
    ids: Sequence[str],
    models: Table,
    tables: Mapping[str, Table],
    operators: npt.NDArray[np.int64],
    scenarios: Scenarios,
) -> tuple[WorkloadInputs, ...]:
    """Build the verdict inputs of the models `ids`, one for each workload in the workloads' order.

    `models` has their rows of MODELS in that order, `operators` their numbers of known operators; `tables` are those of
    `build_model_arrays`.
    """
    offers, costs = tables["offers"], tables["model_scenario_costs"]
    rows = standardise_rows(tables["benchmark_scores"], ids)
    openness = np.array([OPENNESS.get(name, np.nan) for name in texts(models, "license_class")])
    built = []
    for scenario in scenarios:
        results = check_offer_requirements(offers, tables["offer_capabilities"], tables["model_capabilities"], scenario)
        cost, best = (_read_costs(costs, name, scenario.scenario_id, ids) for name in ("cheapest_usd", "best_usd"))
        facts = ModelFacts(
            cost=np.where(cost > 0, cost, np.nan),
            best_cost=np.where(best > 0, best, np.nan),
            context=numbers(models, "context_tokens"),
            operators=np.where(operators > 0, operators, np.nan),
            openness=openness,
        )
        requirements = check_model_requirements(offers, results, ids, scenario)
        built.append(compute_utilities(scenario, requirements, facts, compare_quality(rows, scenario)))
    return tuple(built)


def _read_costs(costs: Table, name: str, scenario_id: str, ids: Sequence[str]) -> Floats:
    """A column of monthly costs of each model in a workload, NaN for none."""
    own = texts(costs, "scenario_id") == scenario_id
    position = positions(texts(costs, "model_id")[own], ids)
    cost = np.full(len(ids), np.nan)
    cost[position[position >= 0]] = numbers(costs, name)[own][position >= 0]
    return cost


def compute_utilities(
    scenario: Scenario, requirements: ModelRequirements, facts: ModelFacts, quality: QualityDifferences
) -> WorkloadInputs:
    """Convert the facts of each model to utilities in one workload."""
    context = np.minimum(facts.context, 2.0 * scenario.context_need)
    log_operators = np.round(np.log2(1.0 + facts.operators), LOG_DECIMALS)
    utility = np.array(
        [context / (2.0 * scenario.context_need), np.minimum(log_operators / MAX_LOG_OPERATORS, 1.0), facts.openness]
    )
    unknown = np.isnan(utility)
    least, greatest = np.where(unknown, 0.0, utility), np.where(unknown, 1.0, utility)
    weights = np.array([getattr(scenario.weights, name) for name in OWN_DIMENSIONS])
    known = ~np.isnan(facts.cost) * DIMENSION_BIT["cost"]
    for name, is_unknown in zip(OWN_DIMENSIONS, unknown, strict=True):
        known = known | ~is_unknown * DIMENSION_BIT[name]
    return WorkloadInputs(
        scenario=scenario,
        requirements=requirements,
        cost=facts.cost,
        best_cost=facts.best_cost,
        log_cost=np.asarray(np.round(np.log2(facts.cost), LOG_DECIMALS), dtype=np.float64),
        context=context,
        operators=facts.operators,
        least=least,
        greatest=greatest,
        least_sum=_weigh(weights, least),
        greatest_sum=_weigh(weights, greatest),
        known=known,
        quality=quality,
    )


def _weigh(weights: Floats, utility: Floats) -> Floats:
    """Weighted sum over the dimensions, term by term: a matrix product may add up in another order elsewhere."""
    total = np.zeros(utility.shape[1])
    for weight, row in zip(weights, utility, strict=True):
        total += weight * row
    return total
