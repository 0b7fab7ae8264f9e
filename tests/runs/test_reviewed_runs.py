"""A reviewer at work between three runs: odd prices and a moved alias are held, then published as decided."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import llmpairs
from llmpairs.flows.cli import app
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.warehouse.decisions import Decision, append_decision
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import read_table
from llmpairs.warehouse.store import open_store
from tests.runs.archives import EARLIER, FIRST_AS_OF, MODELS_DEV, NEXT_AS_OF, sample_bodies, write_warc
from tests.runs.conftest import RunOnce

SOURCES = ["models_dev", "openrouter", "openrouter_endpoints", "huggingface_cards", "zenmux"]
OPENROUTER = "https://openrouter.ai/api/v1/models?output_modalities=all"
ALIAS = "~openai/gpt-mini-latest"
SUBJECT = f"openrouter|openrouter|{ALIAS}"
OLD, NEW = "openai/gpt-oss-120b", "google/gemini-2.5-pro"
GROQ, OPENAI = "groq/groq/openai%2Fgpt-oss-120b/-/standard", "openai/openai/gpt-5.5/-/standard"
ODD = {
    "cerebras": ({"input": -1, "output": -1}, (None, None, "dynamic", False)),
    "deepinfra": ({"input": 1e9, "output": 1e9}, (None, None, "implausible", False)),
    "novita-ai": ({"input": 0, "output": 0}, (None, None, "zero_of_unknown_kind", False)),
}
"""Printed costs of gpt-oss-120b by provider; and its published input and output price, reason of absence, and hold."""
REASON = ["--reason", "read on the provider's page", "--evidence", "https://example.org", "--by", "ana"]


QUOTE = "117B parameters with 5.1B active parameters"


@dataclass(frozen=True)
class ReviewedRuns:
    """The warehouse, its three runs, and the hold on the alias before it was decided."""

    folder: Path
    runs: tuple[RunOutcome, RunOutcome, RunOutcome]
    hold: dict[str, Any]


def write_archive(folder: Path, alias_target: str, factor: int) -> Path:
    """Samples with two prices multiplied by a factor, three odd ones, and the alias led to a target."""
    bodies = sample_bodies(SOURCES)
    catalogue = json.loads(bodies[MODELS_DEV])
    for provider, (cost, _) in ODD.items():
        model = catalogue["groq"]["models"]["openai/gpt-oss-120b"]
        catalogue[provider] = {
            **catalogue["groq"], "id": provider, "name": provider, "models": {model["id"]: {**model, "cost": cost}},
        }  # fmt: skip
    for provider, key in (("groq", "openai/gpt-oss-120b"), ("openai", "gpt-5.5")):
        catalogue[provider]["models"][key]["cost"] = {"input": 0.15 * factor, "output": 0.6 * factor}
    listed = json.loads(bodies[OPENROUTER])
    [alias] = [model for model in listed["data"] if model["id"] == ALIAS]
    alias["alias_target"] = alias_target
    bodies |= {MODELS_DEV: json.dumps(catalogue).encode(), OPENROUTER: json.dumps(listed).encode()}
    return write_warc(folder / f"{alias_target.replace('/', '-')}.warc.gz", bodies, EARLIER)


def decide_prices(folder: Path) -> None:
    """Accept one of the held prices and reject the other, as a reviewer does."""
    asked = CliRunner().invoke(
        app, ["review", "list", "--kind", "held", "--format", "json", "--warehouse", str(folder)]
    )
    incidents = {subject: case["case_id"] for case in json.loads(asked.output) for subject in case["subjects"]}
    for offer_id, verdict in ((GROQ, "accept"), (OPENAI, "reject")):
        decided = CliRunner().invoke(
            app, ["review", "decide", incidents[offer_id], verdict, *REASON, "--warehouse", str(folder)]
        )
        assert decided.exit_code == 0, decided.output


def record_facts(folder: Path) -> None:
    """Record a size that no source states, and a capability of one offer."""
    for subject, field, value in ((OLD, "parameters_total", "116829156352"), (GROQ, "web_search", "yes")):
        command = ["review", "set", subject, field, value, "--quote", QUOTE, *REASON]
        recorded = CliRunner().invoke(app, [*command, "--warehouse", str(folder)])
        assert recorded.exit_code == 0, recorded.output


def accept_alias(folder: Path, hold: dict[str, Any]) -> None:
    append_decision(
        open_store(folder),
        Decision(
            decision_id="d1", kind="hold", subject=hold["hold_id"], verdict="accept", reason="it moved",
            evidence="OpenRouter's list", decided_by="r", made_on_as_of=NEXT_AS_OF,
            values={hold["hold_id"]: NEW}, expires_on=None,
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, run: RunOnce) -> ReviewedRuns:
    place = tmp_path_factory.mktemp("reviewed")
    folder = place / "w"
    before, after = write_archive(place, OLD, 1), write_archive(place, NEW, 1_000_000)
    first = run(folder, before, as_of=FIRST_AS_OF, only=SOURCES)
    second = run(folder, after, as_of=NEXT_AS_OF, only=SOURCES)
    decide_prices(folder)
    record_facts(folder)
    [hold] = read_table(open_store(folder), second.run_id, "holds").query("subject_id == @SUBJECT").to_dict("records")
    accept_alias(folder, hold)
    third = run(folder, after, as_of=FIRST_AS_OF + timedelta(days=2), only=SOURCES)
    return ReviewedRuns(folder, (first, second, third), hold)


def test_the_gate_passes_every_reviewed_run(reviewed: ReviewedRuns) -> None:
    assert [(each.state, each.error) for each in reviewed.runs] == [("published", None)] * 3


@pytest.mark.parametrize("provider", ODD)
def test_an_odd_price_is_never_published_as_a_number(provider: str, reviewed: ReviewedRuns) -> None:
    with llmpairs.connect(reviewed.folder, reviewed.runs[0].run_id) as con:
        [found] = con.execute(
            """SELECT input_usd_per_mtok, output_usd_per_mtok, price_missing_reason, held FROM offers
               WHERE offer_id = ?""",
            [f"{provider}/{provider}/openai%2Fgpt-oss-120b/-/standard"],
        ).fetchall()
    assert found == ODD[provider][1]


def test_a_run_publishes_what_was_decided_after_the_one_before(reviewed: ReviewedRuns) -> None:
    run_id = reviewed.runs[2].run_id
    with llmpairs.connect(reviewed.folder, run_id) as con:
        prices = con.execute(
            f"SELECT offer_id, input_usd_per_mtok, held FROM offers WHERE offer_id IN ('{GROQ}', '{OPENAI}') ORDER BY 1"
        ).fetchall()
        holds = con.execute("SELECT DISTINCT subject_id, state, decided_by FROM holds ORDER BY 1").fetchall()
        caused = con.execute(
            f"SELECT DISTINCT field, cause FROM changes WHERE subject_id = '{GROQ}' AND field LIKE 'input%'"
        ).fetchall()
    assert prices == [(GROQ, 150_000.0, False), (OPENAI, 0.15, True)]
    assert [row for row in holds if row[0] in (GROQ, OPENAI)] == [
        (GROQ, "accepted", "ana"),
        (OPENAI, "rejected", "ana"),
    ]
    assert caused == [("input_usd_per_mtok", "decision")]


def test_recorded_facts_are_published_explained_and_verified_like_those_of_sources(
    reviewed: ReviewedRuns, tmp_path: Path
) -> None:
    _, before, after = reviewed.runs
    for run_id, size in ((before.run_id, None), (after.run_id, 116_829_156_352)):
        with llmpairs.connect(reviewed.folder, run_id) as con:
            found = con.execute("SELECT parameters_total FROM models WHERE model_id = ?", [OLD]).fetchall()
        assert (found[0][0] == 116_829_156_352) == (size is not None)
    where = ["--warehouse", str(reviewed.folder), "--release", after.run_id]
    text = CliRunner().invoke(app, ["explain", OLD, "parameters_total", *where]).output
    assert f"quote: {QUOTE}" in text
    assert "by ana on the release of" in text
    assert "read on the provider's page (https://example.org)" in text
    assert "parameters_total = 116829156352: the same" in text
    every = CliRunner().invoke(app, ["explain", "--all", "--format", "json", *where])
    assert every.exit_code == 0, every.output
    of_source = {row["source_id"]: row["came_back"] for row in json.loads(every.stdout)["by_source"]}
    assert of_source["review"] == 2
    report = open_store(reviewed.folder).read_bytes(f"runs/{after.run_id}/report.md").decode()
    listed = report.split("## Decisions\n")[1].split("\n## ")[0]
    assert listed.count("| in effect | fact |") == 2
    compared = CliRunner().invoke(app, ["compare", OLD, NEW, "--format", "json", "--full", *where])
    cited = [each for each in json.loads(compared.stdout)["captures"].values() if each["source_id"] == "review"]
    assert {(each["title"], each["url"]) for each in cited} == {("Reviewer", "https://example.org")}
    packed = CliRunner().invoke(app, ["export", "package", "--out", str(tmp_path / "package"), *where])
    assert packed.exit_code == 0, packed.output


def read_alias(reviewed: ReviewedRuns, number: int) -> tuple[str, list[str], pd.DataFrame, pd.DataFrame]:
    """Model of the alias in a run, models of its offers, its holds, and the log of its moves."""
    store, run_id = open_store(reviewed.folder), reviewed.runs[number].run_id
    identities = read_table(store, run_id, "identities").query("provider_model_key == @ALIAS")
    offers = read_table(store, run_id, "offers").query("provider_model_key == @ALIAS")
    holds = read_table(store, run_id, "holds").query("subject_id == @SUBJECT")
    changes = read_log(store, "changes", run_id).query("kind == 'alias_moved'")
    [model_id] = identities["model_id"].unique()
    return model_id, offers["model_id"].tolist(), holds, changes


def test_a_moved_alias_is_held_until_it_is_confirmed(reviewed: ReviewedRuns) -> None:
    assert read_alias(reviewed, 0)[:2] == (OLD, [OLD])

    model_id, of_offers, holds, changes = read_alias(reviewed, 1)
    assert (model_id, of_offers) == (OLD, [OLD])
    [hold] = holds.to_dict("records")
    assert (hold["published_value"], hold["candidate_value"], hold["state"]) == (OLD, NEW, "held")
    assert hold["rule"] == "Q29 alias moved"
    assert hold["pairs_affected"] > 0
    change = changes.set_index("subject_id").loc[SUBJECT]
    assert change[["old_value", "new_value", "cause"]].tolist() == [OLD, NEW, "identity"]

    model_id, of_offers, holds, changes = read_alias(reviewed, 2)
    assert (model_id, of_offers) == (NEW, [NEW])
    assert holds["state"].tolist() == ["accepted"]
    assert changes.set_index("subject_id").loc[SUBJECT, "cause"] == "decision"
