"""Price history over consecutive runs: what is known now, and what was known earlier."""

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
    """One offer's published bundle, captured an hour before the as-of time."""
    return {
        "row_id": 1, "offer_id": offer_id, IN: price, "source_id": "models_dev", "prices_since": None,
        "price_missing_reason": None if price == price else "not_listed", "printed": f"input {price}", **more,
    }  # fmt: skip


@dataclass
class HistoryRuns:
    """A history, each run built on the one before, with the other tables that the history reads."""

    history: DataFrame = field(default_factory=lambda: empty_frame("price_history"))
    decisions: list[dict[str, Any]] = field(default_factory=list)
    previous: dict[str, DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.previous = {name: empty_frame(name) for name in ("offers", "facts", "holds")}

    def add(self, day: int, *rows: dict[str, Any], **offer: Any) -> DataFrame:
        """Add a run; returns its open spans by offer_id."""
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
        facts = pd.concat([published(prices[prices["row_id"] != -1]), self.previous["facts"]], ignore_index=True)
        facts = facts.drop_duplicates(["subject_id", "field"])
        self.previous = {"offers": offers, "facts": facts, "holds": empty_frame("holds")}
        now = self.history[self.history["valid_to"].isna() & self.history["known_to"].isna()]
        return now.set_index("offer_id")

    def hold(self, day: int, candidate: str) -> None:
        """Hold this input price in the last run, since that day."""
        row = {"subject_id": GROQ, "field": IN, "candidate_value": candidate, "since": moment(day), "state": "held"}
        self.previous["holds"] = DataFrame([row])

    def decide(self, start: datetime, end: datetime, price: str, made: int, name: str = "d1") -> None:
        values = {"valid_from": start.isoformat(), "valid_to": end.isoformat()}
        self.decisions.append(
            {"decision_id": name, "kind": "correction", "subject": f"{GROQ}|{IN}", "verdict": price,
             "made_on_as_of": moment(made), "values": values}
        )  # fmt: skip

    def spans(self, known_at: pd.Timestamp | None = None) -> list[tuple[Any, ...]]:
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


def started(*prices: float) -> HistoryRuns:
    """HistoryRuns from 8 June on at these prices."""
    runs = HistoryRuns()
    for day, price in enumerate(prices, 8):
        runs.add(day, bundle(price))
    return runs


def test_a_first_run_starts_left_censored_spans() -> None:
    runs = started(0.15)
    assert list(runs.history["valid_from_kind"]) == ["left_censored"]
    assert runs.spans() == [(0.15, moment(8, 22), None)]


def test_an_unchanged_price_and_a_missing_source_leave_the_history_alone() -> None:
    runs = started(0.15, 0.15)
    first = runs.history
    runs.add(10, bundle(0.15, captured_at=moment(8, 22), capture_id="c8"))
    pd.testing.assert_frame_equal(runs.history, first)


def test_a_change_closes_one_span_and_opens_another_and_the_earlier_record_stays() -> None:
    runs = started(0.15, 0.12)
    assert runs.spans() == [(0.15, moment(8, 22), moment(9, 22)), (0.12, moment(9, 22), None)]
    assert runs.spans(moment(8)) == [(0.15, moment(8, 22), None)]
    assert set(runs.history["reason"]) == {"change"}
    assert runs.add(10, bundle(0.12)).loc[GROQ, "valid_from_kind"] == "first_seen"


def test_a_new_offer_is_first_seen_unless_its_source_is_new_too() -> None:
    runs = started(0.15)
    now = runs.add(9, bundle(0.15), bundle(0.5, "together"), bundle(0.4, "xai", source_id="xai"))
    assert now["valid_from_kind"].to_dict() == {
        GROQ: "left_censored", "together": "first_seen", "xai": "left_censored",
    }  # fmt: skip


def test_a_price_that_becomes_null_ends_with_its_reason_and_may_come_back() -> None:
    runs = started(0.15, NONE, 0.2)
    assert runs.spans() == [
        (0.15, moment(8, 22), moment(9, 22)),
        (None, moment(9, 22), moment(10, 22)),
        (0.2, moment(10, 22), None),
    ]
    silent = runs.history[runs.history["usd_per_mtok"].isna()]
    assert set(silent["price_missing_reason"]) == {"not_listed"}
    assert set(silent["capture_id"]) == {"c9"}


def test_a_held_price_without_a_last_known_good_is_no_update() -> None:
    runs = started(0.15)
    before = runs.history
    runs.add(9, bundle(NONE, price_missing_reason="held"))
    pd.testing.assert_frame_equal(runs.history, before)
    assert HistoryRuns().add(8, bundle(NONE)).empty


def test_a_retired_offer_has_no_price_from_its_stated_day_or_this_run() -> None:
    for retire_on, end, kind in (
        (pd.Timestamp(2026, 6, 9), moment(9, 0), "declared"),
        (pd.Timestamp(2026, 6, 1), moment(9), "first_seen"),
        (pd.NaT, moment(9), "first_seen"),
    ):
        runs = started(0.15)
        ended = runs.add(9, bundle(0.15), offer_status="retired", retire_on=retire_on).loc[GROQ]
        assert (ended["valid_from"], ended["valid_from_kind"]) == (end, kind)
        assert (ended["price_missing_reason"], ended["reason"]) == ("retired", "change")
        runs.add(10, bundle(0.15), offer_status="retired", retire_on=retire_on)
        assert runs.spans()[-1] == (None, end, None)
        assert runs.add(11, bundle(0.15)).loc[GROQ, "usd_per_mtok"] == 0.15


def test_a_released_move_is_a_change_since_it_was_first_held() -> None:
    runs = started(0.1)
    runs.add(9, bundle(0.1, row_id=-1, printed="input 0.2", captured_at=moment(8, 22)))
    runs.hold(9, "0.2")
    now = runs.add(11, bundle(0.2)).loc[GROQ]
    assert (now["valid_from"], now["known_from"], now["reason"]) == (moment(9), moment(11), "change")


def test_an_older_value_of_another_source_does_not_replace_later_evidence() -> None:
    runs = started(0.1, 0.1)
    other = bundle(0.3, source_id="litellm", captured_at=moment(7, 22))
    now = runs.add(10, other).loc[GROQ]
    assert (now["valid_from"], now["reason"]) == (moment(10), "change")


@pytest.mark.parametrize("same", [{"printed": "input 0.00004 per 1000"}, {"capture_id": "c"}])
def test_the_same_text_parsed_differently_corrects_the_whole_span(same: dict[str, str]) -> None:
    runs = HistoryRuns()
    for day in (8, 9):
        runs.add(day, bundle(40.0, **same))
    now = runs.add(10, bundle(0.04, **same)).loc[GROQ]
    assert now["reason"] == "correction"
    assert runs.spans() == [(0.04, moment(8, 22), None)]
    assert runs.spans(moment(9)) == [(40.0, moment(8, 22), None)]


def test_a_source_that_states_an_earlier_day_corrects_its_own_spans() -> None:
    runs = started(0.1, 0.1, 0.1)
    now = runs.add(11, bundle(0.2, prices_since="2026-06-10")).loc[GROQ]
    assert (now["valid_from_kind"], now["reason"]) == ("declared", "correction")
    assert runs.spans() == [(0.1, moment(8, 22), moment(10, 0)), (0.2, moment(10, 0), None)]
    again = runs.history
    runs.add(12, bundle(0.2, prices_since="2026-06-10"))
    pd.testing.assert_frame_equal(runs.history, again)
    runs.add(13, bundle(0.2, prices_since="2026-06-09"))
    assert runs.spans() == [(0.1, moment(8, 22), moment(9, 0)), (0.2, moment(9, 0), None)]


def test_a_stated_day_after_all_evidence_is_a_change_and_a_future_one_is_ignored() -> None:
    runs = started(0.1)
    now = runs.add(9, bundle(0.2, prices_since="2026-06-09")).loc[GROQ]
    assert (now["valid_from"], now["valid_from_kind"], now["reason"]) == (moment(9, 0), "declared", "change")
    assert runs.add(10, bundle(0.3, prices_since="2026-06-11")).loc[GROQ, "valid_from"] == moment(10, 22)


def test_a_stated_day_does_not_reach_over_spans_of_another_source() -> None:
    runs = HistoryRuns()
    runs.add(8, bundle(0.1, source_id="openrouter"))
    assert runs.add(9, bundle(0.2, prices_since="2026-06-01")).loc[GROQ, "valid_from"] == moment(9, 22)
    runs.add(10, bundle(0.2, prices_since="2026-06-01"))
    assert runs.spans() == [(0.1, moment(8, 22), moment(9, 22)), (0.2, moment(9, 22), None)]


def test_a_month_old_price_is_corrected_and_both_records_stay() -> None:
    runs = started(0.4, 0.4, 0.05)
    runs.decide(moment(9, 0), moment(10, 22), "0.04", made=10)
    for day in (11, 12):
        runs.add(day, bundle(0.05))
    assert runs.spans() == [
        (0.4, moment(8, 22), moment(9, 0)),
        (0.04, moment(9, 0), moment(10, 22)),
        (0.05, moment(10, 22), None),
    ]
    assert runs.spans(moment(10)) == [(0.4, moment(8, 22), moment(10, 22)), (0.05, moment(10, 22), None)]
    right = runs.history[runs.history["decision_id"] == "d1"]
    assert list(right["reason"]) == ["correction"]
    assert right["source_id"].isna().all()
    assert list(right["known_from"]) == [moment(11)]


def test_a_correction_within_a_span_leaves_what_is_published_alone() -> None:
    runs = started(0.4)
    runs.decide(moment(9, 0), moment(9, 12), "unknown", made=10)
    for day in (9, 10, 11, 12):
        runs.add(day, bundle(0.4))
    assert runs.spans() == [
        (0.4, moment(8, 22), moment(9, 0)),
        (None, moment(9, 0), moment(9, 12)),
        (0.4, moment(9, 12), None),
    ]
    assert len(runs.history) == 4


def test_a_later_correction_replaces_an_earlier_one_and_ends_at_its_own_release() -> None:
    runs = started(0.4, 0.4)
    runs.decide(moment(8, 22), moment(30), "0.1", made=9)
    runs.decide(moment(8, 23), moment(9, 1), "0.2", made=9, name="d2")
    runs.add(10, bundle(0.4))
    runs.add(11, bundle(0.4))
    assert runs.spans() == [
        (0.1, moment(8, 22), moment(8, 23)),
        (0.2, moment(8, 23), moment(9, 1)),
        (0.1, moment(9, 1), moment(9)),
        (0.4, moment(9), None),
    ]
    assert set(runs.history["known_from"]) == {moment(8), moment(10)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subject": f"{GROQ}|price"}, "the subject is offer_id|field"),
        ({"verdict": "cheap"}, "no proper price and times"),
        ({"values": {}}, "no proper price and times"),
        ({"made_on_as_of": moment(7)}, "valid_from is not before valid_to"),
    ],
)
def test_a_malformed_correction_is_named(change: dict[str, Any], message: str) -> None:
    runs = started(0.4)
    runs.decide(moment(8, 22), moment(9), "0.1", made=9)
    runs.decisions[0] |= change
    with pytest.raises(DecisionError, match="correction d1 of .*" + message.replace("|", r"\|")):
        runs.add(10, bundle(0.4))


def test_a_second_run_with_one_as_of_time_has_the_same_history() -> None:
    for days in ([0.15, 0.12], [0.15]):
        runs = started(*days)
        first = runs.history
        runs.add(7 + len(days), bundle(days[-1]))
        key = ["offer_id", "field", "valid_from", "known_from"]
        pd.testing.assert_frame_equal(
            runs.history.sort_values(key, ignore_index=True), first.sort_values(key, ignore_index=True)
        )
    runs = started(0.15, 0.12)
    runs.add(9, bundle(0.15))
    assert runs.spans() == [(0.15, moment(8, 22), None)]


def test_corrections_of_this_run_are_listed_and_changes_are_not() -> None:
    runs = started(0.4, 0.05)
    assert list_corrections(runs.history, runs.before).empty
    runs.decide(moment(8, 22), moment(9, 22), "0.04", made=9)
    runs.add(10, bundle(0.05))
    found = list_corrections(runs.history, runs.before)
    assert found.to_numpy().tolist() == [[GROQ, IN, 0.4, 0.04, False]]
    runs.add(11, bundle(0.05))
    assert list_corrections(runs.history, runs.before).empty


def test_a_history_of_an_earlier_contract_is_extended() -> None:
    runs = started(0.15)
    runs.history = runs.history.drop(columns=["price_missing_reason", "decision_id"])
    runs.add(9, bundle(0.12))
    assert runs.spans() == [(0.15, moment(8, 22), moment(9, 22)), (0.12, moment(9, 22), None)]
    assert runs.history[["price_missing_reason", "decision_id"]].isna().all(axis=None)
