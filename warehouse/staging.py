"""Staging: a release is written into its folder, read back, and finished by its manifest.

Readers follow `CURRENT` only, so no reader sees an unfinished folder.
"""

import hashlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.conditional import open_conditional
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.convert import conform, from_arrow, is_sorted_by_key, sort_by_key, to_arrow
from llmpairs.warehouse.errors import ConflictError, ReleaseError
from llmpairs.warehouse.manifest import MANIFEST_NAME, FileEntry, Manifest, check_run_id, manifest_to_json
from llmpairs.warehouse.parquet import PartsWriter, open_parts_writer, part_name, read_rows, write_whole
from llmpairs.warehouse.schema import contract_of, schema_of
from llmpairs.warehouse.store import Store
from llmpairs.warehouse.views import VIEWS_NAME, render_release_views

_MAX_PROBLEMS = 5


def release_dir(run_id: str) -> str:
    """The folder of a release; ReleaseError for a malformed id."""
    return f"releases/{check_run_id(run_id)}"


def stage_table(store: Store, run_id: str, table: Table | str, rows: Any) -> str:
    """Write a whole table, a pandas frame or an Arrow table in any row order; returns the file's name.

    ContractError when the rows break the contract. A table that was staged before is replaced.
    """
    contract = contract_of(table)
    _reject_finished(store, run_id)
    is_arrow = isinstance(rows, pa.Table)
    arrow = sort_by_key(conform(rows, contract), contract) if is_arrow else to_arrow(rows, contract)
    store.delete_dir(f"{release_dir(run_id)}/{contract.name}")
    name = part_name(contract, run_id, 0)
    write_whole(store, name, contract, arrow)
    return name


def read_staged(store: Store, run_id: str, name: str) -> Any:
    """A table of a release with or without a manifest, as a pandas frame; StoreError when a file is damaged."""
    files = store.list_files(f"{release_dir(run_id)}/{name}")
    return from_arrow(pa.concat_tables([read_rows(store, file) for file in files]).unify_dictionaries())


def open_parts(
    store: Store, run_id: str, table: Table | str, first_part: int | None = None
) -> AbstractContextManager[PartsWriter]:
    """A writer for a table that is computed in blocks of ascending keys; `next_part()` starts a new file.

    Staged parts of the table are replaced. Tasks that write blocks in parallel each use their own `first_part`,
    which replaces that part only. `verify_staged` checks the order over all parts.
    """
    contract = contract_of(table)
    _reject_finished(store, run_id)
    if first_part is None:
        store.delete_dir(f"{release_dir(run_id)}/{contract.name}")
    return open_parts_writer(store, run_id, contract, first_part or 0)


def is_finished(store: Store, run_id: str) -> bool:
    """Whether a release has its manifest. An empty one is a mark of `discard_unfinished`."""
    name = f"{release_dir(run_id)}/{MANIFEST_NAME}"
    return store.find_sizes([name])[name] > 0


def read_manifest_bytes(store: Store, run_id: str) -> bytes | None:
    """The manifest of a release as it is stored, of a pruned one as pruning kept it; None where there is neither."""
    for name in (f"{release_dir(run_id)}/{MANIFEST_NAME}", f"runs/{run_id}/{MANIFEST_NAME}"):
        if store.find_sizes([name])[name]:
            return store.read_bytes(name)
    return None


def discard_unfinished(store: Store, run_id: str) -> bool:
    """Delete a release folder without a manifest; false, and nothing deleted, when it has one.

    A process that lost its lease unnoticed may still be writing there. An empty manifest, created first and deleted
    last, keeps it from finishing the release; a manifest that it writes after that finds its files missing.
    """
    folder = release_dir(run_id)
    try:
        open_conditional(store).write(f"{folder}/{MANIFEST_NAME}", b"", None)
    except ConflictError:
        return False
    for name in store.list(folder):
        if name.endswith("/"):
            store.delete_dir(f"{folder}/{name.rstrip('/')}")
        elif name != MANIFEST_NAME:
            store.delete_file(f"{folder}/{name}")
    store.delete_dir(folder)
    return True


def _reject_finished(store: Store, run_id: str) -> None:
    if is_finished(store, run_id):
        raise ReleaseError(f"release {run_id} is finished and cannot be changed: use another run id")


def verify_staged(store: Store, run_id: str, tables: Iterable[Table | str]) -> dict[str, tuple[FileEntry, ...]]:
    """Read every file of the tables back and return the entries for the manifest.

    Each file must decode with its checksums, have exactly the contract's schema, metadata included, and ascend
    strictly by key, across parts as well. ReleaseError lists the problems.
    """
    folder = release_dir(run_id)
    found: dict[str, tuple[FileEntry, ...]] = {}
    problems: list[str] = []
    for contract in map(contract_of, tables):
        names = store.list_files(f"{folder}/{contract.name}")
        if not names:
            problems.append(f"table {contract.name} was not staged")
        check = _TableCheck(store, contract, folder)
        found[contract.name] = tuple(check.file(name) for name in names)
        problems += check.problems
    if problems:
        shown = "; ".join(problems[:_MAX_PROBLEMS])
        raise ReleaseError(f"staged release {run_id} is not valid: {shown} ({len(problems)} in all)")
    return found


class _TableCheck:
    """Checks the files of one table in order."""

    def __init__(self, store: Store, contract: Table, folder: str) -> None:
        self._store = store
        self._contract = contract
        self._folder = folder
        self._last_key: pa.Table | None = None
        self.problems: list[str] = []

    def file(self, name: str) -> FileEntry:
        data = self._store.read_buffer(name)
        rows = 0
        try:
            file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
            if not file.schema_arrow.equals(schema_of(self._contract), check_metadata=True):
                self.problems.append(f"{name} does not have the contract's schema")
            for group in range(file.metadata.num_row_groups):
                rows += self._row_group(file.read_row_group(group), name)
        except (OSError, pa.ArrowInvalid) as error:
            self.problems.append(f"{name} cannot be read: {str(error).splitlines()[0]}")
        path = name.removeprefix(f"{self._folder}/")
        return FileEntry(path=path, rows=rows, bytes=data.size, sha256=hashlib.sha256(data).hexdigest())

    def _row_group(self, rows: pa.Table, name: str) -> int:
        keys = rows.select(list(self._contract.key))
        if rows.num_rows:
            joined = keys if self._last_key is None else pa.concat_tables([self._last_key, keys])
            if not is_sorted_by_key(joined, self._contract):
                self.problems.append(f"{name} does not ascend strictly by {', '.join(self._contract.key)}")
            self._last_key = keys.slice(rows.num_rows - 1)
        return int(rows.num_rows)


def write_manifest(store: Store, run_id: str, manifest: Manifest) -> Manifest:
    """Finish a verified release: write its views, then its manifest. Returns the manifest as written."""
    if manifest.run_id != run_id:
        raise ReleaseError(f"the manifest of {manifest.run_id} does not belong to release {run_id}")
    _reject_finished(store, run_id)
    folder = release_dir(run_id)
    views = render_release_views(manifest.as_of, sorted(manifest.tables)).encode()
    store.write_bytes(f"{folder}/{VIEWS_NAME}", views)
    entry = FileEntry(path=VIEWS_NAME, rows=None, bytes=len(views), sha256=hashlib.sha256(views).hexdigest())
    parent = read_manifest_bytes(store, manifest.parent_run_id) if manifest.parent_run_id else None
    digest = None if parent is None else hashlib.sha256(parent).hexdigest()
    finished = replace(manifest, extras=(entry,), parent_manifest_sha256=digest)
    try:
        open_conditional(store).write(f"{folder}/{MANIFEST_NAME}", manifest_to_json(finished), None)
    except ConflictError:
        raise ReleaseError(f"release {run_id} was finished or cleaned away by another process: run it again") from None
    return finished
