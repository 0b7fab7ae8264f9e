"""`llmpairs sql` reads one release and nothing else; what it prints commands no terminal."""

import hashlib
import io
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from llmpairs.flows.cli import app
from llmpairs.flows.commands.output import print_rows
from llmpairs.progress import Progress
from tests.pages.example_release import publish_pages

SECRET = "sk-nobody-may-read-this"
PART = "{warehouse}/releases/20260608T235900Z/models/models-20260608T235900Z-0000.parquet"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warehouse")
    (folder / "secret.txt").write_text(f"{SECRET}\n", "utf-8")
    return Path(publish_pages(folder / "data"))


def ask(query: str, warehouse: Path) -> Result:
    return CliRunner().invoke(app, ["sql", query, "--warehouse", str(warehouse)])


def digests(warehouse: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in warehouse.parent.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM models",
        "FROM models LIMIT 1",
        "WITH m AS (FROM models) SELECT count(*) FROM m",
        "DESCRIBE models",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT count(*) FROM models",
        "SELECT display_name FROM models WHERE display_name = '''; DROP VIEW models; --'",
    ],
)
def test_a_query_is_answered(query: str, warehouse: Path) -> None:
    assert ask(query, warehouse).exit_code == 0


@pytest.mark.parametrize(
    "query",
    [
        # Files beside the warehouse, by every reader.
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_blob('{secret}')",
        "SELECT * FROM read_json('{secret}')",
        "SELECT * FROM read_parquet('{secret}')",
        "SELECT * FROM parquet_metadata('{secret}')",
        "SELECT * FROM sniff_csv('{secret}')",
        "FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_text('{warehouse}/../secret.txt')",
        "SELECT * FROM read_text('{warehouse}/CURRENT')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
        "EXPLAIN ANALYZE SELECT * FROM read_text('{secret}')",
        # Networks and what would reach them.
        "SELECT * FROM read_parquet('https://example.com/a.parquet')",
        "SELECT * FROM read_parquet('s3://bucket/a.parquet')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
        "ATTACH '{folder}/other.db'",
        "ATTACH ':memory:' AS other",
        # Settings and the environment.
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "PRAGMA database_list",
        "SELECT getenv('HOME')",
        "CALL enable_logging(storage = 'file', storage_path = '{folder}/log')",
        # Writing.
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "COPY models TO '{part}'",
        "COPY (SELECT 1) TO '{warehouse}/CURRENT'",
        "EXPORT DATABASE '{folder}/export'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1 AS model_id) TO '{part}'",
        "explain (analyze, format json) COPY (SELECT 1) TO '{folder}/out.csv'",
        "/* a word */ EXPLAIN ANALYZE DROP VIEW models",
        "EXPLAIN ANALYZE EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/out.csv'",
        "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
        "DROP VIEW models",
        "CREATE TABLE models AS SELECT 1",
        "INSERT INTO models SELECT * FROM models",
        "DELETE FROM models",
        "PREPARE p AS SELECT 1",
    ],
)
def test_nothing_else_is_reached_or_changed(query: str, warehouse: Path) -> None:
    places = {"folder": warehouse.parent, "warehouse": warehouse, "secret": warehouse.parent / "secret.txt"}
    before = digests(warehouse)
    result = ask(query.format(**places, part=PART.format(warehouse=warehouse)), warehouse)
    assert result.exit_code == 2
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert SECRET not in result.output
    assert result.output.count("\n") == 1
    assert digests(warehouse) == before


def test_variables_of_the_program_are_no_tables(warehouse: Path) -> None:
    for name in ("con", "rows", "query", "statement", "app"):
        assert ask(f"SELECT * FROM {name}", warehouse).exit_code == 2


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_name_is_printed_as_it_is_and_commands_nothing(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = stream()
    monkeypatch.setattr(sys, "stdout", out)
    name = "Model [beta] :smile: [/x] \x1b[2J \u202egpj"
    print_rows([{"name": name, "next": "a"}])
    output = out.getvalue()
    assert "Model [beta] :smile: [/x] U+001B[2J U+202Egpj" in output
    assert "\x1b[2J" not in output


def test_a_name_is_one_cell_of_what_a_pipe_gets(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"name": "a\tb\nc", "next": None}])
    assert capsys.readouterr().out == "name\tnext\na b c\t\n"


def test_a_line_of_progress_has_no_style_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    Progress().print_line("expected [/table] at [0]")
    assert "expected [/table] at [0]" in capsys.readouterr().err
