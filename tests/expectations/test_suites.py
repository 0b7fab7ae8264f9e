"""Every check of every checklist passes on a good release and fails on the fault that it is there to find."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.results import Result, verdict_of
from llmpairs.expectations.rules import Rule, Suite
from llmpairs.expectations.run import validate
from llmpairs.expectations.suites import SUITES, pair_flips
from llmpairs.expectations.suites.pair_recomputed import (
    COST_STATE_RECOMPUTES,
    COSTS_RECOMPUTE,
    DETAIL_RECOMPUTES,
    LEADS_RECOMPUTE,
    MIRRORED,
    OVERALL_FOLLOWS,
    SCORED_IS_COVERED,
    VERDICTS_RECOMPUTE,
)
from llmpairs.expectations.suites.pair_tally import ASCENDING, IN_RANGE, IN_WORDS, KNOWN, NO_NULLS, ORDERED
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import TABLES
from tests.expectations.faults import FAULTS
from tests.expectations.good_catalogue import ALPHA, BETA, DELTA, GAMMA
from tests.expectations.good_release import pair_rows, rows_with, stage_changes, stage_pairs
from tests.expectations.spoil import Frames, Spoil

BY_NAME = {suite.name: suite for suite in SUITES}


def ask(suite: Suite, check: str, frames: Frames) -> Result:
    """The result of one check alone."""
    [rule] = [rule for rule in suite.rules if rule.check.says == check]
    [result] = validate(replace(suite, rules=(rule,)), frames)
    return result


def check_id_of(suite: Suite, check: str) -> str:
    """The line of the list that the check covers, such as "Q34 ", to choose its faults by; else nothing."""
    [found] = [rule.check_id for rule in suite.rules if rule.check.says == check]
    return f"{found} " if found else ""


def of_contract(suite: Suite) -> list[Rule]:
    """Rules of a suite that its table's contract gives."""
    table = TABLES.get(suite.frame)
    derived = {rule.check.says for rule in from_contract(table)} if table is not None else set()
    return [rule for rule in suite.rules if rule.check.says in derived and rule.check.expect is not None]


def break_every_promise(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Four copies of the first row: one of nulls, one of strange words and numbers, and two alike."""
    spoiled = pd.concat([frame.iloc[[0]]] * 4, ignore_index=True).astype("object")
    for column in table.columns:
        place = spoiled.columns.get_loc(column.name)
        spoiled.iat[0, place] = None
        if column.values is not None:
            spoiled.iat[1, place] = "nonsense"
        elif column.minimum is not None:
            spoiled.iat[1, place] = column.minimum - 1
    return spoiled


def test_a_good_release_passes_every_check(good: Frames) -> None:
    results = [result for suite in SUITES for result in validate(suite, good)]
    assert [result for result in results if result.outcome != "passed"] == []
    assert len(results) == sum(len(suite.rules) for suite in SUITES)
    assert verdict_of(results)["verdict"] == "pass"


@pytest.mark.parametrize(
    "suite", [suite for suite in SUITES if of_contract(suite)], ids=lambda suite: suite.name
)
def test_every_broken_promise_of_a_contract_is_found(suite: Suite, good: Frames) -> None:
    rules = tuple(of_contract(suite))
    frames = good | {suite.frame: break_every_promise(good[suite.frame], TABLES[suite.frame])}
    results = validate(replace(suite, rules=rules), frames)
    assert len(results) == len(rules) > len(TABLES[suite.frame].key)
    assert [result.check for result in results if not (result.blocks and result.failing_keys)] == []


def own_cases() -> Iterator[Any]:
    for name, faults in FAULTS.items():
        for check, spoil in faults.items():
            suite = BY_NAME[name]
            yield pytest.param(suite, check, spoil, id=f"{check_id_of(suite, check)}{name}: {check}")


@pytest.mark.parametrize(("suite", "check", "spoil"), [*own_cases()])
def test_a_planted_fault_is_found(suite: Suite, check: str, spoil: Spoil, good: Frames) -> None:
    before = ask(suite, check, good)
    frames = dict(good)
    spoil(frames)
    result = ask(suite, check, frames)
    assert result.rows_failed > before.rows_failed
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
    COSTS_RECOMPUTE: {"cost_ratio_long_context": None},
    COST_STATE_RECOMPUTES: {"cost_state_seed_chat": "both_unknown"},
    VERDICTS_RECOMPUTE: {"verdict_long_context": "a"},
    LEADS_RECOMPUTE: {"lead_seed_chat": "even"},
    DETAIL_RECOMPUTES: {"margin_seed_chat": 0.1},
    OVERALL_FOLLOWS: {"overall_verdict": "a"},
    SCORED_IS_COVERED: {"coverage_seed_chat": 0.59},
    MIRRORED: {"a_only_capabilities": 1},
    "release_gap_days recomputes": {"release_gap_days": 1},
    "same_license recomputes": {"same_license": False},
    "completeness_min recomputes": {"completeness_min": 0.25},
    "sets of capabilities recompute": {"not_established_capabilities": 0},
    "a pair that is not listed says why": {"indexable": False},
    "benchmark counts recompute": {"a_benchmark_wins": 2},
}


@pytest.mark.parametrize(
    "check", PAIR_FAULTS, ids=lambda check: f"{check_id_of(BY_NAME['pairs'], check)}{check}"
)
def test_a_wrong_pair_is_found_and_named(check: str, good: Frames, tmp_path: Path) -> None:
    frames = good | {"pairs": stage_pairs(rows_with(good, PAIR_FAULTS[check]), tmp_path)}
    result = ask(BY_NAME["pairs"], check, frames)
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 6)
    assert all(ALPHA in key for key in result.failing_keys)
    assert result.blocks


def test_a_word_that_no_contract_knows_is_found_in_pairs(good: Frames, tmp_path: Path) -> None:
    table = pair_rows(good)
    words = pa.array(["cousin", *["none"] * 5]).dictionary_encode()
    place = table.schema.get_field_index("relation")
    frames = good | {"pairs": stage_pairs(table.set_column(place, "relation", words), tmp_path)}
    assert ask(BY_NAME["pairs"], IN_WORDS, frames).failing_keys == (f"{ALPHA} | {BETA}: relation",)


@pytest.mark.parametrize(
    ("rows", "says"), [([0, 1, 2, 3, 4], -1), ([0, 1, 2, 3, 4, 5, 5], 1)], ids=["lost", "doubled"]
)
def test_the_number_of_pairs_is_exact(rows: list[int], says: int, good: Frames, tmp_path: Path) -> None:
    frames = good | {"pairs": stage_pairs(pair_rows(good).take(rows), tmp_path)}
    result = ask(BY_NAME["pairs"], "n models give n(n-1)/2 pairs", frames)
    assert result.outcome == "failed"
    assert f"surplus {says}" in str(result.observed)


def test_parts_out_of_order_are_found(good: Frames, tmp_path: Path) -> None:
    frames = good | {"pairs": stage_pairs(pair_rows(good).take([2, 3, 4, 5, 0, 1]), tmp_path)}
    result = ask(BY_NAME["pairs"], ASCENDING, frames)
    assert result.failing_keys == (f"{ALPHA} | {BETA}",)
    assert DELTA < GAMMA


CHANGE_FAULTS: dict[str, dict[str, Any]] = {
    "A sorts before B": {"model_b_id": ALPHA},
    "both models are in the release": {"model_b_id": "nobody/nothing"},
    "a change says what differs": {"blocks": 0},
    "a change has a cause": {"causes": 0},
}


@pytest.mark.parametrize("check", CHANGE_FAULTS)
def test_a_wrong_change_of_a_pair_is_found_and_named(check: str, good: Frames, tmp_path: Path) -> None:
    frames = good | {"pair_changes": stage_changes(tmp_path, **CHANGE_FAULTS[check])}
    result = ask(BY_NAME["pair_changes"], check, frames)
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 1)
    assert result.blocks
    assert ALPHA in result.failing_keys[0]


def test_every_rule_has_a_planted_fault() -> None:
    for suite in SUITES:
        if suite.name == "verdicts overnight":
            found = {pair_flips.FEW_TURN, pair_flips.ALL_EXPLAINED}
        elif suite.name == "pairs":
            found = {*PAIR_FAULTS, IN_WORDS, "n models give n(n-1)/2 pairs"}
        elif suite.name == "pair_changes":
            found = {*CHANGE_FAULTS}
        else:
            found = {*FAULTS[suite.name]} | {rule.check.says for rule in of_contract(suite)}
        assert {rule.check.says for rule in suite.rules} <= found, suite.name
