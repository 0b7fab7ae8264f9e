"""Three nights on which an alias moves: seen, held and told, then confirmed and made."""

import json
from datetime import timedelta
from pathlib import Path

import pandas as pd

from llmpairs.spiders.samples import read_frozen
from llmpairs.warehouse.decisions import Decision, append_decision
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import read_table
from llmpairs.warehouse.store import open_store
from tests.runs.conftest import FIRST_NIGHT, RunNight, write_warc

OPENROUTER = "https://openrouter.ai/api/v1/models?output_modalities=all"
ALIAS = "~openai/gpt-mini-latest"
SUBJECT = f"openrouter|openrouter|{ALIAS}"
OLD, NEW = "openai/gpt-oss-120b", "google/gemini-2.5-pro"


def archive(folder: Path, target: str) -> Path:
    """The samples of the catalogues, with the alias led to a target."""
    speaking = ("models_dev", "openrouter", "openrouter_endpoints", "huggingface_cards")
    bodies = {page.url: page.body for source in speaking for page in read_frozen(source)}
    listed = json.loads(bodies[OPENROUTER])
    [alias] = [model for model in listed["data"] if model["id"] == ALIAS]
    alias["alias_target"] = target
    bodies[OPENROUTER] = json.dumps(listed).encode()
    name = target.replace("/", "-")
    return write_warc(folder / f"{name}.warc.gz", bodies, "2026-05-15T20:00:00Z")


def test_a_moved_alias_is_held_until_it_is_confirmed(tmp_path: Path, run: RunNight) -> None:
    folder = tmp_path / "w"
    store = open_store(folder)

    def look(run_id: str) -> tuple[str, list[str], pd.DataFrame, pd.DataFrame]:
        identities = read_table(store, run_id, "identities").query("provider_model_key == @ALIAS")
        offers = read_table(store, run_id, "offers").query("provider_model_key == @ALIAS")
        holds = read_table(store, run_id, "holds").query("subject_id == @SUBJECT")
        changes = read_log(store, "changes", run_id).query("kind == 'alias_moved'")
        [model_id] = identities["model_id"].unique()
        return model_id, offers["model_id"].tolist(), holds, changes

    before = archive(tmp_path, OLD)
    after = archive(tmp_path, NEW)
    first = run(folder, before, as_of=FIRST_NIGHT)
    assert look(first.run_id)[:2] == (OLD, [OLD])

    second = run(folder, after, as_of=FIRST_NIGHT + timedelta(days=1))
    model_id, of_offers, holds, changes = look(second.run_id)
    assert (second.state, model_id, of_offers) == ("published", OLD, [OLD])
    [hold] = holds.to_dict("records")
    assert (hold["published_value"], hold["candidate_value"], hold["state"]) == (OLD, NEW, "held")
    assert hold["rule"] == "Q29 alias moved"
    assert hold["pairs_affected"] > 0
    told = changes.set_index("subject_id").loc[SUBJECT]
    assert told[["old_value", "new_value", "cause"]].tolist() == [OLD, NEW, "identity"]

    append_decision(
        store,
        Decision(
            decision_id="d1", kind="hold", subject=hold["hold_id"], verdict="accept", reason="it moved",
            evidence="OpenRouter's list", decided_by="r", made_on_as_of=FIRST_NIGHT + timedelta(days=1),
            values={hold["hold_id"]: NEW}, expires_on=None,
        ),
    )  # fmt: skip
    third = run(folder, after, as_of=FIRST_NIGHT + timedelta(days=2))
    model_id, of_offers, holds, changes = look(third.run_id)
    assert (third.state, model_id, of_offers) == ("published", NEW, [NEW])
    assert holds["state"].tolist() == ["accepted"]
    assert changes.set_index("subject_id").loc[SUBJECT, "cause"] == "decision"
