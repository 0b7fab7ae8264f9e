from typing import Any

import pytest

from llmpairs.transforms.pricing.candidates import BOUNDS, ONE_SIDE, POWER, SPREAD, TIERS, judge_candidates
from tests.transforms.pricing.nights import MODEL, NONE, Nights, candidates, metered, one_sided, price

USUAL = (price(0.1, 0.5), price(0.15, 0.6), price(0.12, 0.6))


def suspicions(*rows: dict[str, Any], text_models: tuple[str, ...] = (MODEL,)) -> list[str]:
    return list(judge_candidates(candidates(*rows), text_models)["suspicion"].fillna(""))


@pytest.mark.parametrize(
    ("row", "check"),
    [
        (price(150, 600), POWER),
        (price(0.0012, 0.6), POWER),
        (price(2.92, 2.92), SPREAD),
        (price(0.011, 0.05), SPREAD),
        (price(1.1, 5.0), ""),
        (price(0.0009, 0.6), BOUNDS),
        (price(15_000, 60_000), BOUNDS),
        (one_sided("x", 0.12), ONE_SIDE),
    ],
)
def test_a_price_is_held_against_its_models_other_routes_and_against_the_possible(
    row: dict[str, Any], check: str
) -> None:
    assert suspicions(*USUAL, row) == ["", "", "", check]


def test_two_routes_do_not_judge_each_other() -> None:
    assert suspicions(price(0.1, 0.5), price(100, 500)) == ["", ""]


def test_an_embedding_is_paid_for_on_one_side() -> None:
    assert suspicions(one_sided("x", 0.02), text_models=()) == [""]


@pytest.mark.parametrize(("long_prompt", "check"), [(0.6, ""), (0.05, TIERS)])
def test_a_price_for_long_prompts_is_not_below_the_base_price(long_prompt: float, check: str) -> None:
    tier = {"min_prompt_tokens": 200_000, "input_usd_per_mtok": long_prompt, "output_usd_per_mtok": None}
    assert suspicions(price(0.3, 2.5, price_tiers=[tier])) == [check]


def test_a_price_out_of_bounds_gives_way_to_the_next_source_and_is_shown() -> None:
    nights = Nights()
    seen = nights.add(
        metered("wandb", 15_000, 60_000, source_id="litellm", lineage="litellm", authority=2),
        metered("wandb", 0.15, 0.6),
    ).loc["wandb"]
    assert (seen["input_usd_per_mtok"], seen["held"]) == (0.15, True)
    assert set(nights.holds["published_value"]) == {"0.15", "0.6"}


def test_input_and_output_come_from_one_source() -> None:
    seen = Nights(text_models=()).add(
        metered("x", 0.15, NONE, price_missing_reason="one_side_missing"),
        metered("x", 0.2, 0.8, source_id="litellm", authority=4),
    )
    assert seen.loc["x", ["input_usd_per_mtok", "output_usd_per_mtok", "source_id"]].tolist() == [
        0.2,
        0.8,
        "litellm",
    ]


def test_a_declared_price_goes_before_a_derived_one_of_more_authority() -> None:
    derived = metered("x", 0.03, 0.15, basis="derived", authority=0, source_id="gateway")
    assert Nights().add(derived, metered("x", 0.05, 0.2)).loc["x", "input_usd_per_mtok"] == 0.05


def test_an_expired_price_gives_way_to_a_fresh_one() -> None:
    seen = Nights().add(
        metered("x", 0.03, 0.15, authority=0, expired=True),
        metered("x", 0.05, 0.2, source_id="litellm", authority=4),
    )
    assert seen.loc["x", "input_usd_per_mtok"] == 0.05


def test_a_cache_price_above_the_input_price_is_held_and_the_last_good_one_stays() -> None:
    nights = Nights()
    first = nights.add(
        metered("a", 0.1, 0.5, cache_read_usd_per_mtok=0.2),
        metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.05),
    )
    assert first["cache_read_usd_per_mtok"].fillna(-1).to_dict() == {"a": -1, "b": 0.05}
    second = nights.add(
        metered("a", 0.1, 0.5, cache_read_usd_per_mtok=0.05),
        metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.2),
    )
    assert second["cache_read_usd_per_mtok"].to_dict() == {"a": 0.05, "b": 0.05}
    assert nights.holds[["subject_id", "candidate_value", "published_value"]].to_numpy().tolist() == [
        ["b", "0.2", "0.05"]
    ]
    nights.decide(nights.holds["hold_id"].iloc[0], "accept")
    third = nights.add(metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.2))
    assert third.loc["b", "cache_read_usd_per_mtok"] == 0.2
    nights.add(metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.2))
    assert nights.holds.empty, "what is published is no longer asked about"
