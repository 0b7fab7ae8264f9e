"""Facts compared with replayed claims of the same position, in any order and beside other claims."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.replay_claims import (
    NO_MODEL,
    POSITION,
    add_route,
    compare_claims,
    compare_scores,
    replay_claims,
    select_published_claims,
)
from tests.transforms.frames import AS_OF, load_reference, source_metadata
from tests.transforms.planted_runs import PlantedRuns, SourceRow

ROUTE = "groq/groq/k/-/standard"


def claim(**changes: Any) -> dict[str, Any]:
    return {
        "subject_kind": "model", "subject_id": "a/b", "field": "context_tokens", "value": "8", "printed": "8",
        "source_id": "s", "capture_id": "c", "locator": "/0", "provider_model_key": "k",
    } | changes  # fmt: skip


def outcome(facts: list[dict[str, Any]], replayed: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    columns = list(claim())
    found = compare_claims(
        DataFrame(facts, columns=columns), add_route(DataFrame(replayed, columns=columns).astype("str"))
    )
    rows = found[["outcome", "said", "leads_to"]].astype("object")
    return [tuple(row) for row in rows.where(rows.notna(), None).to_numpy()]


def test_an_equal_claim_of_the_position_is_the_same_beside_others() -> None:
    again = [claim(value="9", printed="9"), claim(), claim(locator="/1", value="7", printed="7")]
    assert outcome([claim()], again) == [("same", "8", None)]
    assert outcome([claim()], again[::-1]) == [("same", "8", None)]


@pytest.mark.parametrize("change", [{"value": "9"}, {"printed": "8.0"}, {"value": "9", "printed": "9"}])
def test_another_value_or_printed_text_is_other_value(change: dict[str, str]) -> None:
    assert outcome([claim()], [claim(**change)]) == [("other_value", change.get("value", "8"), None)]


@pytest.mark.parametrize("name", [name for name in POSITION if name != "route"])
def test_a_claim_of_another_position_does_not_match(name: str) -> None:
    other = "offer" if name == "subject_kind" else "elsewhere"
    assert outcome([claim()], [claim(**{name: other})]) == [("not_said", None, None)]


def test_a_key_of_another_model_is_other_model_and_an_unknown_key_is_not() -> None:
    assert outcome([claim()], [claim(subject_id="a/c")]) == [("other_model", "8", "a/c")]
    assert outcome([claim()], [claim(subject_id=NO_MODEL)]) == [("same", "8", None)]


def test_offers_of_one_locator_are_distinct_and_a_replaced_key_is_the_same_offer() -> None:
    price = claim(subject_kind="offer", subject_id=ROUTE, field="input_usd_per_mtok")
    batch = price | {"subject_id": ROUTE.replace("standard", "batch"), "value": "4", "printed": "4"}
    named = price | {"subject_id": "groq/groq/K%20Name/-/standard"}
    assert outcome([price, batch], [batch, price]) == [("same", "8", None), ("same", "4", None)]
    assert outcome([price], [named]) == [("same", "8", None)]
    assert outcome([price], [batch]) == [("not_said", None, None)]


def test_facts_without_replayed_claims_are_not_said() -> None:
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


@pytest.mark.slow
def test_the_price_of_a_live_endpoint_that_a_direct_offer_takes_comes_back() -> None:
    """The direct offer cites the endpoint's capture, locator and key, from which the price is computed again."""
    rows = (
        SourceRow(source="models_dev", key="openai/gpt-oss-120b", provider="deepinfra", input="0.05"),
        SourceRow(
            source="openrouter_endpoints", key="openai/gpt-oss-120b", provider="openrouter", input="0.039",
            offer={"operator_key": "DeepInfra", "route_kind": "via_aggregator", "route_tag": "deepinfra/bf16"},
        ),
    )  # fmt: skip
    runs = PlantedRuns()
    landed = runs.land(rows)
    tables = runs.add(*rows)
    again = replay_claims(landed, tables["identities"], source_metadata(), load_reference(), AS_OF.to_pydatetime())
    facts = select_published_claims(tables["facts"], tables["model_capabilities"])
    compared = compare_claims(facts, again)
    lent = compared[compared["subject_id"].str.startswith("deepinfra/") & (compared["field"] == "input_usd_per_mtok")]
    assert lent[["source_id", "value", "outcome"]].to_numpy().tolist() == [["openrouter_endpoints", "0.039", "same"]]
    assert set(compared["outcome"]) == {"same"}
    wrong = landed.prices.assign(amount=landed.prices["amount"].replace("0.039", "0.049"))
    forged = replay_claims(
        replace(landed, prices=wrong), tables["identities"], source_metadata(), load_reference(), AS_OF.to_pydatetime()
    )
    outcome_ = compare_claims(lent[facts.columns], forged)
    assert outcome_[["outcome", "said"]].to_numpy().tolist() == [["other_value", "0.049"]]
