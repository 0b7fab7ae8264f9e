"""Facts are held against what the same places say again, whatever the order and whatever else is said there."""

from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.replay_claims import NO_MODEL, PLACE, add_route, compare_claims, compare_scores

ROUTE = "groq/groq/k/-/standard"


def claim(**said: Any) -> dict[str, Any]:
    return {
        "subject_kind": "model", "subject_id": "a/b", "field": "context_tokens", "value": "8", "printed": "8",
        "source_id": "s", "capture_id": "c", "locator": "/0", "provider_model_key": "k",
    } | said  # fmt: skip


def outcome(facts: list[dict[str, Any]], again: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    columns = list(claim())
    found = compare_claims(
        DataFrame(facts, columns=columns), add_route(DataFrame(again, columns=columns).astype("str"))
    )
    told = found[["outcome", "said", "leads_to"]].astype("object")
    return [tuple(row) for row in told.where(told.notna(), None).to_numpy()]


def test_what_the_place_says_again_is_the_same_even_if_it_says_more() -> None:
    again = [claim(value="9", printed="9"), claim(), claim(locator="/1", value="7", printed="7")]
    assert outcome([claim()], again) == [("same", "8", None)]
    assert outcome([claim()], again[::-1]) == [("same", "8", None)]


@pytest.mark.parametrize("change", [{"value": "9"}, {"printed": "8.0"}, {"value": "9", "printed": "9"}])
def test_another_value_or_print_is_told(change: dict[str, str]) -> None:
    assert outcome([claim()], [claim(**change)]) == [("other_value", change.get("value", "8"), None)]


@pytest.mark.parametrize("name", [name for name in PLACE if name != "route"])
def test_a_claim_from_elsewhere_is_no_answer(name: str) -> None:
    other = "offer" if name == "subject_kind" else "elsewhere"
    assert outcome([claim()], [claim(**{name: other})]) == [("not_said", None, None)]


def test_a_key_that_leads_to_another_model_is_told_and_one_that_is_forgotten_is_not() -> None:
    assert outcome([claim()], [claim(subject_id="a/c")]) == [("other_model", "8", "a/c")]
    assert outcome([claim()], [claim(subject_id=NO_MODEL)]) == [("same", "8", None)]


def test_routes_of_one_place_are_told_apart_and_an_adopted_key_is_no_other_route() -> None:
    price = claim(subject_kind="offer", subject_id=ROUTE, field="input_usd_per_mtok")
    batch = price | {"subject_id": ROUTE.replace("standard", "batch"), "value": "4", "printed": "4"}
    named = price | {"subject_id": "groq/groq/K%20Name/-/standard"}
    assert outcome([price, batch], [batch, price]) == [("same", "8", None), ("same", "4", None)]
    assert outcome([price], [named]) == [("same", "8", None)]
    assert outcome([price], [batch]) == [("not_said", None, None)]


def test_facts_without_anything_said_again_are_all_not_said() -> None:
    assert outcome([claim(), claim(field="family")], []) == [("not_said", None, None)] * 2


def test_a_score_is_the_same_with_its_setting_and_its_missing_error() -> None:
    score = {
        "source_id": "s", "capture_id": "c", "locator": "/0", "provider_model_key": "k", "benchmark": "b",
        "version": "1", "metric": "m", "harness": "h", "effort": "e", "evaluator_class": "community", "value": 1.5,
        "unit": "percent", "printed_value": "1.5", "standard_error": float("nan"), "evaluated_on": pd.NaT,
    }  # fmt: skip
    published = DataFrame([score, score | {"effort": "high"}, score])
    again = DataFrame([score, score | {"effort": "high", "value": 2.5, "printed_value": "2.5"}])
    found = compare_scores(published, again)
    assert found["outcome"].tolist() == ["same", "other_value", "same"]
    assert found["said_printed"].tolist() == ["1.5", "2.5", "1.5"]
