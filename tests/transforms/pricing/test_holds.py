"""Price changes over consecutive runs: which are published, held and released."""

import re
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.pricing.candidates import BOUNDS, ONE_SIDE, POWER
from llmpairs.transforms.pricing.change_checks import CONTRADICTED, CROSSING, FACTOR, MASS, MOVE
from tests.transforms.pricing.price_runs import NONE, PriceRuns, free, metered, one_sided

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
    runs = PriceRuns()
    runs.add(*(metered(name, 0.1, 0.5) for name in changes))
    seen = inputs(runs.add(*(metered(name, 0.1 * change, 0.5) for name, change in changes.items())))
    assert seen == {name: 0.1 * change for name, change in changes.items()}
    assert runs.holds.empty


def test_suspicious_moves_are_held_at_the_last_known_good_prices() -> None:
    runs = PriceRuns(text_models=tuple(SUSPICIOUS))
    runs.add(*(metered(name, 0.1, 0.5, model_id=name) for name in SUSPICIOUS))
    kept = runs.add(*(row | {"model_id": name} for name, (row, _) in SUSPICIOUS.items()))
    assert set(kept[INPUT]) == {0.1}
    assert set(kept["output_usd_per_mtok"]) == {0.5}
    assert kept["held"].all()
    assert runs.holds.groupby("subject_id")["rule"].first().to_dict() == {
        name: rule for name, (_, rule) in SUSPICIOUS.items()
    }
    assert set(runs.holds["published_value"]) == {"0.1", "0.5"}
    assert (runs.holds["published_value"] != runs.holds["candidate_value"]).all()


def test_a_free_tier_that_becomes_paid_crosses_zero_too() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.0, 0.0, price_kind="free_tier"))
    assert runs.add(metered("a", 0.1, 0.5)).loc["a", INPUT] == 0.0
    assert set(runs.holds["rule"]) == {CROSSING}


def test_a_price_that_was_never_known_may_appear() -> None:
    runs = PriceRuns()
    runs.add(free("a"))
    assert runs.add(metered("a", 0.1, 0.5)).loc["a", INPUT] == 0.1
    assert runs.holds.empty


def test_an_unchanged_move_is_released_in_the_third_run_and_listed_once() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5))
    seen = [runs.add(metered("a", 0.2, 0.5)).loc["a", INPUT] for _ in range(3)]
    assert seen == [0.1, 0.1, 0.2]
    row = runs.holds.iloc[0]
    assert (row["state"], row["nights"], row["published_value"]) == ("released", 3, "0.2")
    runs.add(metered("a", 0.2, 0.5))
    assert runs.holds.empty


def test_a_run_without_the_source_does_not_count_towards_release() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5))
    kept = {"capture_id": "c1"}
    seen = [runs.add(metered("a", 0.2, 0.5, **kept)).loc["a", INPUT] for _ in range(3)]
    assert seen == [0.1] * 3
    assert runs.holds[["nights", "nights_seen"]].to_numpy().tolist() == [[3, 1]]


def test_a_changing_candidate_starts_its_count_anew() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5))
    seen = [runs.add(metered("a", value, 0.5)).loc["a", INPUT] for value in (0.2, 0.25, 0.2, 0.2)]
    assert seen == [0.1, 0.1, 0.1, 0.1]
    assert runs.holds.set_index("field")["nights"][INPUT] == 2


def test_a_second_lineage_releases_a_move_and_a_copy_or_derived_price_does_not() -> None:
    runs = PriceRuns()
    runs.add(*(metered(name, 0.1, 0.5) for name in "abc"))
    other = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    seen = runs.add(
        *(metered(name, 0.2, 0.5) for name in "abc"),
        metered("a", 0.2, 0.5, **other),
        metered("b", 0.2, 0.5, source_id="copycat", authority=4),
        metered("c", 0.2, 0.5, **other, basis="derived"),
    )
    assert inputs(seen) == {"a": 0.2, "b": 0.1, "c": 0.1}
    assert set(runs.holds["subject_id"]) == {"b", "c"}, "what was never held is not shown as released"


def test_crossings_and_large_factors_are_never_released_by_time() -> None:
    rows = [row | {"model_id": name} for name, (row, rule) in SUSPICIOUS.items() if rule != MOVE]
    second = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    runs = PriceRuns(text_models=tuple(SUSPICIOUS))
    runs.add(*(metered(row["offer_id"], 0.1, 0.5, model_id=row["model_id"]) for row in rows))
    for number in (1, 2, 3, 4):
        assert set(runs.add(*rows, *(row | second for row in rows))[INPUT]) == {0.1}
        assert set(runs.holds["nights"]) == {number}


def test_a_unit_slip_stays_held_when_other_offers_follow_it() -> None:
    runs = PriceRuns()
    sound = [metered(name, 0.1, 0.5) for name in "abc"]
    runs.add(*sound)
    assert runs.add(*sound[:2], metered("c", 10.0, 50.0)).loc["c", INPUT] == 0.1
    assert set(runs.holds["rule"]) == {POWER}
    followed = runs.add(*(metered(name, 10.0, 50.0) for name in "abc"))
    assert inputs(followed) == {"a": 0.1, "b": 0.1, "c": 0.1}
    assert runs.holds.set_index("subject_id").loc["c", "rule"].iloc[0] == POWER


def incident(copies: bool = False) -> tuple[PriceRuns, list[dict[str, Any]], list[dict[str, Any]]]:
    """338 paid models of one aggregator, 18 of them at zero; `copies` are listed elsewhere, a little out of date."""
    usual = [metered(f"o{n}", 0.1 + n / 1000, 0.5, source_id="openrouter", authority=0) for n in range(338)]
    zeros = [
        free(f"o{n}") | {"source_id": "openrouter", "authority": 0} if n < 18 else row for n, row in enumerate(usual)
    ]
    stale = [metered(f"o{n}", 0.11 + n / 1000, 0.55, authority=3) for n in range(338)] if copies else []
    return PriceRuns(), usual + stale, zeros + stale


@pytest.mark.parametrize("copies", [False, True])
def test_eighteen_paid_models_at_zero_for_one_run_are_one_incident(copies: bool) -> None:
    runs, usual, zeros = incident(copies)
    before = runs.add(*usual)
    during = runs.add(*zeros)
    assert inputs(during) == inputs(before), "a copy elsewhere is no substitute"
    assert set(during["price_kind"]) == {"metered"}
    assert set(runs.holds["rule"]) == {MASS}
    assert runs.holds["incident"].nunique() == 1
    assert re.fullmatch(r"[A-Za-z0-9/._:-]+", runs.holds["incident"].iloc[0]), "typed without quoting"
    assert runs.holds["subject_id"].nunique() == 18
    assert inputs(runs.add(*usual)) == inputs(before)
    assert runs.holds.empty


def test_a_mass_move_is_never_released_by_time_not_even_in_parts() -> None:
    runs = PriceRuns()
    runs.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(200)))
    moved = [metered(f"o{n}", 0.13 if n < 12 else 0.1, 0.5) for n in range(200)]
    partly = [metered(f"o{n}", 0.13 if n < 5 else 0.1, 0.5) for n in range(200)]
    for rows in (moved, moved, partly):
        assert set(inputs(runs.add(*rows)).values()) == {0.1}
    assert runs.holds["subject_id"].nunique() == 5
    assert set(runs.holds["rule"]) == {MASS}
    assert set(runs.holds["nights"]) == {3}


def test_ten_ordinary_moves_of_many_prices_are_no_incident() -> None:
    runs = PriceRuns()
    runs.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(341)))
    moved = [metered(f"o{n}", 0.09 if n < 10 else 0.1, 0.5) for n in range(341)]
    assert (runs.add(*moved)[INPUT] == 0.09).sum() == 10


def test_moves_after_days_without_the_source_are_counted_per_day() -> None:
    runs = PriceRuns()
    runs.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(200)))
    runs.number += 2
    moved = [metered(f"o{n}", 0.09 if n < 20 else 0.1, 0.5) for n in range(200)]
    assert (runs.add(*moved)[INPUT] == 0.09).sum() == 20, "10% in three runs is within 4% per day"


def test_one_provider_at_a_hundred_thousand_times_its_price_is_one_incident() -> None:
    runs = PriceRuns()
    names = [f"o{n}" for n in range(6)]
    others = [metered(f"p{n}", 0.1, 0.5, provider_id="other") for n in range(300)]
    usual = [metered(name, 0.002 * (n + 1), 0.5, provider_id="wandb", model_id=name) for n, name in enumerate(names)]
    before = runs.add(*usual, *others)
    slipped = [row | {INPUT: row[INPUT] * 1e5, "output_usd_per_mtok": 5e4} for row in usual]
    assert inputs(runs.add(*slipped, *others)) == inputs(before)
    assert runs.holds["subject_id"].nunique() == 6
    assert runs.holds["incident"].nunique() == 1


def test_a_unit_slip_in_a_first_run_is_not_published_and_nobody_has_to_decide_on_it() -> None:
    runs = PriceRuns()
    for _ in range(3):
        seen = runs.add(metered("wandb", 15_000, 60_000))
        assert pd.isna(seen.loc["wandb", INPUT])
        assert seen.loc["wandb", "price_missing_reason"] == "implausible"
        assert runs.holds.empty


def test_a_price_that_another_source_takes_over_is_judged_like_any_move() -> None:
    """Azure's deepseek-v4-pro went from 1.74 to 0.19 in one run: another catalogue took over."""
    litellm = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    runs = PriceRuns()
    runs.add(*(metered(name, 1.74, 3.48, **litellm) for name in "abcde"))
    still = [metered(name, 1.74, 3.48, **litellm) for name in "bc"]
    seen = runs.add(
        metered("a", 0.19, 0.51), metered("b", 0.17, 3.48), metered("c", 0.8, 3.48), metered("d", 1.5, 3.0),
        metered("e", 4.0, 3.48), *still,
    )  # fmt: skip
    assert inputs(seen) == {"a": 1.74, "b": 1.74, "c": 1.74, "d": 1.5, "e": 1.74}
    assert runs.holds.groupby("subject_id")["rule"].first().to_dict() == {
        "a": MOVE, "b": FACTOR, "c": CONTRADICTED, "e": MOVE,
    }  # fmt: skip
    taken = [metered("a", 0.19, 0.51), metered("b", 0.17, 3.48), metered("c", 0.8, 3.48), metered("e", 4.0, 3.48)]
    second = metered("e", 4.0, 3.48, source_id="genai_prices", lineage="genai_prices", authority=4)
    assert inputs(runs.add(*taken, second, *still)) == {"a": 1.74, "b": 1.74, "c": 1.74, "e": 4.0}, "confirmed"
    assert inputs(runs.add(*taken, second, *still)) == {"a": 0.19, "b": 1.74, "c": 0.8, "e": 4.0}, "three runs"


@pytest.mark.parametrize(("verdict", "expected"), [("accept", 0.9), ("reject", 0.1)])
def test_an_incident_takes_one_decision(verdict: str, expected: float) -> None:
    runs = PriceRuns()
    runs.add(*(metered(f"o{n}", 0.1, 0.5) for n in range(20)))
    higher = [metered(f"o{n}", 0.9, 0.5) for n in range(20)]
    runs.add(*higher)
    runs.decide(runs.holds["incident"].iloc[0], verdict)
    for _ in range(2):
        assert set(runs.add(*higher)[INPUT]) == {expected}
    states = set(runs.holds["state"])
    assert states == (set() if verdict == "accept" else {"rejected"})


def test_an_accepted_value_is_listed_as_accepted_in_the_run_that_publishes_it() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5))
    runs.add(free("a"))
    runs.decide(runs.holds["incident"].iloc[0], "accept")
    seen = runs.add(free("a"))
    assert seen.loc["a", "price_missing_reason"] == "zero_of_unknown_kind"
    assert pd.isna(seen.loc["a", INPUT])
    assert not seen.loc["a", "held"]
    assert set(runs.holds["state"]) == {"accepted"}
    assert set(runs.holds["decided_by"]) == {"ana"}


def test_a_rejected_move_is_not_released_by_time_or_second_lineage() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5))
    runs.add(metered("a", 0.2, 0.5))
    runs.decide(runs.holds["hold_id"].iloc[0], "reject")
    second = metered("a", 0.2, 0.5, source_id="litellm", lineage="litellm", authority=4)
    seen = [runs.add(metered("a", 0.2, 0.5), second).loc["a", INPUT] for _ in range(3)]
    assert seen == [0.1] * 3


def test_a_decision_does_not_apply_to_another_candidate() -> None:
    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5))
    runs.add(metered("a", 1.5, 0.5))
    runs.decide(runs.holds["hold_id"].iloc[0], "accept")
    assert runs.add(metered("a", 1.6, 0.5)).loc["a", INPUT] == 0.1
    assert runs.add(metered("a", 1.5, 0.5)).loc["a", INPUT] == 1.5


def test_a_decided_price_is_published_at_once_and_stays() -> None:
    runs = PriceRuns()
    other = {"source_id": "litellm", "lineage": "litellm", "authority": 4}
    rows = (metered("a", 0.1, 0.5), metered("a", 0.4, 1.5, **other))
    assert runs.add(*rows).loc["a", INPUT] == 0.1
    runs.decided = DataFrame([{"subject_id": "a", "field": INPUT, "value": "0.4"}])
    for _ in range(3):
        seen = runs.add(*rows).loc["a"]
        assert (seen[INPUT], seen["output_usd_per_mtok"], seen["source_id"]) == (0.4, 1.5, "litellm")
        assert seen["by_decision"]
    assert runs.holds.empty


def test_tiers_below_the_base_price_are_held_at_the_last_known_good() -> None:
    def tiers(price_: float) -> list[dict[str, Any]]:
        return [{"min_prompt_tokens": 200_000, INPUT: price_, "output_usd_per_mtok": 1.0}]

    runs = PriceRuns()
    runs.add(metered("a", 0.1, 0.5, price_tiers=tiers(0.2)))
    kept = runs.add(metered("a", 0.1, 0.5, price_tiers=tiers(0.02)))
    assert kept.loc["a", "price_tiers"] == tiers(0.2)
    assert runs.holds[["field", "published_value", "candidate_value"]].to_numpy().tolist() == [
        ["price_tiers", "from 200000: 0.2/1.0", "from 200000: 0.02/1.0"]
    ]


def test_holds_do_not_depend_on_the_order_of_rows() -> None:
    runs, usual, zeros = incident(copies=True)
    runs.add(*usual)
    one, other = PriceRuns(offers=runs.offers, number=1), PriceRuns(offers=runs.offers, number=1)
    one.add(*zeros)
    rows = [row | {"row_id": number} for number, row in enumerate(zeros)]
    other.add(*rows[::-1])
    pd.testing.assert_frame_equal(one.holds, other.holds)
