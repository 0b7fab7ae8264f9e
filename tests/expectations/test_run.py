"""The gate itself: broken checks, tolerances, parents, and the process that the nightly run asks."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from llmpairs.expectations.job import parse_job, place_of
from llmpairs.expectations.results import Result, verdict_of
from llmpairs.expectations.rules import (
    Suite,
    at_most_share,
    critical,
    info,
    known_in,
    never_negative,
    never_null,
    one_of,
    that,
    warning,
)
from llmpairs.expectations.run import serve, validate
from llmpairs.expectations.staged import STREAMED, Place
from llmpairs.expectations.suites import suites_for
from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES
from llmpairs.warehouse.contracts.log import QUALITY_RESULTS
from llmpairs.warehouse.convert import to_arrow
from tests.expectations.good_catalogue import AS_OF, RUN_ID
from tests.expectations.good_costs import SCENARIOS
from tests.expectations.spoil import Frames, price

FRUIT = pd.DataFrame({"name": ["apple", "pear", "plum", "quince"], "price": [1.0, -2.0, None, 4.0]})


def suite_of(*rules: Any) -> Suite:
    return Suite(name="fruit", table="fruit", key=("name",), rules=rules)


def ask(*rules: Any, **frames: Any) -> list[Result]:
    return validate(suite_of(*rules), {"fruit": FRUIT, **frames})


def test_a_failure_names_its_rows_and_what_they_hold() -> None:
    [result] = ask(critical(never_negative("price"), why="nobody pays us"))
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("failed", 1, 3)
    assert result.failing_keys == ("pear",)
    assert result.observed == "1 of 3 (33.3%); first: price -2.0"
    assert result.why == "nobody pays us"


def test_a_suite_with_something_amiss_leaves_a_page_that_obeys_no_value(tmp_path: Path) -> None:
    hostile = FRUIT.assign(name=["<script>alert(1)</script>", "<b>pear</b>", "plum", "quince"])
    rules = suite_of(warning(one_of("name", ("plum", "quince"))), critical(never_null("name")))
    assert [result.outcome for result in validate(rules, {"fruit": hostile}, tmp_path)] == [
        "failed",
        "passed",
    ]
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
    [result] = validate(suite_of(critical(never_negative("price"))), {"fruit": many})
    assert result.rows_failed == 50
    assert result.failing_keys == tuple(f"n{number:02}" for number in range(20))


def test_rows_out_of_scope_are_not_counted() -> None:
    def apples_are_red(fruit: pd.DataFrame) -> pd.Series:
        return pd.Series([False, None, None, None], dtype="boolean")

    [result] = ask(warning(that("apples are red", apples_are_red, fruit=("name",))))
    assert (result.rows_failed, result.rows_checked, result.failing_keys) == (1, 1, ("apple",))


def test_a_tolerance_lets_so_many_rows_pass_and_needs_a_reason() -> None:
    strict, lenient = (at_most_share(share, never_negative("price")) for share in (0.3, 0.4))
    assert [ask(warning(check, why="seen"))[0].outcome for check in (strict, lenient)] == ["failed", "passed"]
    with pytest.raises(ValueError, match="a tolerance needs its reason"):
        warning(lenient)


def test_a_statistic_is_counted_and_never_red() -> None:
    [result] = ask(info(never_null("price")))
    assert (result.outcome, result.rows_failed, result.rows_checked) == ("passed", 1, 4)


def test_a_check_is_stated_once() -> None:
    with pytest.raises(ValueError, match="suite fruit: checks stated twice: name is never null"):
        suite_of(critical(never_null("name")), warning(never_null("name")))


def divides_by_nothing(fruit: pd.DataFrame) -> pd.Series:
    raise ZeroDivisionError("ripe over unripe")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (never_null("colour"), "colour"),
        (that("ripe", divides_by_nothing, fruit=("name",)), "ZeroDivisionError: ripe over unripe"),
        (
            that("short", lambda fruit: pd.Series([True]), fruit=("name",)),
            "the verdict has 1 rows, not the 4",
        ),
        (known_in("name", "orchard", "name"), "orchard"),
    ],
    ids=["no such column", "raises", "wrong length", "no such frame"],
)
def test_a_check_that_raises_is_broken_and_blocks_and_spares_the_others(check: Any, said: str) -> None:
    sound, broken = ask(critical(never_null("name")), critical(check))
    assert (sound.outcome, broken.outcome) == ("passed", "broken")
    assert said in str(broken.observed)
    verdict = verdict_of([sound, broken])
    assert verdict["verdict"] == "blocked"
    assert [failure["check"] for failure in verdict["critical_failures"]] == [check.says]


def test_a_broken_warning_is_reported_and_does_not_block() -> None:
    [result] = ask(warning(never_null("colour")))
    assert result.outcome == "broken"
    assert verdict_of([result])["verdict"] == "pass"


def test_a_subject_that_cannot_be_read_breaks_every_check() -> None:
    [suite] = suites_for(["holds"])
    results = validate(suite, {})
    assert {result.outcome for result in results} == {"broken"}
    assert len(results) == len(suite.rules)


def test_without_a_parent_only_its_comparisons_are_left_out(good: Frames) -> None:
    first_night = {name: frame for name, frame in good.items() if not name.startswith("parent_")}
    left_out = {}
    for suite in suites_for(["sources", "models", "offers", "identities", "price_history"]):
        asked = {result.check for result in validate(suite, first_night)}
        left_out[suite.name] = len({rule.check.says for rule in suite.rules} - asked)
    assert left_out == {
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


@pytest.mark.parametrize(
    "table", ["holds", "disagreements", "model_redirects", "price_history", "benchmark_scores"]
)
def test_an_empty_table_is_no_failure(table: str, good: Frames) -> None:
    frames = dict(good)
    frames[table] = good[table].iloc[:0]
    for suite in suites_for([table]):
        if suite.frame == table:
            assert {result.outcome for result in validate(suite, frames)} == {"passed"}


def test_every_release_table_has_a_checklist() -> None:
    names = [table.name for table in RELEASE_TABLES]
    assert {suite.table for suite in suites_for([*names, "sources"])} == {*names, "sources"}
    with pytest.raises(ValueError, match="no checklist covers dreams"):
        suites_for(["dreams"])


def test_a_job_takes_its_moment_from_the_run_unless_told() -> None:
    told = {"release_dir": "r", "run_id": "20260608T235900Z-2", "tables": ["models"], "out": "o"}
    assert parse_job(json.dumps(told)).as_of == AS_OF
    assert parse_job(json.dumps(told | {"as_of": "2026-06-01T00:00:00+00:00"})).as_of.day == 1


def test_tables_are_looked_for_in_the_release_its_parent_and_the_log() -> None:
    told = {"release_dir": "releases/r2", "parent_dir": "releases/r1", "log_dir": "log", "run_id": RUN_ID}
    job = parse_job(json.dumps(told | {"tables": [], "out": "o"}))
    names = ("models", "parent_models", "sources", "parent_sources", "captures")
    folders = [f"{place_of(job, name).address}/{place_of(job, name).folder}" for name in names]
    assert folders == [
        "releases/r2/models",
        "releases/r1/models",
        f"log/sources/run_id={RUN_ID}",
        "log/sources",
        "log/captures",
    ]
    bucket = replace(job, warehouse="s3://night/data?region=eu")
    assert place_of(bucket, "models") == Place("s3://night/data?region=eu", "releases/r2/models")


@pytest.fixture(scope="session")
def staged(good: Frames, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good release and its log as part files below a warehouse."""
    root = tmp_path_factory.mktemp("warehouse")
    names = {table.name for table in RELEASE_TABLES} & good.keys() - STREAMED
    for name in names:
        write(root / "releases" / RUN_ID / name, to_arrow(good[name], name))
    for name in STREAMED:
        for part in good[name].names:
            with good[name].store.open_input(part) as source:
                write(root / "releases" / RUN_ID / name, pq.read_table(source), part)
    assert {table.name for table in LOG_TABLES} >= {"sources", "captures"}
    write(root / "log" / "sources" / f"run_id={RUN_ID}", to_arrow(good["sources"], "sources"))
    write(root / "log" / "captures" / "run_id=20260607T235900Z", pa.table({"capture_id": ["c1"]}))
    return root


def write(folder: Path, rows: pa.Table, name: str = "part-0.parquet") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, folder / name)


def job_line(root: Path, tables: list[str], out: Path) -> str:
    release = str(root / "releases" / RUN_ID)
    told = {"release_dir": release, "run_id": RUN_ID, "tables": tables, "parent_dir": release}
    return json.dumps(told | {"log_dir": str(root / "log"), "scenarios": SCENARIOS, "out": str(out)}) + "\n"


STATE = sorted({table.name for table in RELEASE_TABLES} - STREAMED | {"sources"})


def test_the_process_answers_one_job_after_another_and_says_nothing_else(
    staged: Path, tmp_path: Path
) -> None:
    jobs = job_line(staged, STATE, tmp_path / "1.json") + job_line(
        staged, sorted(STREAMED), tmp_path / "2.json"
    )
    command = [sys.executable, "-m", "llmpairs.expectations.run"]
    done = subprocess.run(command, input=jobs, capture_output=True, text=True, timeout=120, check=True)
    ready, *verdicts = done.stdout.splitlines()
    assert ready == "ready"
    assert [json.loads(line)["verdict"] for line in verdicts] == ["pass", "pass"]
    assert done.stderr == ""
    rows = json.loads((tmp_path / "1.json").read_text("utf-8"))
    assert len(rows) == json.loads(verdicts[0])["checks"]
    assert to_arrow(pd.DataFrame(rows), QUALITY_RESULTS).num_rows == len(rows)


def test_a_fault_in_the_staged_files_blocks_and_is_named(staged: Path, good: Frames, tmp_path: Path) -> None:
    frames = dict(good)
    price("acme/acme/alpha-1.5/-/standard", currency="CNY")(frames)
    release = tmp_path / "release"
    release.mkdir()
    for folder in (staged / "releases" / RUN_ID).iterdir():
        if folder.name != "offers":
            (release / folder.name).symlink_to(folder, target_is_directory=True)
    write(release / "offers", to_arrow(frames["offers"], "offers"))
    told = json.loads(job_line(staged, ["offers"], tmp_path / "out.json")) | {"release_dir": str(release)}
    answers = io.StringIO()
    serve(io.StringIO(json.dumps(told) + "\n"), answers)
    verdict = json.loads(answers.getvalue().splitlines()[1])
    assert verdict["verdict"] == "blocked"
    failures = verdict["critical_failures"]
    assert {failure["suite"] for failure in failures} == {"offers"}
    checks = {"a price is in US dollars", "every stated value is a published claim"}
    assert {failure["check"] for failure in failures} == checks
    assert [failure["failing_keys"] for failure in failures] == [["acme/acme/alpha-1.5/-/standard"]] * 2


def test_a_table_that_was_not_staged_blocks(staged: Path, tmp_path: Path) -> None:
    told = json.loads(job_line(staged, ["holds"], tmp_path / "out.json")) | {"release_dir": str(tmp_path)}
    answers = io.StringIO()
    serve(io.StringIO(json.dumps(told) + "\n"), answers)
    verdict = json.loads(answers.getvalue().splitlines()[1])
    assert verdict["verdict"] == "blocked"
    assert {failure["outcome"] for failure in verdict["critical_failures"]} == {"broken"}
    assert "no Parquet file of holds is staged" in verdict["critical_failures"][0]["observed"]


def test_a_suite_asks_for_no_column_that_it_does_not_need() -> None:
    [suite] = [suite for suite in suites_for(["holds"]) if suite.name == "holds"]
    assert suite.reads()["models"] == {"model_id"}
    assert replace(suite, rules=()).reads() == {"holds": {"hold_id"}}
