from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame, Series

from llmpairs.transforms.lifecycle import RETIRED_AFTER_NIGHTS, find_successors, lists_are_healthy
from llmpairs.transforms.reconcile.model_rows import carry_absent_models
from llmpairs.transforms.reconcile.offer_rows import carry_absent_offers, mark_eligible
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import AS_OF

DAY = AS_OF.tz_localize(None).normalize()


def listed(table: str, **columns: list[Any]) -> DataFrame:
    """Rows of a release's table with nothing but what is given."""
    base: dict[str, Any] = {"nights_absent": 0, "held": False, "offer_status": "active", "lifecycle": "active"}
    size = len(next(iter(columns.values())))
    frame = DataFrame({**{name: [value] * size for name, value in base.items()}, **columns})
    contract = empty_frame(table)
    return frame.reindex(columns=contract.columns).astype(
        {name: kind for name, kind in contract.dtypes.items() if str(kind).startswith(("datetime", "str"))}
    )


def runs_without(table: str, healthy: list[bool]) -> list[DataFrame]:
    """A table of consecutive runs in which one of its two subjects is no longer listed."""
    key = {"offers": "offer_id", "models": "model_id"}[table]
    both = listed(table, **{key: ["here", "gone"]})
    carry = {"offers": carry_absent_offers, "models": carry_absent_models}[table]
    current, frames = both.iloc[:1].drop(columns="retired_on"), [both]
    for number, well in enumerate(healthy):
        as_of = (AS_OF + timedelta(days=number)).to_pydatetime()
        frames.append(carry(current, frames[-1], Series([True, well], index=frames[-1].index), as_of))
    return frames[1:]


@pytest.mark.parametrize("table", ["offers", "models"])
def test_a_subject_absent_for_seven_runs_is_retired_with_its_date(table: str) -> None:
    frames = runs_without(table, [True] * (RETIRED_AFTER_NIGHTS + 1))
    column = {"offers": "offer_status", "models": "lifecycle"}[table]
    before = {"offers": "stale", "models": "active"}[table]
    gone = [frame.iloc[1] for frame in frames]
    assert [row[column] for row in gone] == [before] * 6 + ["retired"] * 2
    assert [row["retired_on"] for row in gone[6:]] == [DAY + timedelta(days=6)] * 2
    assert pd.isna(gone[5]["retired_on"])
    assert frames[-1].iloc[0][column] == "active"


@pytest.mark.parametrize("table", ["offers", "models"])
def test_a_run_with_a_failed_source_does_not_count(table: str) -> None:
    frames = runs_without(table, [True, False, False, True, False, True])
    assert [frame.iloc[1]["nights_absent"] for frame in frames] == [1, 1, 1, 2, 2, 3]


def test_an_absent_subject_is_retired_on_its_stated_day() -> None:
    both = listed("offers", offer_id=["here", "gone"], retire_on=[pd.NaT, DAY + timedelta(days=1)])
    current, healthy = both.iloc[:1].drop(columns="retired_on"), Series([True, True])
    first = carry_absent_offers(current, both, healthy, AS_OF.to_pydatetime())
    second = carry_absent_offers(current, first, healthy, (AS_OF + timedelta(days=1)).to_pydatetime())
    assert (first.iloc[1]["offer_status"], second.iloc[1]["offer_status"]) == ("stale", "retired")
    assert second.iloc[1]["retired_on"] == DAY + timedelta(days=1)


def test_a_parent_release_without_the_new_columns_is_built_on() -> None:
    old = listed("offers", offer_id=["here", "gone"]).drop(columns=["retired_on", "deprecated_on"])
    current = listed("offers", offer_id=["here"]).drop(columns="retired_on")
    table = carry_absent_offers(current, old, Series([True, True]), AS_OF.to_pydatetime())
    assert table["retired_on"].isna().all()


def test_a_price_of_some_hours_is_not_eligible() -> None:
    offers = listed(
        "offers", offer_id=["all-day", "off-peak"], model_id=["lab/m"] * 2, service_tier=["standard"] * 2,
        price_kind=["metered"] * 2, input_usd_per_mtok=[2.0, 1.0], output_usd_per_mtok=[4.0, 2.0],
        price_hours_utc=[None, ["22:00-06:00"]],
    )  # fmt: skip
    found = mark_eligible(offers.assign(price_expired=False))
    assert found["eligible"].tolist() == [True, False]
    assert found["ineligible_reason"].tolist()[1] == "some_hours_only"


def test_a_run_counts_only_if_every_list_of_the_subject_was_read_well() -> None:
    facts = DataFrame(
        [("both", "a"), ("both", "b"), ("one", "a"), ("card", "cards"), ("one", "cards")],
        columns=["subject_id", "source_id"],
    )
    sources = DataFrame(
        [("a", "catalogue", "ok"), ("b", "provider", "timed_out"), ("cards", "card", "timed_out")],
        columns=["source_id", "kind", "state"],
    )
    ids = Series(["both", "one", "card", "unheard_of"])
    assert lists_are_healthy(ids, facts, sources).tolist() == [False, True, False, False]


def test_a_successor_is_a_model_of_the_same_developer_or_null() -> None:
    identities = DataFrame(
        [("claude-b", "anthropic/b"), ("claude-b", "anthropic/b"), ("shared", "x/one"), ("shared", "anthropic/s"),
         ("two", "anthropic/t1"), ("two", "anthropic/t2"), ("lost", None)],
        columns=["provider_model_key", "model_id"],
    )  # fmt: skip
    stated = Series({"anthropic/a": "Claude-B", "anthropic/c": "shared", "anthropic/d": "two", "anthropic/e": "lost",
                     "anthropic/b": "claude-b", "anthropic/f": None}, dtype="str")  # fmt: skip
    developers = Series("anthropic", index=stated.index)
    found = find_successors(stated, developers, identities)
    assert found.dropna().to_dict() == {"anthropic/a": "anthropic/b", "anthropic/c": "anthropic/s"}
