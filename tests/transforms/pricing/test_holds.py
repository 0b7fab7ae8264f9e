"""Nights in a row: which price moves are published, which wait, and who lets them go."""

import re
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.pricing.candidates import BOUNDS, ONE_SIDE, POWER
from llmpairs.transforms.pricing.change_checks import CONTRADICTED, CROSSING, FACTOR, MASS, MOVE
from tests.transforms.pricing.nights import NONE, Nights, free, metered, one_sided

INPUT = "input_usd_per_mtok"


def inputs(published: DataFrame) -> dict[str, float]:
    return dict(published[INPUT].to_dict())


SUSPICIOUS = {
    "half_more": (metered("half_more", 0.2, 0.5), MOVE),
    "half_less": (metered("half_less", 0.1, 0.2), MOVE),
    "factor": (metered("factor", 1.5, 0.5), FACTOR),
    "zero": (free("zero"), CROSSING),
    "one_side": (one_sided("one_side", 0.1), ONE_SIDE),
    "gone": (metered("gone", NONE, NONE, price_missing_reason="not_listed", price_kind="unknown"), CROSSING),
    "free": (metered("free", 0.0, 0.0, price_kind="free_tier"), CROSSING),
    "slip": (metered("slip", 10_000, 50_000), BOUNDS),
}


def test_ordinary_moves_are_published_at_once() -> None:
    changes = {"same": 1.0, "up": 1.2, "half_more": 1.5, "down": 0.7, "half_less": 0.5}
    nights = Nights()
    nights.add(*(metered(name, 0.1, 0.5) for name in changes))
    seen = inputs(nights.add(*(metered(name, 0.1 * change, 0.5) for name, change in changes.items())))
    assert seen == {name: 0.1 * change for name, change in changes.items()}
    assert nights.holds.empty


def test_suspicious_moves_wait_and_the_last_good_prices_stay() -> None:
    nights = Nights(text_models=tuple(SUSPICIOUS))
    nights.add(*(metered(name, 0.1, 0.5, model_id=name) for name in SUSPICIOUS))
    kept = nights.add(*(row | {"model_id": name} for name, (row, _) in SUSPICIOUS.items()))
    assert set(kept[INPUT]) == {0.1}
    assert set(kept["output_usd_per_mtok"]) == {0.5}
    assert kept["held"].all()
    assert nights.holds.groupby("subject_id")["rule"].first().to_dict() == {
        name: rule for name, (_, rule) in SUSPICIOUS.items()
    }
    assert set(nights.holds["published_value"]) == {"0.1", "0.5"}
    assert (nights.holds["published_value"] != nights.holds["candidate_value"]).all()


def test_a_free_tier_that_becomes_paid_crosses_zero_too() -> None:
    nights = Nights()
    nights.add(metered("a", 0.0, 0.0, price_kind="free_tier"))
    assert nights.add(metered("a", 0.1, 0.5)).loc["a", INPUT] == 0.0
    assert set(nights.holds["rule"]) == {CROSSING}


def test_a_price_that_was_never_known_may_appear() -> None:
    nights = Nights()
    nights.add(free("a"))
    assert nights.add(metered("a", 0.1, 0.5)).loc["a", INPUT] == 0.1
    assert nights.holds.empty


def test_a_move_that_stands_still_is_released_in_the_third_night_and_shown_once() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    seen = [nights.add(metered("a", 0.2, 0.5)).loc["a", INPUT] for _ in range(3)]
    assert seen == [0.1, 0.1, 0.2]
    row = nights.holds.iloc[0]
    assert (row["state"], row["nights"], row["published_value"]) == ("released", 3, "0.2")
    nights.add(metered("a", 0.2, 0.5))
    assert nights.holds.empty


def test_a_night_without_the_source_is_no_night_of_standing_still() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    kept = {"capture_id": "c1"}
    seen = [nights.add(metered("a", 0.2, 0.5, **kept)).loc["a", INPUT] for _ in range(3)]
    assert seen == [0.1] * 3
    assert nights.holds[["nights", "nights_seen"]].to_numpy().tolist() == [[3, 1]]


def test_a_candidate_that_keeps_changing_starts_its_nights_anew() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    seen = [nights.add(metered("a", value, 0.5)).loc["a", INPUT] for value in (0.2, 0.25, 0.2, 0.2)]
    assert seen == [0.1, 0.1, 0.1, 0.1]
    assert nights.holds.set_index("field")["nights"][INPUT] == 2


def test_a_second_lineage_lets_a_move_go_and_a_copy_or_a_derived_price_does_not() -> None:
    nights = Nights()
    nights.add(*(metered(name, 0.1, 0.5) for name in "abc"))
    other = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    seen = nights.add(
        *(metered(name, 0.2, 0.5) for name in "abc"),
        metered("a", 0.2, 0.5, **other),
        metered("b", 0.2, 0.5, source_id="copycat", authority=4),
        metered("c", 0.2, 0.5, **other, basis="derived"),
    )
    assert inputs(seen) == {"a": 0.2, "b": 0.1, "c": 0.1}
    assert set(nights.holds["subject_id"]) == {"b", "c"}, "what was never held is not shown as released"


def test_crossings_and_large_factors_never_release_themselves() -> None:
    rows = [row | {"model_id": name} for name, (row, rule) in SUSPICIOUS.items() if rule != MOVE]
    witness = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    nights = Nights(text_models=tuple(SUSPICIOUS))
    nights.add(*(metered(row["offer_id"], 0.1, 0.5, model_id=row["model_id"]) for row in rows))
    for night in (1, 2, 3, 4):
        assert set(nights.add(*rows, *(row | witness for row in rows))[INPUT]) == {0.1}
        assert set(nights.holds["nights"]) == {night}


def test_a_unit_slip_stays_held_when_the_other_routes_follow_it() -> None:
    nights = Nights()
    sound = [metered(name, 0.1, 0.5) for name in "abc"]
    nights.add(*sound)
    assert nights.add(*sound[:2], metered("c", 10.0, 50.0)).loc["c", INPUT] == 0.1
    assert set(nights.holds["rule"]) == {POWER}
    followed = nights.add(*(metered(name, 10.0, 50.0) for name in "abc"))
    assert inputs(followed) == {"a": 0.1, "b": 0.1, "c": 0.1}
    assert nights.holds.set_index("subject_id").loc["c", "rule"].iloc[0] == POWER


def incident(copies: bool = False) -> tuple[Nights, list[dict[str, Any]], list[dict[str, Any]]]:
    """338 paid models of one aggregator, 18 of them at zero; `copies` of them stand elsewhere, a little out of date."""
    usual = [metered(f"o{n}", 0.1 + n / 1000, 0.5, source_id="openrouter", authority=0) for n in range(338)]
    zeros = [
        free(f"o{n}") | {"source_id": "openrouter", "authority": 0} if n < 18 else row
        for n, row in enumerate(usual)
    ]
    stale = [metered(f"o{n}", 0.11 + n / 1000, 0.55, authority=3) for n in range(338)] if copies else []
    return Nights(), usual + stale, zeros + stale


@pytest.mark.parametrize("copies", [False, True])
def test_eighteen_paid_models_at_zero_for_a_night_are_one_incident_and_leave_no_trace(copies: bool) -> None:
    nights, usual, zeros = incident(copies)
    before = nights.add(*usual)
    during = nights.add(*zeros)
    assert inputs(during) == inputs(before), "a copy elsewhere is no stand-in"
    assert set(during["price_kind"]) == {"metered"}
    assert set(nights.holds["rule"]) == {MASS}
    assert nights.holds["incident"].nunique() == 1
    assert re.fullmatch(r"[A-Za-z0-9/._:-]+", nights.holds["incident"].iloc[0]), "typed without quoting"
    assert nights.holds["subject_id"].nunique() == 18
    assert inputs(nights.add(*usual)) == inputs(before)
    assert nights.holds.empty


def test_a_mass_move_never_releases_itself_not_even_in_parts() -> None:
    nights = Nights()
    nights.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(200)))
    moved = [metered(f"o{n}", 0.13 if n < 12 else 0.1, 0.5) for n in range(200)]
    partly = [metered(f"o{n}", 0.13 if n < 5 else 0.1, 0.5) for n in range(200)]
    for night in (moved, moved, partly):
        assert set(inputs(nights.add(*night)).values()) == {0.1}
    assert nights.holds["subject_id"].nunique() == 5
    assert set(nights.holds["rule"]) == {MASS}
    assert set(nights.holds["nights"]) == {3}


def test_ten_ordinary_moves_of_many_prices_are_no_incident() -> None:
    nights = Nights()
    nights.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(341)))
    moved = [metered(f"o{n}", 0.09 if n < 10 else 0.1, 0.5) for n in range(341)]
    assert (nights.add(*moved)[INPUT] == 0.09).sum() == 10


def test_many_moves_after_nights_without_the_source_are_counted_by_the_night() -> None:
    nights = Nights()
    nights.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(200)))
    nights.night += 2
    moved = [metered(f"o{n}", 0.09 if n < 20 else 0.1, 0.5) for n in range(200)]
    assert (nights.add(*moved)[INPUT] == 0.09).sum() == 20, "10% in three nights is within 4% a night"


def test_one_provider_at_a_hundred_thousand_times_its_price_is_one_incident() -> None:
    nights = Nights()
    names = [f"o{n}" for n in range(6)]
    others = [metered(f"p{n}", 0.1, 0.5, provider_id="other") for n in range(300)]
    usual = [
        metered(name, 0.002 * (n + 1), 0.5, provider_id="wandb", model_id=name)
        for n, name in enumerate(names)
    ]
    before = nights.add(*usual, *others)
    slipped = [row | {INPUT: row[INPUT] * 1e5, "output_usd_per_mtok": 5e4} for row in usual]
    assert inputs(nights.add(*slipped, *others)) == inputs(before)
    assert nights.holds["subject_id"].nunique() == 6
    assert nights.holds["incident"].nunique() == 1


def test_a_slip_on_a_first_night_is_not_published_and_stays_held() -> None:
    nights = Nights()
    for night in (1, 2, 3):
        seen = nights.add(metered("wandb", 15_000, 60_000))
        assert pd.isna(seen.loc["wandb", INPUT])
        assert seen.loc["wandb", "price_missing_reason"] == "held"
        assert sorted(nights.holds["candidate_value"]) == ["15000.0", "60000.0"]
        assert nights.holds["published_value"].isna().all()
        assert set(nights.holds["nights"]) == {night}


def test_another_sources_word_is_no_move_unless_the_first_still_contradicts_it() -> None:
    litellm = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    nights = Nights()
    nights.add(*(metered(name, 0.1, 0.5, **litellm) for name in "abc"))
    still = [metered("b", 0.1, 0.5, **litellm), metered("c", 0.1, 0.5, **litellm)]
    seen = nights.add(metered("a", 0.3, 0.9), metered("b", 2.0, 0.5), metered("c", 0.3, 0.9), *still)
    assert inputs(seen) == {"a": 0.3, "b": 0.1, "c": 0.1}
    assert nights.holds.groupby("subject_id")["rule"].first().to_dict() == {"b": FACTOR, "c": CONTRADICTED}


@pytest.mark.parametrize(("verdict", "expected"), [("accept", 0.9), ("reject", 0.1)])
def test_an_incident_takes_one_decision(verdict: str, expected: float) -> None:
    nights = Nights()
    nights.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(20)))
    dearer = [metered(f"o{n}", 0.9, 0.5) for n in range(20)]
    nights.add(*dearer)
    nights.decide(nights.holds["incident"].iloc[0], verdict)
    for _ in range(2):
        assert set(nights.add(*dearer)[INPUT]) == {expected}
    states = set(nights.holds["state"])
    assert states == (set() if verdict == "accept" else {"rejected"})


def test_an_accepted_value_is_shown_as_accepted_on_the_night_it_is_published() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    nights.add(free("a"))
    nights.decide(nights.holds["incident"].iloc[0], "accept")
    seen = nights.add(free("a"))
    assert seen.loc["a", "price_missing_reason"] == "zero_of_unknown_kind"
    assert pd.isna(seen.loc["a", INPUT])
    assert not seen.loc["a", "held"]
    assert set(nights.holds["state"]) == {"accepted"}
    assert set(nights.holds["decided_by"]) == {"ana"}


def test_a_rejected_move_is_not_released_by_time_or_witness() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    nights.add(metered("a", 0.2, 0.5))
    nights.decide(nights.holds["hold_id"].iloc[0], "reject")
    witness = metered("a", 0.2, 0.5, source_id="litellm", lineage="litellm", authority=4)
    seen = [nights.add(metered("a", 0.2, 0.5), witness).loc["a", INPUT] for _ in range(3)]
    assert seen == [0.1] * 3


def test_a_decision_does_not_speak_for_another_candidate() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    nights.add(metered("a", 1.5, 0.5))
    nights.decide(nights.holds["hold_id"].iloc[0], "accept")
    assert nights.add(metered("a", 1.6, 0.5)).loc["a", INPUT] == 0.1
    assert nights.add(metered("a", 1.5, 0.5)).loc["a", INPUT] == 1.5


def test_a_price_decided_for_is_published_at_once_and_stays() -> None:
    nights = Nights()
    other = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    rows = (metered("a", 0.1, 0.5), metered("a", 0.4, 1.5, **other))
    assert nights.add(*rows).loc["a", INPUT] == 0.1
    nights.decided = DataFrame([{"subject_id": "a", "field": INPUT, "value": "0.4"}])
    for _ in range(3):
        seen = nights.add(*rows).loc["a"]
        assert (seen[INPUT], seen["output_usd_per_mtok"], seen["source_id"]) == (0.4, 1.5, "litellm")
        assert seen["by_decision"]
    assert nights.holds.empty


def test_tiers_below_the_base_price_wait_and_the_last_good_ones_stay() -> None:
    def tiers(price_: float) -> list[dict[str, Any]]:
        return [{"min_prompt_tokens": 200_000, INPUT: price_, "output_usd_per_mtok": 1.0}]

    nights = Nights()
    nights.add(metered("a", 0.1, 0.5, price_tiers=tiers(0.2)))
    kept = nights.add(metered("a", 0.1, 0.5, price_tiers=tiers(0.02)))
    assert kept.loc["a", "price_tiers"] == tiers(0.2)
    assert nights.holds[["field", "published_value", "candidate_value"]].to_numpy().tolist() == [
        ["price_tiers", "from 200000: 0.2/1.0", "from 200000: 0.02/1.0"]
    ]


def test_holds_do_not_depend_on_the_order_of_rows() -> None:
    nights, usual, zeros = incident(copies=True)
    nights.add(*usual)
    one, other = Nights(offers=nights.offers, night=1), Nights(offers=nights.offers, night=1)
    one.add(*zeros)
    rows = [row | {"row_id": number} for number, row in enumerate(zeros)]
    other.add(*rows[::-1])
    pd.testing.assert_frame_equal(one.holds, other.holds)
