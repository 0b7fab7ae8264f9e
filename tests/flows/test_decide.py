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
from tests.warehouse.samples import AS_OF, GLM, GPT, QWEN, RUN, frame, manifest_of, release_frames

GROQ, OTHER = "openrouter/groq/gpt-oss-120b/-/standard", "siliconflow/siliconflow/qwen/-/standard"
INCIDENT = "openrouter/all/mass-move/2026-06-08"
BECAUSE = ["--reason", "the page has this price", "--evidence", "https://example.org/prices", "--by", "ana"]
FACT = [
    "--reason", "read on the card", "--evidence", "https://example.org/card", "--quote", "it is so", "--by", "ana",
]  # fmt: skip
GROUP = "litellm/max_output_tokens"
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
        "ratio": 2.5, "first_seen_at": AS_OF, "state": "open", "pairs_affected": 2,
        "cause": "|".join(word.split("=")[0] for word in words), **more,
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
    differ("d5", GPT, "max_output_tokens", "litellm=4096", "models_dev=32768", "x=32768", cause="litellm"),
    differ("d6", QWEN, "max_output_tokens", "litellm=8192", "models_dev=16384", "x=16000", cause="litellm"),
    differ(
        "d7",
        GLM,
        "max_output_tokens",
        "litellm=1",
        "models_dev=16384",
        "x=16000",
        cause="litellm",
        chosen_value="16384",
        pairs_affected=0,
    ),
    differ("d4", GPT, "architecture", "a=moe", "b=dense", state="settled", decision="moe", decided_by="bo"),
)
KEYS = (
    {"source_id": "zenmux", "provider_id": "zenmux", "provider_model_key": "odd|name", "reason": "unknown_maker"},
    {"source_id": "zenmux", "provider_id": "zenmux", "provider_model_key": "gpt-oss", "model_id": GPT},
)


def claim(source: str, subject: str, field: str, value: str, **more: Any) -> dict[str, Any]:
    kind = "offer" if "/-/" in subject else "model"
    return {
        "fact_id": f"{source}-{field}-{more.get('locator')}", "subject_kind": kind, "subject_id": subject,
        "field": field, "value": value, "source_id": source, "lineage": source, "basis": "declared", "authority": 3,
        **more,
    }  # fmt: skip


FACTS = (
    claim("litellm", GPT, "context_tokens", "128000"),
    claim("models_dev", GPT, "context_tokens", "131072", locator="/a", basis="derived"),
    claim("models_dev", GPT, "context_tokens", "65536", locator="/b"),
    claim("openrouter", GPT, "context_tokens", "4096", basis="default"),
    claim("litellm", GPT, "capability:vision", "yes"),
    claim("models_dev", GROQ, "capability:vision", "no", authority=0),
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with one published release."""
    warehouse = open_store(tmp_path_factory.mktemp("published"))
    frames = release_frames()
    frames["holds"] = frame("holds", *HOLDS)
    frames["disagreements"] = frame("disagreements", *DISAGREEMENTS)
    frames["identities"] = frame("identities", *KEYS)
    frames["facts"] = frame("facts", *FACTS)
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
    # Two models of three stand in all three pairs, one of them in two. Disagreements of one cause are one case.
    assert [(case["case_id"], case["pairs"]) for case in cases] == [
        (INCIDENT, 3), (GROUP, 3), ("models_dev/all/q34/2026-06-08", 2), ("zenmux/zenmux/q29/2026-06-08", 2),
        ("d1", 2), ("d2", 2), ("d3", 2),
    ]  # fmt: skip
    assert [each["case_id"] for each in cases[1]["cases"]] == ["d5", "d6", "d7"]
    text = run(store, "review", "list").output
    assert f"{GROQ} input_usd_per_mtok: 0.039 is published, zero_of_unknown_kind is held (h1)" in text
    assert f"{GPT} context_tokens: 128000 is published; litellm=128000, models_dev=131072, x=65536" in text
    assert f"llmpairs review decide {INCIDENT} accept|reject --reason" in text
    assert "llmpairs review decide d3 accept|reject [--value VALUE]" in text
    assert "and 1 more: llmpairs review list" in text
    assert "(h3)" in run(store, "review", "list", INCIDENT).output
    assert "1 key has no model: llmpairs review aliases" in text
    assert "2 incidents with 4 held values, 6 disagreements in 4 cases, 1 moved alias" in text
    assert f"{GROUP}  3 disagreements, 3 pairs, since 2026-06-08" in text
    assert "litellm stands alone against other source groups that agree" in text
    assert f"llmpairs review decide {GROUP} accept|reject --reason" in text
    assert [case["case_id"] for case in json.loads(run(store, "review", "list", "d5", "--format", "json").output)] == [
        "d5"
    ]
    assert "(d7)" in run(store, "review", "list", GROUP).output
    assert len(json.loads(run(store, "review", "list", "--limit", "2", "--format", "json").output)) == 2


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
    ("arguments", "verdicts"),
    [
        # The others of d6 differ, within the tolerance, and neither of their values is published.
        ([GROUP, "reject"], {"d5": "32768", "d7": "16384"}),
        ([GROUP, "accept"], {"d5": "4096", "d6": "8192", "d7": "1"}),
        ([GROUP, "--right", "x"], {"d5": "32768", "d6": "16000", "d7": "16000"}),
        (["litellm|models_dev/input_usd_per_mtok", "--right", "models_dev"], {"d1": "0.15", "d2": "0.6"}),
    ],
)
def test_a_group_of_disagreements_is_decided_at_once_with_a_decision_for_each(
    store: Store, arguments: list[str], verdicts: dict[str, str]
) -> None:
    done = run(store, "review", "decide", *arguments, *BECAUSE)
    assert done.exit_code == DONE, done.stderr
    made = list_decisions(store)
    assert {decision.subject: decision.verdict for decision in made} == verdicts
    claimed = {row["disagreement_id"]: row["claimed_values"] for row in DISAGREEMENTS}
    for decision in made:
        assert decision.kind == "disagreement"
        assert decision.values == dict(word.split("=") for word in claimed[decision.subject])
    assert not set(verdicts) & {each["case_id"] for case in list_cases(store) for each in (case, *case["cases"])}


def test_a_group_leaves_out_what_was_decided_one_by_one(store: Store) -> None:
    run(store, "review", "decide", "d5", "--value", "4096", *BECAUSE)
    run(store, "review", "set", QWEN, "max_output_tokens", "12000", *FACT)
    run(store, "review", "decide", GROUP, "reject", *BECAUSE)
    assert [(made.subject, made.verdict) for made in list_decisions(store)] == [
        ("d5", "4096"), (f"model|{QWEN}|max_output_tokens", "12000"), ("d7", "16384"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "subject", "value"),
    [
        (["gpt-oss-120b", "context_tokens", "131,072"], f"model|{GPT}|context_tokens", "131072"),
        ([GPT, "released_date", "2025-08"], f"model|{GPT}|released_date", "2025-08"),
        ([GPT, "is_open_weights", "yes"], f"model|{GPT}|is_open_weights", "true"),
        ([GPT, "license_spdx", "apache-2.0"], f"model|{GPT}|license_spdx", "Apache-2.0"),
        ([GPT, "input_modalities", "text, Image"], f"model|{GPT}|input_modalities", "image;text"),
        ([GPT, "architecture", "moe"], f"model|{GPT}|architecture", "moe"),
        ([GPT, "vision", "no"], f"model|{GPT}|capability:vision", "no"),
        ([GROQ, "capability:vision", "true"], f"offer|{GROQ}|capability:vision", "yes"),
        ([GROQ, "max_output_tokens", "32768"], f"offer|{GROQ}|max_output_tokens", "32768"),
    ],
)
def test_a_fact_is_recorded_with_its_evidence(store: Store, arguments: list[str], subject: str, value: str) -> None:
    done = run(store, "review", "set", *arguments, *FACT, "--expires", "2026-12-31")
    assert done.exit_code == DONE, done.stderr
    [made] = list_decisions(store)
    assert (made.kind, made.subject, made.verdict) == ("fact", subject, value)
    assert (made.evidence, made.quote, made.decided_by) == ("https://example.org/card", "it is so", "ana")
    assert (made.made_on_as_of, made.expires_on) == (AS_OF, date(2026, 12, 31))


def test_a_fact_is_recorded_against_the_values_of_the_source_groups(store: Store) -> None:
    run(store, "review", "set", GPT, "context_tokens", "131072", *FACT)
    run(store, "review", "set", GPT, "vision", "yes", *FACT)
    assert [made.values for made in list_decisions(store)] == [
        {"litellm": "128000", "models_dev": "65536"}, {"litellm": "yes", "models_dev": "no"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gpt-oss-12b", "context_tokens", "1"], f"nearest: {GPT}"),
        ([GPT, "context_token", "131072"], "nearest: context_tokens"),
        ([GPT, "visoin", "yes"], "nearest: vision"),
        ([GPT, "license_class", "open"], "license_class is computed, from license_spdx"),
        ([GROQ, "input_usd_per_mtok", "0.1"], "`llmpairs review correct` corrects a past price"),
        ([GPT, "context_tokens", "many"], "'many' is not a whole number"),
        ([GPT, "context_tokens", "0"], "'0' is not a value of this column"),
        ([GPT, "released_date", "2025-13"], "'2025-13' is not a day, month or year"),
        ([GPT, "released_date", "tomorrow"], "'tomorrow' is not a day, month or year"),
        ([GPT, "architecture", "sparse"], "'sparse' is none of dense, moe"),
        ([GPT, "is_open_weights", "perhaps"], "'perhaps' is not yes or no"),
        ([GPT, "vision", "perhaps"], "a capability is yes or no, not 'perhaps'"),
        ([GPT, "context_tokens", "1", "--evidence", "the card"], "'the card' is no address"),
        ([GPT, "context_tokens", "1", "--quote", " "], "a fact needs --reason, and --quote"),
        ([GPT, "context_tokens", "1", "--expires", "2026-06-01"], "it would never count"),
    ],
)
def test_a_fact_that_cannot_be_recorded_is_an_error_with_a_hint(
    store: Store, arguments: list[str], message: str
) -> None:
    refused = run(store, "review", "set", *FACT, *arguments)
    assert refused.exit_code == USAGE
    assert message in refused.stderr
    assert list_decisions(store) == []


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
        ([GROUP], "decide a group by one verdict"),
        ([GROUP, "accept", "--value", "7"], "of a group have different values"),
        ([GROUP, "--right", "openrouter"], "no source group of this case; groups: litellm, models_dev, x"),
        (["litellm|models_dev/input_usd_per_mtok", "accept"], "no source group of litellm|models_dev stands alone"),
        (["d3", "--right", "x"], "--right is for a group of disagreements"),
        (["litelm/max_output_tokens", "accept"], f"nearest: {GROUP}"),
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
