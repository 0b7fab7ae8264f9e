"""`llmpairs archive parse`: what every record of a WARC gives, beside a count that does not use the parser."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.spiders.archive import Recorder, parse_timestamp
from llmpairs.spiders.archive.recorder import Exchange
from llmpairs.spiders.devtools.row_counter import count_rows

DEEPINFRA = "https://api.deepinfra.com/v1/openai/models"
FORMER_ANTHROPIC = "https://docs.anthropic.com/en/docs/about-claude/pricing.md"
KEYS = ["source", "url", "captured_at", "outcome", "cause", "rows_on_page", "items", "rejected", "findings"]
PRICES = (
    "| Model | Base Input Tokens | 5m Cache Writes | 1h Cache Writes | Cache Hits & Refreshes | Output Tokens |\n"
    "|---|---|---|---|---|---|\n"
    "| Claude Opus 4.5 | $5 / MTok | $6.25 / MTok | $10 / MTok | $0.50 / MTok | $25 / MTok |\n\n"
    "| Plan | Seats |\n|---|---|\n| Team | 5 |\n"
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two pages that can be read, one that cannot, a missing one, and one that no source has."""
    as_of = parse_timestamp("2026-05-15T06:00:00Z")
    path = tmp_path / "pages.warc.gz"
    recorder = Recorder(path, run_id="r", as_of=as_of, about={"software": "test"})
    pages = [
        (FORMER_ANTHROPIC, 200, PRICES),
        (DEEPINFRA, 200, '{"data": [{"id": "a/b", "metadata": {}}, {"id": "c/d", "metadata": null}]}'),
        (DEEPINFRA, 200, "<html>Just a moment</html>"),
        (DEEPINFRA, 503, "busy"),
        ("https://nobody.example/prices", 200, "| a | $1 |\n"),
    ]
    for url, status, body in pages:
        recorder.record(Exchange(url=url, captured_at=as_of, status=status, headers=(), body=body.encode()))
    recorder.close()
    return path


def test_every_record_is_parsed_by_the_source_of_its_address(archive: Path) -> None:
    result = CliRunner().invoke(app, ["archive", "parse", str(archive), "--format", "json"])
    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)
    assert all(list(record) == KEYS for record in records)
    former, listed, challenge, busy, unknown = records
    assert (former["source"], former["outcome"], former["rows_on_page"]) == ("anthropic", "ok", 1)
    assert [finding["text"] for finding in former["findings"]] == ["table with the headers 'Plan', 'Seats'"]
    assert (listed["outcome"], listed["rows_on_page"], listed["items"], listed["cause"]) == ("ok", 2, 4, None)
    assert (challenge["outcome"], challenge["items"]) == ("failed", 0)
    assert challenge["cause"].startswith("not_text: ")
    assert busy["cause"] == "failed: HTTP 503"
    assert (unknown["source"], unknown["outcome"]) == (None, "skipped")


def test_the_text_lists_sources_failures_and_unknown_addresses(archive: Path) -> None:
    result = CliRunner().invoke(app, ["archive", "parse", str(archive)])
    lines = result.stdout.splitlines()
    assert lines[1].split("\t") == ["anthropic", "1", "0", "1", "2", "0", "1"]
    assert lines[2].split("\t")[:3] == ["deepinfra", "3", "2"]
    assert any(line.startswith("failed ") and "HTTP 503" in line for line in lines)
    assert lines[-1] == "no source has  https://nobody.example/prices"


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ('{"p": {"id": "p", "models": {"a": {"id": 1}, "b": {"id": 2}}}, "q": {"models": {"c": {"id": 3}}}}', 3),
        ('[{"id": "p", "models": [{"id": "a"}, {"id": "b"}], "x": [{}, {}, {}, {}]}]', 2),
        ('{"full": {"a": {"rating": 1}, "b": {"rating": 2}}, "code": {"a": {"rating": 1}, "c": {"rating": 1}}}', 4),
        ("model,a,b\nx,1,2\ny,3,4\nz,,5\n", 2),
        ("- model: a\n  tags:\n    - x\n- model: b\n", 2),
        ("| Model | In |\n|---|---|\n| a | $1 |\n| b | free |\n", 2),
        ("<table><tr><th>Model<tr><td>a<td>€0.5</table>", 1),
        ('<T rows={[ ["gpt-5.4-mini", 0.75, 0.075, 4.5], ["o1", 15, null, 60] ]} />', 2),
        ("| Model | State |\n|---|---|\n| a | active |\n", 1),
        ("| Ends | Model | Price |\n|--|--|--|\n| 2024-01-04 | a-1 | $1 |\n| Aug 10, 2026 | b-1 | - |\n", 2),
        ("| Model | In |\n|--|--|\n| a-1 | $1 |\n| | $2 |\n| b-1 | $3 per image |\n| b-2 | Contact sales |\n", 1),
        ("| Tool | Price |\n|--|--|\n| Web search | $10 |\n\n| Model | Training |\n|--|--|\n| a-1 | $25 |\n", 0),
        ("# A\n\n|  | Per 1M tokens |\n|--|--|\n| Input | $1 |\n| Output | $2 |\n", 1),
        ("<table><tr><td>MODEL<td>a-1<td>b-2<tr><td>INPUT<td>$1<td>$2<tr><td>OUTPUT<td>$3<td>$4</table>", 2),
        ("<table><tr><th>Model<th>Type<th>$<tr><td rowspan=2>A 1<td>In<td>$1<tr><td>Out<td>$2</table>", 1),
        ('{"Items": [{"meterName": "5.4 mini Inp Gl Tokens"}, {"meterName": "5.4 mini Opt Gl Tokens"}]}', 1),
        ('{"results": [{"name": "X + GPT-5", "trajs": 1}, {"name": "Isoform", "trajs": 1}]}', 1),
        ('{"model_type": "a", "layers": {"x": {"bits": 4}, "y": {"bits": 4}}}', 1),
        ("---\nlicense: mit\n---\n| Model | $ |\n|--|--|\n| a-1 | $1 |\n| b-1 | $1 |\n", 1),
        ("| Model | Price |\n|--|--|\n| gpt-4o-2024-05-13 | $1 |\n| gpt-4o | - |\n", 1),
    ],
)
def test_rows_are_counted_by_the_shape_of_the_page(body: str, rows: int) -> None:
    assert count_rows(body.encode()) == rows


def test_the_rows_of_a_packed_file_are_those_of_its_members() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as members:
        for name in ("a.csv", "b.csv"):
            members.writestr(name, "model,a,b\nx,1,2\ny,3,4\n")
    assert count_rows(packed.getvalue()) == 4
    assert count_rows(packed.getvalue()[:40]) == 0
