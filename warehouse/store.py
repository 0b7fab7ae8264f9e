"""Storage of a warehouse: a local folder or an s3:// prefix, behind one set of methods.

All names are relative to the warehouse and joined by '/'. Failures become a StoreError of one line: what failed,
where, and what to do.
"""

import errno
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as pf

from llmpairs.warehouse.errors import StoreError

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_PERMANENT = {
    ("NO_SUCH_BUCKET", "NoSuchBucket"): "the bucket does not exist: create it first",
    (
        "ACCESS_DENIED",
        "AccessDenied",
        "INVALID_ACCESS_KEY_ID",
        "InvalidAccessKeyId",
        "SIGNATURE_DOES_NOT_MATCH",
        "SignatureDoesNotMatch",
    ): "the bucket refuses these credentials: check the AWS environment",
}
"""Errors of a bucket that a retry does not fix, and what to do about them."""


def open_store(uri: str | Path) -> "Store":
    """The warehouse at a path or an `s3://bucket/prefix?endpoint_override=...&scheme=...&region=...` address.

    Credentials come from the address or the AWS environment. Nothing is created yet. StoreError for any other
    address.
    """
    address = str(uri)
    scheme = urlsplit(address).scheme if "://" in address else ""
    if scheme in ("", "file"):
        path = Path(urlsplit(address).path if scheme else address).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise StoreError(f"warehouse {path} is a file: name a folder or an s3:// address")
        return Store(pf.LocalFileSystem(), path.as_posix(), path.as_posix(), path)
    if scheme != "s3":
        raise StoreError(
            f"warehouse {_public(address)}: {scheme}:// is not supported: name a folder or an s3:// address"
        )
    if not urlsplit(address).netloc:
        raise StoreError(f"warehouse {_public(address)} names no bucket: s3://bucket/prefix")
    try:
        filesystem, root = pf.FileSystem.from_uri(address)
    except (OSError, ValueError, NotImplementedError) as error:
        cause = _first_line(error).replace(address, _public(address))
        raise StoreError(f"warehouse {_public(address)}: {cause}") from None
    return Store(filesystem, root.rstrip("/"), address, None)


def _public(address: str) -> str:
    """The address without credentials and options; a secret may contain an unescaped slash."""
    scheme, _, rest = address.partition("?")[0].partition("://")
    before, at, after = rest.rpartition("@")
    return f"{scheme}://{after if at and ':' in before else rest}".rstrip("/")


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:300] if lines else type(error).__name__


class Store:
    """One warehouse's files."""

    def __init__(self, filesystem: pf.FileSystem, root: str, address: str, folder: Path | None) -> None:
        self.filesystem = filesystem
        self.address = address
        """The address with its options and credentials; never shown."""
        self.name = address if folder is not None else _public(address)
        """The address for people, without credentials."""
        self._root = root
        self._folder = folder

    def __repr__(self) -> str:
        return f"Store({self.name!r})"

    def path(self, rel: str) -> str:
        """The name as a path of `filesystem`; StoreError when it is outside the warehouse."""
        if rel.startswith("/") or ".." in rel.split("/"):
            raise StoreError(f"{rel!r} is not a name inside the warehouse {self.name}")
        return f"{self._root}/{rel}" if rel else self._root

    def local_path(self, rel: str) -> Path | None:
        """The path on this machine, or None in a bucket."""
        self.path(rel)
        return None if self._folder is None else self._folder / rel

    def fetch_local(self, rel: str, folder: Path) -> Path | None:
        """Local path of a file; a file in a bucket is fetched into `folder`. None if it does not exist."""
        if not self.exists(rel):
            return None
        path = self.local_path(rel)
        if path is None:
            path = folder / rel
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read_bytes(rel))
        return path

    @contextmanager
    def reporting_errors(self, action: str, rel: str) -> Iterator[None]:
        """Turn any OSError inside into a StoreError about `rel`."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{action} {self.name}/{rel}: {_cause(error)}", is_transient=is_transient(error)
            ) from error

    def exists(self, rel: str) -> bool:
        """Whether there is a file or folder of that name."""
        with self.reporting_errors("looking for", rel):
            return bool(self.filesystem.get_file_info(self.path(rel)).type != pf.FileType.NotFound)

    def read_bytes(self, rel: str) -> bytes:
        """The whole file."""
        with (
            self.reporting_errors("reading", rel),
            self.filesystem.open_input_stream(self.path(rel), compression=None) as file,
        ):
            return bytes(file.read())

    def read_buffer(self, rel: str) -> pa.Buffer:
        """The whole file; mapped into memory where it is local."""
        with self.reporting_errors("reading", rel):
            if self._folder is not None and (self._folder / rel).stat().st_size:
                return pa.memory_map((self._folder / rel).as_posix()).read_buffer()
            return pa.py_buffer(self.read_bytes(rel))

    def open_input(self, rel: str) -> Any:
        """A file opened for random access; close it after use."""
        with self.reporting_errors("reading", rel):
            return self.filesystem.open_input_file(self.path(rel))

    def write_bytes(self, rel: str, data: bytes | pa.Buffer) -> None:
        """Write a file atomically: readers see the old content or the new."""
        with self.reporting_errors("writing", rel):
            if self._folder is not None:
                _replace(self._folder / rel, data)
                return
            with tempfile.TemporaryDirectory(prefix="llmpairs-") as folder:
                whole = Path(folder) / "object"
                whole.write_bytes(data)
                self._put(whole, rel)

    def _put(self, local: Path, rel: str) -> None:
        """Upload a file in one call of Arrow.

        A stream that an exception closes, such as Ctrl-C, leaves a truncated object that looks complete
        (pyarrow 26).
        """
        pf.copy_files(
            local.as_posix(),
            self.path(rel),
            source_filesystem=pf.LocalFileSystem(),
            destination_filesystem=self.filesystem,
        )

    @contextmanager
    def open_output(self, rel: str) -> Iterator[Any]:
        """A file that is written in pieces, synced to disk when the block ends; readers may see it incomplete."""
        with self.reporting_errors("writing", rel):
            if self._folder is not None:
                make_folder((self._folder / rel).parent)
            with self.filesystem.open_output_stream(self.path(rel), compression=None) as file:
                yield file
            if self._folder is not None:
                _sync(self._folder / rel)
                _sync((self._folder / rel).parent)

    def sync_folders(self, folders: Iterable[str]) -> None:
        """Wait until the entries of these folders are on disk; a bucket has nothing to wait for."""
        for rel in folders if self._folder is not None else ():
            with self.reporting_errors("syncing", rel):
                _sync(Path(self.path(rel)))

    def copy_in(self, local: Path, rel: str) -> None:
        """Copy a local file into the warehouse."""
        with self.reporting_errors(f"copying {local} to", rel):
            if self._folder is not None:
                _replace(self._folder / rel, local)
            else:
                self._put(local, rel)

    def list_files(self, rel: str = "") -> "list[str]":
        """Every file below a folder, as sorted names relative to the warehouse; none if there is no folder."""
        return sorted(self.list_sizes(rel))

    def list_sizes(self, rel: str = "") -> "dict[str, int]":
        """Bytes of every file below a folder, by its name relative to the warehouse."""
        with self.reporting_errors("listing", rel):
            selector = pf.FileSelector(self.path(rel), recursive=True, allow_not_found=True)
            found = [info for info in self.filesystem.get_file_info(selector) if info.is_file]
        return {info.path[len(self._root) + 1 :]: info.size for info in found}

    def find_sizes(self, names: Iterable[str]) -> "dict[str, int]":
        """Bytes of these files by name; 0 for one that does not exist."""
        wanted = [*names]
        with self.reporting_errors("looking for", ", ".join(wanted[:1])):
            found = self.filesystem.get_file_info([self.path(name) for name in wanted])
        return {name: info.size or 0 for name, info in zip(wanted, found, strict=True)}

    def delete_file(self, rel: str) -> None:
        """Delete a file; StoreError if it does not exist."""
        with self.reporting_errors("deleting", rel):
            self.filesystem.delete_file(self.path(rel))

    def delete_dir(self, rel: str) -> None:
        """Delete a folder and everything below it; does nothing if it does not exist."""
        if not rel:
            raise StoreError(f"refusing to delete the whole warehouse {self.name}")
        with self.reporting_errors("deleting", rel):
            if self.exists(rel):
                self.filesystem.delete_dir(self.path(rel))

    def delete_temporary_files(self, folders: Iterable[str]) -> "list[str]":
        """Delete temporary files of killed writers at the top and anywhere below these folders.

        Returns their names; a bucket has none. The caller ensures that no process is writing there.
        """
        if self._folder is None:
            return []
        with self.reporting_errors("cleaning", ""):
            hidden = [*self._folder.glob(".*"), *(p for name in folders for p in (self._folder / name).rglob(".*"))]
            left = sorted(path for path in hidden if _TEMPORARY.fullmatch(path.name))
            for path in left:
                path.unlink(missing_ok=True)
            return [path.relative_to(self._folder).as_posix() for path in left]

    def list(self, rel: str = "") -> "list[str]":
        """Names directly below a folder, sorted; folders end in '/'. None if there is no folder."""
        with self.reporting_errors("listing", rel):
            selector = pf.FileSelector(self.path(rel), allow_not_found=True)
            found = self.filesystem.get_file_info(selector)
        return sorted(info.base_name if info.is_file else f"{info.base_name}/" for info in found)


def _replace(path: Path, data: bytes | pa.Buffer | Path) -> None:
    """Write bytes, or a copy of a file, to a temporary file, sync it and rename it over the target."""
    make_folder(path.parent)
    temporary = temporary_path(path)
    try:
        if isinstance(data, Path):
            shutil.copyfile(data, temporary)
        else:
            temporary.write_bytes(data)
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)


def temporary_path(path: Path) -> Path:
    """Temporary name to write under before `path` is replaced; recognisable when a killed writer leaves it behind."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}")


def make_folder(path: Path) -> None:
    """Make a folder and those above it, and sync each new entry: a power cut takes no file with its folder."""
    if not path.exists():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        _sync(path.parent)


def _sync(path: Path) -> None:
    """Sync a written file, or a folder's entries, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cause(error: OSError) -> str:
    text = _first_line(error)
    if error.errno in _FULL:
        return "the disk is full: free some space (`llmpairs release prune`) and run again"
    if error.errno in _FORBIDDEN:
        return "not allowed: check the permissions of the folder, or name another warehouse"
    for codes, cause in _PERMANENT.items():
        if any(code in text for code in codes):
            return cause
    if isinstance(error, FileNotFoundError):
        return "not found"
    return text


def is_transient(error: OSError) -> bool:
    """Whether a retry may succeed: a bucket that did not answer, or that throttles."""
    text = _first_line(error)
    return "AWS Error" in text and not any(code in text for codes in _PERMANENT for code in codes)
