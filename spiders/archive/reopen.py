"""One archived answer by the place that was noted for it, without reading its archive from end to end."""

from dataclasses import dataclass
from pathlib import Path

from llmpairs.spiders.archive.http_message import Headers, find_wrong_digests, read_message, undo_transfer
from llmpairs.spiders.archive.index import index_warc
from llmpairs.spiders.archive.warc import ArchiveError, DamageError, Place, Record, read_record
from llmpairs.spiders.crawling.causes import ArchiveDamagedError


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Where a capture's record stands, and where its body does if the record only says that it is unchanged."""

    path: Path
    offset: int
    record_id: str
    body_path: Path | None = None
    body_offset: int | None = None


class Reopener:
    """Reads records at noted places; a file is indexed only where a place alone does not lead to the record."""

    def __init__(self) -> None:
        self._places: dict[Path, dict[str, Place]] = {}

    def open(self, noted: Noted) -> tuple[Headers, bytes]:
        """Headers and body of an answer, its own digests checked. ArchiveDamagedError if it is no longer there."""
        record = self._read(noted.path, noted.offset, noted.record_id)
        if record.field("warc-type") == "resource":
            return (("Content-Type", record.field("content-type")),), record.block
        message = read_message(record.block)
        if record.field("warc-type") != "revisit":
            return undo_transfer(message, message)
        if noted.body_path is None or noted.body_offset is None:
            raise ArchiveDamagedError(f"{noted.path.name}: where the unchanged body stands was not noted")
        body = self._read(noted.body_path, noted.body_offset, record.field("warc-payload-digest"))
        original = read_message(body.block)
        # A server-not-modified revisit holds the 304 of the second visit, not the answer.
        return undo_transfer(original if message.status in (0, 304) else message, original)

    def _read(self, path: Path, offset: int, name: str) -> Record:
        """The record at the offset, or the one of that id or payload digest where it stands elsewhere by now."""
        try:
            record = self._find(path, offset, name)
        except OSError as error:
            raise ArchiveDamagedError(f"{path.name} cannot be read: {error.strerror}") from None
        except (DamageError, ArchiveError) as error:
            raise ArchiveDamagedError(f"{path.name} at byte {offset}: {error}") from None
        wrong = find_wrong_digests(record.fields, record.block)
        if wrong:
            raise ArchiveDamagedError(f"{path.name} at byte {record.place.offset}: {wrong}")
        return record

    def _find(self, path: Path, offset: int, name: str) -> Record:
        try:
            record = read_record(path, Place(offset))
        except DamageError:
            if name not in self._index(path):
                raise
            return read_record(path, self._index(path)[name])
        if name in ("", record.field("warc-record-id"), record.field("warc-payload-digest")):
            return record
        place = self._index(path).get(name)
        return read_record(path, place) if place else record

    def _index(self, path: Path) -> dict[str, Place]:
        """Places by record id and by payload digest: a file that is packed as a whole has one offset for all."""
        if path not in self._places:
            captures = index_warc(path).captures
            bodies = [each for each in captures if each.record_type != "revisit"]
            by_id = {each.record_id: each.place for each in captures}
            self._places[path] = {each.payload_digest: each.place for each in bodies} | by_id
        return self._places[path]
