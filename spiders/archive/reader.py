"""Read responses from WARC archives: by request, for a replay, or by recorded position, for a check."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from llmpairs.spiders.archive.http_message import (
    Headers,
    HttpMessage,
    decode_transfer,
    find_digest_mismatch,
    parse_message,
)
from llmpairs.spiders.archive.index import Capture, WarcIndex, index_warc
from llmpairs.spiders.archive.urls import RequestKey, canonical_url, redact_url, request_key
from llmpairs.spiders.archive.warc import (
    ArchiveError,
    DamageError,
    Record,
    RecordPosition,
    find_warcs,
    format_timestamp,
    read_record,
)
from llmpairs.spiders.crawling.causes import ArchiveDamagedError, NotArchivedError


@dataclass(frozen=True, kw_only=True)
class ArchivedResponse:
    """An archived response as it came, and the capture that it belongs to."""

    capture: Capture
    holder: Capture
    """The capture whose record has the body: the original's if `capture` is a revisit."""
    late: bool
    status: int
    headers: Headers
    body: bytes


class Archive:
    """All given WARC files, indexed once. ArchiveError if a path is no archive or a file is no WARC."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.files: dict[Path, WarcIndex] = {}
        self._by_key: dict[RequestKey, list[Capture]] = {}
        self._digests: dict[Path, str] = {}
        self._linked: dict[Path, WarcIndex] = {}
        for path in paths:
            for file in find_warcs(path):
                self._add(file)

    @cached_property
    def damages(self) -> list[str]:
        """One line per damaged file."""
        return [str(index.damage) for index in self.files.values() if index.damage]

    def find(self, method: str, url: str, body: bytes, *, as_of: datetime, accepts_late: bool) -> tuple[Capture, bool]:
        """The capture that answers a request as of a time, and whether it is late.

        The newest not after `as_of`; without one the earliest later capture, if late ones are accepted.
        NotArchivedError, or ArchiveDamagedError where a damaged file may have held it.
        """
        known = self._by_key.get(request_key(method, url, body), [])
        in_time = [capture for capture in known if capture.effective_at <= as_of]
        if in_time:
            return sorted(in_time, key=_age)[-1], False
        if not known:
            raise self._not_found(f"{redact_url(url)} is not in the archive")
        earliest = min(known, key=_age)
        if not accepts_late:
            first, limit = format_timestamp(earliest.captured_at), format_timestamp(as_of)
            raise self._not_found(f"{redact_url(url)} was first archived on {first}, after {limit}")
        return earliest, True

    def holds(self, url: str) -> bool:
        """Whether there is any response to a GET request for the address."""
        return request_key("GET", url, b"") in self._by_key

    def list_members(self, url: str) -> list[str]:
        """Addresses of the members of a packed file that were recorded by themselves, sorted."""
        base = canonical_url(url)
        return sorted({key[1] for key in self._by_key if key[1].startswith(f"{base}#")})

    def read(self, capture: Capture, late: bool) -> ArchivedResponse:
        """The response of a capture, its payload fetched from the original if it is a revisit."""
        record = self._read(capture)
        if capture.record_type == "resource":
            headers: Headers = (("Content-Type", record.field("content-type")),)
            return ArchivedResponse(
                capture=capture, holder=capture, late=late, status=200, headers=headers, body=record.block
            )
        message = parse_message(record.block)
        if capture.record_type != "revisit":
            return _archived_response(capture, capture, late, message, message)
        holder = self._original_of(capture)
        original = parse_message(self._read(holder).block)
        return _archived_response(capture, holder, late, _head_of_revisit(message, original), original)

    def digest_of(self, path: Path) -> str:
        """SHA-256 of a file, computed once."""
        if path not in self._digests:
            self._digests[path] = archive_digest(path)
        return self._digests[path]

    @cached_property
    def _by_record_id(self) -> dict[str, Capture]:
        return {capture.record_id: capture for capture in self._originals() if capture.record_id}

    @cached_property
    def _by_payload(self) -> dict[str, Capture]:
        return {capture.payload_digest: capture for capture in self._originals() if capture.payload_digest}

    def _add(self, file: Path) -> None:
        if file in self.files:
            return
        index = index_warc(file)
        self.files[file] = index
        for capture in index.captures:
            self._by_key.setdefault(capture.key, []).append(capture)

    def _originals(self) -> Iterable[Capture]:
        captures = (capture for index in self.files.values() for capture in index.captures)
        return (capture for capture in captures if capture.record_type != "revisit")

    def _original_of(self, capture: Capture) -> Capture:
        # By address before by digest: another page of the same body has other headers.
        named = self._by_record_id.get(capture.refers_to) or self._original_by_address(capture)
        return named or self._by_payload.get(capture.payload_digest) or self._original_in_linked_file(capture)

    def _original_by_address(self, capture: Capture) -> Capture | None:
        if capture.refers_to_date is None:
            return None
        try:
            known = self._by_key.get(request_key("GET", capture.refers_to_url, b""), [])
        except ValueError:
            return None
        same = (each for each in known if each.captured_at == capture.refers_to_date)
        return next((each for each in same if each.record_type == "response"), None)

    def _original_in_linked_file(self, capture: Capture) -> Capture:
        """The original in the WARC that the revisit names by its path from its own folder."""
        named = capture.original_file
        path = (capture.path.parent / named).resolve() if named.endswith((".warc", ".warc.gz")) else None
        if path and path.is_file():
            if path not in self._linked:
                self._linked[path] = index_warc(path)
            known = (each for each in self._linked[path].captures if each.record_type != "revisit")
            same = [each for each in known if each.payload_digest == capture.payload_digest]
            if same:
                return next((each for each in same if each.key == capture.key), same[0])
        since = format_timestamp(capture.refers_to_date) if capture.refers_to_date else "an earlier run"
        raise self._not_found(
            f"{redact_url(capture.url)} is unchanged since {since}, "
            f"whose record is missing{f' ({named})' if named else ''}; give that archive too"
        )

    def _read(self, capture: Capture) -> Record:
        try:
            record = read_record(capture.path, capture.position)
        except DamageError as error:
            raise ArchiveDamagedError(f"{capture.path.name} at byte {error.offset}: {error}") from None
        return _verified(record, capture.path)

    def _not_found(self, message: str) -> NotArchivedError | ArchiveDamagedError:
        if self.damages:
            return ArchiveDamagedError(f"{message}; {self.damages[0]}")
        return NotArchivedError(message)


@dataclass(frozen=True, kw_only=True)
class RecordReference:
    """The recorded position of a capture's record and, for a revisit, of the record with its body."""

    path: Path
    offset: int
    record_id: str
    body_path: Path | None = None
    body_offset: int | None = None


class RecordReader:
    """Reads responses at recorded positions; indexes a file only where the position does not lead to the record."""

    def __init__(self) -> None:
        self._positions: dict[Path, dict[str, RecordPosition]] = {}

    def read(self, reference: RecordReference) -> tuple[Headers, bytes]:
        """Headers and body of a response, its digests verified. ArchiveDamagedError if it cannot be read."""
        record = self._read(reference.path, reference.offset, reference.record_id)
        if record.field("warc-type") == "resource":
            return (("Content-Type", record.field("content-type")),), record.block
        message = parse_message(record.block)
        if record.field("warc-type") != "revisit":
            return decode_transfer(message, message)
        if reference.body_path is None or reference.body_offset is None:
            raise ArchiveDamagedError(f"{reference.path.name}: the position of the unchanged body is not recorded")
        body = self._read(reference.body_path, reference.body_offset, record.field("warc-payload-digest"))
        original = parse_message(body.block)
        return decode_transfer(_head_of_revisit(message, original), original)

    def _read(self, path: Path, offset: int, name: str) -> Record:
        """The record at the offset, or the one with that id or payload digest if it has moved within the file."""
        try:
            record = self._find(path, offset, name)
        except OSError as error:
            raise ArchiveDamagedError(f"{path.name} cannot be read: {error.strerror}") from None
        except (DamageError, ArchiveError) as error:
            raise ArchiveDamagedError(f"{path.name} at byte {offset}: {error}") from None
        return _verified(record, path)

    def _find(self, path: Path, offset: int, name: str) -> Record:
        try:
            record = read_record(path, RecordPosition(offset))
        except DamageError:
            if name not in self._index(path):
                raise
            return read_record(path, self._index(path)[name])
        if name in ("", record.field("warc-record-id"), record.field("warc-payload-digest")):
            return record
        position = self._index(path).get(name)
        return read_record(path, position) if position else record

    def _index(self, path: Path) -> dict[str, RecordPosition]:
        """Positions by record id and by payload digest: a file packed as a whole has one offset for all."""
        if path not in self._positions:
            captures = index_warc(path).captures
            bodies = [each for each in captures if each.record_type != "revisit"]
            by_id = {each.record_id: each.position for each in captures}
            self._positions[path] = {each.payload_digest: each.position for each in bodies} | by_id
        return self._positions[path]


def archive_as_of(paths: list[Path]) -> datetime | None:
    """The as-of time of archives: the one that our warcinfo states, else the first path's newest capture.

    None if there is no capture at all.
    """
    indexes = [[index_warc(file) for file in find_warcs(path)] for path in paths]
    for of_path in indexes:
        recorded = [index.as_of for index in of_path if index.as_of]
        if recorded:
            return max(recorded)
    return max((capture.captured_at for index in indexes[0] for capture in index.captures), default=None)


def archive_digest(path: Path) -> str:
    """SHA-256 of an archive file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _age(capture: Capture) -> tuple[datetime, datetime]:
    return capture.effective_at, capture.captured_at


def _head_of_revisit(message: HttpMessage, original: HttpMessage) -> HttpMessage:
    """The message with the headers that count: a server-not-modified revisit holds only the 304 of its visit."""
    return original if message.status in (0, 304) else message


def _verified(record: Record, path: Path) -> Record:
    """The record; ArchiveDamagedError if it does not match the digests that it states."""
    mismatch = find_digest_mismatch(record.fields, record.block)
    if mismatch:
        raise ArchiveDamagedError(f"{path.name} at byte {record.position.offset}: {mismatch}")
    return record


def _archived_response(
    capture: Capture, holder: Capture, late: bool, head: HttpMessage, original: HttpMessage
) -> ArchivedResponse:
    headers, body = decode_transfer(head, original)
    return ArchivedResponse(capture=capture, holder=holder, late=late, status=head.status, headers=headers, body=body)
