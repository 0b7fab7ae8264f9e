"""A reviewer at work between two whole nights: what was held is published or kept away, and the gate lets both pass."""

import json
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner

import llmpairs
from llmpairs.flows.cli import app
from llmpairs.spiders.samples import read_frozen
from tests.runs.conftest import FIRST_NIGHT, RunNight, sample_bodies, write_warc

MODELS_DEV = "https://models.dev/api.json"
SPEAKING = ("models_dev", "openrouter", "openrouter_endpoints", "huggingface_cards", "zenmux")
GROQ, OPENAI = "groq/groq/openai%2Fgpt-oss-120b/-/standard", "openai/openai/gpt-5.5/-/standard"
BECAUSE = ["--reason", "read on the provider's page", "--evidence", "https://example.org", "--by", "ana"]


def slipped_bodies() -> dict[str, bytes]:
    """Samples in which only models.dev speaks of two direct routes, at a million times their price."""
    bodies = {page.url: page.body for source in SPEAKING for page in read_frozen(source)}
    catalogue = json.loads(sample_bodies()[MODELS_DEV])
    for provider, key in (("groq", "openai/gpt-oss-120b"), ("openai", "gpt-5.5")):
        catalogue[provider]["models"][key]["cost"] = {"input": 150_000, "output": 600_000}
    return bodies | {MODELS_DEV: json.dumps(catalogue).encode()}


def test_a_night_sees_what_was_decided_on_the_one_before(tmp_path: Path, run: RunNight) -> None:
    folder, captured = tmp_path / "w", "2026-05-15T20:00:00Z"
    archive = write_warc(tmp_path / "slip.warc.gz", slipped_bodies(), captured)
    assert run(folder, archive, as_of=FIRST_NIGHT).state == "published"
    asked = CliRunner().invoke(
        app, ["inbox", "--kind", "held", "--format", "json", "--warehouse", str(folder)]
    )
    incidents = {case["subjects"][0]: case["case_id"] for case in json.loads(asked.output)}
    for offer_id, verdict in ((GROQ, "accept"), (OPENAI, "reject")):
        decided = CliRunner().invoke(
            app, ["decide", incidents[offer_id], verdict, *BECAUSE, "--warehouse", str(folder)]
        )
        assert decided.exit_code == 0, decided.output
    assert run(folder, archive, as_of=FIRST_NIGHT + timedelta(days=1)).state == "published"
    with llmpairs.connect(folder) as con:
        prices = con.execute(
            f"SELECT offer_id, input_usd_per_mtok, held FROM offers WHERE offer_id IN ('{GROQ}', '{OPENAI}') ORDER BY 1"
        ).fetchall()
        holds = con.execute("SELECT DISTINCT subject_id, state, decided_by FROM holds ORDER BY 1").fetchall()
        caused = con.execute(
            f"SELECT DISTINCT field, cause FROM changes WHERE subject_id = '{GROQ}' AND field LIKE 'input%'"
        ).fetchall()
    assert prices == [(GROQ, 150_000.0, False), (OPENAI, None, True)]
    assert [row for row in holds if row[0] in (GROQ, OPENAI)] == [
        (GROQ, "accepted", "ana"),
        (OPENAI, "rejected", "ana"),
    ]
    assert caused == [("input_usd_per_mtok", "decision")]
