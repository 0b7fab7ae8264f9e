"""Every check of every checklist passes on a good release, in the gate process, and fails on its planted fault."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.results import CheckResult, build_verdict, result_rows
from llmpairs.expectations.rules import Rule, Suite
from llmpairs.expectations.run import validate
from llmpairs.expectations.suites import SUITES, outcome_changes
from llmpairs.expectations.suites.pair_changes import ASCENDING as ASCENDING_CHANGES
from llmpairs.expectations.suites.pair_mismatches import (
    COST_STATE_RECOMPUTES,
    COSTS_RECOMPUTE,
    LEADS_RECOMPUTE,
    MIRRORED,
    OVERALL_FOLLOWS,
    VERDICTS_RECOMPUTE,
)
from llmpairs.expectations.suites.pairs import ASCENDING, IN_LIST, IN_RANGE, KNOWN, NO_NULLS, ORDERED
from llmpairs.expectations.suites.recomputed_sample import BASIS, DIGEST, INDEXED, REASONS, RELATION, SHARED, SWITCHING
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.contracts.log import QUALITY_RESULTS
from llmpairs.warehouse.convert import to_arrow
from tests.expectations.faults import FAULTS
from tests.expectations.good_catalogue import ALPHA, AS_OF, BETA, DELTA, GAMMA
from tests.expectations.good_release import pair_rows, rows_with, stage_changes, stage_pairs
from tests.expectations.mutations import Frames, Mutation
from tests.expectations.staged_release import GateRun

GoodResults = dict[tuple[str, str], CheckResult]
BY_NAME = {suite.name: suite for suite in SUITES}


def run_check(suite: Suite, check: str, frames: Frames) -> CheckResult:
    """The result of one check alone."""
    [rule] = [rule for rule in suite.rules if rule.check.title == check]
    [result] = validate(replace(suite, rules=(rule,)), frames)
    return result


def check_id_of(suite: Suite, check: str) -> str:
    """The id of the check, such as "Q34 ", to select its faults with -k; empty without one."""
    [found] = [rule.check_id for rule in suite.rules if rule.check.title == check]
    return f"{found} " if found else ""


def of_contract(suite: Suite) -> list[Rule]:
    """Rules of a suite that are derived from its table's contract."""
    table = TABLES.get(suite.frame)
    derived = {rule.check.title for rule in from_contract(table)} if table is not None else set()
    return [rule for rule in suite.rules if rule.check.title in derived and rule.check.expectation is not None]


def break_contract(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Four copies of the first row: one of nulls, one of invalid values, and two unchanged."""
    broken = pd.concat([frame.iloc[[0]]] * 4, ignore_index=True).astype("object")
    for column in table.columns:
        at = broken.columns.get_loc(column.name)
        broken.iat[0, at] = None
        if column.values is not None:
            broken.iat[1, at] = "nonsense"
        elif column.minimum is not None:
            broken.iat[1, at] = column.minimum - 1
    return broken


def test_a_good_release_passes_every_check(good_results: GoodResults) -> None:
    results = [*good_results.values()]
    assert [result for result in results if result.outcome != "passed"] == []
    assert len(results) == sum(len(suite.rules) for suite in SUITES)
    assert build_verdict(results)["verdict"] == "pass"


@pytest.mark.parametrize("suite", [suite for suite in SUITES if of_contract(suite)], ids=lambda suite: suite.name)
def test_every_violation_of_a_contract_is_found(suite: Suite, good: Frames) -> None:
    rules = tuple(of_contract(suite))
    frames = good | {suite.frame: break_contract(good[suite.frame], TABLES[suite.frame])}
    results = validate(replace(suite, rules=rules), frames)
    assert len(results) == len(rules) > len(TABLES[suite.frame].key)
    assert [result.check for result in results if not (result.blocks and result.failing_keys)] == []


def list_faults() -> Iterator[Any]:
    for name, faults in FAULTS.items():
        for check, mutate in faults.items():
            suite = BY_NAME[name]
            yield pytest.param(suite, check, mutate, id=f"{check_id_of(suite, check)}{name}: {check}")


@pytest.mark.parametrize(("suite", "check", "mutate"), [*list_faults()])
def test_a_planted_fault_is_found(
    suite: Suite, check: str, mutate: Mutation, good: Frames, good_results: GoodResults
) -> None:
    frames = dict(good)
    mutate(frames)
    result = run_check(suite, check, frames)
    assert result.rows_failed > good_results[suite.name, check].rows_failed
    assert result.outcome == ("passed" if result.severity == "info" else "failed")
    assert result.failing_keys or result.rows_checked == 0
    assert result.blocks == (result.severity == "critical")


PAIR_FAULTS: dict[str, dict[str, Any]] = {
    KNOWN: {"model_b_id": "zeta/embed"},
    ORDERED: {"model_b_id": ALPHA},
    ASCENDING: {"model_b_id": GAMMA},
    NO_NULLS: {"shared_operator_count": None},
    IN_RANGE: {"completeness_min": 1.5},
    "context_ratio recomputes": {"context_ratio": 2.0},
    "outcomes recompute": {"outcome_seed_chat": "lean_a"},
    "cheaper and stronger side recompute, with the differences behind them": {"stronger": "a"},
    COSTS_RECOMPUTE: {"cost_ratio_long_context": None},
    COST_STATE_RECOMPUTES: {"cost_state_seed_chat": "both_unknown"},
    VERDICTS_RECOMPUTE: {"verdict_long_context": "tie"},
    LEADS_RECOMPUTE: {"lead_seed_chat": "even"},
    OVERALL_FOLLOWS: {"overall_verdict": "b"},
    MIRRORED: {"a_only_capabilities": 1},
    "release_gap_days recomputes": {"release_gap_days": 1},
    "same_license recomputes": {"same_license": False},
    "completeness_min recomputes": {"completeness_min": 0.25},
    "capability sets recompute": {"not_established_capabilities": 0},
    "noindex_reason is set exactly where indexable is false": {"indexable": False},
    "benchmark counts recompute": {"a_benchmark_wins": 2},
    "list_price_ratio recomputes": {"list_price_ratio": 2.0},
    "cost_ratio_list recomputes": {"cost_ratio_list": 2.0},
    "oldest_fact_at recomputes": {"oldest_fact_at": AS_OF},
    "open_issue_count recomputes": {"open_issue_count": 2},
    "columns that are no longer computed are null": {"margin_seed_chat": 0.5},
    RELATION: {"relation": "none"},
    SHARED: {"shared_provider_count": 3},
    SWITCHING: {"friction_kinds_b_to_a": 1},
    REASONS: {"outcome_reason_seed_chat": "cheaper_and_stronger"},
    BASIS: {"quality_basis": "one_estimated"},
    INDEXED: {"noindex_reason": "no_price"},
    DIGEST: {"content_hash": 1},
}


@pytest.mark.parametrize("check", PAIR_FAULTS, ids=lambda check: f"{check_id_of(BY_NAME['pairs'], check)}{check}")
def test_a_wrong_pair_is_found_and_named(check: str, good: Frames, tmp_path: Path) -> None:
    frames = good | {"pairs": stage_pairs(rows_with(good, PAIR_FAULTS[check]), tmp_path)}
    result = run_check(BY_NAME["pairs"], check, frames)
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 6)
    assert all(ALPHA in key for key in result.failing_keys)
    assert result.blocks


def test_an_unlisted_enum_value_is_found_in_pairs(good: Frames, tmp_path: Path) -> None:
    table = pair_rows(good)
    values = pa.array(["cousin", *["none"] * 5]).dictionary_encode()
    at = table.schema.get_field_index("relation")
    frames = good | {"pairs": stage_pairs(table.set_column(at, "relation", values), tmp_path)}
    assert run_check(BY_NAME["pairs"], IN_LIST, frames).failing_keys == (f"{ALPHA} | {BETA}: relation",)


@pytest.mark.parametrize(
    ("rows", "surplus"), [([0, 1, 2, 3, 4], -1), ([0, 1, 2, 3, 4, 5, 5], 1)], ids=["lost", "doubled"]
)
def test_the_number_of_pairs_is_exact(rows: list[int], surplus: int, good: Frames, tmp_path: Path) -> None:
    frames = good | {"pairs": stage_pairs(pair_rows(good).take(rows), tmp_path)}
    result = run_check(BY_NAME["pairs"], "n models give n(n-1)/2 pairs", frames)
    assert result.outcome == "failed"
    assert f"surplus {surplus}" in str(result.observed)


def test_parts_out_of_order_are_found(good: Frames, tmp_path: Path) -> None:
    frames = good | {"pairs": stage_pairs(pair_rows(good).take([2, 3, 4, 5, 0, 1]), tmp_path)}
    result = run_check(BY_NAME["pairs"], ASCENDING, frames)
    assert result.failing_keys == (f"{ALPHA} | {BETA}",)
    assert DELTA < GAMMA


KNOWN_OR_FORMER = "both models are in the release, or redirect to one"
CHANGE_FAULTS: dict[str, dict[str, Any]] = {
    "A sorts before B": {"model_b_id": ALPHA},
    KNOWN_OR_FORMER: {"model_b_id": "unknown/unknown"},
    "a change names what differs": {"blocks": 0},
    "a change has a cause": {"causes": 0},
}


@pytest.mark.parametrize("check", CHANGE_FAULTS)
def test_a_wrong_change_of_a_pair_is_found_and_named(check: str, good: Frames, tmp_path: Path) -> None:
    frames = good | {"pair_changes": stage_changes(tmp_path, **CHANGE_FAULTS[check])}
    result = run_check(BY_NAME["pair_changes"], check, frames)
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 1)
    assert result.blocks
    assert ALPHA in result.failing_keys[0]


def test_a_change_that_is_listed_twice_is_found(good: Frames) -> None:
    twice = replace(good["pair_changes"], names=good["pair_changes"].names * 2)
    result = run_check(BY_NAME["pair_changes"], ASCENDING_CHANGES, good | {"pair_changes": twice})
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 2)
    assert result.failing_keys == (f"{ALPHA} | {BETA}",)


def test_a_changed_pair_may_name_the_former_id_of_a_renamed_model(good: Frames, tmp_path: Path) -> None:
    former = good["model_redirects"]["old_model_id"].iloc[0]
    frames = good | {"pair_changes": stage_changes(tmp_path, model_a_id=former, kind="removed")}
    assert run_check(BY_NAME["pair_changes"], KNOWN_OR_FORMER, frames).outcome == "passed"


def test_every_rule_has_a_planted_fault() -> None:
    for suite in SUITES:
        if suite.name == "verdict changes":
            found = {outcome_changes.FEW_CHANGE, outcome_changes.ALL_EXPLAINED}
        elif suite.name == "pairs":
            found = {*PAIR_FAULTS, IN_LIST, "n models give n(n-1)/2 pairs"}
        elif suite.name == "pair_changes":
            found = {*CHANGE_FAULTS, ASCENDING_CHANGES}
        else:
            found = {*FAULTS[suite.name]} | {rule.check.title for rule in of_contract(suite)}
        assert {rule.check.title for rule in suite.rules} <= found, suite.name


def test_the_process_answers_jobs_in_turn_and_prints_nothing_else(gate_run: GateRun) -> None:
    ready, *verdicts = gate_run.lines
    assert ready == "ready"
    assert [json.loads(line)["verdict"] for line in verdicts] == ["pass", "pass"]
    assert gate_run.stderr == ""
    rows = gate_run.rows[0]
    assert len(rows) == json.loads(verdicts[0])["checks"]
    assert to_arrow(pd.DataFrame(rows), QUALITY_RESULTS).num_rows == len(rows)


def test_results_have_the_id_of_their_check(good_results: GoodResults) -> None:
    results = [result for (suite, _), result in good_results.items() if suite in ("models", "model_redirects")]
    rows = result_rows(results, "20260608T235900Z")
    by_check = {row["check"]: row["check_id"] for row in rows}
    assert by_check["released between 2018 and tomorrow"] == "Q30"
    assert by_check["a former id is no longer a model"] is None
    assert set(rows[0]) == set(TABLES["quality_results"].column_names)
