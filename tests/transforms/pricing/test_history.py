import pandas as pd
from pandas import DataFrame

from transforms.pricing.history import extend_history
from warehouse.arrow import empty_frame

FIRST, SECOND, THIRD = (pd.Timestamp(f"2026-06-{day:02d}T23:59:00Z") for day in (8, 9, 10))


def offers(price: float, seen: pd.Timestamp, offer_id: str = "groq") -> DataFrame:
    return DataFrame(
        {
            "offer_id": [offer_id],
            "input_usd_per_mtok": [price],
            "output_usd_per_mtok": [float("nan")],
            "cache_read_usd_per_mtok": [float("nan")],
            "cache_write_usd_per_mtok": [float("nan")],
            "price_observed_at": [seen],
            "price_source_id": ["models_dev"],
            "price_capture_id": ["c"],
        }
    )


def night(previous: DataFrame, price: float, seen: pd.Timestamp, as_of: pd.Timestamp) -> DataFrame:
    return extend_history(previous, offers(price, seen), as_of.to_pydatetime(), previous.empty)


def test_a_first_night_starts_spans_whose_start_is_not_known() -> None:
    history = night(empty_frame("price_history"), 0.15, FIRST, FIRST)
    assert list(history["valid_from_kind"]) == ["left_censored"]
    assert history["valid_to"].isna().all()


def test_an_unchanged_price_and_a_missing_source_leave_the_history_alone() -> None:
    history = night(empty_frame("price_history"), 0.15, FIRST, FIRST)
    same = night(history, 0.15, SECOND, SECOND)
    hole = night(same, 0.15, FIRST, THIRD)
    pd.testing.assert_frame_equal(same, history, check_dtype=False)
    pd.testing.assert_frame_equal(hole, history, check_dtype=False)


def test_a_change_closes_one_span_and_opens_another_and_old_belief_can_be_asked_for() -> None:
    history = night(night(empty_frame("price_history"), 0.15, FIRST, FIRST), 0.12, SECOND, SECOND)
    believed_then = history[(history["known_from"] <= FIRST) & ~(history["known_to"] <= FIRST)]
    believed_now = history[history["known_to"].isna()].sort_values("valid_from")
    assert list(believed_then["usd_per_mtok"]) == [0.15]
    assert list(believed_now["usd_per_mtok"]) == [0.15, 0.12]
    assert list(believed_now["valid_to"].fillna(THIRD)) == [SECOND, THIRD]
    assert not history.duplicated(["offer_id", "field", "valid_from", "known_from"]).any()


def test_a_new_offer_is_first_seen_tonight() -> None:
    history = night(empty_frame("price_history"), 0.15, FIRST, FIRST)
    both = pd.concat([offers(0.15, SECOND), offers(0.5, SECOND, "together")], ignore_index=True)
    later = extend_history(history, both, SECOND.to_pydatetime(), False)
    assert later.set_index("offer_id")["valid_from_kind"].to_dict() == {
        "groq": "left_censored",
        "together": "first_seen",
    }
