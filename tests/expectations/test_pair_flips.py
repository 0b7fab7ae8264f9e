"""Verdicts that turned overnight, with and without a fact that did."""

from pathlib import Path

import pytest

from llmpairs.expectations.suites.pair_flips import ALL_EXPLAINED, FEW_TURN, PAIR_FLIPS_SUITE
from tests.expectations.good_catalogue import ALPHA, BETA
from tests.expectations.good_release import pair_rows, rows_with, stage_pairs
from tests.expectations.spoil import Frames, Spoil, put
from tests.expectations.test_suites import ask

TURNED_PAIR = f"{ALPHA} | {BETA}: verdict_long_context"


def turned_overnight(good: Frames, folder: Path) -> Frames:
    """The parent release had given long_context to alpha over beta."""
    rows = rows_with(good, {"verdict_long_context": "a"})
    return good | {"parent_pairs": stage_pairs(rows, folder)}


def ask_overnight(frames: Frames) -> tuple[str, str]:
    """Outcome of both checks: share of turns, and their causes."""
    suite = PAIR_FLIPS_SUITE
    return ask(suite, FEW_TURN, frames).outcome, ask(suite, ALL_EXPLAINED, frames).outcome


def test_a_verdict_that_turned_without_a_changed_fact_is_found(good: Frames, tmp_path: Path) -> None:
    result = ask(PAIR_FLIPS_SUITE, ALL_EXPLAINED, turned_overnight(good, tmp_path))
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 1)
    assert result.failing_keys == (TURNED_PAIR,)
    assert not result.blocks


@pytest.mark.parametrize(
    "spoil",
    [
        put("parent_model_scenario_costs", "cheapest_usd", 99.0, model_id=BETA, scenario_id="long_context"),
        put("parent_models", "context_tokens", 64_000, model_id=ALPHA),
        put("parent_models", "license_class", None, model_id=BETA),
        put("parent_offers", "context_tokens", None, model_id=ALPHA),
        put("parent_offers", "operator_id", "fasthost", offer_id="acme/acme/beta-2/-/standard"),
        put("run", "rules_changed", True),
    ],
    ids=["cost", "context", "licence", "gate", "operators", "rules"],
)
def test_a_changed_fact_or_rule_explains_a_turn(spoil: Spoil, good: Frames, tmp_path: Path) -> None:
    frames = turned_overnight(good, tmp_path)
    spoil(frames)
    # One of six pairs is more than 1% all the same.
    assert ask_overnight(frames) == ("failed", "passed")


def test_a_fact_of_another_workload_explains_nothing(good: Frames, tmp_path: Path) -> None:
    frames = turned_overnight(good, tmp_path)
    put("parent_model_scenario_costs", "cheapest_usd", 99.0, model_id=BETA, scenario_id="seed_chat")(frames)
    assert ask_overnight(frames) == ("failed", "failed")


def test_pairs_that_one_night_does_not_have_are_not_compared(good: Frames, tmp_path: Path) -> None:
    frames = turned_overnight(good, tmp_path)
    put("parent_models", "is_live", False, model_id=BETA)(frames)
    without = rows_with(frames, {"verdict_long_context": "a"}).take([1, 2, 5])
    frames["parent_pairs"] = stage_pairs(without, tmp_path / "three")
    assert ask_overnight(frames) == ("passed", "passed")


def test_a_parent_without_verdicts_is_compared_with_nothing(good: Frames, tmp_path: Path) -> None:
    older = pair_rows(good).select(["model_a_id", "model_b_id", "relation"])
    frames = good | {"parent_pairs": stage_pairs(older, tmp_path)}
    assert ask_overnight(frames) == ("passed", "passed")
