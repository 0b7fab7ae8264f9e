"""Where the tables of a release are: in a warehouse, or in a data package that `export package` wrote."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.manifest import check_run_id, require_readable
from llmpairs.warehouse.release_history import end_of_day, find_release
from llmpairs.warehouse.releases import CURRENT, read_manifest, require_current
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store

PACKAGE_NAME = "datapackage.json"
"""Descriptor of a data package."""


@dataclass(frozen=True, kw_only=True)
class ReleaseFiles:
    """A release and the files of its tables."""

    run_id: str
    as_of: datetime
    """As-of time, UTC."""
    tables: Mapping[str, Sequence[str]]
    """Parquet files of each table, relative to the store, in key order; of a package also of its log tables."""


def select_release(store: Store, release: str | None = None, as_of: date | None = None) -> ReleaseFiles:
    """The live release, the one of a run id, or the one that was live at a time; a data package has one release.

    ReleaseError when there is no such release, or neither a warehouse nor a data package.
    """
    if not store.exists(CURRENT) and store.exists(PACKAGE_NAME):
        return _select_package(store, release, as_of)
    run_id = release if as_of is None else find_release(store, end_of_day(as_of), release)
    manifest = read_manifest(store, run_id or require_current(store))
    folder = release_dir(manifest.run_id)
    tables = {name: [f"{folder}/{entry.path}" for entry in entries] for name, entries in manifest.tables.items()}
    return ReleaseFiles(run_id=manifest.run_id, as_of=manifest.as_of, tables=tables)


def _select_package(store: Store, release: str | None, as_of: date | None) -> ReleaseFiles:
    package = read_package(store)
    if release not in (None, package.run_id):
        raise ReleaseError(f"{store.name} is a data package of release {package.run_id}: it has no release {release}")
    if as_of is not None:
        raise ReleaseError(f"{store.name} is a data package of release {package.run_id}: it has no earlier releases")
    return package


def read_package(store: Store) -> ReleaseFiles:
    """The release of a data package; ReleaseError when its descriptor is damaged or too new."""
    where = f"{store.name}/{PACKAGE_NAME}"
    try:
        descriptor = json.loads(store.read_bytes(PACKAGE_NAME))
        require_readable(int(descriptor["contracts_version"]), where)
        return ReleaseFiles(
            run_id=check_run_id(descriptor["version"]),
            as_of=datetime.fromisoformat(descriptor["created"]),
            tables={
                resource["table"]: [part["path"] for part in resource["parts"]]
                for resource in descriptor["resources"]
                if "table" in resource
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseError(
            f"{where} is no descriptor of an llmpairs data package ({error!r}): write the package again with "
            "`llmpairs export package`"
        ) from None
