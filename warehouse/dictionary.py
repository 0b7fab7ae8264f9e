"""The data dictionary: every table, column, view and macro, generated from the contracts and `views.sql`.

`python -m llmpairs.warehouse.dictionary` prints it, `--write` writes it, `--check` fails when the file differs.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from llmpairs.warehouse.contract import Column, Storage, Table
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.generated_docs import run_document_command
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.views import ViewDoc, parse_view_docs, render_views
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

DOCUMENT = Path("docs/DATA_DICTIONARY.md")
_STORAGES: tuple[tuple[Storage, str, str], ...] = (
    (
        "release",
        "Tables of a release",
        "`releases/<run_id>/<table>/*.parquet`, sorted by key; each release is complete.",
    ),
    (
        "log",
        "Log",
        "`log/<table>/run_id=<run_id>/part.parquet`: one part per run, never pruned. A week after its end a month "
        "becomes one file, `log/<table>/month=<month>/part.parquet`. To read a folder with pandas, give "
        "`partitioning=None`.",
    ),
    ("landed", "Landed claims", "Input of the transforms; stored as JSON lines in `landing/<run_id>/`."),
)
_TYPES = {
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp (UTC)",
    pa.list_(pa.string()): "list of text",
}


def render() -> str:
    """The whole dictionary as Markdown."""
    parts = [
        "# Data dictionary",
        f"Generated from `warehouse/contracts` (version {CONTRACTS_VERSION}) and `warehouse/views.sql` by "
        "`python -m llmpairs.warehouse.dictionary --write`; do not edit.",
        "Every column states what a null in it means. Each Parquet field has the same texts as metadata "
        "(`description`, `unit`, `null_means`, `values`, `bits`, `rests_on`). A column of `models` or `offers` "
        'without "Computed from" comes from a claim of a source: `facts` has the claim, and `llmpairs explain` '
        "reads it again from the archive.",
    ]
    for storage, title, where in _STORAGES:
        tables = [table for table in TABLES.values() if table.storage == storage]
        parts += [f"## {title}", where, *(_render_table(table) for table in tables)]
    parts += [
        "## Earlier releases and times",
        _TIME_TRAVEL,
        "## Views and macros",
        _VIEWS_WHERE,
        *(_render_note(note, columns) for note, columns in _views()),
    ]
    return "\n\n".join(parts) + "\n"


_TIME_TRAVEL = (
    "`llmpairs.connect(uri, as_of=day)` and `llmpairs sql --as-of DAY` read the release that was live at the end of "
    "that day (UTC): the newest whose `as_of` is not later. `known_at=day` and `--known-at DAY` read `price_history`, "
    "and the views over it, as recorded at that time: rows with `known_from` not later and `known_to` null or later; "
    "`known_to` is shown as null. The unrestricted table is `price_history_whole`. Both give the same prices; the "
    "first needs the release to be kept, the second does not."
)
_VIEWS_WHERE = (
    "Available in `llmpairs.connect(uri)`, `llmpairs sql`, or any DuckDB after "
    "`SET file_search_path='<release folder>'` and running the release's `views.sql`. A view's column has the meaning "
    "of the table's column of that name."
)


def _render_table(table: Table) -> str:
    lines = [f"### {table.name}", "", f"One row is {table.grain}.", "", f"Key: {_code(table.key)}."]
    lines += ["", *(f"- {warning}" for warning in table.warnings)] if table.warnings else []
    lines += ["", "| column | type | unit | meaning | null means |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *map(_render_column, table.columns)])


def _render_column(column: Column) -> str:
    about = column.about
    if column.values:
        about += f" One of {_code(column.values)}."
    if column.bits:
        about += " Bits, lowest first: " + _code(column.bits) + "."
    if column.rests_on:
        about += f" Computed from {_code(column.rests_on)}."
    cells = (f"`{column.name}`", format_type(column.type), column.unit or "", about, column.null_means or "never null")
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def format_type(type_: pa.DataType) -> str:
    """Name of a type for readers."""
    if pa.types.is_dictionary(type_):
        return "enum" if type_.index_type == pa.int8() else "text"
    if pa.types.is_list(type_) and pa.types.is_struct(type_.value_type):
        fields = ", ".join(f"{field.name} {format_type(field.type)}" for field in type_.value_type)
        return f"list of ({fields})"
    return _TYPES.get(type_, str(type_))


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _views() -> list[tuple[ViewDoc, list[tuple[str, str]]]]:
    """Views and macros, each with the columns that no table has, as DuckDB types them over empty tables."""
    sql = render_views(datetime(2026, 1, 1, tzinfo=UTC))
    connection = duckdb.connect()
    for table in TABLES.values():
        connection.register(table.name, schema_of(table).empty_table())
    connection.execute(sql)
    known = {column.name for table in TABLES.values() for column in table.columns}
    views = set(connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall())
    found: list[tuple[ViewDoc, list[tuple[str, str]]]] = []
    sides: set[str] = set()
    for note in parse_view_docs(sql):
        columns = connection.execute(f"DESCRIBE {note.name}").fetchall() if (note.name,) in views else []
        typed = {name: type_.lower() for name, type_, *_ in columns}
        own = {n: t for n, t in typed.items() if n in note.columns or (n not in known and n[2:] not in known | sides)}
        sides |= own.keys()
        found.append((note, list(own.items())))
    return found


def _render_note(note: ViewDoc, columns: list[tuple[str, str]]) -> str:
    lines = [f"### {note.name}{note.arguments}", "", note.about]
    lines += ["", "| own column | type | meaning | null means |", "|---|---|---|---|"] if columns else []
    return "\n".join(
        [*lines, *(f"| `{name}` | {type_} | {' | '.join(note.columns[name])} |" for name, type_ in columns)]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, write or check the dictionary; returns the exit code."""
    return run_document_command("llmpairs.warehouse.dictionary", "The data dictionary.", DOCUMENT, render, arguments)


if __name__ == "__main__":
    sys.exit(main())
