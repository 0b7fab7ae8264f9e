"""A released price change is no warning, and a mass change counts only prices of the same source."""

import pytest

from llmpairs.expectations.suites.offers import OFFERS_SUITE
from tests.expectations.faults import ALPHA_OFFER, HALVED, incident
from tests.expectations.mutations import Frames, combine, set_value
from tests.expectations.test_suites import run_check

HALF = "no price changes by more than half since the parent release"
CROSSING = "no listed price crosses zero or becomes null since the parent release"
INCIDENT = "no source changes over 4% of its prices in one run"


@pytest.mark.parametrize(("state", "outcome"), [("held", "failed"), ("released", "passed"), ("accepted", "passed")])
def test_a_released_change_is_no_warning(state: str, outcome: str, good: Frames) -> None:
    frames = dict(good)
    on_alpha = combine(
        set_value("holds", "subject_id", ALPHA_OFFER, hold_id="h1"), set_value("holds", "state", state, hold_id="h1")
    )
    combine(HALVED, on_alpha)(frames)
    assert run_check(OFFERS_SUITE, HALF, frames).outcome == outcome
    set_value("parent_offers", "input_usd_per_mtok", 0.0, offer_id=ALPHA_OFFER)(frames)
    assert run_check(OFFERS_SUITE, CROSSING, frames).outcome == outcome


def test_prices_of_another_source_in_the_parent_are_no_mass_change(good: Frames) -> None:
    frames = dict(good)
    incident(frames)
    assert run_check(OFFERS_SUITE, INCIDENT, frames).rows_failed == 20
    set_value("parent_offers", "price_source_id", "another")(frames)
    assert run_check(OFFERS_SUITE, INCIDENT, frames).rows_failed == 0
