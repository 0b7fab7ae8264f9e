import itertools
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS
from llmpairs.transforms.reconcile.choose import choose_claims, name_facts, pivot_chosen
from llmpairs.transforms.reconcile.plausible import (
    demote_assumed_closed_weights,
    demote_copied_cutoffs,
    exceeds_context,
    find_failed_checks,
)
from llmpairs.transforms.reconcile.tie_breakers import load_tie_breakers
from tests.transforms.frames import AS_OF

MODEL = "openai/gpt-oss-120b"


def claims(*rows: dict[str, Any]) -> DataFrame:
    full = [
        {
            "subject_kind": "model", "subject_id": MODEL, "field": "released_date", "value": "2025-08-05",
            "printed": "", "source_id": "models_dev", "lineage": "models_dev", "operator_id": "-",
            "basis": "declared", "authority": 3, "capture_id": "c", "locator": f"/{number}",
            "provider_model_key": "k", "observed_at": AS_OF, **row,
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    return DataFrame(full)[CLAIM_COLUMNS]


NOTHING_DECIDED = DataFrame(columns=["subject_id", "field", "value"], dtype="str")
NO_STATES = DataFrame(columns=["subject_id", "field", "state"], dtype="str")


def checked(frame: DataFrame, states: DataFrame = NO_STATES) -> DataFrame:
    return frame.assign(doubt=find_failed_checks(frame, states, AS_OF.to_pydatetime()))


def choose(frame: DataFrame, incumbents: DataFrame = NOTHING_DECIDED, states: DataFrame = NO_STATES) -> DataFrame:
    return choose_claims(checked(frame, states), NOTHING_DECIDED, incumbents, load_tie_breakers())


def published(
    frame: DataFrame,
    field: str = "released_date",
    states: DataFrame = NO_STATES,
    incumbents: DataFrame = NOTHING_DECIDED,
) -> str | None:
    chosen = choose(frame, incumbents, states)
    value = pivot_chosen(chosen, [field]).get(field, pd.Series(dtype="str"))
    return None if value.empty or pd.isna(value.iloc[0]) else str(value.iloc[0])


def test_a_declared_claim_is_preferred_to_a_derived_one_of_higher_authority() -> None:
    assert published(claims({"authority": 0, "basis": "derived", "value": "2025-08-06"}, {})) == "2025-08-05"


def test_the_best_derived_claim_is_published_without_a_declared_one() -> None:
    assert published(claims({"basis": "derived", "value": "2025-08-06"})) == "2025-08-06"


def test_a_default_is_never_published() -> None:
    assert published(claims({"basis": "default"})) is None


def test_a_first_hand_claim_outweighs_any_number_of_copies() -> None:
    copies = [{"value": "2024-01-01", "operator_id": f"host-{number}"} for number in range(5)]
    assert published(claims({"authority": 1, "source_id": "card"}, *copies)) == "2025-08-05"
    assert published(claims({"authority": 2}, *copies)) == "2024-01-01"


def test_each_operator_of_a_source_group_has_one_vote() -> None:
    repeated = [{"value": "2024-01-01", "operator_id": "host"}] * 5
    hosts = [{"operator_id": "one"}, {"operator_id": "two"}]
    assert published(claims(*repeated, *hosts)) == "2025-08-05"
    aliases = [{"operator_id": "host"}] * 2
    assert published(claims(*repeated, *aliases, {"lineage": "x", "value": "2024-06-01"})) == "2024-01-01"


def test_among_equally_supported_values_the_one_published_last_stays() -> None:
    frame = claims({"value": "2025-08-04"}, {"lineage": "x", "value": "2025-08-06"})
    assert published(frame) == "2025-08-04"
    last = DataFrame([{"subject_id": MODEL, "field": "released_date", "value": "2025-08-06"}])
    assert published(frame, incumbents=last) == "2025-08-06"
    supported = claims(*frame.to_dict("records"), {"lineage": "y", "value": "2025-08-04"})
    assert published(supported, incumbents=last) == "2025-08-04"


EQUAL_SUPPORT = {
    "released_date": (("2025-08-04", "2025-08-06"), "2025-08-04"),
    "knowledge_cutoff_date": (("2024-06", "2024-06-01"), "2024-06"),
    "context_tokens": (("98304", "131072"), "131072"),
    "max_output_tokens": (("9000", "16384"), "16384"),
    "is_open_weights": (("true", "false"), "true"),
    "input_modalities": (("image;text", "text"), "image;text"),
    "architecture": (("dense", "moe"), "moe"),
    "family": (("gpt", "gpt-oss"), None),
    "license_spdx": (("MIT", "Apache-2.0"), None),
}
"""Two values of a field with equal support, and which is published: by a meaning of the field, or none."""


@pytest.mark.parametrize("field", EQUAL_SUPPORT)
def test_a_tie_is_broken_by_meaning_or_not_at_all(field: str) -> None:
    values, expected = EQUAL_SUPPORT[field]
    for names in (("a", "b"), ("b", "a")):
        rows = [
            {"field": field, "value": value, "lineage": name, "source_id": name, "capture_id": name, "locator": name}
            for value, name in zip(values, names, strict=True)
        ]
        for order in (rows, rows[::-1]):
            assert published(claims(*order), field) == expected
    if expected is None:
        assert set(choose(claims(*rows))["reason"]) == {"tied"}


def test_the_time_of_a_capture_decides_nothing() -> None:
    rows = [{"value": "2025-08-04"}, {"lineage": "x", "value": "2025-08-06"}, {"lineage": "y", "value": "2025-08-07"}]
    for times in itertools.permutations(AS_OF + pd.Timedelta(seconds=n) for n in range(3)):
        timed = [row | {"observed_at": time} for row, time in zip(rows, times, strict=True)]
        assert published(claims(*timed)) == "2025-08-04"


def test_the_reviewed_priority_of_sources_decides_where_a_field_has_no_tie_breaker() -> None:
    assert (
        published(
            claims(
                {"field": "family", "value": "z"}, {"field": "family", "value": "a", "lineage": "x", "authority": 4}
            ),
            "family",
        )
        == "z"
    )


def test_sources_that_copy_each_other_count_once() -> None:
    copies = [{"value": "2024-01-01", "source_id": name} for name in ("a", "b", "c")]
    others = [{"lineage": "x"}, {"lineage": "y"}]
    assert published(claims(*copies, *others)) == "2025-08-05"


@pytest.mark.parametrize("value", ["1970-01-01", "2093-05-01"])
def test_an_impossible_release_date_is_never_published(value: str) -> None:
    assert published(claims({"value": value, "authority": 0})) is None


@pytest.mark.parametrize("value", ["99999999", "20000000", "1"])
def test_a_sentinel_is_no_context_window(value: str) -> None:
    assert published(claims({"field": "context_tokens", "value": value}), "context_tokens") is None


def test_a_knowledge_cutoff_in_the_month_of_release_is_demoted() -> None:
    cutoff = {"field": "knowledge_cutoff_date"}
    frame = claims({}, {**cutoff, "value": "2025-08"}, {**cutoff, "value": "2025-08"}, {**cutoff, "value": "2024-06"})
    assert published(demote_copied_cutoffs(frame), "knowledge_cutoff_date") == "2024-06"


def test_a_knowledge_cutoff_after_the_release_is_implausible_and_keeps_its_basis() -> None:
    frame = checked(claims({}, {"field": "knowledge_cutoff_date", "value": "2025-09"}))
    assert frame["doubt"].tolist()[1] == "Q32 knowledge cutoff after the release"
    assert set(frame["basis"]) == {"declared"}
    assert published(frame, "knowledge_cutoff_date") is None


def test_max_output_is_not_larger_than_the_context() -> None:
    size = {"field": "max_output_tokens"}
    frame = claims(
        {**size, "value": "262144"}, {**size, "value": "131072"}, {**size, "value": "65536", "subject_id": "x"}
    )
    assert exceeds_context(frame, pd.Series({MODEL: "131072"})).tolist() == [True, False, False]


@pytest.mark.parametrize(("vision", "expected"), [("yes", "image;text"), ("no", "text"), ("unknown", "text")])
def test_a_list_of_inputs_agrees_with_the_vision_flag(vision: str, expected: str) -> None:
    inputs = {"field": "input_modalities"}
    states = DataFrame([{"subject_id": MODEL, "field": "capability:vision", "state": vision}])
    frame = claims({**inputs, "value": "text"}, {**inputs, "value": "text"}, {**inputs, "value": "image;text"})
    assert published(frame, "input_modalities", states) == expected


@pytest.mark.parametrize(("authority", "expected"), [(0, "false"), (2, "false"), (3, None), (4, None)])
def test_closed_weights_need_more_than_a_reseller(authority: int, expected: str | None) -> None:
    frame = claims({"field": "is_open_weights", "value": "false", "authority": authority})
    assert published(demote_assumed_closed_weights(frame), "is_open_weights") == expected


def test_one_claim_of_open_weights_overrides_many_blanks() -> None:
    blank = {"field": "is_open_weights", "value": "false", "authority": 3}
    frame = claims(*[blank] * 6, blank | {"value": "true"})
    assert published(demote_assumed_closed_weights(frame), "is_open_weights") == "true"


def test_the_choice_does_not_depend_on_the_order_of_rows() -> None:
    frame = claims(
        {"value": "2025-08-04"}, {"value": "2025-08-06"}, {"lineage": "x"}, {"lineage": "y", "value": "2025-08-07"}
    )
    results = {published(frame.sample(frac=1, random_state=seed)) for seed in range(10)}
    assert len(results) == 1


def test_every_claim_is_a_fact_with_its_reason_and_an_id_of_its_own() -> None:
    frame = claims({}, {"value": "1970-01-01"}, {"basis": "derived"}, {"authority": 4, "value": "2025-09-01"})
    facts = name_facts(choose(frame))
    assert facts["fact_id"].is_unique
    assert sorted(facts["reason"]) == ["agrees", "chosen", "implausible", "tie_breaker"]
    assert facts.set_index("reason")["doubt"].to_dict()["implausible"] == "Q30 release date out of range"


@pytest.mark.parametrize(
    ("audio", "expected"), [("no", "image;text"), ("yes", "audio;image;text"), ("unknown", "image;text")]
)
def test_a_list_of_inputs_agrees_with_the_audio_flag(audio: str, expected: str) -> None:
    """Lists with audio for qwen3.5-122b-a10b, which has no audio encoder (2026-05-18)."""
    states = DataFrame([(MODEL, "capability:audio_input", audio)], columns=["subject_id", "field", "state"])
    lists = claims(
        *({"field": "input_modalities", "value": "image;text", "operator_id": name} for name in ("groq", "novita")),
        {"field": "input_modalities", "value": "audio;image;text", "operator_id": "alibaba"},
    )
    assert published(lists, "input_modalities", states) == expected


def test_an_input_limit_is_not_larger_than_the_context() -> None:
    frame = claims({"field": "max_input_tokens", "value": "400000"}, {"field": "max_input_tokens", "value": "272000"})
    assert list(exceeds_context(frame, pd.Series({MODEL: "272000"}))) == [True, False]
