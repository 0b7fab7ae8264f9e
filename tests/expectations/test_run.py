"""The gate: broken checks, tolerances, parent releases, and the jobs that it answers."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from llmpairs.expectations.job import locate_frame, parse_job
from llmpairs.expectations.results import CheckResult, build_verdict
from llmpairs.expectations.rules import (
    Check,
    Suite,
    at_least,
    critical,
    info,
    never_null,
    one_of,
    references,
    warning,
    with_tolerance,
)
from llmpairs.expectations.run import applicable_rules, serve, validate
from llmpairs.expectations.staged import PartFolder
from llmpairs.expectations.suites import SUITES, suites_for
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import to_arrow
from tests.expectations.good_catalogue import AS_OF, RUN_ID
from tests.expectations.mutations import Frames, set_offer
from tests.expectations.staged_release import job_line, write_part

FRUIT = pd.DataFrame({"name": ["apple", "pear", "plum", "quince"], "price": [1.0, -2.0, None, 4.0]})


def suite_of(*rules: Any) -> Suite:
    return Suite(name="fruit", table="fruit", key=("name",), rules=rules)


def run_check(*rules: Any, **frames: Any) -> list[CheckResult]:
    return validate(suite_of(*rules), {"fruit": FRUIT, **frames})


def test_a_failure_names_its_rows_and_their_values() -> None:
    [result] = run_check(critical(at_least("price", 0), why="nobody pays us"))
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 3)
    assert result.failing_keys == ("pear",)
    assert result.observed == "1 of 3 (33.3%); first: price -2.0"
    assert result.why == "nobody pays us"


def test_a_suite_with_a_failed_check_writes_a_page_with_escaped_values(tmp_path: Path) -> None:
    hostile = FRUIT.assign(name=["<script>alert(1)</script>", "<b>pear</b>", "plum", "quince"])
    rules = suite_of(warning(one_of("name", ("plum", "quince"))), critical(never_null("name")))
    assert [result.outcome for result in validate(rules, {"fruit": hostile}, tmp_path)] == ["failed", "passed"]
    page = (tmp_path / "fruit.html").read_text()
    assert "&lt;b&gt;pear" in page
    assert "<b>pear" not in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    (tmp_path / "fruit.html").unlink()
    validate(suite_of(critical(never_null("name"))), {"fruit": FRUIT}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_at_most_twenty_keys_are_kept_in_the_order_of_the_rows() -> None:
    many = pd.DataFrame({"name": [f"n{number:02}" for number in range(50)], "price": -1.0})
    [result] = validate(suite_of(critical(at_least("price", 0))), {"fruit": many})
    assert result.rows_failed == 50
    assert result.failing_keys == tuple(f"n{number:02}" for number in range(20))


def test_rows_out_of_scope_are_not_counted() -> None:
    def apples_are_red(fruit: pd.DataFrame) -> pd.Series:
        return pd.Series([False, None, None, None], dtype="boolean")

    [result] = run_check(warning("apples are red", apples_are_red, fruit=("name",)))
    assert (result.rows_failed, result.rows_checked, result.failing_keys) == (1, 1, ("apple",))


def test_a_tolerance_lets_so_many_rows_pass_and_needs_a_reason() -> None:
    strict, lenient = (with_tolerance(share, warning(at_least("price", 0), why="seen")) for share in (0.3, 0.4))
    assert [run_check(rule)[0].outcome for rule in (strict, lenient)] == ["failed", "passed"]
    with pytest.raises(ValueError, match="a tolerance needs its reason"):
        with_tolerance(0.4, warning(at_least("price", 0)))


def test_a_statistic_is_counted_and_never_fails() -> None:
    [result] = run_check(info(never_null("price")))
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("passed", 1, 4)


def test_a_check_is_stated_once() -> None:
    with pytest.raises(ValueError, match="suite fruit: checks stated twice: name is never null"):
        suite_of(critical(never_null("name")), warning(never_null("name")))


def divides_by_nothing(fruit: pd.DataFrame) -> pd.Series:
    raise ZeroDivisionError("ripe over unripe")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (never_null("colour"), "colour"),
        (
            Check(title="ripe", predicate=divides_by_nothing, reads={"fruit": ("name",)}),
            "ZeroDivisionError: ripe over unripe",
        ),
        (
            Check(title="short", predicate=lambda fruit: pd.Series([True]), reads={"fruit": ("name",)}),
            "the predicate returned 1 rows; the subject has 4",
        ),
        (references("name", "orchard", "name"), "orchard"),
    ],
    ids=["no such column", "raises", "wrong length", "no such frame"],
)
def test_a_check_that_raises_is_broken_and_blocks_but_others_run(check: Any, message: str) -> None:
    sound, broken = run_check(critical(never_null("name")), critical(check))
    assert (sound.outcome, broken.outcome) == ("passed", "broken")
    assert message in str(broken.observed)
    verdict = build_verdict([sound, broken])
    assert verdict["verdict"] == "blocked"
    assert [failure["check"] for failure in verdict["critical_failures"]] == [check.title]


def test_a_broken_warning_is_reported_and_does_not_block() -> None:
    [result] = run_check(warning(never_null("colour")))
    assert result.outcome == "broken"
    assert build_verdict([result])["verdict"] == "pass"


def test_a_subject_that_cannot_be_read_breaks_every_check() -> None:
    [suite] = suites_for(["holds"])
    results = validate(suite, {})
    assert {result.outcome for result in results} == {"broken"}
    assert len(results) == len(suite.rules)


def test_without_a_parent_only_its_comparisons_are_skipped(good: Frames) -> None:
    first_run = {name: frame for name, frame in good.items() if not name.startswith("parent_")}
    skipped = {}
    for suite in suites_for(["sources", "models", "offers", "identities", "price_history"]):
        skipped[suite.name] = len(suite.rules) - len(applicable_rules(suite, first_run))
    assert skipped == {
        "models": 2,
        "offers": 4,
        "identities": 2,
        "price_history": 0,
        "sources": 2,
        "sources kept": 1,
        "coverage": 0,
        "coverage kept": 1,
        "models kept": 1,
        "offers kept": 1,
        "price history kept": 1,
    }


@pytest.mark.parametrize("name", ["identities", "offers kept", "coverage kept"])
def test_skipped_rules_have_no_result(name: str, good: Frames) -> None:
    first_run = {name: frame for name, frame in good.items() if not name.startswith("parent_")}
    [suite] = [suite for suite in SUITES if suite.name == name]
    checked = [result.check for result in validate(suite, first_run)]
    assert checked == [rule.check.title for rule in applicable_rules(suite, first_run)]


@pytest.mark.parametrize("table", ["holds", "disagreements", "model_redirects", "price_history", "benchmark_scores"])
def test_an_empty_table_is_no_failure(table: str, good: Frames) -> None:
    frames = dict(good)
    frames[table] = good[table].iloc[:0]
    for suite in suites_for([table]):
        if suite.frame == table:
            assert {result.outcome for result in validate(suite, frames)} == {"passed"}


def test_every_release_table_has_a_checklist() -> None:
    names = [table.name for table in RELEASE_TABLES]
    assert {suite.table for suite in suites_for([*names, "sources"])} == {*names, "sources"}
    with pytest.raises(ValueError, match="no checklist covers unknown_table"):
        suites_for(["unknown_table"])


def test_a_job_takes_its_as_of_time_from_the_run_id_by_default() -> None:
    fields = {"release_dir": "r", "run_id": "20260608T235900Z-2", "tables": ["models"], "out": "o"}
    assert parse_job(json.dumps(fields)).as_of == AS_OF
    assert parse_job(json.dumps(fields | {"as_of": "2026-06-01T00:00:00+00:00"})).as_of.day == 1


def test_tables_are_looked_for_in_the_release_its_parent_and_the_log() -> None:
    fields = {"release_dir": "releases/r2", "parent_dir": "releases/r1", "log_dir": "log", "run_id": RUN_ID}
    job = parse_job(json.dumps(fields | {"tables": [], "out": "o"}))
    names = ("models", "parent_models", "sources", "parent_sources", "captures")
    folders = [f"{locate_frame(job, name).address}/{locate_frame(job, name).folder}" for name in names]
    assert folders == [
        "releases/r2/models",
        "releases/r1/models",
        f"log/sources/run_id={RUN_ID}",
        "log/sources",
        "log/captures",
    ]
    bucket = replace(job, warehouse="s3://bucket/data?region=eu")
    assert locate_frame(bucket, "models") == PartFolder("s3://bucket/data?region=eu", "releases/r2/models")


def test_a_fault_in_the_staged_files_blocks_and_is_named(staged: Path, good: Frames, tmp_path: Path) -> None:
    frames = dict(good)
    set_offer("acme/acme/alpha-1.5/-/standard", currency="CNY")(frames)
    release = tmp_path / "release"
    release.mkdir()
    for folder in (staged / "releases" / RUN_ID).iterdir():
        if folder.name != "offers":
            (release / folder.name).symlink_to(folder, target_is_directory=True)
    write_part(release / "offers", to_arrow(frames["offers"], "offers"))
    fields = json.loads(job_line(staged, ["offers"], tmp_path / "out.json")) | {"release_dir": str(release)}
    answers = io.StringIO()
    serve(io.StringIO(json.dumps(fields) + "\n"), answers)
    verdict = json.loads(answers.getvalue().splitlines()[1])
    assert verdict["verdict"] == "blocked"
    failures = verdict["critical_failures"]
    assert {failure["suite"] for failure in failures} == {"offers"}
    checks = {"a price is in US dollars", "every stated value is a published claim"}
    assert {failure["check"] for failure in failures} == checks
    assert [failure["failing_keys"] for failure in failures] == [["acme/acme/alpha-1.5/-/standard"]] * 2


def test_a_table_that_was_not_staged_blocks(staged: Path, tmp_path: Path) -> None:
    fields = json.loads(job_line(staged, ["holds"], tmp_path / "out.json")) | {"release_dir": str(tmp_path)}
    answers = io.StringIO()
    serve(io.StringIO(json.dumps(fields) + "\n"), answers)
    verdict = json.loads(answers.getvalue().splitlines()[1])
    assert verdict["verdict"] == "blocked"
    assert {failure["outcome"] for failure in verdict["critical_failures"]} == {"broken"}
    assert "no Parquet file of holds is staged" in verdict["critical_failures"][0]["observed"]


def test_a_suite_requires_only_the_columns_that_it_reads() -> None:
    [suite] = [suite for suite in suites_for(["holds"]) if suite.name == "holds"]
    assert suite.required_columns()["models"] == {"model_id"}
    assert replace(suite, rules=()).required_columns() == {"holds": {"hold_id"}}
