"""Archives that answer requests: which capture serves a night, and what it holds."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from llmpairs.spiders.archive.http_message import (
    Headers,
    Message,
    find_wrong_digests,
    read_message,
    undo_transfer,
)
from llmpairs.spiders.archive.index import Capture, WarcIndex, index_warc
from llmpairs.spiders.archive.times import print_moment
from llmpairs.spiders.archive.urls import RequestKey, redact_url, request_key
from llmpairs.spiders.archive.warc import ArchiveError, DamageError, Record, find_warcs, read_record
from llmpairs.spiders.crawling.causes import ArchiveDamagedError, NotArchivedError


@dataclass(frozen=True, kw_only=True)
class Archived:
    """An archived answer: the response as it came, and which capture it is."""

    capture: Capture
    holder: Capture
    """Whose record has the body: the capture's own, or the original's if it is a revisit."""
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
        self._beside: dict[Path, WarcIndex] = {}
        for path in paths:
            for file in find_warcs(path):
                self._add(file)

    @cached_property
    def damages(self) -> list[str]:
        """One line per damaged file."""
        return [str(index.damage) for index in self.files.values() if index.damage]

    def find(
        self, method: str, url: str, body: bytes, *, as_of: datetime, accepts_late: bool
    ) -> tuple[Capture, bool]:
        """The capture that answers a request on the night of `as_of`, and whether it is late.

        The newest not after `as_of`; failing that the earliest later one, if that is acceptable.
        NotArchivedError, or ArchiveDamagedError where a damaged file may have held it.
        """
        known = self._by_key.get(request_key(method, url, body), [])
        in_time = [capture for capture in known if capture.moment <= as_of]
        if in_time:
            return sorted(in_time, key=_age)[-1], False
        if not known:
            raise self._miss(f"{redact_url(url)} is not in the archive")
        earliest = min(known, key=_age)
        if not accepts_late:
            first, night = print_moment(earliest.captured_at), print_moment(as_of)
            raise self._miss(f"{redact_url(url)} was first archived on {first}, after {night}")
        return earliest, True

    def read(self, capture: Capture, late: bool) -> Archived:
        """The response of a capture, its payload fetched from the original if it is a revisit."""
        record = self._read(capture)
        if capture.record_type == "resource":
            headers: Headers = (("Content-Type", record.field("content-type")),)
            return Archived(
                capture=capture, holder=capture, late=late, status=200, headers=headers, body=record.block
            )
        message = read_message(record.block)
        if capture.record_type != "revisit":
            return _archived(capture, capture, late, message, message)
        holder = self._original_of(capture)
        original = read_message(self._read(holder).block)
        # A server-not-modified revisit holds the 304 of the second visit, not the answer.
        head = original if message.status in (0, 304) else message
        return _archived(capture, holder, late, head, original)

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
        return named or self._by_payload.get(capture.payload_digest) or self._original_beside(capture)

    def _original_by_address(self, capture: Capture) -> Capture | None:
        if capture.refers_to_date is None:
            return None
        try:
            known = self._by_key.get(request_key("GET", capture.refers_to_url, b""), [])
        except ValueError:
            return None
        same = (each for each in known if each.captured_at == capture.refers_to_date)
        return next((each for each in same if each.record_type == "response"), None)

    def _original_beside(self, capture: Capture) -> Capture:
        """The original in the WARC that the revisit names by its path from its own folder."""
        named = capture.original_file
        path = (capture.path.parent / named).resolve() if named.endswith((".warc", ".warc.gz")) else None
        if path and path.is_file():
            if path not in self._beside:
                self._beside[path] = index_warc(path)
            known = (each for each in self._beside[path].captures if each.record_type != "revisit")
            same = [each for each in known if each.payload_digest == capture.payload_digest]
            if same:
                return next((each for each in same if each.key == capture.key), same[0])
        since = print_moment(capture.refers_to_date) if capture.refers_to_date else "an earlier night"
        raise self._miss(
            f"{redact_url(capture.url)} is unchanged since {since}, "
            f"whose record is missing{f' ({named})' if named else ''}; give that archive too"
        )

    def _read(self, capture: Capture) -> Record:
        try:
            record = read_record(capture.path, capture.place)
        except DamageError as error:
            raise ArchiveDamagedError(f"{capture.path.name} at byte {error.offset}: {error}") from None
        wrong = find_wrong_digests(record.fields, record.block)
        if wrong:
            raise ArchiveDamagedError(f"{capture.path.name} at byte {capture.place.offset}: {wrong}")
        return record

    def _miss(self, message: str) -> NotArchivedError | ArchiveDamagedError:
        if self.damages:
            return ArchiveDamagedError(f"{message}; {self.damages[0]}")
        return NotArchivedError(message)


def archive_as_of(paths: list[Path]) -> datetime | None:
    """The moment of the night that archives hold: what our own warcinfo says, else the first path's newest capture.

    None if there is no capture at all.
    """
    indexes = [[index_warc(file) for file in find_warcs(path)] for path in paths]
    for of_path in indexes:
        ours = [index.as_of for index in of_path if index.as_of]
        if ours:
            return max(ours)
    return max((capture.captured_at for index in indexes[0] for capture in index.captures), default=None)


def archive_digest(path: Path) -> str:
    """SHA-256 of an archive file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _age(capture: Capture) -> tuple[datetime, datetime]:
    return capture.moment, capture.captured_at


def _archived(capture: Capture, holder: Capture, late: bool, head: Message, original: Message) -> Archived:
    headers, body = undo_transfer(head, original)
    return Archived(capture=capture, holder=holder, late=late, status=head.status, headers=headers, body=body)


__all__ = ["Archive", "ArchiveError", "Archived", "archive_as_of", "archive_digest"]
