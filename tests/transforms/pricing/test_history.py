"""Nights in a row: what the history says of each, and what it said before."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.pricing.corrections import list_corrections
from llmpairs.transforms.pricing.history import extend_history
from llmpairs.warehouse.convert import empty_frame, to_arrow
from llmpairs.warehouse.errors import DecisionError

IN = "input_usd_per_mtok"
NONE = float("nan")
GROQ = "groq/groq/gpt-oss-120b/-/standard"


def moment(day: int, hour: int = 23) -> pd.Timestamp:
    return pd.Timestamp(2026, 6, day, hour, tz="UTC")


def bundle(price: float, offer_id: str = GROQ, **more: Any) -> dict[str, Any]:
    """One offer's published bundle, captured an hour before the night's moment."""
    return {
        "row_id": 1, "offer_id": offer_id, IN: price, "source_id": "models_dev", "prices_since": None,
        "price_missing_reason": None if price == price else "not_listed", "printed": f"input {price}", **more,
    }  # fmt: skip


@dataclass
class Nights:
    """A history, each night built on the one before; a release's other tables hold what the history reads."""

    history: DataFrame = field(default_factory=lambda: empty_frame("price_history"))
    decisions: list[dict[str, Any]] = field(default_factory=list)
    previous: dict[str, DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.previous = {name: empty_frame(name) for name in ("offers", "facts", "holds")}

    def add(self, day: int, *rows: dict[str, Any], **offer: Any) -> DataFrame:
        """Run a night; returns its open spans by offer_id."""
        seen = moment(day, 22)
        full = [{"captured_at": seen, "capture_id": f"c{day}", **row} for row in rows]
        fields = [name for name in empty_frame("offers").columns if name.endswith("_usd_per_mtok")]
        prices = DataFrame(full).reindex(columns=[*DataFrame(full).columns.union(fields)])
        prices = prices.astype(
            dict.fromkeys(fields, "float64") | {"price_missing_reason": "str", "prices_since": "str"}
        )
        offers = DataFrame(
            {
                "offer_id": prices["offer_id"], "offer_status": "active", "retire_on": pd.NaT,
                "price_observed_at": prices["captured_at"], **offer,
            }
        )  # fmt: skip
        tables = {**self.previous, "price_history": self.history}
        decided = DataFrame(self.decisions)
        self.before = self.history
        self.history = extend_history(prices, offers, tables, decided, moment(day).to_pydatetime())
        assert len(to_arrow(self.history, "price_history")) == len(self.history)
        facts = pd.concat(
            [published(prices[prices["row_id"] != -1]), self.previous["facts"]], ignore_index=True
        )
        facts = facts.drop_duplicates(["subject_id", "field"])
        self.previous = {"offers": offers, "facts": facts, "holds": empty_frame("holds")}
        now = self.history[self.history["valid_to"].isna() & self.history["known_to"].isna()]
        return now.set_index("offer_id")

    def hold(self, day: int, candidate: str) -> None:
        """The last night held this input price back since that day."""
        row = {
            "subject_id": GROQ,
            "field": IN,
            "candidate_value": candidate,
            "since": moment(day),
            "state": "held",
        }
        self.previous["holds"] = DataFrame([row])

    def decide(self, start: datetime, end: datetime, price: str, made: int, name: str = "d1") -> None:
        values = {"valid_from": start.isoformat(), "valid_to": end.isoformat()}
        self.decisions.append(
            {"decision_id": name, "kind": "correction", "subject": f"{GROQ}|{IN}", "verdict": price,
             "made_on_as_of": moment(made), "values": values}
        )  # fmt: skip

    def told(self, known_at: pd.Timestamp | None = None) -> list[tuple[Any, ...]]:
        """price, valid_from, valid_to as known then, or now."""
        rows = self.history
        if known_at is None:
            rows = rows[rows["known_to"].isna()]
        else:
            rows = rows[(rows["known_from"] <= known_at) & ~(rows["known_to"] <= known_at)]
        rows = rows.sort_values("valid_from")
        ends = rows["valid_to"].astype("object").where(rows["valid_to"].notna(), None)
        prices = rows["usd_per_mtok"].astype("object").where(rows["usd_per_mtok"].notna(), None)
        return list(zip(prices, rows["valid_from"], ends, strict=True))


def published(prices: DataFrame) -> DataFrame:
    """The chosen claims of the published prices."""
    rows = prices[prices[IN].notna()]
    return DataFrame(
        {
            "subject_id": rows["offer_id"], "field": IN, "is_chosen": True, "source_id": rows["source_id"],
            "printed": rows["printed"], "capture_id": rows["capture_id"],
        }
    )  # fmt: skip


def started(*prices: float) -> Nights:
    """Nights from 8 June on at these prices."""
    nights = Nights()
    for day, price in enumerate(prices, 8):
        nights.add(day, bundle(price))
    return nights


def test_a_first_night_starts_spans_whose_start_is_not_known() -> None:
    nights = started(0.15)
    assert list(nights.history["valid_from_kind"]) == ["left_censored"]
    assert nights.told() == [(0.15, moment(8, 22), None)]


def test_an_unchanged_price_and_a_missing_source_leave_the_history_alone() -> None:
    nights = started(0.15, 0.15)
    first = nights.history
    nights.add(10, bundle(0.15, captured_at=moment(8, 22), capture_id="c8"))
    pd.testing.assert_frame_equal(nights.history, first)


def test_a_change_closes_one_span_and_opens_another_and_old_belief_can_be_asked_for() -> None:
    nights = started(0.15, 0.12)
    assert nights.told() == [(0.15, moment(8, 22), moment(9, 22)), (0.12, moment(9, 22), None)]
    assert nights.told(moment(8)) == [(0.15, moment(8, 22), None)]
    assert set(nights.history["reason"]) == {"change"}
    assert nights.add(10, bundle(0.12)).loc[GROQ, "valid_from_kind"] == "first_seen"


def test_a_new_offer_is_first_seen_unless_its_source_is_new_too() -> None:
    nights = started(0.15)
    now = nights.add(9, bundle(0.15), bundle(0.5, "together"), bundle(0.4, "xai", source_id="xai"))
    assert now["valid_from_kind"].to_dict() == {
        GROQ: "left_censored", "together": "first_seen", "xai": "left_censored",
    }  # fmt: skip


def test_a_price_that_becomes_null_ends_with_its_reason_and_may_come_back() -> None:
    nights = started(0.15, NONE, 0.2)
    assert nights.told() == [
        (0.15, moment(8, 22), moment(9, 22)),
        (None, moment(9, 22), moment(10, 22)),
        (0.2, moment(10, 22), None),
    ]
    silent = nights.history[nights.history["usd_per_mtok"].isna()]
    assert set(silent["price_missing_reason"]) == {"not_listed"}
    assert set(silent["capture_id"]) == {"c9"}


def test_a_price_that_is_held_without_a_last_good_one_says_nothing() -> None:
    nights = started(0.15)
    before = nights.history
    nights.add(9, bundle(NONE, price_missing_reason="held"))
    pd.testing.assert_frame_equal(nights.history, before)
    assert Nights().add(8, bundle(NONE)).empty


def test_a_retired_route_has_no_price_from_its_stated_day_or_from_tonight() -> None:
    for retire_on, end, kind in (
        (pd.Timestamp(2026, 6, 9), moment(9, 0), "declared"),
        (pd.Timestamp(2026, 6, 1), moment(9), "first_seen"),
        (pd.NaT, moment(9), "first_seen"),
    ):
        nights = started(0.15)
        ended = nights.add(9, bundle(0.15), offer_status="retired", retire_on=retire_on).loc[GROQ]
        assert (ended["valid_from"], ended["valid_from_kind"]) == (end, kind)
        assert (ended["price_missing_reason"], ended["reason"]) == ("retired", "change")
        nights.add(10, bundle(0.15), offer_status="retired", retire_on=retire_on)
        assert nights.told()[-1] == (None, end, None)
        assert nights.add(11, bundle(0.15)).loc[GROQ, "usd_per_mtok"] == 0.15


def test_a_held_move_that_is_let_go_is_a_change_since_it_was_first_seen() -> None:
    nights = started(0.1)
    nights.add(9, bundle(0.1, row_id=-1, printed="input 0.2", captured_at=moment(8, 22)))
    nights.hold(9, "0.2")
    now = nights.add(11, bundle(0.2)).loc[GROQ]
    assert (now["valid_from"], now["known_from"], now["reason"]) == (moment(9), moment(11), "change")


def test_another_sources_older_word_does_not_unsay_what_was_seen_since() -> None:
    nights = started(0.1, 0.1)
    other = bundle(0.3, source_id="litellm", captured_at=moment(7, 22))
    now = nights.add(10, other).loc[GROQ]
    assert (now["valid_from"], now["reason"]) == (moment(10), "change")


@pytest.mark.parametrize("same", [{"printed": "input 0.00004 per 1000"}, {"capture_id": "c"}])
def test_the_same_words_read_otherwise_correct_the_whole_span(same: dict[str, str]) -> None:
    nights = Nights()
    for day in (8, 9):
        nights.add(day, bundle(40.0, **same))
    now = nights.add(10, bundle(0.04, **same)).loc[GROQ]
    assert now["reason"] == "correction"
    assert nights.told() == [(0.04, moment(8, 22), None)]
    assert nights.told(moment(9)) == [(40.0, moment(8, 22), None)]


def test_a_source_that_states_an_earlier_day_corrects_its_own_words() -> None:
    nights = started(0.1, 0.1, 0.1)
    now = nights.add(11, bundle(0.2, prices_since="2026-06-10")).loc[GROQ]
    assert (now["valid_from_kind"], now["reason"]) == ("declared", "correction")
    assert nights.told() == [(0.1, moment(8, 22), moment(10, 0)), (0.2, moment(10, 0), None)]
    again = nights.history
    nights.add(12, bundle(0.2, prices_since="2026-06-10"))
    pd.testing.assert_frame_equal(nights.history, again)
    nights.add(13, bundle(0.2, prices_since="2026-06-09"))
    assert nights.told() == [(0.1, moment(8, 22), moment(9, 0)), (0.2, moment(9, 0), None)]


def test_a_stated_day_after_all_evidence_is_a_change_and_one_to_come_says_nothing() -> None:
    nights = started(0.1)
    now = nights.add(9, bundle(0.2, prices_since="2026-06-09")).loc[GROQ]
    assert (now["valid_from"], now["valid_from_kind"], now["reason"]) == (moment(9, 0), "declared", "change")
    assert nights.add(10, bundle(0.3, prices_since="2026-06-11")).loc[GROQ, "valid_from"] == moment(10, 22)


def test_a_stated_day_does_not_reach_over_another_sources_words() -> None:
    nights = Nights()
    nights.add(8, bundle(0.1, source_id="openrouter"))
    assert nights.add(9, bundle(0.2, prices_since="2026-06-01")).loc[GROQ, "valid_from"] == moment(9, 22)
    nights.add(10, bundle(0.2, prices_since="2026-06-01"))
    assert nights.told() == [(0.1, moment(8, 22), moment(9, 22)), (0.2, moment(9, 22), None)]


def test_a_month_old_price_is_corrected_and_both_beliefs_can_be_asked_for() -> None:
    nights = started(0.4, 0.4, 0.05)
    nights.decide(moment(9, 0), moment(10, 22), "0.04", made=10)
    for day in (11, 12):
        nights.add(day, bundle(0.05))
    assert nights.told() == [
        (0.4, moment(8, 22), moment(9, 0)),
        (0.04, moment(9, 0), moment(10, 22)),
        (0.05, moment(10, 22), None),
    ]
    assert nights.told(moment(10)) == [(0.4, moment(8, 22), moment(10, 22)), (0.05, moment(10, 22), None)]
    right = nights.history[nights.history["decision_id"] == "d1"]
    assert list(right["reason"]) == ["correction"]
    assert right["source_id"].isna().all()
    assert list(right["known_from"]) == [moment(11)]


def test_a_correction_within_a_span_leaves_what_is_published_alone() -> None:
    nights = started(0.4)
    nights.decide(moment(9, 0), moment(9, 12), "unknown", made=10)
    for day in (9, 10, 11, 12):
        nights.add(day, bundle(0.4))
    assert nights.told() == [
        (0.4, moment(8, 22), moment(9, 0)),
        (None, moment(9, 0), moment(9, 12)),
        (0.4, moment(9, 12), None),
    ]
    assert len(nights.history) == 4


def test_a_later_correction_goes_over_an_earlier_one_and_none_reaches_the_nights_after_it() -> None:
    nights = started(0.4, 0.4)
    nights.decide(moment(8, 22), moment(30), "0.1", made=9)
    nights.decide(moment(8, 23), moment(9, 1), "0.2", made=9, name="d2")
    nights.add(10, bundle(0.4))
    nights.add(11, bundle(0.4))
    assert nights.told() == [
        (0.1, moment(8, 22), moment(8, 23)),
        (0.2, moment(8, 23), moment(9, 1)),
        (0.1, moment(9, 1), moment(9)),
        (0.4, moment(9), None),
    ]
    assert set(nights.history["known_from"]) == {moment(8), moment(10)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject": f"{GROQ}|price"}, "the subject is offer_id|field"),
        ({"verdict": "cheap"}, "no proper price and times"),
        ({"values": {}}, "no proper price and times"),
        ({"made_on_as_of": moment(7)}, "valid_from is not before valid_to"),
    ],
)
def test_a_correction_that_cannot_be_read_is_named(change: dict[str, Any], says: str) -> None:
    nights = started(0.4)
    nights.decide(moment(8, 22), moment(9), "0.1", made=9)
    nights.decisions[0] |= change
    with pytest.raises(DecisionError, match="correction d1 of .*" + says.replace("|", r"\|")):
        nights.add(10, bundle(0.4))


def test_a_further_attempt_at_a_night_says_what_the_first_would_have() -> None:
    for days in ([0.15, 0.12], [0.15]):
        nights = started(*days)
        first = nights.history
        nights.add(7 + len(days), bundle(days[-1]))
        key = ["offer_id", "field", "valid_from", "known_from"]
        pd.testing.assert_frame_equal(
            nights.history.sort_values(key, ignore_index=True), first.sort_values(key, ignore_index=True)
        )
    nights = started(0.15, 0.12)
    nights.add(9, bundle(0.15))
    assert nights.told() == [(0.15, moment(8, 22), None)]


def test_what_tonight_corrects_is_listed_and_a_change_is_not() -> None:
    nights = started(0.4, 0.05)
    assert list_corrections(nights.history, nights.before).empty
    nights.decide(moment(8, 22), moment(9, 22), "0.04", made=9)
    nights.add(10, bundle(0.05))
    found = list_corrections(nights.history, nights.before)
    assert found.to_numpy().tolist() == [[GROQ, IN, 0.4, 0.04, False]]
    nights.add(11, bundle(0.05))
    assert list_corrections(nights.history, nights.before).empty


def test_a_history_of_an_earlier_contract_is_carried_on() -> None:
    nights = started(0.15)
    nights.history = nights.history.drop(columns=["price_missing_reason", "decision_id"])
    nights.add(9, bundle(0.12))
    assert nights.told() == [(0.15, moment(8, 22), moment(9, 22)), (0.12, moment(9, 22), None)]
    assert nights.history[["price_missing_reason", "decision_id"]].isna().all(axis=None)
