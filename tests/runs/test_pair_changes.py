"""Nights in a row: the pairs that differ are named, all of them and no others, each with a cause."""

from datetime import timedelta
from pathlib import Path

import pytest

import llmpairs
import llmpairs.flows.nightly.stages
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.verdict_rules import SCENARIOS_FILE
from tests.runs.conftest import FIRST_NIGHT, RunNight, write_warc
from tests.runs.test_bad_runs import EARLIER, LATER, odd_bodies

GPT = "openai/gpt-oss-120b"


SEED_CHAT = "requests_per_month = 1_000_000"
Pair = tuple[str, str]
Named = dict[Pair, tuple[str, tuple[str, ...], tuple[str, ...]]]


def hashes(store: Path, run_id: str) -> dict[Pair, int]:
    with llmpairs.connect(store, run_id) as con:
        found = con.execute("SELECT (model_a_id, model_b_id), content_hash FROM pairs").fetchall()
    return dict(found)


def named(store: Path, run_id: str) -> Named:
    """Kind, blocks and causes of every pair that a release names as changed."""
    with llmpairs.connect(store, run_id) as con:
        found = con.execute(
            "SELECT (model_a_id, model_b_id), kind, block_names(blocks), cause_names(causes) FROM pair_changes"
        ).fetchall()
    return {pair: (kind, tuple(blocks), tuple(causes)) for pair, kind, blocks, causes in found}


def differing(before: dict[Pair, int], after: dict[Pair, int]) -> set[Pair]:
    return {pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair)}


def test_exactly_the_pairs_whose_content_differs_are_named(
    tmp_path: Path, run: RunNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "w"
    usual = odd_bodies('"input": 0.15, "output": 0.6')
    dearer = write_warc(tmp_path / "two.warc.gz", odd_bodies('"input": 0.16, "output": 0.6'), LATER)
    first = run(store, write_warc(tmp_path / "one.warc.gz", usual, EARLIER), as_of=FIRST_NIGHT)
    second = run(store, dearer, as_of=FIRST_NIGHT + timedelta(days=1))
    raise_the_rules(tmp_path, monkeypatch)
    third = run(store, dearer, as_of=FIRST_NIGHT + timedelta(days=2))
    assert [night.error for night in (first, second, third)] == [None] * 3
    before, after, ruled = (hashes(store, night.run_id) for night in (first, second, third))
    assert named(store, first.run_id) == {}

    changed = named(store, second.run_id)
    assert changed.keys() == differing(before, after)
    assert {GPT in pair for pair in changed} == {True}
    assert {(kind, causes) for kind, _, causes in changed.values()} == {("changed", ("source",))}
    assert {block for _, blocks, _ in changed.values() for block in blocks} == {"routes", "costs"}

    # The same archive by other rules: the world stood still, and nobody is told that a source said something else.
    upgraded = named(store, third.run_id)
    assert upgraded.keys() == differing(after, ruled)
    assert upgraded
    assert {(kind, causes) for kind, _, causes in upgraded.values()} == {("changed", ("rules",))}
    assert {block for _, blocks, _ in upgraded.values() for block in blocks} == {"costs"}


def raise_the_rules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a workload is twice as large, by a version of the rules that says so."""
    text = SCENARIOS_FILE.read_text("utf-8")
    assert text.count(SEED_CHAT) == 1
    path = folder / SCENARIOS_FILE.name
    path.write_text(text.replace(SEED_CHAT, "requests_per_month = 2_000_000"), "utf-8")
    monkeypatch.setattr(load_scenarios, "__defaults__", (path,))
    monkeypatch.setattr(llmpairs.flows.nightly.stages, "RULES_VERSION", "next")
