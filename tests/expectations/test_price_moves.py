"""A move is worth a look until somebody, or a rule, has looked at it; and a source moves only its own prices."""

import pytest

from llmpairs.expectations.suites.offers import OFFERS_SUITE
from tests.expectations.faults import ALPHA_OFFER, HALVED, incident
from tests.expectations.spoil import Frames, both, put
from tests.expectations.test_suites import ask

HALF = "no price moves by more than half overnight"
CROSSING = "no listed price crosses zero or vanishes overnight"
INCIDENT = "no source moves over 4% of its prices in one night"


@pytest.mark.parametrize(
    ("state", "outcome"), [("held", "failed"), ("released", "passed"), ("accepted", "passed")]
)
def test_a_move_that_is_let_go_tonight_is_no_warning(state: str, outcome: str, good: Frames) -> None:
    frames = dict(good)
    on_alpha = both(
        put("holds", "subject_id", ALPHA_OFFER, hold_id="h1"), put("holds", "state", state, hold_id="h1")
    )
    both(HALVED, on_alpha)(frames)
    assert ask(OFFERS_SUITE, HALF, frames).outcome == outcome
    put("parent_offers", "input_usd_per_mtok", 0.0, offer_id=ALPHA_OFFER)(frames)
    assert ask(OFFERS_SUITE, CROSSING, frames).outcome == outcome


def test_prices_that_another_source_told_last_night_are_no_mass_move(good: Frames) -> None:
    frames = dict(good)
    incident(frames)
    assert ask(OFFERS_SUITE, INCIDENT, frames).rows_failed == 20
    put("parent_offers", "price_source_id", "another")(frames)
    assert ask(OFFERS_SUITE, INCIDENT, frames).rows_failed == 0
