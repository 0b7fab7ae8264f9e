"""The reviewer's commands over a release with two incidents, three disagreements and an unresolved key."""

import json
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from llmpairs.flows.cli import app
from llmpairs.flows.commands.output import DONE, USAGE
from llmpairs.warehouse.decisions import list_decisions, read_decisions
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import AS_OF, GPT, QWEN, RUN, frame, manifest_of, release_frames

GROQ, OTHER = "openrouter/groq/gpt-oss-120b/-/standard", "siliconflow/siliconflow/qwen/-/standard"
INCIDENT = "openrouter/all/mass-move/2026-06-08"
BECAUSE = ["--reason", "the page has this price", "--evidence", "https://example.org/prices", "--by", "ana"]
LATER = AS_OF + timedelta(days=1)


def hold(hold_id: str, subject: str, field: str, published: str | None, candidate: str, **more: Any) -> dict[str, Any]:
    usual = {
        "subject_kind": "offer", "rule": "Q13 mass move", "since": AS_OF, "nights": 1, "incident": INCIDENT,
        "pairs_affected": 2, "state": "held",
    }  # fmt: skip
    values = {"published_value": published, "candidate_value": candidate}
    return {"hold_id": hold_id, "subject_id": subject, "field": field, **values, **usual, **more}


def differ(key: str, subject: str, field: str, *words: str, **more: Any) -> dict[str, Any]:
    return {
        "disagreement_id": key, "subject_kind": "offer" if "/-/" in subject else "model", "subject_id": subject,
        "field": field, "chosen_value": words[0].split("=")[1], "claimed_values": list(words), "lineage_count": 2,
        "ratio": 2.5, "first_seen_at": AS_OF, "state": "open", "pairs_affected": 2, **more,
    }  # fmt: skip


HOLDS = (
    hold("h1", GROQ, "input_usd_per_mtok", "0.039", "zero_of_unknown_kind"),
    hold("h2", GROQ, "output_usd_per_mtok", "0.18", "zero_of_unknown_kind"),
    hold("h3", OTHER, "input_usd_per_mtok", "0.1", "0.13"),
    hold("h4", QWEN, "context_tokens", "32768", "99999999", subject_kind="model", rule="Q34 context out of range",
         incident="models_dev/all/q34/2026-06-08"),
    hold("h6", "zenmux|zenmux|gpt-oss", "model_id", GPT, QWEN, subject_kind="identity", rule="Q29 alias moved",
         incident="zenmux/zenmux/q29/2026-06-08"),
    hold("h5", GROQ, "cache_read_usd_per_mtok", None, "1.0", state="accepted", incident="x/y/q18/2026-06-08"),
)  # fmt: skip
DISAGREEMENTS = (
    differ("d1", GROQ, "input_usd_per_mtok", "litellm=0.3", "models_dev=0.15"),
    differ("d2", GROQ, "output_usd_per_mtok", "litellm=0.9", "models_dev=0.6"),
    differ("d3", GPT, "context_tokens", "litellm=128000", "models_dev=131072", "x=65536"),
    differ("d4", GPT, "architecture", "a=moe", "b=dense", state="settled", decision="moe", decided_by="bo"),
)
KEYS = (
    {"source_id": "zenmux", "provider_id": "zenmux", "provider_model_key": "odd|name", "reason": "unknown_maker"},
    {"source_id": "zenmux", "provider_id": "zenmux", "provider_model_key": "gpt-oss", "model_id": GPT},
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with one published release."""
    warehouse = open_store(tmp_path_factory.mktemp("published"))
    frames = release_frames()
    frames["holds"] = frame("holds", *HOLDS)
    frames["disagreements"] = frame("disagreements", *DISAGREEMENTS)
    frames["identities"] = frame("identities", *KEYS)
    live = frames["models"].assign(is_live=True, is_text_generating=True)
    for name, rows in {**frames, "models": live}.items():
        stage_table(warehouse, RUN, name, rows)
    write_manifest(warehouse, RUN, manifest_of(warehouse, RUN))
    publish(warehouse, RUN)
    return Path(warehouse.name)


@pytest.fixture
def store(published: Path, tmp_path: Path) -> Store:
    """A copy of it to decide in."""
    copytree(published, tmp_path / "w", symlinks=True)
    return open_store(tmp_path / "w")


def run(store: Store, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--warehouse", store.name])


def list_cases(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(store, "review", "list", "--format", "json").output)
    return found


def test_open_cases_are_listed_by_pairs_with_values_and_command(store: Store) -> None:
    cases = list_cases(store)
    # Two models of three stand in all three pairs, one of them in two.
    assert [(case["case_id"], case["pairs"]) for case in cases] == [
        (INCIDENT, 3), ("models_dev/all/q34/2026-06-08", 2), ("zenmux/zenmux/q29/2026-06-08", 2),
        ("d1", 2), ("d2", 2), ("d3", 2),
    ]  # fmt: skip
    text = run(store, "review", "list").output
    assert f"{GROQ} input_usd_per_mtok: 0.039 is published, zero_of_unknown_kind is held (h1)" in text
    assert f"{GPT} context_tokens: 128000 is published; litellm=128000, models_dev=131072, x=65536" in text
    assert f"llmpairs review decide {INCIDENT} accept|reject --reason" in text
    assert "llmpairs review decide d3 accept|reject [--value VALUE]" in text
    assert "and 1 more: llmpairs review list" in text
    assert "(h3)" in run(store, "review", "list", INCIDENT).output
    assert "1 key has no model: llmpairs review aliases" in text
    assert "2 incidents with 4 held values, 3 disagreements, 1 moved alias" in text


def test_an_incident_takes_one_decision_on_all_its_values(store: Store) -> None:
    done = run(store, "review", "decide", INCIDENT, "reject", *BECAUSE, "--expires", "2026-07-01")
    assert done.exit_code == DONE
    assert "takes effect with the next run after 2026-06-08 23:59 UTC and counts up to 2026-07-01" in done.output
    [made] = list_decisions(store)
    assert (made.kind, made.subject, made.verdict, made.decided_by) == ("hold", INCIDENT, "reject", "ana")
    assert made.values == {"h1": "zero_of_unknown_kind", "h2": "zero_of_unknown_kind", "h3": "0.13"}
    assert (made.made_on_as_of, made.expires_on) == (AS_OF, date(2026, 7, 1))
    assert [len(read_decisions(store, moment)) for moment in (AS_OF, LATER)] == [0, 1]
    assert INCIDENT not in {case["case_id"] for case in list_cases(store)}
    assert "1 decided already; they take effect with the next run" in run(store, "review", "list").output


def test_a_moved_alias_is_listed_and_accepted_like_a_hold(store: Store) -> None:
    [alias] = [case for case in list_cases(store) if case["kind"] == "alias"]
    assert (alias["subjects"], alias["published"], alias["candidates"]) == (["zenmux|zenmux|gpt-oss"], GPT, [QWEN])
    assert run(store, "review", "decide", alias["case_id"], "accept", *BECAUSE).exit_code == DONE
    [made] = list_decisions(store)
    assert (made.kind, made.verdict, made.values) == ("hold", "accept", {"h6": QWEN})


def test_one_price_of_an_incident_is_decided_with_its_other_side(store: Store) -> None:
    assert run(store, "review", "decide", "h2", "accept", *BECAUSE).exit_code == DONE
    assert set(list_decisions(store)[0].values) == {"h1", "h2"}
    [rest] = [case for case in list_cases(store) if case["case_id"] == INCIDENT]
    assert set(rest["values"]) == {"h3"}


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (["d3", "accept"], ["128000"]),
        (["d3", "--value", "131072.0"], ["131072"]),
        (["d1", "reject"], ["0.15", "0.6"]),
        (["d1", "accept", "--value", "0.15"], ["0.15", "0.6"]),
        (["d4", "reject"], ["dense"]),
    ],
)
def test_a_disagreement_is_settled_for_a_stated_value_and_a_price_with_its_other_side(
    store: Store, arguments: list[str], values: list[str]
) -> None:
    assert run(store, "review", "decide", *arguments, *BECAUSE).exit_code == DONE
    made = list_decisions(store)
    assert [decision.verdict for decision in made] == values
    assert made[0].values == dict(word.split("=") for word in next(
        row["claimed_values"] for row in DISAGREEMENTS if row["disagreement_id"] == arguments[0]
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "model_id"),
    [(["--model", QWEN], QWEN), (["--no-model"], "nobody"), (["--model", "acme/new"], "acme/new")],
)
def test_a_key_is_assigned_to_a_model_or_to_none(store: Store, arguments: list[str], model_id: str) -> None:
    done = run(store, "review", "decide", "zenmux|zenmux|odd|name", *arguments, *BECAUSE)
    assert done.exit_code == DONE
    [made] = list_decisions(store)
    assert (made.kind, made.subject, made.verdict) == ("identity", "zenmux|zenmux|odd|name", model_id)
    assert ("no release has yet" in done.output) == (model_id == "acme/new")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["openrouter/all/mass-moves/2026-06-08", "accept"], f"nearest: {INCIDENT}"),
        (["h5", "accept"], "no case 'h5' in this release"),
        ([INCIDENT], "a held value is decided"),
        ([INCIDENT, "maybe"], "'maybe' is no verdict"),
        ([INCIDENT, "accept", "--value", "1"], "decided without --value"),
        (["d3", "reject"], "name the right value with --value: 128000, 131072, 65536"),
        (["d3", "--value", "7"], "no source states '7' for context_tokens"),
        (["zenmux|zenmux|gpt-os", "--no-model"], "nearest: zenmux|zenmux|gpt-oss"),
        (["zenmux|zenmux|gpt-oss", "--model", "GPT"], "'GPT' is no model id"),
        ([INCIDENT, "accept", "--expires", "2026-06-01"], "it would never count"),
        ([INCIDENT, "accept", "--expires", "soon"], "is not a day"),
        ([INCIDENT, "accept", "--reason", " "], "needs --reason and --evidence"),
    ],
)
def test_an_impossible_decision_is_an_error_with_a_hint_and_is_not_recorded(
    store: Store, arguments: list[str], message: str
) -> None:
    refused = run(store, "review", "decide", *BECAUSE, *arguments)
    assert refused.exit_code == USAGE
    assert message in refused.stderr
    assert list_decisions(store) == []


def test_the_later_of_two_decisions_on_one_release_counts(store: Store) -> None:
    run(store, "review", "decide", "h4", "reject", *BECAUSE)
    run(store, "review", "decide", "h4", "accept", *BECAUSE)
    assert read_decisions(store, LATER)["verdict"].tolist() == ["reject", "accept"]


def test_without_a_release_there_is_nothing_to_decide(tmp_path: Path) -> None:
    empty = open_store(tmp_path / "none")
    for command in (["review", "list"], ["review", "decide", "h1", "accept", *BECAUSE]):
        refused = run(empty, *command)
        assert refused.exit_code == USAGE
        assert "has no release yet" in refused.stderr
