"""DuckDB over one release: a view for each table, the log, and the views and macros of `views.sql`."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES, TABLES
from llmpairs.warehouse.log import log_files
from llmpairs.warehouse.manifest import Manifest, spell_moment
from llmpairs.warehouse.parquet import sound
from llmpairs.warehouse.release_history import end_of, find_release
from llmpairs.warehouse.releases import read_manifest, require_current
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.schema_evolution import missing_columns
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.views import derived_views

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


HISTORY, WHOLE_HISTORY = "price_history", "price_history_whole"


def connect(
    uri: str | Path,
    release: str | None = None,
    *,
    as_of: date | None = None,
    known_at: date | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection to the current release of a warehouse, or to the release of that run id.

    `as_of` takes the release that readers had at that time instead. `known_at` shows `price_history`, and what is
    made from it, as it was known at that time; the other tables stay those of the release. A day without a time
    means its end, UTC.

    It resolves CURRENT once and then reads that one release, whatever is published meanwhile. It reads the files
    of the release and of the log, no others; its settings are locked, times are UTC. ReleaseError when there is
    no release or no warehouse, or when the one of `as_of` was pruned.
    """
    store = open_store(uri)
    chosen = release if as_of is None else find_release(store, end_of(as_of), release)
    manifest = read_manifest(store, chosen or require_current(store))
    files = _files(store, manifest)
    connection = duckdb.connect(config=_CONFIG)
    connection.execute("SET TimeZone = 'UTC'")
    for table in (*RELEASE_TABLES, *LOG_TABLES):
        files.setdefault(table.name, [])
    if known_at is not None:
        files[WHOLE_HISTORY] = files.pop(HISTORY)
    paths = _show(connection, store, files)
    if known_at is not None:
        connection.execute(_known_at(end_of(known_at)))
    connection.execute(derived_views(manifest.as_of))
    connection.execute(f"SET allowed_paths = {_sql_list(paths)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _known_at(moment: datetime) -> str:
    """The price history as it was known at the moment: nobody could tell then what would be unsaid later."""
    then = f"TIMESTAMPTZ '{spell_moment(moment)}'"
    return f"""CREATE VIEW {HISTORY} AS SELECT * REPLACE (NULL::TIMESTAMPTZ AS known_to) FROM {WHOLE_HISTORY}
               WHERE known_from <= {then} AND (known_to IS NULL OR known_to > {then})"""


def _files(store: Store, manifest: Manifest) -> dict[str, list[str]]:
    """The files of every table, relative to the warehouse, in key order."""
    folder = release_dir(manifest.run_id)
    release = {
        name: [f"{folder}/{entry.path}" for entry in entries] for name, entries in manifest.tables.items()
    }
    return {**release, **{table.name: log_files(store, table.name) for table in LOG_TABLES}}


def _show(connection: duckdb.DuckDBPyConnection, store: Store, files: dict[str, list[str]]) -> list[str]:
    """Makes the views of the tables; returns the paths of the files that they read."""
    paths: list[str] = []
    for name, names in files.items():
        local = [path.as_posix() for path in map(store.local_path, names) if path is not None]
        if local:
            with sound(store, names[0]):
                there = pq.read_schema(local[0]).names
            _view(connection, name, local, there)
        else:
            connection.register(name, _dataset(store, name, names))
        paths += local
    return paths


def _view(connection: duckdb.DuckDBPyConnection, name: str, local: list[str], there: list[str]) -> None:
    """A view of Parquet files; columns of the contract that the first, which is the oldest, lacks are null.

    `there` are the columns of the first.
    """
    if name not in TABLES or not missing_columns(there, name):
        files = f"read_parquet({_sql_list(local)}, hive_partitioning = false)"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {files}")
        return
    # By name only where it is needed: DuckDB then opens every file, 0.12 s for 800 nights of a log.
    files = f"read_parquet({_sql_list(local)}, hive_partitioning = false, union_by_name = true)"
    connection.register(f"{name}_of_today", plain_types(schema_of(TABLES[name])).empty_table())
    connection.execute(
        f"CREATE VIEW {name} AS SELECT * FROM {name}_of_today UNION ALL BY NAME SELECT * FROM {files}"
    )


def _dataset(store: Store, name: str, names: list[str]) -> Any:
    """A table for DuckDB to read through Arrow: in a bucket, which it cannot reach itself, or without rows."""
    if not names:
        return plain_types(schema_of(TABLES[HISTORY if name == WHOLE_HISTORY else name])).empty_table()
    import pyarrow.dataset as ds  # brings pandas along, which a folder's readers need not wait for

    paths = [store.path(rel) for rel in names]
    first = ds.dataset(paths[:1], filesystem=store.filesystem, format="parquet", partitioning=None)
    schema = first.schema
    for column in missing_columns(schema.names, name) if name in TABLES else ():
        schema = schema.append(schema_of(TABLES[name]).field(column))
    return ds.dataset(
        paths, filesystem=store.filesystem, format="parquet", partitioning=None, schema=plain_types(schema)
    )


def plain_types(schema: pa.Schema) -> pa.Schema:
    """The schema with words instead of dictionaries, so that DuckDB can push filters on them down."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in schema]
    return pa.schema([field.with_nullable(True) for field in fields])


def _sql_list(paths: list[str]) -> str:
    quoted = ("'{}'".format(path.replace("'", "''")) for path in paths)
    return f"[{', '.join(quoted)}]"
