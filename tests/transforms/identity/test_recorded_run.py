"""One recorded run: lower limits of precision, recall and coverage."""

import os
from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame

from bench.identity import find_wrong, judge_pairs, read_pairs
from bench.identity_absent import NOTHING, find_absent_joins, find_altered_joins
from bench.identity_scores import correct_labels, load_labels, score_labels
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from tests.transforms.identity.recorded_keys import build_keys, read_bodies

DAY = "2026-05-18"


@pytest.fixture(scope="module")
def captures() -> Path:
    stated = os.environ.get("LLMPAIRS_CAPTURES")
    folder = Path(stated) if stated else Path(__file__).resolve().parents[4] / "shared" / "captures"
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
    return build_keys(read_bodies(captures, DAY))


@pytest.fixture(scope="module")
def resolution(keys: DataFrame, reference: IdentityReference) -> Resolution:
    return resolve_identities(keys, NOTHING, NOTHING, reference)


def test_precision_and_recall_stay_above_their_limits(resolution: Resolution, labels: Path) -> None:
    stated = load_labels(labels)[DAY]
    score = score_labels(resolution.identities, correct_labels(stated))
    assert score.precision == 1.0
    assert score.least_precision >= 0.985
    assert score.recall >= 0.985
    assert score.b_cubed_f1 >= 0.995
    assert score.abstained <= 10
    uncorrected = score_labels(resolution.identities, stated)
    assert uncorrected.recall >= 0.975
    assert uncorrected.precision >= 0.88


def test_no_trap_pair_is_joined_wrongly(keys: DataFrame, labels: Path, reference: IdentityReference) -> None:
    assert find_wrong(judge_pairs(read_pairs(labels / "traps.csv"), keys, reference)) == []


def test_a_key_whose_model_is_absent_joins_no_other(
    keys: DataFrame, resolution: Resolution, reference: IdentityReference
) -> None:
    tried, joined = find_absent_joins(keys, resolution.identities, reference, folds=[0])
    assert tried > 200
    assert len(joined) <= 0.005 * tried, joined


def test_an_altered_key_joins_no_model(keys: DataFrame, resolution: Resolution, reference: IdentityReference) -> None:
    found = find_altered_joins(keys, resolution.identities, reference, every=100)
    tried = sum(count for count, _ in found.values())
    joined = [hit for _, hits in found.values() for hit in hits]
    assert len(found) == 6
    assert tried > 1_000
    assert len(joined) <= 0.005 * tried, joined


def test_every_key_has_one_row_and_every_model_one_id(keys: DataFrame, resolution: Resolution) -> None:
    assert len(resolution.identities) == len(keys)
    assert resolution.models["model_id"].is_unique
    assert set(resolution.identities["model_id"].dropna()) == set(resolution.models["model_id"])
    assert resolution.identities["model_id"].isna().mean() < 0.06


def test_well_known_models_have_their_ids(resolution: Resolution) -> None:
    assert set(resolution.models["model_id"]) >= {
        "openai/gpt-oss-120b", "qwen/qwen3.5-4b", "anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash",
        "meta-llama/llama-3.3-70b-instruct", "deepseek/deepseek-v3.1", "z-ai/glm-5.1", "moonshotai/kimi-k2.6",
        "x-ai/grok-4.3", "minimax/minimax-m2.5", "openai/gpt-4o", "openai/gpt-4o-2024-08-06",
    }  # fmt: skip


def test_the_same_run_again_changes_nothing(
    keys: DataFrame, resolution: Resolution, reference: IdentityReference
) -> None:
    again = resolve_identities(keys.sample(frac=1, random_state=7), resolution.identities, NOTHING, reference)
    pd.testing.assert_frame_equal(again.identities, resolution.identities)
    pd.testing.assert_frame_equal(again.models, resolution.models)
