"""The data dictionary: every table, column, view and macro, computed from the contracts and `views.sql`.

`python -m llmpairs.warehouse.dictionary` prints it, `--write` writes it, `--check` fails when the file differs.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from llmpairs.warehouse.contract import Column, Place, Table
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.generated_docs import serve_document
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.views import Note, derived_views, notes
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

DOCUMENT = Path("docs/DATA_DICTIONARY.md")
_PLACES: tuple[tuple[Place, str, str], ...] = (
    (
        "release",
        "Tables of a release",
        "`releases/<run_id>/<table>/*.parquet`, sorted by key, one whole per night.",
    ),
    (
        "log",
        "Log",
        "`log/<table>/run_id=<run_id>/part.parquet`: one part per attempt, never changed, never pruned.",
    ),
    ("landed", "Landed claims", "What the transforms start from; as JSON lines in `landing/<run_id>/`."),
)
_TYPES = {
    pa.string(): "text",
    pa.bool_(): "flag",
    pa.date32(): "day",
    pa.timestamp("us", tz="UTC"): "moment (UTC)",
    pa.list_(pa.string()): "list of text",
}


def render() -> str:
    """The whole dictionary as Markdown."""
    parts = [
        "# Data dictionary",
        f"Computed from `warehouse/contracts` (version {CONTRACTS_VERSION}) and `warehouse/views.sql` by "
        "`python -m llmpairs.warehouse.dictionary --write`; do not edit.",
        "A null always means something: each column says what. Every Parquet field carries the same words as "
        "metadata (`description`, `unit`, `null_means`, `values`, `bits`, `rests_on`). A column of `models` or "
        "`offers` that rests on nothing else is a source's word: `facts` has the claim, and `llmpairs explain` reads "
        "it again from the archive.",
    ]
    for place, title, where in _PLACES:
        tables = [table for table in TABLES.values() if table.place == place]
        parts += [f"## {title}", where, *(_render_table(table) for table in tables)]
    parts += [
        "## Another day",
        _ANOTHER_DAY,
        "## Views and macros",
        _VIEWS_WHERE,
        *(_render_note(note, columns) for note, columns in _views()),
    ]
    return "\n\n".join(parts) + "\n"


_ANOTHER_DAY = (
    "`warehouse.connect(uri, as_of=day)` and `llmpairs sql --as-of DAY` read the release that readers had at the end "
    "of that day (UTC): the newest whose `as_of` is not later. `known_at=day` and `--known-at DAY` read "
    "`price_history`, and the views made from it, as it was known then: rows with `known_from` not later and "
    "`known_to` null or later, and `known_to` shown as null, for nobody could tell yet; the unrestricted table is "
    "`price_history_whole`. Both lead to the same prices; the first needs the release to be kept, the second does not."
)
_VIEWS_WHERE = (
    "From `warehouse.connect(uri)`, `llmpairs sql`, or any DuckDB after `SET file_search_path='<release folder>'` "
    "and running the release's `views.sql`. A view's column means what the table's column of that name means."
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
        about += f" Rests on {_code(column.rests_on)}."
    cells = (
        f"`{column.name}`",
        spell_type(column.type),
        column.unit or "",
        about,
        column.null_means or "never null",
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def spell_type(type_: pa.DataType) -> str:
    """A type in a reader's words."""
    if pa.types.is_dictionary(type_):
        return "word" if type_.index_type == pa.int8() else "text"
    if pa.types.is_list(type_) and pa.types.is_struct(type_.value_type):
        fields = ", ".join(f"{field.name} {spell_type(field.type)}" for field in type_.value_type)
        return f"list of ({fields})"
    return _TYPES.get(type_, str(type_))


def _code(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _views() -> list[tuple[Note, list[tuple[str, str]]]]:
    """Views and macros, each with the columns that no table has, as DuckDB types them over empty tables."""
    sql = derived_views(datetime(2026, 1, 1, tzinfo=UTC))
    connection = duckdb.connect()
    for table in TABLES.values():
        connection.register(table.name, schema_of(table).empty_table())
    connection.execute(sql)
    known = {column.name for table in TABLES.values() for column in table.columns}
    views = set(connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall())
    found: list[tuple[Note, list[tuple[str, str]]]] = []
    sides: set[str] = set()
    for note in notes(sql):
        columns = connection.execute(f"DESCRIBE {note.name}").fetchall() if (note.name,) in views else []
        typed = {name: type_.lower() for name, type_, *_ in columns}
        own = {
            n: t
            for n, t in typed.items()
            if n in note.columns or (n not in known and n[2:] not in known | sides)
        }
        sides |= own.keys()
        found.append((note, list(own.items())))
    return found


def _render_note(note: Note, columns: list[tuple[str, str]]) -> str:
    lines = [f"### {note.name}{note.arguments}", "", note.about]
    lines += ["", "| own column | type | meaning | null means |", "|---|---|---|---|"] if columns else []
    return "\n".join(
        [*lines, *(f"| `{name}` | {type_} | {' | '.join(note.columns[name])} |" for name, type_ in columns)]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints, writes or checks the dictionary; returns the exit code."""
    return serve_document(
        "llmpairs.warehouse.dictionary", "The data dictionary.", DOCUMENT, render, arguments
    )


if __name__ == "__main__":
    sys.exit(main())
