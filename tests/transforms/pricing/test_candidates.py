from typing import Any

import pytest

from llmpairs.transforms.pricing.candidates import BOUNDS, ONE_SIDE, POWER, SPREAD, TIERS, check_candidates
from tests.transforms.pricing.price_runs import MODEL, NONE, PriceRuns, candidates, metered, one_sided, price

USUAL = (price(0.1, 0.5), price(0.15, 0.6), price(0.12, 0.6))


def failed_checks(*rows: dict[str, Any], text_models: tuple[str, ...] = (MODEL,)) -> list[str]:
    return list(check_candidates(candidates(*rows), text_models)["failed_check"].fillna(""))


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
def test_a_price_is_checked_against_bounds_and_other_offers_of_its_model(row: dict[str, Any], check: str) -> None:
    assert failed_checks(*USUAL, row) == ["", "", "", check]


def test_two_offers_are_too_few_for_a_median() -> None:
    assert failed_checks(price(0.1, 0.5), price(100, 500)) == ["", ""]


def test_an_embedding_has_a_price_on_one_side() -> None:
    assert failed_checks(one_sided("x", 0.02), text_models=()) == [""]


@pytest.mark.parametrize(("long_prompt", "check"), [(0.6, ""), (0.05, TIERS)])
def test_a_price_for_long_prompts_is_not_below_the_base_price(long_prompt: float, check: str) -> None:
    tier = {"min_prompt_tokens": 200_000, "input_usd_per_mtok": long_prompt, "output_usd_per_mtok": None}
    assert failed_checks(price(0.3, 2.5, price_tiers=[tier])) == [check]


def test_a_price_out_of_bounds_is_left_out_and_the_next_source_published() -> None:
    runs = PriceRuns()
    seen = runs.add(
        metered("wandb", 15_000, 60_000, source_id="litellm", lineage="litellm", authority=2),
        metered("wandb", 0.15, 0.6),
    ).loc["wandb"]
    assert (seen["input_usd_per_mtok"], seen["held"]) == (0.15, False)
    assert runs.holds.empty


def test_input_and_output_come_from_one_source() -> None:
    seen = PriceRuns(text_models=()).add(
        metered("x", 0.15, NONE, price_missing_reason="one_side_missing"),
        metered("x", 0.2, 0.8, source_id="litellm", authority=4),
    )
    assert seen.loc["x", ["input_usd_per_mtok", "output_usd_per_mtok", "source_id"]].tolist() == [0.2, 0.8, "litellm"]


def test_a_declared_price_is_preferred_to_a_derived_one_of_higher_authority() -> None:
    derived = metered("x", 0.03, 0.15, basis="derived", authority=0, source_id="gateway")
    assert PriceRuns().add(derived, metered("x", 0.05, 0.2)).loc["x", "input_usd_per_mtok"] == 0.05


def test_a_fresh_price_is_preferred_to_an_expired_one() -> None:
    seen = PriceRuns().add(
        metered("x", 0.03, 0.15, authority=0, expired=True), metered("x", 0.05, 0.2, source_id="litellm", authority=4)
    )
    assert seen.loc["x", "input_usd_per_mtok"] == 0.05


def test_a_cache_price_above_the_input_price_is_held_at_the_last_known_good() -> None:
    runs = PriceRuns()
    first = runs.add(
        metered("a", 0.1, 0.5, cache_read_usd_per_mtok=0.2), metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.05)
    )
    assert first["cache_read_usd_per_mtok"].fillna(-1).to_dict() == {"a": -1, "b": 0.05}
    second = runs.add(
        metered("a", 0.1, 0.5, cache_read_usd_per_mtok=0.05), metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.2)
    )
    assert second["cache_read_usd_per_mtok"].to_dict() == {"a": 0.05, "b": 0.05}
    assert runs.holds[["subject_id", "candidate_value", "published_value"]].to_numpy().tolist() == [
        ["b", "0.2", "0.05"]
    ]
    runs.decide(runs.holds["hold_id"].iloc[0], "accept")
    third = runs.add(metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.2))
    assert third.loc["b", "cache_read_usd_per_mtok"] == 0.2
    runs.add(metered("b", 0.1, 0.5, cache_read_usd_per_mtok=0.2))
    assert runs.holds.empty, "what is published is no longer asked about"


AGGREGATE = {"offer_id": "v", "route_kind": "aggregate"}
OWN = {**AGGREGATE, "source_id": "vercel_gateway", "lineage": "vercel", "authority": 0, "basis": "derived"}
"""Vercel's own list, whose prices are computed over the providers of a model."""


@pytest.mark.parametrize(
    "own",
    [
        price(0.3, 1.2, **OWN),
        price(NONE, NONE, **OWN, price_missing_reason="dynamic", price_kind="unknown"),
        price(0.3, NONE, **OWN, price_missing_reason="one_side_missing"),
    ],
)
def test_a_copy_of_an_aggregator_never_outranks_the_aggregator(own: dict[str, Any]) -> None:
    seen = PriceRuns(text_models=()).add(price(0.2, 0.8, **AGGREGATE), own).loc["v"]
    assert seen["source_id"] == "vercel_gateway"


@pytest.mark.parametrize(
    "change", [{"expired": True}, {"price_missing_reason": "not_listed", "input_usd_per_mtok": NONE}]
)
def test_a_copy_stands_in_for_an_aggregator_that_states_nothing(change: dict[str, Any]) -> None:
    seen = PriceRuns(text_models=()).add(price(0.2, 0.8, **AGGREGATE), price(0.3, 1.2, **OWN) | change).loc["v"]
    assert seen["source_id"] == "models_dev"


def test_of_equal_prices_the_higher_tier_and_the_telling_reason_are_published() -> None:
    low, high = (
        [{"min_prompt_tokens": 200_000, "input_usd_per_mtok": amount, "output_usd_per_mtok": 2.0}]
        for amount in (0.4, 0.6)
    )
    tiered = [metered("a", 0.3, 1.2, price_tiers=tiers, source_id=name) for tiers, name in ((low, "a"), (high, "b"))]
    missing = [
        metered("b", NONE, NONE, price_kind="unknown", price_missing_reason=reason, source_id=name)
        for reason, name in (("not_listed", "a"), ("other_currency", "b"))
    ]
    for rows in ([*tiered, *missing], [*missing[::-1], *tiered[::-1]]):
        seen = PriceRuns(text_models=()).add(*rows)
        assert seen.loc["a", "price_tiers"] == high
        assert seen.loc["b", "price_missing_reason"] == "other_currency"
