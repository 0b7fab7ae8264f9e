"""An Apache Iceberg catalog over the releases of a warehouse: one table per contract, one tag per release.

No data is copied: the catalog's metadata names the Parquet files of the releases. Those have no Iceberg field ids, so
each table has a name mapping (`schema.name-mapping.default`), as `add_files` of pyiceberg requires.
"""

import hashlib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.errors import ReleaseError, StoreError
from llmpairs.warehouse.manifest import MANIFEST_NAME, FileEntry, Manifest
from llmpairs.warehouse.releases import list_releases, read_manifest, require_current
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

NAMESPACE = "llmpairs"
CATALOG_FILE = "catalog.db"
DIGEST = "llmpairs.manifest-sha256"
"""Property of a snapshot: digest of the manifest whose files it names, so that a changed release is registered anew."""


@dataclass(frozen=True, kw_only=True)
class IcebergCounts:
    """What `write_iceberg` did."""

    tables: int
    registered: tuple[str, ...]
    """Releases that were registered now, oldest first."""
    removed: tuple[str, ...]
    """Releases whose tags were removed, because they are no longer kept."""
    current: str
    """Release that the branch `main` of every table is at: the live one."""


@dataclass(frozen=True, kw_only=True)
class KeptRelease:
    """A release with the digest of its manifest."""

    manifest: Manifest
    digest: str


def write_iceberg(uri: str, out: Path) -> IcebergCounts:
    """Register every kept release in the catalog in `out`, and set `main` to the live one.

    A release that is registered already is left as it is, unless its manifest has changed; tags of releases that are
    no longer kept are removed. StoreError where pyiceberg is missing, ReleaseError where the files of a release do not
    fit the table's schema of the other releases.
    """
    store = open_store(uri)
    live = require_current(store)
    kept = [load_kept_release(store, run_id) for run_id in list_releases(store)]
    catalog = open_catalog(out, uri)
    registered: set[str] = set()
    removed: set[str] = set()
    names = sorted({name for release in kept for name in release.manifest.tables})
    for name in names:
        table = find_table(catalog, store, name, kept)
        for release in kept:
            if register(table, store, release, name):
                registered.add(release.manifest.run_id)
        removed |= remove_tags(table, {release.manifest.run_id for release in kept})
        set_main(table, live)
    order = [release.manifest.run_id for release in kept]
    return IcebergCounts(
        tables=len(names),
        registered=tuple(run_id for run_id in order if run_id in registered),
        removed=tuple(sorted(removed)),
        current=live,
    )


def open_catalog(out: Path, uri: str) -> "SqlCatalog":
    """The catalog in a folder, made where it does not exist: SQLite for the names, JSON and Avro for the tables."""
    try:
        from pyiceberg.catalog.sql import SqlCatalog
    except ImportError as error:
        raise StoreError("Iceberg needs pyiceberg: install llmpairs[iceberg]") from error
    # It warns of every dictionary column: Iceberg has none, and reads their values as plain strings, as is meant.
    logging.getLogger("pyiceberg.io.pyarrow").setLevel(logging.ERROR)
    out.mkdir(parents=True, exist_ok=True)
    folder = out.absolute().as_posix()
    options = {"uri": f"sqlite:///{folder}/{CATALOG_FILE}", "warehouse": f"file://{folder}", **bucket_options(uri)}
    catalog = SqlCatalog(NAMESPACE, **options)
    catalog.create_namespace_if_not_exists(NAMESPACE)
    return catalog


def bucket_options(uri: str) -> dict[str, str]:
    """pyiceberg's options for the files of an s3:// warehouse; what they do not name comes from the AWS environment."""
    parts = urlsplit(uri)
    if parts.scheme != "s3":
        return {}
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    endpoint = query.get("endpoint_override")
    options = {
        "s3.endpoint": f"{query.get('scheme', 'https')}://{endpoint}" if endpoint else None,
        "s3.region": query.get("region") or os.environ.get("AWS_REGION"),
        "s3.access-key-id": parts.username,
        "s3.secret-access-key": parts.password,
    }
    return {name: value for name, value in options.items() if value}


def load_kept_release(store: Store, run_id: str) -> KeptRelease:
    """A release with its digest."""
    data = store.read_bytes(f"{release_dir(run_id)}/{MANIFEST_NAME}")
    return KeptRelease(manifest=read_manifest(store, run_id), digest=hashlib.sha256(data).hexdigest())


def find_table(catalog: "SqlCatalog", store: Store, name: str, kept: list[KeptRelease]) -> "Table":
    """The Iceberg table, made with the columns of the first release that has it."""
    identifier = f"{NAMESPACE}.{name}"
    if catalog.table_exists(identifier):
        return catalog.load_table(identifier)
    first = next(release.manifest for release in kept if name in release.manifest.tables)
    properties = {"comment": f"One row is {contract_of(name).grain}."}
    return catalog.create_table(identifier, read_schema(store, first, name), properties=properties)


def read_schema(store: Store, manifest: Manifest, name: str) -> pa.Schema:
    """Columns of a table as its files have them: dictionaries as their values, texts as Iceberg's `doc`.

    Every column may be null, so that releases with and without a column are in one table.
    """
    with store.open_input(file_name(manifest, manifest.tables[name][0])) as file:
        schema = pq.read_schema(file)
    return pa.schema(
        [
            pa.field(
                field.name,
                field.type.value_type if pa.types.is_dictionary(field.type) else field.type,
                metadata={b"doc": (field.metadata or {}).get(b"description", b"")},
            )
            for field in schema
        ]
    )


def file_name(manifest: Manifest, entry: FileEntry) -> str:
    """Name of a file inside the warehouse."""
    return f"{release_dir(manifest.run_id)}/{entry.path}"


def register(table: "Table", store: Store, release: KeptRelease, name: str) -> bool:
    """Tag a snapshot that has exactly the files of a release; False where that is so already."""
    from pyiceberg.expressions import AlwaysTrue
    from pyiceberg.table.update.snapshot import ManageSnapshots

    manifest = release.manifest
    if is_registered(table, release) or name not in manifest.tables:
        return False
    scheme = "file" if store.local_path("") is not None else "s3"
    # A file without rows matches no predicate, so a later snapshot could not leave it out.
    filled = [file_name(manifest, entry) for entry in manifest.tables[name] if entry.rows]
    try:
        with table.transaction() as change:
            with change.update_schema() as update:
                update.union_by_name(read_schema(store, manifest, name))
            if has_files(table):
                change.delete(AlwaysTrue())
            change.add_files(
                [f"{scheme}://{store.path(file)}" for file in filled],
                snapshot_properties={DIGEST: release.digest},
                check_duplicate_files=False,
            )
            added = change.table_metadata.current_snapshot()
            if added is not None:
                ManageSnapshots(change).create_tag(added.snapshot_id, manifest.run_id).commit()
    except ValueError as error:
        raise ReleaseError(f"table {name} of release {manifest.run_id} cannot be registered: {error}") from error
    return True


def has_files(table: "Table") -> bool:
    """Whether the current snapshot names any file."""
    snapshot = table.current_snapshot()
    return bool(snapshot and snapshot.summary and snapshot.summary["total-data-files"] != "0")


def is_registered(table: "Table", release: KeptRelease) -> bool:
    """Whether the tag of a release is at a snapshot of the same manifest."""
    snapshot = table.snapshot_by_name(release.manifest.run_id)
    properties: Mapping[str, str] = snapshot.summary.additional_properties if snapshot and snapshot.summary else {}
    return properties.get(DIGEST) == release.digest


def remove_tags(table: "Table", kept: set[str]) -> set[str]:
    """Remove the tags of releases that are no longer kept; returns them."""
    gone = {name for name, ref in table.refs().items() if ref.snapshot_ref_type == "tag"} - kept
    for run_id in sorted(gone):
        table.manage_snapshots().remove_tag(run_id).commit()
    return gone


def set_main(table: "Table", run_id: str) -> None:
    """Set `main` to the tag of a release; a table that the release does not have stays as it is."""
    tagged, current = table.snapshot_by_name(run_id), table.current_snapshot()
    if tagged is not None and current is not None and tagged.snapshot_id != current.snapshot_id:
        table.manage_snapshots().set_current_snapshot(snapshot_id=tagged.snapshot_id).commit()
