"""Published values lead back to bytes: over two runs, the second without OpenRouter, their archives deleted since."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

import llmpairs
from llmpairs.explain.computed import describe_page
from llmpairs.explain.subject import COST, LIST_PRICE, find_subject, list_names
from llmpairs.explain.text import render_explanation
from llmpairs.flows.cli import app
from llmpairs.spiders.archive.warc import pack_record, read_records
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.evidence_retention import prune_evidence
from llmpairs.warehouse.releases import current_run_id, read_table
from llmpairs.warehouse.store import open_store
from tests.runs.archives import LATER
from tests.runs.conftest import SecondRun

GPT = "openai/gpt-oss-120b"
DEKALLM = "openrouter/dekallm/openai%2Fgpt-oss-120b/dekallm%2Fbf16/standard"
GROQ = "groq/groq/openai%2Fgpt-oss-120b/-/standard"


@pytest.fixture(scope="module")
def folder(second_run: SecondRun) -> Path:
    """The warehouse after both runs; the replayed archives are deleted."""
    return second_run.warehouse


def ask(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments, "--warehouse", str(folder)])


def explained(folder: Path, *arguments: str) -> dict[str, Any]:
    done = ask(folder, *arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    page: dict[str, Any] = json.loads(done.stdout)
    return page


def again_of(claims: list[dict[str, Any]]) -> dict[str, Any]:
    [again] = [claim["again"] for claim in claims if claim["is_chosen"]]
    return dict(again)


def test_a_price_of_an_earlier_run_is_read_again_from_the_archive_of_that_run(folder: Path) -> None:
    page = explained(folder, DEKALLM, "input_usd_per_mtok")
    again = again_of(page["claims"])
    assert (page["value"], again["outcome"], again["said"]) == (0.039, "same", "0.039")
    assert again["said_printed"].startswith("input 0.000000039 USD per 1 token")
    assert again["captured_at"] < page["as_of"]
    assert again["url"].endswith("/endpoints")
    assert (folder / "archive" / again["archive_path"]).exists()
    assert explained(folder, GROQ, "input_usd_per_mtok")["claims"][0]["again"]["captured_at"] == LATER


def test_the_text_names_value_claims_record_digest_and_place(folder: Path) -> None:
    done = ask(folder, "gpt-oss-120b", "context_tokens")
    assert done.exit_code == 0
    for words in ("131072 tokens", "huggingface_cards", "a copy; a first-hand claim wins", "<urn:uuid:", "sha256",
                  "as it was captured", "locator", "131072: the same"):  # fmt: skip
        assert words in done.stdout
    lines = done.stdout.splitlines()
    assert sum(line.startswith("*") for line in lines) == 1, "one claim is the published one"


def test_a_capability_names_its_rule_and_every_claim(folder: Path) -> None:
    page = explained(folder, GPT, "vision")
    assert (page["field"], page["value"]) == ("capability:vision", "no")
    assert page["rule"]["witnesses_against"] > 0
    assert again_of(page["claims"])["outcome"] == "same"
    assert {claim["subject_kind"] for claim in page["claims"]} == {"model", "offer"}


def test_an_inherited_capability_shows_the_models(folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        offer_id, word, effective = con.execute(
            "SELECT offer_id, capability, effective FROM offer_capabilities WHERE is_inherited ORDER BY ALL LIMIT 1"
        ).fetchall()[0]
    page = explained(folder, offer_id, word)
    assert (page["value"], page["claims"]) == (effective, [])
    [ground] = page["rests_on"]
    assert ground["name"].endswith(f" capability:{word}")
    assert again_of(ground["claims"])["said"] == effective


def test_a_computed_price_shows_what_it_is_computed_from(folder: Path) -> None:
    page = explained(folder, GROQ, "blended_3to1_usd_per_mtok")
    grounds = {ground["name"]: again_of(ground["claims"])["said"] for ground in page["rests_on"]}
    assert grounds == {"input_usd_per_mtok": "0.15", "output_usd_per_mtok": "0.6"}
    assert page["value"] == pytest.approx((3 * 0.15 + 0.6) / 4)


def test_a_cost_shows_its_offer_prices_and_formula_and_is_computed_again(folder: Path) -> None:
    page = explained(folder, GPT, "seed_chat")
    assert page["computed_again"] == page["value"] == page["cost"]["cheapest_usd"]
    assert {ground["name"].split(" ")[0] for ground in page["rests_on"]} == {page["cost"]["cheapest_offer_id"]}
    text = ask(folder, GPT, "cost:seed_chat").stdout
    assert "requests x (" in text
    assert f"{page['value']}, the same" in text
    assert "input_usd_per_mtok" in text


def test_a_list_price_lists_the_offers_that_it_is_the_median_of(folder: Path) -> None:
    page = explained(folder, GPT, "list_price")
    prices = sorted(route["blended_3to1_usd_per_mtok"] for route in page["routes"])
    assert prices[0] <= page["value"] <= prices[-1]
    assert page["rests_on"]


def test_a_score_is_read_again_with_its_setting(folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        model_id, benchmark = con.execute(
            "SELECT model_id, benchmark FROM benchmark_scores ORDER BY ALL LIMIT 1"
        ).fetchall()[0]
    page = explained(folder, model_id, benchmark)
    assert {score["again"]["outcome"] for score in page["scores"]} == {"same"}


def test_an_identity_shows_the_keys_that_lead_to_the_model(folder: Path) -> None:
    assert "keys" in ask(folder, GPT, "display_name").stdout
    page = explained(folder, GPT, "identity_basis")
    [ground] = page["rests_on"]
    assert {key["model_id"] for key in ground["keys"]} == {GPT}
    own = explained(folder, DEKALLM, "model_id")["rests_on"][0]["keys"]
    assert {key["model_id"] for key in own} == {GPT}


def test_without_a_field_all_that_can_be_explained_is_listed(folder: Path) -> None:
    rows = {row["field"]: row for row in json.loads(ask(folder, GPT, "--format", "json").stdout)}
    assert rows["context_tokens"]["value"] == 131072
    assert rows["context_tokens"]["claims"] > 1
    assert rows["license_class"]["rests_on"] == "license_spdx, licences.toml, is_open_weights"
    assert {"capability:vision", "cost:seed_chat", "list_price"} <= rows.keys()


@pytest.mark.parametrize("name", [GPT, GROQ])
def test_every_column_capability_and_score_can_be_explained(folder: Path, name: str) -> None:
    with llmpairs.connect(folder) as con:
        subject = find_subject(con, name)
        fields = [field for field in list_names(con, subject) if field != LIST_PRICE and COST not in field]
        assert len(fields) > 30
        for field in fields:
            text = render_explanation(describe_page(con, subject, field))
            assert text.startswith(f"{name}  {field}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gpt-oss-12b", "context_tokens"), GPT),
        ((GPT, "contxt_tokens"), "context_tokens"),
        ((DEKALLM.replace("bf16", "bf17"), "currency"), DEKALLM),
        ((GPT, "--all"), "not both"),
        ((), "--all"),
        (("--all", "--table", "pairs"), "models, offers"),
    ],
)
def test_an_unknown_name_gives_the_nearest(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = ask(folder, *arguments)
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


def test_every_published_fact_comes_back(folder: Path) -> None:
    page = explained(folder, "--all")
    assert page["lost"] == []
    assert page["came_back"] == page["facts"] > 500
    with llmpairs.connect(folder) as con:
        chosen = con.execute("SELECT count(*) FROM facts WHERE is_chosen").fetchall()[0][0]
        scores = con.execute("SELECT count(*) FROM benchmark_scores").fetchall()[0][0]
    assert page["facts"] >= chosen + scores
    assert explained(folder, "--all", "--table", "benchmark_scores")["facts"] == scores
    assert "published facts of release" in ask(folder, "--all", "--table", "benchmark_scores").stdout


def spoil(copy: Path, table: str, column: str, value: Any, **where: Any) -> None:
    """Write another value into one cell of a table."""
    store = open_store(copy)
    run_id = current_run_id(store) or ""
    frame = read_table(store, run_id, table)
    rows = (frame[list(where)] == list(where.values())).all(axis=1)
    assert rows.sum() == 1
    frame.loc[rows, column] = value
    [part] = (copy / "releases" / run_id / table).glob("*.parquet")
    pq.write_table(to_arrow(frame, table), part)


def test_a_wrong_value_in_facts_and_a_published_value_that_is_no_claim_are_found(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", symlinks=True)
    spoil(copy, "facts", "value", "0.93", subject_id=DEKALLM, field="input_usd_per_mtok", is_chosen=True)
    spoil(copy, "offers", "context_tokens", 4096, offer_id=GROQ)
    done = ask(copy, "--all", "--format", "json")
    assert done.exit_code == 1
    lost = json.loads(done.stdout)["lost"]
    of_fact = {row["outcome"]: row for row in lost if row["subject_id"] == DEKALLM}
    assert of_fact["other_value"]["said"] == "0.039"
    assert of_fact["no_claim"]["value"] == "0.039"
    [row] = [row for row in lost if row["subject_id"] == GROQ]
    assert (row["outcome"], row["value"], row["said"]) == ("no_claim", "4096", "131072")
    assert len(lost) == 3
    assert ask(copy, DEKALLM, "input_usd_per_mtok").exit_code == 1


def test_a_flipped_byte_in_an_archived_body_is_found_by_its_digest(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", symlinks=True)
    place = again_of(explained(copy, DEKALLM, "input_usd_per_mtok")["claims"])["archive_path"]
    archive = copy / "archive" / place
    packed = b""
    for record in read_records(archive):
        block = record.block.replace(b"0.000000039", b"0.000000038")
        fields = [(name, value) for name, value in record.fields.items() if name != "content-length"]
        packed += pack_record(fields, block)
    archive.write_bytes(packed)
    done = ask(copy, DEKALLM, "input_usd_per_mtok")
    assert done.exit_code == 1
    assert "COULD NOT BE READ" in done.stdout
    assert "sha256:" in done.stdout
    lost = json.loads(ask(copy, "--all", "--format", "json", "--limit", "1").stdout)["lost"]
    assert "the digest of the record is not sha" in lost[0]["detail"]


def test_an_archive_that_is_gone_is_named(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", symlinks=True)
    archives = [str(path.relative_to(copy)) for path in (copy / "archive").rglob("*.warc*")]
    shutil.rmtree(copy / "archive")
    done = ask(copy, "--all", "--table", "benchmark_scores", "--limit", "1")
    assert done.exit_code == 1
    assert "is not in the warehouse" in done.stdout
    shutil.copytree(folder / "archive", copy / "archive", symlinks=True)
    prune_evidence(open_store(copy), archives, datetime(2026, 6, 9, tzinfo=UTC))
    done = ask(copy, "--all", "--table", "benchmark_scores", "--limit", "1")
    assert "was pruned on 2026-06-09" in done.stdout
