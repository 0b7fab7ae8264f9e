"""Verdicts that changed since the parent release, with and without a changed fact."""

from pathlib import Path

import pytest

from llmpairs.expectations.results import CheckResult
from llmpairs.expectations.run import validate
from llmpairs.expectations.suites.outcome_changes import ALL_EXPLAINED, FEW_CHANGE, VERDICT_CHANGES_SUITE
from tests.expectations.good_catalogue import ALPHA, BETA
from tests.expectations.good_release import pair_rows, rows_with, stage_pairs
from tests.expectations.mutations import Frames, Mutation, set_value

CHANGED_PAIR = f"{ALPHA} | {BETA}: outcome_long_context"


def with_old_verdict(good: Frames, folder: Path) -> Frames:
    """Frames whose parent release has another outcome in long_context for alpha and beta."""
    rows = rows_with(good, {"outcome_long_context": "lean_b"})
    return good | {"parent_pairs": stage_pairs(rows, folder)}


def run_suite(frames: Frames) -> dict[str, CheckResult]:
    """Results of the suite by check."""
    return {result.check: result for result in validate(VERDICT_CHANGES_SUITE, frames)}


def run_outcomes(frames: Frames) -> tuple[str, str]:
    """Outcome of both checks: share of changed verdicts, and their causes."""
    results = run_suite(frames)
    return results[FEW_CHANGE].outcome, results[ALL_EXPLAINED].outcome


def test_a_changed_verdict_without_a_changed_fact_is_found(good: Frames, tmp_path: Path) -> None:
    result = run_suite(with_old_verdict(good, tmp_path))[ALL_EXPLAINED]
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 1)
    assert result.failing_keys == (CHANGED_PAIR,)
    assert not result.blocks


@pytest.mark.parametrize(
    "mutate",
    [
        set_value("parent_model_scenario_costs", "best_usd", 99.0, model_id=BETA, scenario_id="long_context"),
        set_value("parent_model_quality", "index", 99.0, model_id=BETA),
        set_value("parent_offers", "context_tokens", None, model_id=ALPHA),
        set_value("run", "rules_changed", True),
    ],
    ids=["cost", "quality", "gate", "rules"],
)
def test_a_changed_fact_or_rule_explains_a_changed_verdict(mutate: Mutation, good: Frames, tmp_path: Path) -> None:
    frames = with_old_verdict(good, tmp_path)
    mutate(frames)
    # One of six pairs is more than 1% all the same.
    assert run_outcomes(frames) == ("failed", "passed")


def test_a_fact_of_another_workload_explains_nothing(good: Frames, tmp_path: Path) -> None:
    frames = with_old_verdict(good, tmp_path)
    set_value("parent_model_scenario_costs", "best_usd", 99.0, model_id=BETA, scenario_id="seed_chat")(frames)
    assert run_outcomes(frames) == ("failed", "failed")


def test_pairs_that_one_release_does_not_have_are_not_compared(good: Frames, tmp_path: Path) -> None:
    frames = with_old_verdict(good, tmp_path)
    set_value("parent_models", "is_live", False, model_id=BETA)(frames)
    without = rows_with(frames, {"outcome_long_context": "lean_b"}).take([1, 2, 5])
    frames["parent_pairs"] = stage_pairs(without, tmp_path / "three")
    assert run_outcomes(frames) == ("passed", "passed")


def test_a_parent_without_verdicts_is_not_compared(good: Frames, tmp_path: Path) -> None:
    older = pair_rows(good).select(["model_a_id", "model_b_id", "relation"])
    frames = good | {"parent_pairs": stage_pairs(older, tmp_path)}
    assert run_outcomes(frames) == ("passed", "passed")
