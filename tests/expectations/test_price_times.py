"""The time of a price is that of its response, in a live run too."""

import pandas as pd
import pytest

from llmpairs.expectations.suites.offers import observed_when_captured

START = pd.Timestamp("2026-05-18T20:24:18Z")


@pytest.mark.parametrize(
    ("captured", "stated", "late", "passes"),
    [
        (START + pd.Timedelta(minutes=2), START + pd.Timedelta(minutes=2), False, True),  # a live run
        (START + pd.Timedelta(days=2), START + pd.Timedelta(days=2), False, False),
        (START + pd.Timedelta(days=2), START + pd.Timedelta(days=2), True, True),
        (START, START + pd.Timedelta(minutes=2), False, False),
    ],
)
def test_a_price_has_the_time_of_its_response(
    captured: pd.Timestamp, stated: pd.Timestamp, late: bool, passes: bool
) -> None:
    offers = pd.DataFrame({"price_capture_id": ["c"], "price_observed_at": [stated]})
    captures = pd.DataFrame({"capture_id": ["c"], "captured_at": [captured], "late": [late]})
    assert observed_when_captured(offers, captures, pd.DataFrame({"as_of": [START]})).tolist() == [passes]
