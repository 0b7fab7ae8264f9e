"""What each model brings to a workload, whatever it is compared with: gates, cost and the worth of its facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.columns import Table, numbers, places, words
from llmpairs.transforms.pairs.gates import ModelGates, model_gates, route_gates
from llmpairs.transforms.pairs.quality import Quality, compare_quality, score_rows
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios
from llmpairs.warehouse.vocabulary import DIMENSIONS

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]
OF_ONE_SIDE = ("context", "operators", "openness")
"""Dimensions whose utility a model has by itself; cost and quality take both sides."""
BIT = {name: np.uint8(1 << place) for place, name in enumerate(DIMENSIONS)}
OPENNESS = {"open": 1.0, "restricted": 0.5, "closed": 0.0}
MOST_OPERATORS = 6.0
"""63 operators and more are worth 1: 6 is log2 of 64."""
LOG_DECIMALS = 12
"""Logarithms differ in their last bit from one processor to another; what is published must not."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Models of one workload, one entry a model; unknown is NaN.

    The worth of a fact is its utility, 0 to 1; that of an unknown one lies anywhere between.
    """

    scenario: Scenario
    gates: ModelGates
    cost: Floats
    """USD per month on the cheapest eligible route of any kind."""
    log_cost: Floats
    """Its logarithm to base 2."""
    context: Floats
    """Tokens, at most twice the need."""
    operators: Floats
    """Known operators of active routes; unknown where none is known."""
    least: Floats
    """Least utility in each dimension of OF_ONE_SIDE: shape (3, models)."""
    greatest: Floats
    least_sum: Floats
    """Sum of the least utilities by the workload's weights."""
    greatest_sum: Floats
    known: Bits
    """Established facts as a set of DIMENSIONS; `quality` belongs to pairs and is never in it."""
    quality: Quality


def build_standings(
    ids: Sequence[str],
    models: Table,
    tables: Mapping[str, Table],
    operators: npt.NDArray[np.int64],
    scenarios: Scenarios,
) -> tuple[Standing, ...]:
    """The standing of the models `ids` in every workload, in the workloads' order.

    `models` has their rows of MODELS in that order and `operators` how many known operators each has; `tables` are
    those of `build_sides`.
    """
    offers, costs = tables["offers"], tables["model_scenario_costs"]
    rows = score_rows(tables["benchmark_scores"], ids)
    openness = np.array([OPENNESS.get(word, np.nan) for word in words(models, "license_class")])
    standings = []
    for scenario in scenarios:
        gates = route_gates(offers, tables["offer_capabilities"], tables["model_capabilities"], scenario)
        cost = _cheapest(costs, scenario.scenario_id, ids)
        standings.append(
            stand(
                scenario,
                model_gates(offers, gates, ids, scenario),
                cost=np.where(cost > 0, cost, np.nan),
                context=numbers(models, "context_tokens"),
                operators=np.where(operators > 0, operators, np.nan),
                openness=openness,
                quality=compare_quality(rows, scenario),
            )
        )
    return tuple(standings)


def _cheapest(costs: Table, scenario_id: str, ids: Sequence[str]) -> Floats:
    """Cheapest monthly cost of each model in a workload, NaN for none."""
    own = words(costs, "scenario_id") == scenario_id
    place = places(words(costs, "model_id")[own], ids)
    cost = np.full(len(ids), np.nan)
    cost[place[place >= 0]] = numbers(costs, "cheapest_usd")[own][place >= 0]
    return cost


def stand(
    scenario: Scenario,
    gates: ModelGates,
    *,
    cost: Floats,
    context: Floats,
    operators: Floats,
    openness: Floats,
    quality: Quality,
) -> Standing:
    """Facts of each model to their worth: USD per month, tokens, known operators, utility of the licence."""
    capped = np.minimum(context, 2.0 * scenario.context_need)
    utility = np.array(
        [
            capped / (2.0 * scenario.context_need),
            np.minimum(np.round(np.log2(1.0 + operators), LOG_DECIMALS) / MOST_OPERATORS, 1.0),
            openness,
        ]
    )
    unknown = np.isnan(utility)
    least, greatest = np.where(unknown, 0.0, utility), np.where(unknown, 1.0, utility)
    weights = np.array([getattr(scenario.weights, name) for name in OF_ONE_SIDE])
    known = ~np.isnan(cost) * BIT["cost"]
    for name, blank in zip(OF_ONE_SIDE, unknown, strict=True):
        known = known | ~blank * BIT[name]
    return Standing(
        scenario=scenario,
        gates=gates,
        cost=cost,
        log_cost=np.asarray(np.round(np.log2(cost), LOG_DECIMALS), dtype=np.float64),
        context=capped,
        operators=operators,
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
