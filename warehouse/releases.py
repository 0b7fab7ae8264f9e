"""Finished releases: publish, read, verify and roll back."""

import difflib
import hashlib
import logging
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from llmpairs.warehouse.conditional import open_conditional
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.errors import ConflictError, ReleaseError
from llmpairs.warehouse.lease import join_lease
from llmpairs.warehouse.manifest import (
    MANIFEST_NAME,
    SIGNATURE_NAME,
    FileEntry,
    Manifest,
    check_run_id,
    manifest_from_json,
    run_order,
)
from llmpairs.warehouse.parquet import read_rows
from llmpairs.warehouse.schema import contract_of, schema_of
from llmpairs.warehouse.schema_evolution import add_missing
from llmpairs.warehouse.staging import is_finished, open_parts, release_dir, stage_table, verify_staged, write_manifest
from llmpairs.warehouse.store import Store, temporary_path

__all__ = [
    "CURRENT",
    "current_run_id",
    "list_releases",
    "open_parts",
    "publish",
    "read_arrow",
    "read_manifest",
    "read_pointer",
    "read_table",
    "require_current",
    "rollback",
    "stage_table",
    "verify_release",
    "verify_staged",
    "was_live",
    "withdraw",
    "write_manifest",
]

CURRENT = "CURRENT"
"""The file that names the live release."""
RELEASE_NAMES = frozenset(table.name for table in RELEASE_TABLES)
_LINK = "current"
logger = logging.getLogger(__name__)


class Pointer(NamedTuple):
    """The content of `CURRENT`; None and None before the first release."""

    run_id: str | None
    version: str | None


def current_run_id(store: Store) -> str | None:
    """Run id of the live release, or None before the first one. ReleaseError when CURRENT is damaged."""
    return _parse_pointer(store.read_bytes(CURRENT)) if store.exists(CURRENT) else None


def _parse_pointer(data: bytes) -> str:
    return check_run_id(data.decode(errors="replace").strip())


def read_pointer(store: Store) -> Pointer:
    """What `CURRENT` names and its version, for `publish`."""
    found = open_conditional(store).read(CURRENT)
    return Pointer(_parse_pointer(found.data), found.version) if found else Pointer(None, None)


def require_current(store: Store) -> str:
    """Run id of the live release; ReleaseError when there is none, or no warehouse."""
    run_id = current_run_id(store)
    if run_id is not None:
        return run_id
    if store.exists("releases") or store.exists("log") or store.exists("runs"):
        raise ReleaseError(f"{store.name} has no release yet: `llmpairs refresh` makes one")
    raise ReleaseError(
        f"{store.name} is not a warehouse: it has no CURRENT; check the address (--warehouse), or make a first release "
        "there with `llmpairs refresh` or `llmpairs demo`"
    )


def list_releases(store: Store) -> list[str]:
    """Finished releases, oldest first."""
    folders = [name.rstrip("/") for name in store.list("releases") if name.endswith("/")]
    sizes = store.find_sizes(f"releases/{name}/{MANIFEST_NAME}" for name in folders)
    finished = [run_id for run_id in folders if sizes[f"releases/{run_id}/{MANIFEST_NAME}"]]
    return sorted(finished, key=run_order)


def read_manifest(store: Store, run_id: str) -> Manifest:
    """The manifest of a release; ReleaseError naming the nearest ones when there is no such release."""
    name = f"{release_dir(run_id)}/{MANIFEST_NAME}"
    if not is_finished(store, run_id):
        raise ReleaseError(f"no release {run_id} in {store.name}: {_nearest(run_id, list_releases(store))}")
    return manifest_from_json(store.read_bytes(name), f"{store.name}/{name}")


def _nearest(run_id: str, known: list[str]) -> str:
    if not known:
        return "there is none yet; `llmpairs refresh` makes one"
    near = difflib.get_close_matches(run_id, known, n=3) or known[-3:]
    return f"nearest: {', '.join(near)}; `llmpairs release list` lists all"


def publish(store: Store, run_id: str, over: Pointer | None = None) -> None:
    """Make a finished release the live one, by one conditional write over what `CURRENT` named; default: names now.

    ReleaseError when the release is incomplete, or when `CURRENT` has moved meanwhile; LeaseError when another
    process has taken the lease.
    """
    with join_lease(store, f"publication of {run_id}") as lease:
        expected = over or read_pointer(store)
        manifest = _require_complete(store, run_id)
        # Again what each write has synced: the process that made a folder may have died before it did.
        folder = release_dir(run_id)
        tables = {f"{folder}/{entry.path}".rpartition("/")[0] for entry in manifest.files}
        store.sync_folders([*sorted(tables), folder, "releases", ""])
        lease.renew()
        try:
            open_conditional(store).write(CURRENT, f"{run_id}\n".encode(), expected.version)
        except ConflictError:
            raise ReleaseError(
                f"the live release is {current_run_id(store)} now, no longer {expected.run_id}: release {run_id} was "
                "not published; refresh again"
            ) from None
        _point_link(store, run_id)


def _require_complete(store: Store, run_id: str) -> Manifest:
    """The manifest of a release; ReleaseError unless every file of it has its size."""
    folder, manifest = release_dir(run_id), read_manifest(store, run_id)
    sizes = store.list_sizes(folder)
    for entry in manifest.files:
        if sizes.get(f"{folder}/{entry.path}") != entry.bytes:
            raise ReleaseError(
                f"release {run_id} is incomplete: {entry.path} is missing or truncated; it was not published"
            )
    return manifest


def was_live(store: Store, run_id: str) -> bool:
    """Whether a release is live, or another one was built on it."""
    later = (name for name in list_releases(store) if run_order(name) > run_order(run_id))
    return current_run_id(store) == run_id or any(read_manifest(store, name).parent_run_id == run_id for name in later)


def withdraw(store: Store, run_id: str) -> None:
    """Make a release that never became live an unfinished one, which the next run cleans away."""
    if is_finished(store, run_id) and not was_live(store, run_id):
        store.delete_file(f"{release_dir(run_id)}/{MANIFEST_NAME}")


def _point_link(store: Store, run_id: str) -> None:
    """Point the link `current` at the release, for people; no code reads it."""
    link = store.local_path(_LINK)
    if link is None:
        return
    temporary = temporary_path(link)
    try:
        temporary.symlink_to(Path("releases") / run_id, target_is_directory=True)
        temporary.replace(link)
    except OSError as error:
        logger.warning("no link %s: %s; CURRENT names release %s nevertheless", link, error, run_id)


def rollback(store: Store, to: str | None = None) -> str:
    """Make an earlier release the live one: `to`, else the parent of the live one, else the one before it.

    Returns its run id. ReleaseError when there is none, or when it is damaged.
    """
    with join_lease(store, "rollback"):
        live = read_pointer(store)
        target = to or _earlier(store, live.run_id)
        problems = verify_release(store, target)
        if problems:
            raise ReleaseError(f"release {target} is damaged, {store.name} stays at {live.run_id}: {problems[0]}")
        publish(store, target, live)
    return target


def _earlier(store: Store, current: str | None) -> str:
    if current is None:
        raise ReleaseError(f"{store.name} has no current release to go back from")
    known = list_releases(store)
    parent = read_manifest(store, current).parent_run_id if current in known else None
    before = [run_id for run_id in known if run_order(run_id) < run_order(current)]
    if parent in known and parent is not None:
        return parent
    if not before:
        raise ReleaseError(f"{store.name} has no release before {current}")
    return before[-1]


def verify_release(store: Store, run_id: str) -> list[str]:
    """Problems of a finished release: files missing, surplus, of other size or digest. Empty if it is valid."""
    folder = release_dir(run_id)
    manifest = read_manifest(store, run_id)
    listed = {f"{folder}/{entry.path}": entry for entry in manifest.files}
    present = set(store.list_files(folder)) - {f"{folder}/{MANIFEST_NAME}", f"{folder}/{SIGNATURE_NAME}"}
    problems = [f"{name} is missing" for name in sorted(listed.keys() - present)]
    problems += [f"{name} is not in the manifest" for name in sorted(present - listed.keys())]
    for name in sorted(listed.keys() & present):
        problems += _compare(store, name, listed[name])
    return problems


def _compare(store: Store, name: str, entry: FileEntry) -> list[str]:
    data = store.read_buffer(name)
    if data.size != entry.bytes:
        return [f"{name} has {data.size} bytes, the manifest says {entry.bytes}"]
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        return [f"{name} does not have the digest of the manifest"]
    return []


def read_arrow(store: Store, run_id: str, name: str, columns: list[str] | None = None) -> pa.Table:
    """A table of a release, or some of its columns, in key order.

    Tables and columns that are newer than the release are included: a table without rows, a column of nulls.
    """
    manifest = read_manifest(store, run_id)
    if name in manifest.tables:
        files = [f"{release_dir(run_id)}/{entry.path}" for entry in manifest.tables[name]]
        parts = [read_rows(store, file, columns) for file in files]
    elif name in RELEASE_NAMES:
        parts = [schema_of(contract_of(name)).empty_table()]
    else:
        raise ReleaseError(manifest.missing_table_message(name))
    table = add_missing(pa.concat_tables(parts).unify_dictionaries(), name, columns)
    unknown = [column for column in columns or () if column not in table.column_names]
    if unknown:
        raise ReleaseError(f"table {name} of release {run_id} has no column {', '.join(unknown)}")
    return table if columns is None else table.select(columns)


def read_table(store: Store, run_id: str, name: str, columns: list[str] | None = None) -> Any:
    """A table of a release as a pandas frame of the types that `convert.py` lists."""
    return from_arrow(read_arrow(store, run_id, name, columns))
