"""The lease of a warehouse: one writer at a time, on whichever machine it runs.

`lease/writer.json` names the writer; it is taken, renewed and returned by conditional writes only. A lease keeps
writers from doing work in vain. It is not what keeps a release: that are the conditional writes of `CURRENT` and of
manifests, which hold even where two processes believe to have the lease (docs/adr/0021-one-writer.md).
"""

import json
import logging
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path

from llmpairs.warehouse.conditional import FOLDER, ConditionalWriter, open_conditional
from llmpairs.warehouse.errors import ConflictError, LeaseError, StoreError
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.store import Store

LEASE = f"{FOLDER}writer.json"
LEASE_SECONDS = 900.0
RENEWAL_SECONDS = 180.0
CLOCK_SKEW_SECONDS = 300.0
"""Another host takes a lease only so long after it has expired: clocks may differ by that much."""
POLL_SECONDS = 0.5
_RECORD_BYTES = 1024
"""Length of every record, so that one fits in the place of another on a full disk."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class LeaseRecord:
    """Who has the lease, or had it last."""

    token: int
    """One more for each holder."""
    holder: str
    """Random id of the holder."""
    purpose: str
    user: str
    host: str
    machine: str
    """Identifies what the process id belongs to: host, start of its system, and container."""
    process_id: int
    process_started: float
    """Start of the process, seconds since 1970: process ids are used again."""
    acquired_at: str
    expires_at: str | None
    """None once the lease is returned."""

    def describe(self) -> str:
        """Purpose, user, host and time, for messages."""
        return f"{self.purpose} by {self.user}@{self.host} since {self.acquired_at}"


class Lease:
    """A lease that this process holds; a thread renews it until it is returned or lost."""

    def __init__(self, conditional: ConditionalWriter, record: LeaseRecord, version: str) -> None:
        self._conditional = conditional
        self._version = version
        self._lock = threading.Lock()
        self._returned = threading.Event()
        self.record = record
        self.uses = 1
        """How many blocks of this process are inside the lease."""
        threading.Thread(target=self._keep_renewing, daemon=True).start()

    def renew(self) -> None:
        """Extend the lease; LeaseError when another process has taken it. Call it before anything irreversible."""
        with self._lock:
            try:
                self._write(replace(self.record, expires_at=_expiry()))
            except ConflictError:
                found = self._conditional.read(LEASE)
                taken = read_record(found.data).describe() if found else "somebody who deleted it"
                raise LeaseError(
                    f"the lease of {self.record.purpose} was taken over: {taken}; nothing was changed, run it again"
                ) from None

    def give_back(self) -> None:
        """Return the lease; one that was lost belongs to another."""
        self._returned.set()
        with self._lock:
            try:
                self._write(replace(self.record, expires_at=None))
            except StoreError as error:
                logger.warning("the lease of %s was not returned: %s", self.record.purpose, error)

    def _write(self, record: LeaseRecord) -> None:
        self._version = self._conditional.write(LEASE, write_record(record), self._version)
        self.record = record

    def _keep_renewing(self) -> None:
        while not self._returned.wait(RENEWAL_SECONDS):
            try:
                self.renew()
            except LeaseError as error:
                logger.warning("%s", error)
                return
            except StoreError as error:
                logger.warning("the lease of %s was not renewed yet: %s", self.record.purpose, error)


_held: dict[tuple[int, str], Lease] = {}
"""Leases of this process by process id, which a fork changes, and address."""
_registry = threading.RLock()


@contextmanager
def hold_lease(store: Store, purpose: str, wait_seconds: float = 0.0) -> Iterator[Lease]:
    """Be the writer of the warehouse; LeaseError when another is at work after the wait, in this process too."""
    deadline = time.monotonic() + wait_seconds
    key = (os.getpid(), store.address)
    while True:
        with _registry:
            found = _held[key].record if key in _held else _try_acquire(store, purpose)
            if isinstance(found, Lease):
                _held[key] = found
                break
        if time.monotonic() >= deadline:
            waited = f" after {wait_seconds:.0f} s of waiting" if wait_seconds else ""
            raise LeaseError(f"{found.describe()} is still running on {store.name}{waited}")
        time.sleep(min(POLL_SECONDS, max(deadline - time.monotonic(), 0.0)))
    try:
        yield found
    finally:
        _end_use(key)


@contextmanager
def join_lease(store: Store, purpose: str, wait_seconds: float = 0.0) -> Iterator[Lease]:
    """The lease that this process holds already, else a new one as by `hold_lease`."""
    key = (os.getpid(), store.address)
    with _registry:
        held = _held.get(key)
        if held is not None:
            held.uses += 1
    if held is None:
        with hold_lease(store, purpose, wait_seconds) as lease:
            yield lease
        return
    try:
        yield held
    finally:
        _end_use(key)


def _end_use(key: tuple[int, str]) -> None:
    """Return the lease when its last block ends; a forked process leaves that to the one that took it."""
    if key[0] != os.getpid():
        return
    with _registry:
        lease = _held[key]
        lease.uses -= 1
        if lease.uses:
            return
        del _held[key]
    lease.give_back()


def _try_acquire(store: Store, purpose: str) -> Lease | LeaseRecord:
    """The lease, or the record of its present holder; LeaseError for a second host where only one may write."""
    conditional = open_conditional(store)
    found = conditional.read(LEASE)
    last = read_record(found.data) if found else None
    if not conditional.spans_hosts:
        _check_only_host(store, last)
    if last is not None and not is_free(last):
        return last
    record = _own_record(purpose, last.token + 1 if last else 1)
    try:
        version = conditional.write(LEASE, write_record(record), found.version if found else None)
    except ConflictError:
        found = conditional.read(LEASE)
        return read_record(found.data) if found else record
    return Lease(conditional, record, version)


def _check_only_host(store: Store, last: LeaseRecord | None) -> None:
    """Say that the store keeps only the processes of one host apart; LeaseError on another host than the last."""
    host = platform.node()
    if last is not None and last.host != host:
        raise LeaseError(
            f"{store.name} has no conditional writes, so that only one host may write to it, and {last.host} does: run "
            f"this there, or delete {LEASE} if that host writes no more"
        )
    logger.warning("%s has no conditional writes: only this host, %s, may write to it", store.name, host)


def is_free(record: LeaseRecord) -> bool:
    """Whether a lease was returned, has expired, or was held by a process of this machine that has ended."""
    if record.expires_at is None:
        return True
    if record.machine == machine_id():
        return not _is_running(record)
    return datetime.now(UTC) > datetime.fromisoformat(record.expires_at) + timedelta(seconds=CLOCK_SKEW_SECONDS)


def _is_running(record: LeaseRecord) -> bool:
    """Whether the process of a record on this machine still runs; this one knows what it holds."""
    import psutil  # only where somebody else has been at work

    if record.process_id == os.getpid():
        return any(lease.record.holder == record.holder for lease in _held.values())
    try:
        is_same = abs(psutil.Process(record.process_id).create_time() - record.process_started) < 1.0
        is_dead = psutil.Process(record.process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    return is_same and not is_dead


def machine_id() -> str:
    """Identifies the system whose process ids this process sees: a container and a restart have others."""
    parts = [platform.node()]
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if boot.exists():
        parts += [boot.read_text(encoding="ascii").strip(), str(namespace.readlink())]
    return " ".join(parts)


def describe_user() -> str:
    """The operating user; their number where the system has no name for them."""
    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


def _own_record(purpose: str, token: int) -> LeaseRecord:
    import psutil

    return LeaseRecord(
        token=token,
        holder=uuid.uuid4().hex,
        purpose=purpose[:100],
        user=describe_user(),
        host=platform.node(),
        machine=machine_id(),
        process_id=os.getpid(),
        process_started=psutil.Process().create_time(),
        acquired_at=format_timestamp(datetime.now(UTC).replace(microsecond=0)),
        expires_at=_expiry(),
    )


def _expiry() -> str:
    return format_timestamp(datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS))


def write_record(record: LeaseRecord) -> bytes:
    """A record as JSON of one length."""
    return (json.dumps(asdict(record), indent=1).ljust(_RECORD_BYTES - 1) + "\n").encode()


def read_record(data: bytes) -> LeaseRecord:
    """The record that `write_record` wrote; LeaseError when it is damaged."""
    try:
        return LeaseRecord(**json.loads(data))
    except (ValueError, TypeError) as error:
        raise LeaseError(f"{LEASE} is damaged ({error}): delete it if nothing writes to the warehouse") from error
