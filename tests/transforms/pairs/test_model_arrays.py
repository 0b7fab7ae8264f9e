import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.synthetic_pairs import make_tables
from llmpairs.transforms.pairs.fingerprint import fingerprint_models, mix_bits
from llmpairs.transforms.pairs.model_arrays import build_model_arrays, count_open_issues
from llmpairs.transforms.pairs.scenarios import load_scenarios
from tests.transforms.pairs.conftest import PairSample, make_sample
from tests.transforms.pairs.test_build import build


def test_more_than_64_providers_are_told_apart() -> None:
    tables = make_tables(4, seed=2)
    first, second = sorted(tables.models.query("is_text_generating")["model_id"])[:2]
    sold = pd.DataFrame(
        {
            "model_id": [first] * 150 + [second] * 150,
            "provider_id": [f"p{i:03d}" for i in (*range(150), *range(20, 170))],
            "operator_id": [f"o{i:03d}" for i in (*range(150), *range(140, 290))],
        }
    )
    offers = pd.concat([tables.offers.iloc[:1]] * 300, ignore_index=True).assign(
        **sold, offer_id=[f"k{i}" for i in range(300)], offer_status="active", route_kind="direct"
    )
    table = build(make_sample(dataclasses.replace(tables, offers=offers)).arrays)
    row = table.to_pylist()[0]
    assert (row["shared_provider_count"], row["shared_operator_count"]) == (130, 10)


def test_a_live_model_without_a_fingerprint_is_named(sample: PairSample) -> None:
    tables = sample.tables
    subject = str(sample.arrays.model_ids[0])
    prints = pd.Series(sample.arrays.fingerprint, index=sample.arrays.model_ids.to_pylist())
    with pytest.raises(ValueError, match=f"no fingerprint for {subject} and 0 more"):
        build_model_arrays(
            tables.compared(sample.model_costs),
            load_scenarios(),
            open_issues=tables.open_issues,
            fingerprints=prints.drop(subject),
        )


def test_only_live_text_generating_models_are_compared() -> None:
    tables = make_tables(6, seed=2)
    models = tables.models
    kept = models["model_id"][models["is_text_generating"]].tolist()
    gone = models.assign(is_live=models["model_id"] != kept[0])
    arrays = make_sample(dataclasses.replace(tables, models=gone)).arrays
    assert arrays.model_ids.to_pylist() == sorted(kept[1:])


def published(**change: Any) -> dict[str, pd.DataFrame]:
    models = {"model_id": ["a/x", "b/y"], "context_tokens": [8_192, 4_096], "last_seen_at": "2026-05-18"}
    offers = {
        "model_id": ["a/x", "a/x", None],
        "offer_id": ["1", "2", "3"],
        "input_usd_per_mtok": [0.039, np.nan, 1.0],
        "price_tiers": [[{"min_prompt_tokens": 1, "input_usd_per_mtok": 2.0}], None, None],
        "price_capture_id": ["c", None, "d"],
        "uptime_percent": [99.0, 98.0, 97.0],
    }
    return {
        "models": pd.DataFrame(models | change.get("models", {})),
        "offers": pd.DataFrame(offers | change.get("offers", {})),
    }


def changed_by(**change: Any) -> set[str]:
    before, after = fingerprint_models(published()), fingerprint_models(published(**change))
    return set(before.index[before != after])


def test_fingerprints_are_equal_on_every_machine() -> None:
    # Recorded once; other figures mean that every pair of the next release counts as changed.
    assert fingerprint_models(published()).to_dict() == RECORDED
    # First output of SplitMix64 seeded with 0, as published with the generator.
    assert mix_bits(np.array([0x9E3779B97F4A7C15], dtype=np.uint64))[0] == 0xE220A8397B1DCDAF


def test_a_fact_changes_the_fingerprint_of_its_model_alone() -> None:
    assert changed_by(models={"context_tokens": [8_192, 4_097]}) == {"b/y"}
    assert changed_by(offers={"input_usd_per_mtok": [0.04, np.nan, 1.0]}) == {"a/x"}
    assert changed_by(offers={"input_usd_per_mtok": [0.039, 0.0, 1.0]}) == {"a/x"}
    assert changed_by(offers={"price_tiers": [[{"min_prompt_tokens": 2, "input_usd_per_mtok": 2.0}], None, None]}) == {
        "a/x"
    }
    assert changed_by(offers={"model_id": ["a/x", "b/y", None]}) == {"a/x", "b/y"}


def test_when_and_how_a_fact_was_seen_changes_no_fingerprint() -> None:
    assert changed_by(models={"last_seen_at": "2026-05-19"}) == set()
    assert changed_by(offers={"price_capture_id": ["e", None, "f"], "uptime_percent": 50.0}) == set()
    assert changed_by(offers={"input_usd_per_mtok": [0.039, np.nan, 2.0]}) == set()


def test_the_order_of_rows_and_columns_changes_no_fingerprint() -> None:
    turned = {name: table.iloc[::-1, ::-1] for name, table in reversed(published().items())}
    assert fingerprint_models(turned).equals(fingerprint_models(published()))


def test_the_type_of_a_column_changes_no_fingerprint() -> None:
    held = published()
    held["models"] = held["models"].astype({"context_tokens": "Int64"})
    held["offers"] = held["offers"].astype({"model_id": "category", "offer_id": "object"})
    assert fingerprint_models(held).equals(fingerprint_models(published()))


def test_open_issues_count_by_model() -> None:
    gaps = pd.DataFrame({"model_id": ["a", "a", None, "b"]})
    holds = pd.DataFrame(
        {
            "subject_kind": ["offer", "offer", "model", "offer"],
            "subject_id": ["1", "2", "c", "9"],
            "state": ["held", "released", "held", "held"],
        }
    )
    disagreements = pd.DataFrame(
        {"subject_kind": ["model", "model"], "subject_id": ["a", "b"], "decision": [None, "settled"]}
    )
    offers = pd.DataFrame({"offer_id": ["1", "2", "9"], "model_id": ["b", "b", None]})
    counts = count_open_issues(gaps, holds, disagreements, offers)
    assert counts.to_dict() == {"a": 3, "b": 2, "c": 1}


RECORDED = {"a/x": 14843099300346136854, "b/y": 3723733934035520819}
