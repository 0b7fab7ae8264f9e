"""Conditional writes: a file is created, or replaced, only if no other process has written it since it was read.

A disk has a lock file in the warehouse, a bucket the headers If-None-Match and If-Match. Where either is missing, a
lock file of this machine gives the same between its processes only (`spans_hosts` is false).
"""

import errno
import getpass
import hashlib
import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from llmpairs.warehouse.errors import ConflictError, StoreError
from llmpairs.warehouse.store import Store, make_folder, open_store

if TYPE_CHECKING:
    from filelock import BaseFileLock
    from obstore import PutMode
    from obstore.store import RetryConfig, S3Config, S3Store

FOLDER = "lease/"
LOCK_FILE = f"{FOLDER}lock"
PROBE = f"{FOLDER}probe"
_ERROR_CODE = re.compile("<Code>([A-Za-z]+)</Code>")
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP}


class Versioned(NamedTuple):
    """Content of a file and the version of it that a replacement names."""

    data: bytes
    version: str


class ConditionalWriter(Protocol):
    """Conditional writes of one warehouse."""

    spans_hosts: bool
    """Whether writers on several hosts are kept apart."""

    def read(self, rel: str) -> Versioned | None:
        """The file and its version; None if it does not exist."""

    def write(self, rel: str, data: bytes, expected: str | None) -> str:
        """Create the file, or replace the `expected` version; returns the new one. ConflictError otherwise."""


def open_conditional(store: Store) -> ConditionalWriter:
    """The conditional writes of a warehouse; a bucket is asked once per process whether it keeps to them."""
    folder = store.local_path("")
    if folder is None:
        return _open_bucket(store.address) or LockedWriter(store, _own_lock(store), False)
    lock = folder / LOCK_FILE
    try:
        has_locks = _can_lock(store, lock)
    except StoreError as error:
        raise StoreError(
            f"the warehouse {store.name} cannot be written ({error}); choose another with --warehouse"
        ) from error
    return LockedWriter(store, lock if has_locks else _own_lock(store), has_locks)


def _can_lock(store: Store, lock: Path) -> bool:
    """Whether the file system of the warehouse has locks; StoreError where nothing can be written."""
    with store.reporting_errors("writing", LOCK_FILE):
        make_folder(lock.parent)
        try:
            with _lock(lock):
                return True
        except NotImplementedError:
            return False
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return False
            raise


def _lock(path: Path) -> "BaseFileLock":
    """The lock of a lock file."""
    from filelock import FileLock  # 0.1 s, which readers do not need, as is the client of buckets below

    return FileLock(path)


def _own_lock(store: Store) -> Path:
    """The lock file of this machine for a warehouse."""
    digest = hashlib.sha256(f"{getpass.getuser()} {store.name}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"llmpairs-{digest}.lock"


class LockedWriter:
    """Conditional writes of the processes that share a lock file; the version of a file is its digest."""

    def __init__(self, store: Store, lock: Path, spans_hosts: bool) -> None:
        self._store = store
        self._lock = lock
        self.spans_hosts = spans_hosts

    def read(self, rel: str) -> Versioned | None:
        """See ConditionalWriter."""
        if not self._store.exists(rel):
            return None
        data = self._store.read_bytes(rel)
        return Versioned(data, hashlib.sha256(data).hexdigest())

    def write(self, rel: str, data: bytes, expected: str | None) -> str:
        """See ConditionalWriter."""
        with self._store.reporting_errors("locking", rel), _lock(self._lock):
            found = self.read(rel)
            version = hashlib.sha256(data).hexdigest()
            if (found.version if found else None) != expected:
                return _settle_conflict(self._store, rel, found, data)
            self._replace(rel, data, found)
        return version

    def _replace(self, rel: str, data: bytes, found: Versioned | None) -> None:
        """Write the file; on a full disk a record of the lease in place, so that `release prune` can still take it."""
        try:
            self._store.write_bytes(rel, data)
        except StoreError as error:
            path = self._store.local_path(rel)
            is_full = isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.ENOSPC
            if not (is_full and rel.startswith(FOLDER) and path and found and len(data) == len(found.data)):
                raise
            with path.open("r+b") as file:
                file.write(data)


class BucketWriter:
    """Conditional writes of a bucket that obeys If-None-Match and If-Match."""

    spans_hosts = True

    def __init__(self, store: Store, client: "S3Store") -> None:
        self._store = store
        self._client = client

    def read(self, rel: str) -> Versioned | None:
        """See ConditionalWriter."""
        import obstore

        with _reporting(self._store, "reading", rel):
            try:
                found = obstore.get(self._client, rel)
                return Versioned(bytes(found.bytes()), str(found.meta["e_tag"]))
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None

    def write(self, rel: str, data: bytes, expected: str | None) -> str:
        """See ConditionalWriter."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with _reporting(self._store, "writing", rel):
            try:
                mode: PutMode = "create" if expected is None else {"e_tag": expected}
                return str(obstore.put(self._client, rel, data, mode=mode, use_multipart=False)["e_tag"])
            except (AlreadyExistsError, PreconditionError):
                return _settle_conflict(self._store, rel, self.read(rel), data)


def _settle_conflict(store: Store, rel: str, found: Versioned | None, data: bytes) -> str:
    """The version of our own write, whose answer was lost and which was sent again; ConflictError for another's."""
    if found is not None and found.data == data:
        return found.version
    raise ConflictError(f"writing {store.name}/{rel}: another process has written it meanwhile")


@contextmanager
def _reporting(store: Store, action: str, rel: str) -> Iterator[None]:
    """Turn errors of the client into a StoreError about `rel`, as other errors of the bucket are."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError, NotImplementedError) as error:
        code = _ERROR_CODE.search(str(error))
        line = code[1] if code else str(error).strip().splitlines()[0][:300]
        with store.reporting_errors(action, rel):
            raise OSError(f"AWS Error {line}") from error


@cache
def _open_bucket(address: str) -> BucketWriter | None:
    """The bucket's conditional writes; None where it ignores or refuses the conditions."""
    store = open_store(address)
    writer = BucketWriter(store, _open_client(store))
    try:
        if writer.read(PROBE) is None:
            writer.write(PROBE, b"", None)
        return None if _accepts(writer, None) or _accepts(writer, f'"{"0" * 32}"') else writer
    except StoreError as error:
        if "NotImplemented" in str(error) or "not implemented" in str(error):
            return None
        raise


def _accepts(writer: BucketWriter, expected: str | None) -> bool:
    """Whether the bucket accepts a write whose condition does not hold."""
    try:
        writer.write(PROBE, uuid.uuid4().bytes, expected)
    except ConflictError:
        return False
    return True


def _open_client(store: Store) -> "S3Store":
    """The client of a bucket, from its address, else the AWS environment."""
    parts = urlsplit(store.address)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    bucket, _, prefix = store.path("").partition("/")
    from obstore.store import S3Store

    scheme, endpoint = options.get("scheme", "https"), options.get("endpoint_override")
    config: S3Config = {"region": store.filesystem.region}
    if endpoint:
        config["endpoint"] = f"{scheme}://{endpoint}"
    if parts.username and parts.password:
        config["access_key_id"], config["secret_access_key"] = unquote(parts.username), unquote(parts.password)
    retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
    return S3Store(
        bucket, prefix=prefix, config=config, client_options={"allow_http": scheme == "http"}, retry_config=retries
    )
