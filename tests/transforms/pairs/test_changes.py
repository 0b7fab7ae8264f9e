from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import llmpairs.transforms.pairs.changes
from llmpairs.transforms.pairs.changes import Hashes, ReleaseHashes, causes_of_models, changed_blocks, pair_changes
from llmpairs.warehouse.vocabulary import CHANGE_CAUSES, PAIR_BLOCKS

Pairs = dict[tuple[str, str], int]


def bits(names: tuple[str, ...], *chosen: str) -> int:
    return sum(1 << names.index(name) for name in chosen)


def release(hashes: Pairs) -> ReleaseHashes:
    """A release of the models of these pairs."""
    ids = sorted({model for pair in hashes for model in pair})
    rows = iter([hashes[pair] for pair in combinations(ids, 2)])

    def take(count: int) -> Hashes:
        return np.array([next(rows) for _ in range(count)], dtype=np.int64)

    return ReleaseHashes(ids=pd.Index(ids), read_next=take)


def random_pairs(models: list[str], seed: int) -> Pairs:
    values = np.random.default_rng(seed).integers(0, 2, 10_000).tolist()
    return dict(zip(combinations(sorted(models), 2), values, strict=False))


@pytest.mark.parametrize("at_a_time", [1, 7, 10_000])
def test_exactly_the_pairs_that_differ_are_named(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llmpairs.transforms.pairs.changes, "PAIRS_AT_A_TIME", at_a_time)
    old = random_pairs([f"m{i}" for i in range(10, 30)], 1)
    new = random_pairs([f"m{i}" for i in range(10, 40) if i % 4], 2)
    blocks = pd.Series({model: 1 for pair in [*old, *new] for model in pair}, dtype="int16")
    rows = [
        row for table in pair_changes(release(new), release(old), blocks, blocks, "source") for row in table.to_pylist()
    ]
    expected = {pair: "changed" for pair in old.keys() & new.keys() if old[pair] != new[pair]}
    expected |= dict.fromkeys(new.keys() - old.keys(), "added") | dict.fromkeys(old.keys() - new.keys(), "removed")
    assert {(row["model_a_id"], row["model_b_id"]): row["kind"] for row in rows} == expected
    keys = [(row["model_a_id"], row["model_b_id"]) for row in rows]
    assert keys == sorted(keys)


def test_blocks_and_causes_are_those_of_both_sides() -> None:
    old = dict.fromkeys(combinations(["a", "b", "c"], 2), 1)
    new = {("a", "b"): 2, ("a", "c"): 3, ("b", "c"): 4}
    blocks = pd.Series({"a": bits(PAIR_BLOCKS, "costs"), "b": bits(PAIR_BLOCKS, "specs"), "c": 0}, dtype="int16")
    causes = pd.Series({"a": bits(CHANGE_CAUSES, "source"), "b": bits(CHANGE_CAUSES, "decision")}, dtype="int16")
    rows = pa.concat_tables(pair_changes(release(new), release(old), blocks, causes, "source")).to_pylist()
    assert [(row["blocks"], row["causes"]) for row in rows] == [
        (bits(PAIR_BLOCKS, "costs", "specs"), bits(CHANGE_CAUSES, "source", "decision")),
        (bits(PAIR_BLOCKS, "costs"), bits(CHANGE_CAUSES, "source")),
        (bits(PAIR_BLOCKS, "specs"), bits(CHANGE_CAUSES, "decision")),
    ]


def test_a_pair_that_changes_although_neither_model_does_has_a_cause() -> None:
    nothing = pd.Series(dtype="int16")
    rows = next(pair_changes(release({("a", "b"): 2}), release({("a", "b"): 1}), nothing, nothing, "rules")).to_pylist()
    assert (rows[0]["blocks"], rows[0]["causes"]) == (bits(PAIR_BLOCKS, "pair"), bits(CHANGE_CAUSES, "rules"))


def facts(**changes: Any) -> dict[str, pd.DataFrame]:
    row = {"model_id": ["a", "b"], "context_tokens": [1, 2]} | changes
    others = ("model_capabilities", "offers", "model_scenario_costs", "benchmark_scores")
    return {"models": pd.DataFrame(row)} | {name: pd.DataFrame({"model_id": ["a", "b"]}) for name in others}


def test_a_block_differs_when_a_fact_of_its_table_does() -> None:
    assert changed_blocks(facts(), facts()).tolist() == [0, 0]
    changed = changed_blocks(facts(context_tokens=[1, 3]), facts())
    assert changed.to_dict() == {"a": 0, "b": bits(PAIR_BLOCKS, "specs")}


def test_a_model_changes_for_the_causes_of_its_own_and_its_offers_changes() -> None:
    changes = pd.DataFrame(
        [
            ("model", "a", "context_tokens", "1", "source"),
            ("offer", "o", "input_usd_per_mtok", "1", "decision"),
            ("offer", "p", "model_id", "c", "identity"),
        ],
        columns=["subject_kind", "subject_id", "field", "old_value", "cause"],
    )
    offers = pd.DataFrame({"offer_id": ["o", "p"], "model_id": ["a", "b"]})
    blocks = pd.Series(1, index=["a", "b", "c", "d"], dtype="int16")
    assert causes_of_models(changes, blocks, offers, "source").to_dict() == {
        "a": bits(CHANGE_CAUSES, "source", "decision"),
        "b": bits(CHANGE_CAUSES, "identity"),
        "c": bits(CHANGE_CAUSES, "identity"),
        "d": bits(CHANGE_CAUSES, "source"),
    }
