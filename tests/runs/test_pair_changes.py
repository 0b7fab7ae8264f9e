"""Runs in a row: the pairs that differ are listed, all of them and no others, each with a cause."""

from datetime import timedelta
from pathlib import Path

import pytest

import llmpairs
import llmpairs.flows.nightly.stages
from llmpairs.flows.nightly.plan import plan_run
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.outcome_rules import SCENARIOS_FILE
from tests.runs.archives import EARLIER, FIRST_AS_OF, LATER, MODELS_DEV, NEXT_AS_OF, sample_bodies, write_warc
from tests.runs.conftest import OpenGate, RunOnce, execute

GPT = "openai/gpt-oss-120b"
SOURCES = ["models_dev", "openrouter", "zenmux"]
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


def write_archive(path: Path, groq_input: bytes, captured_at: str) -> Path:
    """Samples of three catalogues with that input price of Groq's gpt-oss-120b, which only models.dev lists."""
    bodies = sample_bodies(SOURCES)
    usual = b'"limit": {"context": 131072, "output": 65536}, "cost": {"input": 0.15, "output": 0.6}'
    assert usual in bodies[MODELS_DEV]
    odd = bodies[MODELS_DEV].replace(usual, usual.replace(b"0.15", groq_input))
    return write_warc(path, bodies | {MODELS_DEV: odd}, captured_at)


def test_exactly_the_pairs_whose_content_differs_are_named(
    tmp_path: Path, run: RunOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "w"
    usual = write_archive(tmp_path / "one.warc.gz", b"0.15", EARLIER)
    raised = write_archive(tmp_path / "two.warc.gz", b"0.16", LATER)
    # Only the run by other rules is checked: other tests check runs whose values change.
    first, second = (
        execute(plan_run(str(store), [archive], as_of, SOURCES), OpenGate())
        for archive, as_of in ((usual, FIRST_AS_OF), (raised, NEXT_AS_OF))
    )
    raise_the_rules(tmp_path, monkeypatch)
    third = run(store, raised, as_of=FIRST_AS_OF + timedelta(days=2), only=SOURCES)
    assert [each.error for each in (first, second, third)] == [None] * 3
    before, after, ruled = (hashes(store, each.run_id) for each in (first, second, third))
    assert named(store, first.run_id) == {}

    changed = named(store, second.run_id)
    assert changed.keys() == differing(before, after)
    assert {GPT in pair for pair in changed} == {True}
    assert {(kind, causes) for kind, _, causes in changed.values()} == {("changed", ("source",))}
    assert {block for _, blocks, _ in changed.values() for block in blocks} == {"routes", "costs"}

    # The same archive by other rules: no value of a source changed, so no pair has the cause `source`.
    upgraded = named(store, third.run_id)
    assert upgraded.keys() == differing(after, ruled)
    assert upgraded
    assert {(kind, causes) for kind, _, causes in upgraded.values()} == {("changed", ("rules",))}
    assert {block for _, blocks, _ in upgraded.values() for block in blocks} == {"costs"}


def raise_the_rules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Double the requests of a workload, under another version of the rules."""
    text = SCENARIOS_FILE.read_text("utf-8")
    assert text.count(SEED_CHAT) == 1
    path = folder / SCENARIOS_FILE.name
    path.write_text(text.replace(SEED_CHAT, "requests_per_month = 2_000_000"), "utf-8")
    monkeypatch.setattr(load_scenarios, "__defaults__", (path,))
    monkeypatch.setattr(llmpairs.flows.nightly.stages, "RULES_VERSION", "next")
