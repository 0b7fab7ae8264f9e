"""The commands `report`, `gaps`, `release diff` and `review override`."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from llmpairs.flows.cli import app
from llmpairs.flows.commands.output import escape_formula
from llmpairs.warehouse.store import open_store
from tests.pages.example_release import example_rows, publish_pages
from tests.warehouse.samples import AS_OF, GPT, QWEN, RUN, publish_sample


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One release with two gaps, one of them of a hostile name."""
    folder = tmp_path_factory.mktemp("report") / "w"
    rows = example_rows()
    gap = rows["coverage_gaps"][0]
    rows["coverage_gaps"] = [
        {**gap, "rank_score": 9.0, "owner": "prices", "pairs_affected": 2, "offers_affected": 1},
        {**gap, "gap_id": "g2", "subject_id": "=cmd|' /C calc'!A0", "model_id": GPT, "field": "license_spdx",
         "severity": "info", "rank_score": 1.0, "owner": "licences", "pairs_affected": 2, "offers_affected": 1,
         "since": AS_OF.replace(year=2025)},
    ]  # fmt: skip
    publish_pages(folder, rows)
    return folder


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--warehouse", str(folder)])


def test_gaps_are_filtered_and_written_in_every_format(folder: Path) -> None:
    both = json.loads(call(folder, "gaps", "--format", "json").stdout)
    assert [row["owner"] for row in both] == ["prices", "licences"]
    for option, value in (("--severity", "info"), ("--owner", "licences"), ("--field", "license_spdx")):
        found = json.loads(call(folder, "gaps", option, value, "--format", "json").stdout)
        assert [row["owner"] for row in found] == ["licences"]
    new = json.loads(call(folder, "gaps", "--new", "--format", "json").stdout)
    assert [row["subject_id"] for row in new] == [QWEN]
    lines = call(folder, "gaps", "--format", "md").stdout.splitlines()
    assert lines[0].startswith("| severity | state | field |")
    assert len(lines) == 4
    for option, value in (("--format", "xml"), ("--state", "lost"), ("--of", "pair"), ("--severity", "bad")):
        refused = call(folder, "gaps", option, value)
        assert refused.exit_code == 2, option
        assert value in refused.stderr


def test_a_spreadsheet_runs_nothing_of_the_csv(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(call(folder, "gaps", "--format", "csv").stdout)))
    assert rows[1]["subject_id"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["pairs_affected"] == "2"
    assert [escape_formula(text) for text in ("+1", "-x", "@a", "\tb", "plain")] == [
        "'+1",
        "'-x",
        "'@a",
        "'\tb",
        "plain",
    ]
    assert (escape_formula(-3.5), escape_formula(None)) == (-3.5, "")


def test_the_report_is_found_by_the_pointer_or_by_name(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    empty = call(tmp_path, "report")
    assert empty.exit_code == 2
    assert "no report yet" in empty.stderr
    for run_id in ("20260608T235900Z", "20260609T235900Z"):
        store.write_bytes(f"runs/{run_id}/report.md", f"# {run_id}\n".encode())
        store.write_bytes(f"runs/{run_id}/report.html", f"<h1>{run_id}</h1>".encode())
    assert call(tmp_path, "report").stdout == "# 20260609T235900Z\n"
    store.write_bytes("runs/latest.json", json.dumps({"run_id": "20260608T235900Z"}).encode())
    assert call(tmp_path, "report").stdout == "# 20260608T235900Z\n"
    html = call(tmp_path, "report", "20260609T235900Z", "--format", "html")
    assert html.stdout == "<h1>20260609T235900Z</h1>"
    lost = call(tmp_path, "report", "20260610T235900Z")
    assert lost.exit_code == 2
    assert "20260609T235900Z" in lost.stderr


def test_opening_the_report_shows_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    open_store(tmp_path).write_bytes(f"runs/{RUN}/report.html", b"<h1>page</h1>")
    assert call(tmp_path, "report", RUN, "--open").exit_code == 0
    assert opened == [(tmp_path / "runs" / RUN / "report.html").as_uri()]


def test_two_releases_are_compared_as_text_and_as_json(tmp_path: Path) -> None:
    later = "20260609T235900Z"
    store = open_store(tmp_path)
    publish_sample(store)
    publish_sample(store, later, RUN, cost=38.1)
    result = call(tmp_path, "release", "diff", RUN, later)
    assert result.exit_code == 0
    assert "model_scenario_costs: 2 rows before, 2 after: 0 added, 0 removed, 1 changed" in result.stdout
    assert "    cheapest_usd: 76.2 -> 38.1" in result.stdout
    assert "checks: the same results" in result.stdout
    found = json.loads(call(tmp_path, "release", "diff", RUN, later, "--format", "json").stdout)
    assert found["tables"][0]["columns"] == {"cheapest_usd": 1}
    assert call(tmp_path, "release", "diff", RUN, later, "--table", "prices").exit_code == 2
    assert "no release" in call(tmp_path, "release", "diff", RUN, "20260610T235900Z").stderr


def test_an_override_of_a_missing_run_is_an_error(tmp_path: Path) -> None:
    publish_sample(open_store(tmp_path))
    asked = ("review", "override", "20260610T235900Z", "--override", "offers: x", "--by", "ann")
    assert call(tmp_path, *asked, "--reason", " ").exit_code == 2
    refused = call(tmp_path, *asked, "--reason", "judged")
    assert refused.exit_code == 2
    assert "no run 20260610T235900Z" in refused.stderr
