"""Earlier answers that a server may call unchanged: what to ask it with, and what they held."""

from dataclasses import dataclass
from pathlib import Path

from llmpairs.spiders.archive.http_message import Headers, check_digest, read_message, undo_transfer
from llmpairs.spiders.archive.warc import DamageError, Place, read_record
from llmpairs.spiders.archive.write import Earlier


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An earlier answer that is at hand."""

    earlier: Earlier
    headers: Headers
    body: bytes

    @property
    def conditions(self) -> Headers:
        """The headers of a request that wants the page only if it has changed since."""
        asked = {"If-None-Match": self.earlier.etag, "If-Modified-Since": self.earlier.last_modified}
        return tuple((name, value) for name, value in asked.items() if value)


def read_kept(earlier: Earlier) -> Kept | None:
    """The earlier answer; None if the page is to be asked for as if for the first time.

    That is so where the server named no version of it, and where its archive no longer holds the body that the
    capture's digest stands for: a 304 would then leave us with nothing.
    """
    if earlier.path is None or earlier.offset is None or not (earlier.etag or earlier.last_modified):
        return None
    try:
        record = read_record(Path(earlier.path), Place(earlier.offset))
    except (OSError, DamageError):
        return None
    message = read_message(record.block)
    if record.field("warc-type") != "response" or message.status != 200:
        return None
    bodies = (message.body, message.payload())
    if not any(check_digest(earlier.payload_digest, body) for body in bodies):
        return None
    headers, body = undo_transfer(message, message)
    return Kept(earlier=earlier, headers=headers, body=body)
