"""One recorded night: the figures that may not fall."""

import os
from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame

from bench.identity import find_wrong, judge_pairs, read_pairs
from bench.identity_absent import NOTHING, find_absent_joins, find_altered_joins
from bench.identity_scores import correct_labels, read_labels, score_labels
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from tests.transforms.identity.night import build_keys, read_bodies

NIGHT = "2026-05-18"


@pytest.fixture(scope="module")
def captures() -> Path:
    told = os.environ.get("LLMPAIRS_CAPTURES")
    folder = Path(told) if told else Path(__file__).resolve().parents[4] / "shared" / "captures"
    if not folder.is_dir():
        pytest.skip("recorded captures are not beside this checkout")
    return folder


@pytest.fixture(scope="module")
def labels(captures: Path) -> Path:
    folder = captures.parent / "labels"
    if not folder.is_dir():
        pytest.skip("labels are not beside the recorded captures")
    return folder


@pytest.fixture(scope="module")
def keys(captures: Path) -> DataFrame:
    return build_keys(read_bodies(captures, NIGHT))


@pytest.fixture(scope="module")
def night(keys: DataFrame, books: IdentityBooks) -> Resolution:
    return resolve_identities(keys, NOTHING, NOTHING, books)


def test_joins_hold_their_bars(night: Resolution, labels: Path) -> None:
    told = read_labels(labels)[NIGHT]
    score = score_labels(night.identities, correct_labels(told))
    assert score.precision == 1.0
    assert score.least_precision >= 0.985
    assert score.recall >= 0.985
    assert score.b_cubed_f1 >= 0.995
    assert score.abstained <= 10
    as_they_stand = score_labels(night.identities, told)
    assert as_they_stand.recall >= 0.975
    assert as_they_stand.precision >= 0.88


def test_no_trap_is_joined_wrongly(keys: DataFrame, labels: Path, books: IdentityBooks) -> None:
    assert find_wrong(judge_pairs(read_pairs(labels / "traps.csv"), keys, books)) == []


def test_a_key_whose_model_is_absent_joins_no_other(
    keys: DataFrame, night: Resolution, books: IdentityBooks
) -> None:
    tried, joined = find_absent_joins(keys, night.identities, books, folds=[0])
    assert tried > 200
    assert len(joined) <= 0.005 * tried, joined


def test_a_key_of_another_models_name_joins_none(
    keys: DataFrame, night: Resolution, books: IdentityBooks
) -> None:
    found = find_altered_joins(keys, night.identities, books, every=100)
    tried = sum(count for count, _ in found.values())
    joined = [hit for _, hits in found.values() for hit in hits]
    assert len(found) == 6
    assert tried > 1_000
    assert len(joined) <= 0.005 * tried, joined


def test_every_key_has_one_row_and_every_model_one_name(keys: DataFrame, night: Resolution) -> None:
    assert len(night.identities) == len(keys)
    assert night.models["model_id"].is_unique
    assert night.models["display_name"].str.casefold().is_unique
    assert set(night.identities["model_id"].dropna()) == set(night.models["model_id"])
    assert night.identities["model_id"].isna().mean() < 0.06


def test_well_known_models_have_their_ids(night: Resolution) -> None:
    assert set(night.models["model_id"]) >= {
        "openai/gpt-oss-120b", "qwen/qwen3.5-4b", "anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash",
        "meta-llama/llama-3.3-70b-instruct", "deepseek/deepseek-v3.1", "z-ai/glm-5.1", "moonshotai/kimi-k2.6",
        "x-ai/grok-4.3", "minimax/minimax-m2.5", "openai/gpt-4o", "openai/gpt-4o-2024-08-06",
    }  # fmt: skip


def test_the_same_night_after_itself_changes_nothing(
    keys: DataFrame, night: Resolution, books: IdentityBooks
) -> None:
    again = resolve_identities(keys.sample(frac=1, random_state=7), night.identities, NOTHING, books)
    pd.testing.assert_frame_equal(again.identities, night.identities)
    pd.testing.assert_frame_equal(again.models, night.models)
