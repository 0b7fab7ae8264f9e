"""A release as a Frictionless data package, for people who do not have llmpairs: tables, descriptor, README."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.exports.descriptor import Descriptor, describe_package
from llmpairs.exports.readme import render_readme
from llmpairs.exports.terms import load_terms, refuse_used_folder
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.manifest import FileEntry, Manifest
from llmpairs.warehouse.parquet import read_rows, write_whole
from llmpairs.warehouse.release_files import PACKAGE_NAME
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.views import VIEWS_NAME

SOURCE_COLUMNS = ("source_id", "price_source_id")
"""Columns that name the source of a row."""


@dataclass(frozen=True, kw_only=True)
class PackageOptions:
    """What goes into a package."""

    workloads: Sequence[Mapping[str, object]] = ()
    """Published workloads, as `list_workloads` gives them."""
    include_restricted: bool = False
    """Whether to keep rows of sources whose terms forbid passing them on."""
    on_table: Callable[[str], None] = lambda _: None
    """Called with the name of each table before it is copied."""


def write_package(store: Store, run_id: str, out: Path, options: PackageOptions) -> Descriptor:
    """Write a release into an empty or new folder; returns the descriptor.

    Rows from a source whose terms forbid passing them on are left out unless `include_restricted`; so are the rows
    of offers whose price comes from such a source. StoreError when the folder has something in it.
    """
    refuse_used_folder(out)
    terms = load_terms(store, run_id, include_restricted=options.include_restricted)
    target = open_store(out)
    copier = TableCopier(
        store=store,
        target=target,
        folder=release_dir(run_id),
        left_out=terms.left_out,
        offers=find_restricted_offers(store, terms.manifest, terms.left_out),
    )
    files: dict[str, list[FileEntry]] = {}
    for name in sorted(terms.manifest.tables):
        options.on_table(name)
        files[name] = [copier.copy(name, entry) for entry in terms.manifest.tables[name]]
    files["captures"] = [write_captures(store, target, files)]
    files["sources"] = [write_table(target, "sources", read_log_arrow(store, "sources", run_id))]
    target.write_bytes(VIEWS_NAME, store.read_bytes(f"{release_dir(run_id)}/{VIEWS_NAME}"))
    descriptor = describe_package(terms, files, options.workloads)
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    target.write_bytes(PACKAGE_NAME, text.encode())
    target.write_bytes("README.md", render_readme(descriptor).encode())
    return descriptor


def find_restricted_offers(store: Store, manifest: Manifest, left_out: Sequence[str]) -> pa.Array:
    """Ids of the offers whose price comes from a source that is left out."""
    parts = [
        read_rows(store, f"{release_dir(manifest.run_id)}/{entry.path}", ["offer_id", "price_source_id"])
        for entry in manifest.tables["offers"]
    ]
    offers = pa.concat_tables(parts)
    is_restricted = pc.is_in(offers["price_source_id"], value_set=pa.array(left_out, pa.string()))
    return offers.filter(is_restricted)["offer_id"].combine_chunks()


@dataclass(frozen=True, kw_only=True)
class TableCopier:
    """Copies files of a release without the rows that are left out."""

    store: Store
    target: Store
    folder: str
    """Folder of the release."""
    left_out: Sequence[str]
    """Sources whose rows are left out."""
    offers: pa.Array
    """Ids of the offers whose rows are left out."""

    def copy(self, table: str, entry: FileEntry) -> FileEntry:
        """Copy one file; byte for byte where no row of it is left out."""
        source = f"{self.folder}/{entry.path}"
        names = TABLES[table].column_names
        if self.left_out and any(name in names for name in (*SOURCE_COLUMNS, "offer_id")):
            rows = read_rows(self.store, source)
            kept = rows.filter(pc.invert(self.is_left_out(rows)))
            if kept.num_rows < rows.num_rows:
                return write_table(self.target, table, kept, entry.path)
        with self.store.open_input(source) as opened, self.target.open_output(entry.path) as file:
            while chunk := opened.read(1 << 20):
                file.write(chunk)
        return entry

    def is_left_out(self, rows: pa.Table) -> pa.ChunkedArray:
        """Which rows come from a source, or belong to an offer, that is left out."""
        excluded = [(name, pa.array(self.left_out, pa.string())) for name in SOURCE_COLUMNS]
        found = pa.chunked_array([pa.repeat(False, rows.num_rows)])
        for name, values in [*excluded, ("offer_id", self.offers)]:
            if name in rows.column_names:
                found = pc.or_(found, pc.is_in(rows[name].cast(pa.string()), value_set=values))
        return found


def write_captures(store: Store, target: Store, files: Mapping[str, Sequence[FileEntry]]) -> FileEntry:
    """The log's row of every capture that the package's facts name: address, time and digest of the evidence."""
    named = pa.concat_tables([read_rows(target, entry.path, ["capture_id"]) for entry in files["facts"]])
    log = read_log_arrow(store, "captures")
    used = log.filter(pc.is_in(log["capture_id"], value_set=named["capture_id"].combine_chunks()))
    numbered = pa.table({"id": used["capture_id"], "row": pa.array(range(used.num_rows), pa.int64())})
    first = numbered.group_by("id").aggregate([("row", "min")])["row_min"]
    return write_table(target, "captures", used.take(first))


def write_table(target: Store, name: str, rows: pa.Table, path: str | None = None) -> FileEntry:
    """Rows as one Parquet file of the table's contract."""
    path = path or f"{name}/{name}.parquet"
    write_whole(target, path, TABLES[name], rows)
    data = target.read_bytes(path)
    return FileEntry(path=path, rows=rows.num_rows, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
