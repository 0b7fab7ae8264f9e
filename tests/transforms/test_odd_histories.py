"""Whatever sources do over the runs, each run keeps its contracts and passes every critical check of its state."""

from random import Random
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.expectations.rules import Suite
from llmpairs.expectations.suites import SUITES
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.quarantine import screen_rows
from tests.transforms.odd_histories import EVENTS, World, build_world, decide_anything
from tests.transforms.planted_runs import PlantedRuns

SEEDS = range(2)
RUNS = 4
MOST_EVENTS = 4


def complete(runs: PlantedRuns) -> dict[str, DataFrame]:
    """The state tables of the last run with its costs."""
    tables, scenarios = dict(runs.tables), load_scenarios()
    tables["offer_scenario_costs"] = cost_offers(
        tables["offers"], tables["offer_capabilities"], tables["model_capabilities"], scenarios
    )
    tables["model_scenario_costs"] = cost_models(
        tables["models"], tables["offers"], tables["offer_scenario_costs"], scenarios
    )
    return tables


def list_failures(tables: dict[str, DataFrame], parent: dict[str, DataFrame], runs: PlantedRuns) -> list[str]:
    """Rows that break a contract, and critical checks on the state that fail."""
    broken = [screen_rows(rows, TABLES[name]).quarantine for name, rows in tables.items()]
    failures = [f"{row.row_key}: {row.field} {row.problem}" for part in broken for row in part.itertuples()]
    as_of = runs.as_of - pd.Timedelta(days=1)
    frames: dict[str, Any] = {
        **tables,
        **{f"parent_{name}": rows for name, rows in parent.items()},
        "run": DataFrame({"run_id": ["r"], "as_of": [as_of], "rules_changed": [False]}),
        "scenarios": DataFrame(list_workloads(load_scenarios())),
        "sources": runs.source_health(()),
        "captures": DataFrame(
            {"capture_id": [f"c{number}" for number in range(runs.number)], "captured_at": pd.NaT, "late": False}
        ),
    }
    of_release = [suite for suite in SUITES if TABLES[suite.table].storage == "release"]
    return failures + [failure for suite in of_release for failure in check_suite(suite, frames)]


def check_suite(suite: Suite, frames: dict[str, Any]) -> list[str]:
    """Critical predicates of a suite that some row fails."""
    failed = []
    for rule in suite.rules:
        check = rule.check
        names = {name: suite.resolve(name) for name in check.reads}
        is_run = rule.severity == "critical" and check.predicate is not None and suite.frame in frames
        if not is_run or not all(name in frames for name in names.values()):
            continue
        subject = frames[suite.frame].reset_index(drop=True)
        read = {name: subject if frame == suite.frame else frames[frame] for name, frame in names.items()}
        passes = check.predicate(**read).fillna(True).astype(bool) if check.predicate else None
        if passes is not None and not passes.all():
            keys = subject.loc[~passes, list(suite.key)].head(3).to_numpy().tolist()
            failed.append(f"{suite.name}: {check.title}: {keys}")
    return failed


def run_history(seed: int, number: int = RUNS) -> list[str]:
    """What fails in a history of that many runs, each with its events."""
    random = Random(seed)  # noqa: S311 (the same history for a seed)
    world, runs = build_world(random), PlantedRuns()
    runs.add(*world.rows.values())
    parent, told, failures = complete(runs), [], list[str]()
    for _ in range(number - 1):
        events = random.choices(EVENTS, k=random.randint(1, MOST_EVENTS))
        told.append([event.__name__ for event in events])
        failures += [f"run {runs.number} after {told}: {what}" for what in advance(world, runs, parent, events)]
        parent = complete(runs)
    return failures


def advance(world: World, runs: PlantedRuns, parent: dict[str, DataFrame], events: list[Any]) -> list[str]:
    """Let the events happen, add the run, and list what fails in it."""
    for event in events:
        event(world)
    decide_anything(runs, world.random)
    runs.add(*world.rows.values(), failed=tuple(sorted(world.failed)))
    world.failed.clear()
    return list_failures(complete(runs), parent, runs)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_run_of_an_odd_history_is_publishable(seed: int) -> None:
    assert run_history(seed) == []
