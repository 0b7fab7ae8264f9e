import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.dictionary import DOCUMENT, main, render
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.views import parse_view_docs, render_views

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_up_to_date() -> None:
    assert main(["--check", str(ROOT / DOCUMENT)]) == 0, "run: python -m llmpairs.warehouse.dictionary --write"


def test_every_table_column_view_and_macro_is_documented() -> None:
    text = render()
    for table in TABLES.values():
        section = text.split(f"### {table.name}\n")[1].split("\n## ")[0].split("\n### ")[0]
        assert table.grain in section
        for column in table.columns:
            assert f"| `{column.name}` |" in section
    assert text.count("### ") == len(TABLES) + len(made_in_sql())


def made_in_sql() -> list[str]:
    sql = render_views(datetime(2026, 1, 1, tzinfo=UTC))
    made = re.findall(r"^CREATE OR REPLACE (?:VIEW|MACRO) (\w+)", sql, re.MULTILINE)
    assert [note.name for note in parse_view_docs(sql)] == made, (
        "each view and macro has a comment of its own before it"
    )
    return made


def test_a_stale_document_is_found_and_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "dictionary.md"
    assert main(["--check", str(path)]) == 1
    assert main(["--write", str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    path.write_text(path.read_text() + "\nedited")
    assert main(["--check", str(path)]) == 1
    assert "is out of date: python -m llmpairs.warehouse.dictionary --write" in capsys.readouterr().err
    assert main([]) == 0
    assert capsys.readouterr().out == render()


def test_columns_of_views_have_a_meaning_and_a_null_meaning() -> None:
    connection = duckdb.connect()
    for table in TABLES.values():
        connection.register(table.name, schema_of(table).empty_table())
    sql = render_views(datetime(2026, 1, 1, tzinfo=UTC))
    connection.execute(sql)
    known = {column.name for table in TABLES.values() for column in table.columns}
    documented = {note.name: note.columns for note in parse_view_docs(sql)}
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    for view in sorted({name for (name,) in views} & documented.keys()):
        columns = {row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()}
        sides = {f"{side}_{name}" for side in "ab" for name in known | documented["models_wide"].keys()}
        assert columns - known - sides <= documented[view].keys() <= columns, view
        for name, words in documented[view].items():
            assert all(words), name
            assert f"| `{name}` |" in render().split(f"### {view}\n")[1].split("\n### ")[0]
