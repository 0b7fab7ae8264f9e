"""Manifest of a release: every file with its rows, bytes and digest, and the inputs of the release."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = f"{MANIFEST_NAME}.minisig"
_RUN_ID = re.compile(r"\d{8}T\d{6}Z(-[A-Za-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """One file of a release."""

    path: str
    """Name below the release's folder."""
    rows: int | None
    """Rows of a Parquet file; None for another file."""
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The list of contents and the origin of a release."""

    run_id: str
    as_of: datetime
    """As-of time of the run, UTC."""
    parent_run_id: str | None
    """The release that this one was built on."""
    rules_version: str
    code_version: str
    decisions_digest: str
    """`decisions.decisions_digest` of the decisions that were applied."""
    landings: Mapping[str, str]
    """For each source, the run whose landing was used."""
    tables: Mapping[str, tuple[FileEntry, ...]]
    """Files of each table in key order, as `verify_staged` found them."""
    overrides: tuple[Mapping[str, str], ...] = ()
    """Failed critical checks that a reviewer overrode: the check, and from its decision reason, evidence, decided_by,
    recorded_by and decision_id."""
    contracts_version: str = CONTRACTS_VERSION
    extras: tuple[FileEntry, ...] = ()
    """Files that belong to no table; `write_manifest` sets it."""
    parent_manifest_sha256: str | None = None
    """SHA-256 of the parent's manifest; `write_manifest` sets it. None for a first release, and before it was kept."""

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """Every file of the release but the manifest."""
        return (*(entry for name in sorted(self.tables) for entry in self.tables[name]), *self.extras)

    def rows(self, table: str) -> int:
        """Rows of a table; ReleaseError when the release does not have it."""
        if table not in self.tables:
            raise ReleaseError(self.missing_table_message(table))
        return sum(entry.rows or 0 for entry in self.tables[table])

    def missing_table_message(self, table: str) -> str:
        """Error message for a table that the release does not have."""
        return f"release {self.run_id} has no table {table}; it has {', '.join(sorted(self.tables))}"


_FIELDS = frozenset(field.name for field in fields(Manifest))


def check_run_id(run_id: str) -> str:
    """The id itself, `20260608T235900Z` or that with a suffix; ReleaseError when it is malformed."""
    if not _RUN_ID.fullmatch(run_id):
        raise ReleaseError(f"{run_id!r} is not a run id: expected a time like 20260608T235900Z")
    return run_id


def parse_run_time(run_id: str) -> datetime:
    """The time that a run id starts with, UTC."""
    return datetime.strptime(check_run_id(run_id)[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def run_order(run_id: str) -> tuple[str, int, str]:
    """Sort key of run ids: by time, then by the number in the suffix."""
    time, _, suffix = run_id.partition("-")
    return time, int(suffix) if suffix.isdigit() else 0, suffix


def manifest_to_json(manifest: Manifest) -> bytes:
    """The manifest as JSON: the same manifest gives the same bytes."""
    record = asdict(manifest)
    record["as_of"] = format_timestamp(manifest.as_of)
    record["row_counts"] = {name: manifest.rows(name) for name in manifest.tables}
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def require_readable(contracts_version: int, where: str) -> None:
    """ReleaseError naming `where` for a release of newer contracts than these."""
    if contracts_version > int(CONTRACTS_VERSION):
        raise ReleaseError(
            f"{where} was written by a newer llmpairs (contracts version {contracts_version}, this one reads up to "
            f"{CONTRACTS_VERSION}): upgrade llmpairs"
        )


def manifest_from_json(data: bytes, where: str) -> Manifest:
    """The manifest that `manifest_to_json` wrote; ReleaseError naming `where` when it is damaged or too new."""
    try:
        record: dict[str, Any] = json.loads(data)
        require_readable(int(record["contracts_version"]), where)
        record["as_of"] = datetime.fromisoformat(record["as_of"])
        record["tables"] = {name: _read_entries(entries) for name, entries in record["tables"].items()}
        record["extras"] = _read_entries(record["extras"])
        record["overrides"] = tuple(record.get("overrides", ()))
        return Manifest(**{name: value for name, value in record.items() if name in _FIELDS})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(f"{where} is damaged ({error}): roll back to another release") from error


def _read_entries(entries: list[dict[str, Any]]) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(**entry) for entry in entries)


def format_timestamp(time: datetime) -> str:
    """A UTC time in ISO 8601 with Z; ReleaseError when it has no zone."""
    if time.tzinfo is None:
        raise ReleaseError(f"time {time.isoformat()} has no time zone: give it in UTC")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
