"""Nights in a row: which price moves are published, which wait, and who lets them go."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from tests.transforms.frames import AS_OF
from tests.transforms.pricing.test_candidates import candidates, price
from transforms.pricing.candidates import judge_candidates
from transforms.pricing.holds import publish_prices
from transforms.pricing.moves import CROSSING, FACTOR, MASS, MOVE
from warehouse.arrow import empty_frame

NONE = float("nan")
OFFERS = empty_frame("offers").columns


@dataclass
class Nights:
    """Prices of routes night after night, each night built on the one before."""

    offers: DataFrame = field(default_factory=lambda: empty_frame("offers"))
    holds: DataFrame = field(default_factory=lambda: empty_frame("holds"))
    decisions: DataFrame = field(default_factory=DataFrame)
    night: int = 0

    def add(self, *rows: dict[str, Any]) -> DataFrame:
        """Run one more night; returns what it publishes, by offer_id."""
        as_of = AS_OF + pd.Timedelta(days=self.night)
        judged = judge_candidates(candidates(*({"captured_at": as_of, **row} for row in rows)))
        published = publish_prices(judged, self.offers, self.holds, self.decisions, as_of.to_pydatetime())
        stamped = published.prices.rename(
            columns={
                "source_id": "price_source_id",
                "capture_id": "price_capture_id",
                "captured_at": "price_observed_at",
            }
        )
        self.offers = stamped.reindex(columns=OFFERS)
        self.holds = published.holds
        self.night += 1
        return published.prices.set_index("offer_id")

    def decide(self, subject: str, verdict: str, **values: str) -> None:
        """A reviewer's word."""
        row = {"kind": "hold", "subject": subject, "verdict": verdict, "decided_by": "ana", "values": values}
        self.decisions = DataFrame([row])


def metered(name: str, input_: float, output: float, **more: Any) -> dict[str, Any]:
    return price(input_, output, offer_id=name, **more)


def free(name: str) -> dict[str, Any]:
    return price(NONE, NONE, offer_id=name, price_kind="unknown", price_missing_reason="zero_of_unknown_kind")


@pytest.mark.parametrize("change", [1.0, 1.2, 1.49, 0.7])
def test_an_ordinary_move_is_published_at_once(change: float) -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    assert nights.add(metered("a", 0.1 * change, 0.5)).loc["a", "input_usd_per_mtok"] == 0.1 * change
    assert nights.holds.empty


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (metered("a", 0.2, 0.5), MOVE),
        (metered("a", 0.1, 0.2), MOVE),
        (metered("a", 1.5, 0.5), FACTOR),
        (free("a"), CROSSING),
        (metered("a", NONE, NONE, price_missing_reason="not_listed", price_kind="unknown"), CROSSING),
        (metered("a", 0.0, 0.0, price_kind="free_tier"), CROSSING),
    ],
)
def test_a_suspicious_move_waits_and_the_last_good_price_stays(row: dict[str, Any], rule: str) -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    kept = nights.add(row)
    assert (kept.loc["a", "input_usd_per_mtok"], kept.loc["a", "output_usd_per_mtok"]) == (0.1, 0.5)
    assert kept.loc["a", "held"]
    assert set(nights.holds["rule"]) == {rule}
    assert set(nights.holds["published_value"]) <= {"0.1", "0.5"}
    assert (nights.holds["published_value"] != nights.holds["candidate_value"]).all()


def test_a_move_that_stands_still_is_released_in_the_third_night() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    seen = [nights.add(metered("a", 0.2, 0.5)).loc["a", "input_usd_per_mtok"] for _ in range(3)]
    assert seen == [0.1, 0.1, 0.2]
    assert nights.holds.empty


def test_a_candidate_that_keeps_changing_starts_its_nights_anew() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    seen = [
        nights.add(metered("a", value, 0.5)).loc["a", "input_usd_per_mtok"] for value in (0.2, 0.25, 0.2, 0.2)
    ]
    assert seen == [0.1, 0.1, 0.1, 0.1]
    assert nights.holds.set_index("field")["nights"]["input_usd_per_mtok"] == 2


def test_a_second_lineage_lets_a_move_go_and_a_copy_does_not() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5), metered("b", 0.1, 0.5))
    witness = metered("a", 0.2, 0.5, source_id="litellm", lineage="litellm", authority=4)
    copy = metered("b", 0.2, 0.5, source_id="copycat", authority=4)
    seen = nights.add(metered("a", 0.2, 0.5), witness, metered("b", 0.2, 0.5), copy)
    assert seen["input_usd_per_mtok"].to_dict() == {"a": 0.2, "b": 0.1}


@pytest.mark.parametrize("row", [free("a"), metered("a", 1.5, 0.5)])
def test_crossings_and_large_factors_never_release_themselves(row: dict[str, Any]) -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    seen = [nights.add(row).loc["a", "input_usd_per_mtok"] for _ in range(6)]
    assert seen == [0.1] * 6
    assert set(nights.holds["nights"]) == {6}


def test_eighteen_paid_models_at_zero_for_a_night_are_one_incident_and_leave_no_trace() -> None:
    nights = Nights()
    usual = [metered(f"o{number}", 0.1 + number / 100, 0.5) for number in range(338)]
    before = nights.add(*usual)
    zeros = [free(f"o{number}") if number < 18 else row for number, row in enumerate(usual)]
    during = nights.add(*zeros)
    assert during["input_usd_per_mtok"].to_dict() == before["input_usd_per_mtok"].to_dict()
    assert set(nights.holds["rule"]) == {MASS}
    assert nights.holds["incident"].nunique() == 1
    assert nights.holds["subject_id"].nunique() == 18
    after = nights.add(*usual)
    assert after["input_usd_per_mtok"].to_dict() == before["input_usd_per_mtok"].to_dict()
    assert nights.holds.empty


def test_ten_ordinary_moves_of_many_prices_are_no_incident() -> None:
    nights = Nights()
    usual = [metered(f"o{number}", 0.1, 0.5) for number in range(341)]
    nights.add(*usual)
    moved = [metered(f"o{number}", 0.09 if number < 10 else 0.1, 0.5) for number in range(341)]
    assert (nights.add(*moved)["input_usd_per_mtok"] == 0.09).sum() == 10


def test_another_sources_price_is_no_move_but_still_no_unit_slip() -> None:
    nights = Nights()
    nights.add(
        metered("a", 0.1, 0.5, source_id="litellm", authority=4), metered("b", 0.1, 0.5, source_id="litellm")
    )
    seen = nights.add(metered("a", 0.3, 0.9), metered("b", 2.0, 0.5))
    assert seen["input_usd_per_mtok"].to_dict() == {"a": 0.3, "b": 0.1}
    assert set(nights.holds["rule"]) == {FACTOR}


def test_an_accepted_incident_is_published_and_a_rejected_one_stays_away() -> None:
    for verdict, expected in (("accept", 0.9), ("reject", 0.1)):
        nights = Nights()
        usual = [metered(f"o{number}", 0.1, 0.5) for number in range(20)]
        nights.add(*usual)
        dearer = [metered(f"o{number}", 0.9, 0.5) for number in range(20)]
        nights.add(*dearer)
        nights.decide(nights.holds["incident"].iloc[0], verdict)
        assert set(nights.add(*dearer)["input_usd_per_mtok"]) == {expected}
        assert set(nights.holds["state"]) == (set() if verdict == "accept" else {"rejected"})


def test_a_decision_does_not_speak_for_another_candidate() -> None:
    nights = Nights()
    nights.add(metered("a", 0.1, 0.5))
    nights.add(metered("a", 1.5, 0.5))
    hold = nights.holds[nights.holds["field"] == "input_usd_per_mtok"].iloc[0]
    nights.decide(hold["hold_id"], "accept", **{hold["hold_id"]: hold["candidate_value"]})
    assert nights.add(metered("a", 1.6, 0.5)).loc["a", "input_usd_per_mtok"] == 0.1
    assert nights.add(metered("a", 1.5, 0.5)).loc["a", "input_usd_per_mtok"] == 1.5


def test_one_host_at_a_hundred_thousand_times_its_price_gives_way_on_a_first_night_too() -> None:
    nights = Nights()
    seen = nights.add(metered("wandb", 15_000, 60_000))
    assert seen.loc["wandb", "price_missing_reason"] == "held"
    assert pd.isna(seen.loc["wandb", "input_usd_per_mtok"])
    assert sorted(nights.holds["candidate_value"]) == ["15000.0", "60000.0"]
    assert nights.holds["published_value"].isna().all()
