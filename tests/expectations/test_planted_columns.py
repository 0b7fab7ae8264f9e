"""Every column of `pairs` has a check that finds a plausible fault, and a repeated key breaks no check."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.faults.gate_columns import ANOTHER, ColumnFault, find_failed, plant_faults
from llmpairs.expectations.rules import Suite, unique_key
from llmpairs.expectations.run import _flag, _subject, applicable_rules, validate
from llmpairs.expectations.suites import SUITES, recomputed_sample
from llmpairs.expectations.suites.pairs import Expected, load_expected
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.contracts.pairs import NO_LONGER, PAIRS
from llmpairs.warehouse.vocabulary import SCENARIOS
from tests.expectations.good_costs import SCENARIO_IDS
from tests.expectations.good_release import pair_rows
from tests.expectations.mutations import Frames

KEYED = [suite for suite in SUITES if suite.summary is None and suite.frame in TABLES and suite.frame == suite.table]


@pytest.fixture(scope="module")
def expected(good: Frames) -> Expected:
    return load_expected(good["scenarios"], good["run"], good)


@pytest.fixture(scope="module")
def planted(good: Frames, expected: Expected) -> list[ColumnFault]:
    """Both faults in the first row of every column."""
    [rows] = pair_rows(good).combine_chunks().to_batches()
    assert find_failed(rows, expected) == []
    return [*plant_faults(rows, expected, np.arange(len(rows)) == 0)]


def of_published_workload(column: str) -> str:
    """The column of a workload that the good release has, for one of a workload that it lacks."""
    lacking = [name for name in SCENARIOS if name not in SCENARIO_IDS and column.endswith(f"_{name}")]
    return column.replace(lacking[0], SCENARIO_IDS[0]) if lacking else column


@pytest.mark.parametrize("column", PAIRS.column_names)
def test_a_fault_in_a_column_of_pairs_is_found(column: str, planted: list[ColumnFault]) -> None:
    faults = [fault for fault in planted if fault.column == of_published_workload(column)]
    assert ANOTHER in {fault.planted for fault in faults}
    assert [fault for fault in faults if not fault.checks] == []


def test_only_columns_without_values_have_no_null_planted(planted: list[ColumnFault]) -> None:
    with_null = {fault.column for fault in planted if fault.planted != ANOTHER}
    never_set = {column.name for column in PAIRS.columns if column.null_means == NO_LONGER}
    assert with_null.isdisjoint(never_set)
    assert len(with_null) > len(PAIRS.columns) / 2


def test_the_sample_is_that_of_the_run(good: Frames, expected: Expected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recomputed_sample, "SAMPLED_ROWS", 3)
    monkeypatch.setattr(recomputed_sample, "DIGESTED_MODELS", 2)
    run_ids = [f"202606{day:02}T235900Z" for day in (1, 1, 2, 3, 4, 5)]
    samples = [recomputed_sample.draw_sample(run_id, good, expected.models) for run_id in run_ids]
    rows = [tuple(sample.rows) for sample in samples]
    digested = [tuple(sample.is_digested) for sample in samples]
    assert (rows[0], digested[0]) == (rows[1], digested[1])
    assert len(set(rows)) > 1
    assert len(set(digested)) > 1
    assert {len(drawn) for drawn in rows} == {3}


@pytest.fixture(scope="module")
def repeated(good: Frames) -> Frames:
    """The good release with the first row of every table twice."""
    twice = {suite.frame: pd.concat([good[suite.frame], good[suite.frame].iloc[[0]]]) for suite in KEYED}
    return good | {name: rows.reset_index(drop=True) for name, rows in twice.items()}


@pytest.mark.parametrize("suite", KEYED, ids=lambda suite: suite.name)
def test_a_repeated_key_fails_its_check_and_names_the_rows(suite: Suite, repeated: Frames) -> None:
    title = unique_key(*TABLES[suite.frame].key).title
    rules = tuple(rule for rule in suite.rules if rule.check.title == title)
    [result] = validate(replace(suite, rules=rules), repeated)
    assert (result.outcome, result.rows_failed) == ("failed", 2)
    assert len(set(result.failing_keys)) == 1


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_repeated_key_breaks_no_other_check(suite: Suite, repeated: Frames) -> None:
    _, broken = _flag(suite, _subject(suite, repeated), applicable_rules(suite, repeated), repeated)
    assert broken == {}
