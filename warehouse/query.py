"""DuckDB over one release: a view for each table, the log, and the views and macros of `views.sql`."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES, TABLES
from llmpairs.warehouse.errors import QuestionError
from llmpairs.warehouse.log import log_files
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.parquet import naming_damaged_file
from llmpairs.warehouse.release_files import select_release
from llmpairs.warehouse.release_history import end_of_day
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.schema_evolution import missing_columns
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.views import render_views

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


T = TypeVar("T")
EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE\b|\s*\([^)]*\))*", re.IGNORECASE)
HISTORY, WHOLE_HISTORY = "price_history", "price_history_whole"


def connect(
    uri: str | Path,
    release: str | None = None,
    *,
    as_of: date | None = None,
    known_at: date | None = None,
    local_files: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection to the live release of a warehouse, to the release of that run id, or to a data package.

    `as_of` selects the release that was live at that time. `known_at` shows `price_history`, and the views over it,
    as recorded at that time; the other tables stay those of the release. A date without a time means its end, UTC.

    The live release is resolved once: the connection keeps reading it, whatever is published later. It can read
    the files of the release and the log only; its settings are locked, times are UTC. `local_files` lets queries also
    read and write any file of this machine, and read frames of the calling code by their variable name: never pass it
    with queries of others. ReleaseError when there is no release or no warehouse, or when the release of `as_of` was
    pruned.
    """
    store = open_store(uri)
    chosen = select_release(store, release, as_of)
    files = {table.name: log_files(store, table.name) for table in LOG_TABLES} | dict(chosen.tables)
    connection = duckdb.connect(config=_CONFIG)
    connection.execute("SET TimeZone = 'UTC'")
    for table in RELEASE_TABLES:
        files.setdefault(table.name, [])
    if known_at is not None:
        files[WHOLE_HISTORY] = files.pop(HISTORY)
    paths = _create_table_views(connection, store, files)
    if known_at is not None:
        connection.execute(_known_at(end_of_day(known_at)))
    connection.execute(render_views(chosen.as_of))
    if not local_files:
        connection.execute(f"SET allowed_paths = {_sql_list(paths)}")
        connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _known_at(time: datetime) -> str:
    """View of the price history as recorded at a time; the end of recorded time was unknown then."""
    then = f"TIMESTAMPTZ '{format_timestamp(time)}'"
    return f"""CREATE VIEW {HISTORY} AS SELECT * REPLACE (NULL::TIMESTAMPTZ AS known_to) FROM {WHOLE_HISTORY}
               WHERE known_from <= {then} AND (known_to IS NULL OR known_to > {then})"""


def _create_table_views(
    connection: duckdb.DuckDBPyConnection, store: Store, files: Mapping[str, Sequence[str]]
) -> list[str]:
    """Create a view for each table; returns the paths of the files that they read."""
    paths: list[str] = []
    for name, names in files.items():
        local = [path.as_posix() for path in map(store.local_path, names) if path is not None]
        if local:
            with naming_damaged_file(store, names[0]):
                present = pq.read_schema(local[0]).names
            _create_view(connection, name, local, present)
        else:
            connection.register(name, _dataset(store, name, names))
        paths += local
    return paths


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, local: list[str], present: list[str]) -> None:
    """Create a view of Parquet files; columns of the contract that are not `present` in the oldest file are null."""
    if name not in TABLES or not missing_columns(present, name):
        files = f"read_parquet({_sql_list(local)}, hive_partitioning = false)"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {files}")
        return
    # By name only where it is needed: DuckDB then opens every file, 0.12 s for the log of 800 runs.
    files = f"read_parquet({_sql_list(local)}, hive_partitioning = false, union_by_name = true)"
    contract = pa.Table.from_batches([], schema=plain_types(schema_of(TABLES[name])))
    connection.register(f"{name}_contract", contract)
    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {name}_contract UNION ALL BY NAME SELECT * FROM {files}")


def _dataset(store: Store, name: str, names: Sequence[str]) -> Any:
    """A table that DuckDB reads through Arrow: one in a bucket, which it cannot reach itself, or one without rows."""
    if not names:
        # Schema.empty_table imports pandas, which a local folder does not need.
        schema = plain_types(schema_of(TABLES[HISTORY if name == WHOLE_HISTORY else name]))
        return pa.Table.from_batches([], schema=schema)
    import pyarrow.dataset as ds  # imports pandas, which a local folder does not need

    paths = [store.path(rel) for rel in names]
    first = ds.dataset(paths[:1], filesystem=store.filesystem, format="parquet", partitioning=None)
    schema = first.schema
    for column in missing_columns(schema.names, name) if name in TABLES else ():
        schema = schema.append(schema_of(TABLES[name]).field(column))
    return ds.dataset(
        paths, filesystem=store.filesystem, format="parquet", partitioning=None, schema=plain_types(schema)
    )


def plain_types(schema: pa.Schema) -> pa.Schema:
    """The schema with strings instead of dictionaries, so that DuckDB can push down filters on them."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in schema]
    return pa.schema([field.with_nullable(True) for field in fields])


def _sql_list(paths: list[str]) -> str:
    quoted = ("'{}'".format(path.replace("'", "''")) for path in paths)
    return f"[{', '.join(quoted)}]"


def fetch_rows(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> list[Any]:
    """Rows of a query as dictionaries of plain values; annotate the result with a TypedDict of its columns."""
    result = con.execute(query, parameters or [])
    names = [column[0] for column in result.description]
    return [{name: to_plain(value) for name, value in zip(names, row, strict=True)} for row in result.fetchall()]


def require_read_only(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """QuestionError for a query that does more than read."""
    if not all(_is_read_only(con, statement) for statement in con.extract_statements(query)):
        raise QuestionError("only SELECT queries are allowed: a release is never changed")


def _is_read_only(con: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> bool:
    """Whether a statement only reads; EXPLAIN ANALYZE runs the statement that it explains."""
    if statement.type != duckdb.StatementType.EXPLAIN:
        return bool(statement.type == duckdb.StatementType.SELECT)
    explained = con.extract_statements(EXPLAIN.sub("", statement.query, count=1))
    return bool(explained) and all(inner.type == duckdb.StatementType.SELECT for inner in explained)


def fetch_read_only(
    con: duckdb.DuckDBPyConnection, query: str, limit: int
) -> tuple[list[str], list[tuple[Any, ...]], bool]:
    """Columns and the first rows of one query that only reads, and whether there are more rows."""
    require_read_only(con, query)
    found = con.sql(query)
    if found is None:
        raise QuestionError("the query has no result: give one SELECT")
    rows = found.limit(limit + 1).fetchall()
    return found.columns, rows[:limit], len(rows) > limit


def fetch_typed(
    con: duckdb.DuckDBPyConnection,
    type_: Callable[..., T],
    query: str,
    parameters: list[Any] | dict[str, Any] | None = None,
) -> list[T]:
    """Rows of a query as objects of a dataclass whose fields are its columns; times have the zone UTC."""
    result = con.execute(query, parameters or [])
    names = [column[0] for column in result.description]
    return [type_(**dict(zip(names, map(_to_utc, row), strict=True))) for row in result.fetchall()]


def _to_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def to_plain(value: Any) -> Any:
    """A value as JSON has it: dates and times in ISO 8601, times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
