"""A release into a folder: tables, descriptor, README; what may not be passed on stays out."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.exports.package.describe import describe_package
from llmpairs.exports.package.readme import render_readme
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.manifest import FileEntry, Manifest
from llmpairs.warehouse.parquet import read_rows, write_whole
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.views import VIEWS_NAME

SOURCE_COLUMNS = ("source_id", "price_source_id")
"""Columns that say whose word a row is."""
DESCRIPTOR = "datapackage.json"


def write_package(
    store: Store,
    run_id: str,
    out: Path,
    workloads: Sequence[Mapping[str, Any]],
    *,
    include_restricted: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Write a release into an empty or new folder; returns the descriptor.

    Rows that rest on a source whose terms forbid passing them on are left out unless `include_restricted`; so are
    rows of the offers whose price does. StoreError when the folder has something in it.
    """
    if out.exists() and any(out.iterdir()):
        raise StoreError(f"{out} is not empty: name a new folder")
    manifest = read_manifest(store, run_id)
    sources = read_log_arrow(store, "sources", run_id)
    rows = sorted(sources.to_pylist(), key=lambda row: str(row["source_id"]))
    restricted = [str(row["source_id"]) for row in rows if row["redistributable"] is False]
    left_out = [] if include_restricted else restricted
    target = open_store(out)
    files: dict[str, list[FileEntry]] = {}
    offers = find_restricted_offers(store, manifest, left_out)
    for name in sorted(manifest.tables):
        say(name)
        files[name] = [
            copy_part(store, target, name, f"{release_dir(run_id)}/{entry.path}", entry, left_out, offers)
            for entry in manifest.tables[name]
        ]
    files["captures"] = [write_captures(store, target, files)]
    files["sources"] = [write_table(target, "sources", sources)]
    target.write_bytes(VIEWS_NAME, store.read_bytes(f"{release_dir(run_id)}/{VIEWS_NAME}"))
    descriptor = describe_package(manifest, files, rows, workloads, left_out)
    text = json.dumps(descriptor, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
    target.write_bytes(DESCRIPTOR, text.encode())
    target.write_bytes("README.md", render_readme(descriptor).encode())
    return descriptor


def find_restricted_offers(store: Store, manifest: Manifest, left_out: Sequence[str]) -> pa.Array:
    """Ids of the offers whose price rests on a source that is left out."""
    parts = [
        read_rows(store, f"{release_dir(manifest.run_id)}/{entry.path}", ["offer_id", "price_source_id"])
        for entry in manifest.tables["offers"]
    ]
    offers = pa.concat_tables(parts)
    is_restricted = pc.is_in(offers["price_source_id"], value_set=pa.array(left_out, pa.string()))
    return offers.filter(is_restricted)["offer_id"].combine_chunks()


def copy_part(
    store: Store,
    target: Store,
    table: str,
    source: str,
    entry: FileEntry,
    left_out: Sequence[str],
    offers: pa.Array,
) -> FileEntry:
    """One part of a table in the package; the same bytes where no row of it is left out."""
    names = TABLES[table].column_names
    asked = [name for name in (*SOURCE_COLUMNS, "offer_id") if name in names]
    if left_out and asked:
        rows = read_rows(store, source)
        kept = rows.filter(pc.invert(is_restricted(rows, left_out, offers)))
        if kept.num_rows < rows.num_rows:
            return write_table(target, table, kept, entry.path)
    with store.open_input(source) as opened, target.open_output(entry.path) as file:
        while chunk := opened.read(1 << 20):
            file.write(chunk)
    return entry


def is_restricted(rows: pa.Table, left_out: Sequence[str], offers: pa.Array) -> pa.ChunkedArray:
    """Which rows rest on a source that is left out, or on an offer whose price does."""
    wanted = [(name, pa.array(left_out, pa.string())) for name in SOURCE_COLUMNS] + [("offer_id", offers)]
    found = pa.chunked_array([pa.repeat(False, rows.num_rows)])
    for name, values in wanted:
        if name in rows.column_names:
            found = pc.or_(found, pc.is_in(rows[name].cast(pa.string()), value_set=values))
    return found


def write_captures(store: Store, target: Store, files: Mapping[str, Sequence[FileEntry]]) -> FileEntry:
    """The log's row of every capture that the package's facts name: address, time and digest of the evidence."""
    named = pa.concat_tables([read_rows(target, entry.path, ["capture_id"]) for entry in files["facts"]])
    log = read_log_arrow(store, "captures")
    used = log.filter(pc.is_in(log["capture_id"], value_set=named["capture_id"].combine_chunks()))
    places = pa.table({"id": used["capture_id"], "place": pa.array(range(used.num_rows), pa.int64())})
    first = places.group_by("id").aggregate([("place", "min")])["place_min"]
    return write_table(target, "captures", used.take(first))


def write_table(target: Store, name: str, rows: pa.Table, path: str | None = None) -> FileEntry:
    """Rows as one Parquet file of the table's contract."""
    path = path or f"{name}/{name}.parquet"
    write_whole(target, path, TABLES[name], rows)
    data = target.read_bytes(path)
    return FileEntry(path=path, rows=rows.num_rows, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
