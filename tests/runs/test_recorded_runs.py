"""Runs of recorded captures through the same flow; they need the captures beside the checkout."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import llmpairs
from llmpairs.exports.package import PackageOptions, write_package
from llmpairs.flows.commands.compare import format_page
from llmpairs.flows.nightly.plan import plan_run
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.flows.ops.provenance import recheck_release
from llmpairs.pages.queries import build_pair_pages, select_models
from llmpairs.transforms.pairs.model_arrays import COMPARED_TABLES, ModelArrays, build_model_arrays, count_open_issues
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.warehouse.releases import current_run_id, read_table
from llmpairs.warehouse.store import open_store
from tests.cookbook import package_costs
from tests.cookbook.answers import ANSWERS, Tables
from tests.cookbook.questions import COOKBOOK, Question, find_differences, read_questions, render_answer, run_frames
from tests.pages.test_pair_page import MAX_WORDS, count_visible_words
from tests.runs.archives import digests, log_rows
from tests.runs.conftest import OpenGate, RunOnce, SharedRelease, execute
from tests.runs.report_figures import check_report
from tests.transforms.pairs.reference_rows import check_rows, decode_bit_sets

GPT, QWEN = "openai/gpt-oss-120b", "qwen/qwen3.5-4b"
QUESTIONS = read_questions(COOKBOOK.read_text("utf-8"))


@pytest.fixture(scope="module")
def folder(recorded_run: SharedRelease) -> Path:
    return recorded_run.warehouse


@pytest.fixture(scope="module")
def may(recorded_run: SharedRelease) -> RunOutcome:
    return recorded_run.outcome


def test_the_recorded_run_is_published_with_every_pair(may: RunOutcome, folder: Path) -> None:
    assert (may.state, may.critical, may.run_id) == ("published", (), "20260518T202418Z")
    with llmpairs.connect(folder) as con:
        live = con.execute("SELECT count(*) FROM models WHERE is_live AND is_text_generating").fetchall()[0][0]
    assert live > 850
    assert may.counts["pairs"] == live * (live - 1) // 2
    assert may.counts["offers"] > 7_000


def test_every_figure_of_the_report_of_the_recorded_run_is_that_of_the_tables(may: RunOutcome, folder: Path) -> None:
    check_report(folder, may.run_id)


def test_the_example_pair_follows_the_decision_model(may: RunOutcome, folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        routes = con.execute(
            """SELECT min(cost_usd) FROM offer_scenario_costs JOIN offers USING (offer_id)
               WHERE offers.model_id = ? AND provider_id = 'openrouter' AND scenario_id = 'seed_chat' AND
                 offer_scenario_costs.eligible""",
            [GPT],
        ).fetchall()
        costs = con.execute(
            """SELECT model_id, state, round(cheapest_usd, 2), cheapest_offer_id FROM model_scenario_costs
               WHERE scenario_id = 'seed_chat' AND model_id IN (?, ?) ORDER BY model_id""",
            [GPT, QWEN],
        ).fetchall()
        licences = con.execute("SELECT license_spdx FROM models WHERE model_id IN (?, ?)", [GPT, QWEN]).fetchall()
        reasoning = con.execute(
            """SELECT state, facts.value, captures.url FROM model_capabilities AS stated
               JOIN facts USING (fact_id) JOIN captures ON captures.capture_id = facts.capture_id
               WHERE stated.model_id = ? AND capability = 'reasoning'""",
            [GPT],
        ).fetchall()
        routes_of_qwen = con.execute(
            """SELECT provider_id, offer_status, eligible, price_kind, input_usd_per_mtok, price_missing_reason
               FROM offers WHERE model_id = ? ORDER BY provider_id""",
            [QWEN],
        ).fetchall()
    assert round(routes[0][0], 2) == 76.20
    assert costs == [
        (GPT, "known", 72.00, "helicone/unspecified/gpt-oss-120b/-/standard"),
        (QWEN, "unpriced", None, None),
    ]
    assert licences == [("Apache-2.0",), ("Apache-2.0",)]
    assert reasoning[0][:2] == ("yes", "yes")
    assert routes_of_qwen == [
        ("deepinfra", "stale", False, "metered", 0.03, None),  # listed a month before: too old to count
        ("siliconflow-cn", "active", False, "unknown", None, "zero_of_unknown_kind"),
    ]


def test_the_only_warnings_are_of_a_page_that_is_a_month_old_and_of_doubted_scores(
    may: RunOutcome, folder: Path
) -> None:
    with llmpairs.connect(folder) as con:
        amiss = con.execute(
            """SELECT check_id, suite, severity, outcome, failing_keys FROM quality_results
               WHERE run_id = ? AND outcome <> 'passed'""",
            [may.run_id],
        ).fetchall()
    pages = [row for row in amiss if row[1] != "model_quality"]
    assert pages == [("Q03", "sources", "warning", "failed", [f"{may.run_id} | deepinfra"])]
    doubted = [row[2:4] for row in amiss if row[1] == "model_quality"]
    assert doubted == [("warning", "failed")]


def test_every_published_fact_comes_back_from_the_archive(may: RunOutcome, folder: Path) -> None:
    found = recheck_release(open_store(folder), may.run_id)
    lost = found[found["outcome"] != "same"]
    assert lost.empty, lost.head(10).to_string()
    assert len(found) > 100_000
    assert {"models", "offers", "model_capabilities", "offer_capabilities", "benchmark_scores"} == set(found["table"])


def test_the_example_pair_is_decided_where_facts_decide_it_and_nowhere_else(may: RunOutcome, folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        row = con.execute(
            """SELECT outcome_vision, outcome_reason_vision, cost_state_seed_chat, cheaper
               FROM pairs WHERE model_a_id = ? AND model_b_id = ?""",
            [GPT, QWEN],
        ).fetchall()[0]
        in_vision = con.execute(
            """SELECT count(*) FROM offer_scenario_costs WHERE model_id = ? AND scenario_id = 'vision' AND eligible""",
            [GPT],
        ).fetchall()
    # Text only by an exhaustive list, although resellers claim images: none of their routes serves the workload.
    assert row == ("b", "requirement_failed", "b_unknown", "unknown")
    assert in_vision == [(0,)]


def model_arrays_of(folder: Path) -> ModelArrays:
    """The model arrays of the live release."""
    store = open_store(str(folder))
    tables = {name: read_table(store, str(current_run_id(store)), name) for name in COMPARED_TABLES}
    ids = tables["models"]["model_id"].to_list()
    return build_model_arrays(
        tables,
        load_scenarios(),
        open_issues=pd.Series(dtype="int64"),
        fingerprints=pd.Series(0, index=ids, dtype="uint64"),
    )


def test_two_thousand_pairs_are_what_the_definitions_say(may: RunOutcome, folder: Path) -> None:
    store = open_store(str(folder))
    run_id = str(current_run_id(store))
    tables = {name: read_table(store, run_id, name) for name in COMPARED_TABLES}
    gaps, holds, disagreements = (
        read_table(store, run_id, name) for name in ("coverage_gaps", "holds", "disagreements")
    )
    with llmpairs.connect(folder) as con:
        order = "md5(model_a_id || ' ' || model_b_id)"
        sample = con.sql(f"SELECT * FROM pairs ORDER BY {order} LIMIT 2000").to_arrow_table()
    rows = decode_bit_sets(sample.to_pylist())
    assert len({(row["model_a_id"], row["model_b_id"]) for row in rows}) == 2_000
    check_rows(rows, tables, count_open_issues(gaps, holds, disagreements, tables["offers"]))


def test_a_price_that_is_100_000_times_too_high_is_nowhere_published(may: RunOutcome, folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        printed = con.execute(
            """SELECT reason, is_chosen FROM facts WHERE subject_id LIKE 'wandb/%gpt-oss-120b%'
               AND field = 'input_usd_per_mtok' AND value::DOUBLE > 1000"""
        ).fetchall()
        highest = con.execute("SELECT max(input_usd_per_mtok), max(output_usd_per_mtok) FROM offers").fetchall()
        wandb = con.execute(
            "SELECT input_usd_per_mtok FROM offers WHERE offer_id = 'wandb/wandb/openai%2Fgpt-oss-120b/-/standard'"
        ).fetchall()
    assert printed == [("implausible", False)]
    assert max(highest[0]) <= 1000
    assert wandb == [(0.15,)]


def check_answer(question: Question, warehouse: Path) -> None:
    """The answer is that of another computation, and its first rows are those printed."""
    release = warehouse / "releases" / question.run_id
    with llmpairs.connect(warehouse, question.run_id) as con:
        cursor = con.execute(question.sql)
        columns, found = [column[0] for column in cursor.description or ()], cursor.fetchall()
    as_of = datetime.strptime(f"{question.run_id}+0000", "%Y%m%dT%H%M%SZ%z")
    assert find_differences(found, ANSWERS[question.name](Tables(release, as_of))) == []
    assert render_answer(columns, found) == question.printed
    for library, code in question.frames.items():
        assert find_differences(run_frames(code, release), found) == [], library


def test_the_cookbook_answers_of_the_recorded_run(may: RunOutcome, folder: Path) -> None:
    asked = [question for question in QUESTIONS if question.run_id == may.run_id]
    assert len(asked) == 9
    for question in asked:
        check_answer(question, folder)


def test_the_cost_of_a_model_follows_from_the_data_package_alone(may: RunOutcome, folder: Path, tmp_path: Path) -> None:
    write_package(
        open_store(folder), may.run_id, tmp_path / "out", PackageOptions(workloads=list_workloads(load_scenarios()))
    )
    assert len(package_costs.cost_models(tmp_path / "out")) > 3_000
    assert package_costs.differences(tmp_path / "out") == []


def test_a_recorded_run_replays_byte_for_byte(may: RunOutcome, folder: Path, captures: Path, tmp_path: Path) -> None:
    archives = [captures / "nights" / "2026-05-18.warc.gz", captures / "reference.warc.gz"]
    again = execute(plan_run(str(tmp_path / "other"), archives), OpenGate())
    assert again.state == "published"
    assert digests(tmp_path / "other") == digests(folder)


@pytest.fixture(scope="module")
def june(captures: Path, run: RunOnce, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, RunOutcome]]:
    """The runs of two days of June in a row: the warehouse, and their outcomes by day."""
    target = tmp_path_factory.mktemp("june") / "w"
    reference = captures / "reference.warc.gz"
    outcomes = {day: run(target, captures / "nights" / f"2026-06-{day}.warc.gz", reference) for day in ("08", "09")}
    return target, outcomes


def test_runs_in_a_row_carry_the_last_values_of_a_missing_source(june: tuple[Path, dict[str, RunOutcome]]) -> None:
    # 06-09 has no OpenRouter and no ZenMux.
    target, outcomes = june
    assert {outcome.state for outcome in outcomes.values()} == {"published"}
    hole = log_rows(target, "sources", outcomes["09"].run_id)["openrouter"]
    assert hole["state"] == "not_archived"
    assert str(hole["captured_at"]).startswith("2026-06-08")
    with llmpairs.connect(target, outcomes["08"].run_id) as first:
        listed = first.execute("SELECT count(*) FROM offers WHERE price_source_id = 'openrouter'").fetchall()
    with llmpairs.connect(target, outcomes["09"].run_id) as second:
        kept = second.execute(
            "SELECT count(*), max(price_observed_at)::DATE::TEXT FROM offers WHERE price_source_id = 'openrouter'"
        ).fetchall()
        closed = second.execute(
            """SELECT offer_status, count(DISTINCT offer_id) FROM price_history JOIN offers USING (offer_id)
               WHERE provider_id = 'openrouter' AND valid_to IS NOT NULL AND source_id = 'openrouter' GROUP BY ALL"""
        ).fetchall()
    assert kept == [(listed[0][0], "2026-06-08")]
    # Two endpoints end on the day that OpenRouter had stated, 2026-06-09, whether or not that run crawls it.
    assert closed == [("retired", 2)]


def test_the_cookbook_answers_of_runs_in_a_row(june: tuple[Path, dict[str, RunOutcome]]) -> None:
    target, outcomes = june
    asked = [question for question in QUESTIONS if question.run_id == outcomes["09"].run_id]
    assert len(asked) == 5
    for question in asked:
        check_answer(question, target)


def test_pages_of_the_models_with_most_offers_and_scores_have_at_most_900_visible_words(folder: Path) -> None:
    with llmpairs.connect(folder) as con:
        rows = con.execute(
            """SELECT model_id FROM models JOIN (FROM benchmark_scores SELECT model_id, count(*) AS scores GROUP BY ALL)
               USING (model_id) WHERE is_live AND is_text_generating
               ORDER BY offer_count * scores DESC, model_id LIMIT 8"""
        ).fetchall()
        ids = [model_id for (model_id,) in rows]
        selection = select_models(con, current_run_id(open_store(folder)) or "", ids)
        pages = list(build_pair_pages(con, selection, list(pairwise(ids))))
    words = {page["headline"]: count_visible_words(format_page(page, "html")) for page in pages}
    assert max(words.values()) <= MAX_WORDS, words
