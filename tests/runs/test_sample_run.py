"""A run over sample pages, from archives to the comparison that a reader sees."""

import json
from pathlib import Path

import pytest

import llmpairs
from llmpairs.flows.commands.compare import format_page, read_page
from llmpairs.flows.nightly.run import RunOutcome
from tests.runs.archives import FIRST_AS_OF, log_rows
from tests.runs.conftest import RunOnce, SharedRelease, copy_warehouse
from tests.runs.report_figures import Page, check_report


@pytest.fixture(scope="module")
def folder(sample_run: SharedRelease) -> Path:
    return sample_run.warehouse


@pytest.fixture(scope="module")
def outcome(sample_run: SharedRelease) -> RunOutcome:
    return sample_run.outcome


def test_a_run_over_samples_is_published_whole(outcome: RunOutcome, folder: Path) -> None:
    assert (outcome.state, outcome.error, outcome.critical) == ("published", None, ())
    assert outcome.run_id == FIRST_AS_OF.strftime("%Y%m%dT%H%M%SZ")
    assert (folder / "CURRENT").read_text().strip() == outcome.run_id
    assert (folder / "runs" / outcome.run_id / "report.md").read_text().startswith("# Published")
    with llmpairs.connect(folder) as con:
        live = con.execute("SELECT count(*) FROM models WHERE is_live AND is_text_generating").fetchall()[0][0]
        pairs = con.execute("SELECT count(*) FROM pairs WHERE model_a_id < model_b_id").fetchall()[0][0]
    assert pairs == live * (live - 1) // 2 > 0


def test_the_example_pair_reads_as_its_sources_state(outcome: RunOutcome, folder: Path) -> None:
    page = read_page(str(folder), None, "gpt-oss-120b", "Qwen3.5-4B")
    openrouter = next(
        route
        for route in page["sides"][0]["routes"]
        if route["offer_id"] == "openrouter/dekallm/openai%2Fgpt-oss-120b/dekallm%2Fbf16/standard"
    )
    assert round(openrouter["monthly_usd"]["seed_chat"], 2) == 76.20
    specs = {row["field"]: row["values"] for row in page["specs"]}
    assert specs["license_spdx"] == ["Apache-2.0", "Apache-2.0"]
    states = {row["capability"]: row["sides"][0]["state"] for row in page["capabilities"]}
    assert (states["reasoning"], states["vision"], states["code_execution"]) == ("yes", "no", "unknown")
    vision = next(row for row in page["decisions"] if row["scenario_id"] == "vision")
    assert (vision["winner"], vision["reason"]) == (1, "requirement_failed")
    text = format_page(page, "text")
    assert "76.20" in text
    assert "unknown" in text
    assert " No " not in text


def test_no_price_is_silently_zero_and_no_unknown_is_a_no(outcome: RunOutcome, folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        silent = con.execute(
            """SELECT offer_id FROM offers WHERE price_kind <> 'free_tier'
               AND (input_usd_per_mtok = 0 OR output_usd_per_mtok = 0)"""
        ).fetchall()
        unfounded = con.execute(
            "SELECT model_id, capability FROM model_capabilities WHERE state = 'no' AND fact_id IS NULL"
        ).fetchall()
    assert (silent, unfounded) == ([], [])


def test_every_published_fact_leads_to_an_archived_capture(outcome: RunOutcome, folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        lost = con.execute(
            "SELECT count(*) FROM facts ANTI JOIN captures USING (capture_id) WHERE is_chosen"
        ).fetchall()[0][0]
        files = {row[0] for row in con.execute("SELECT DISTINCT archive_path FROM captures").fetchall()}
    assert lost == 0
    assert files
    assert all((folder / "archive" / name).exists() for name in files)


def test_scores_are_published_with_their_terms_and_lead_to_captures(outcome: RunOutcome, folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        sources = con.execute("SELECT DISTINCT source_id FROM benchmark_scores ORDER BY 1").fetchall()
        lost = con.execute("SELECT count(*) FROM benchmark_scores ANTI JOIN captures USING (capture_id)").fetchall()
        passed_on = con.execute(
            "SELECT DISTINCT redistributable FROM benchmark_scores WHERE source_id = 'swe_bench'"
        ).fetchall()
        shared, wins = con.execute("SELECT max(shared_benchmark_count), max(a_benchmark_wins) FROM pairs").fetchall()[0]
    assert {name for (name,) in sources} >= {"livebench", "lmarena", "models_dev_lab", "swe_bench"}
    assert lost == [(0,)]
    assert passed_on == [(False,)]
    assert shared > 0 < wins


def test_every_figure_of_the_report_is_that_of_the_tables(outcome: RunOutcome, folder: Path) -> None:
    check_report(folder, outcome.run_id)
    latest = json.loads((folder / "runs" / "latest.json").read_text())
    assert (folder / latest["report"]).exists()


def test_a_second_run_of_one_as_of_time_gets_a_suffix_and_changes_nothing(
    sample_run: SharedRelease, samples: Path, tmp_path: Path, run: RunOnce
) -> None:
    folder = tmp_path / "w"
    first = copy_warehouse(sample_run, folder)
    again = run(folder, samples)
    assert again.run_id == f"{first.run_id}-2"
    with llmpairs.connect(folder) as con:
        assert con.execute("SELECT count(*) FROM changes WHERE run_id = ?", [again.run_id]).fetchall() == [(0,)]
    assert log_rows(folder, "sources", again.run_id)["litellm"]["state"] == "ok"
    check_report(folder, again.run_id)
    page = Page(folder, again.run_id)
    assert [row[0] for row in page.table("The last 2 releases")][:2] == ["Coverage gaps", "Held values"]
    assert "since the last release 0 new, 0 changed, 0 closed." in page.section("gaps")
    assert "Nothing changed for readers since the last release." in page.first_screen()
