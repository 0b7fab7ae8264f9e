"""Previous captures: what makes a request conditional, and what a 304 or an unchanged body refers to."""

import json
from dataclasses import dataclass
from pathlib import Path

from llmpairs.spiders.archive.http_message import Headers, decode_transfer, parse_message, verify_digest
from llmpairs.spiders.archive.warc import DamageError, RecordPosition, read_record


@dataclass(frozen=True, kw_only=True)
class PreviousCapture:
    """A capture of a previous run; a body equal to its own is not stored again."""

    url: str
    captured_at: str
    payload_digest: str
    file: str
    """The WARC that holds it, as a relative path from the folder of the new WARC."""
    etag: str | None = None
    """The ETag that the server sent."""
    last_modified: str | None = None
    """The Last-Modified that the server sent, as printed."""
    path: str | None = None
    """Where the WARC can be read now; None if it cannot."""
    offset: int | None = None
    """Byte of the WARC at which the capture's record starts."""


PreviousCaptures = dict[tuple[str, str], PreviousCapture]
"""Previous captures by address and payload digest."""


@dataclass(frozen=True, kw_only=True)
class CachedResponse:
    """The stored response of a previous capture, with the headers that make a request conditional on it."""

    previous: PreviousCapture
    headers: Headers
    body: bytes

    @property
    def conditions(self) -> Headers:
        """If-None-Match and If-Modified-Since, as far as the server sent an ETag or a Last-Modified."""
        validators = {"If-None-Match": self.previous.etag, "If-Modified-Since": self.previous.last_modified}
        return tuple((name, value) for name, value in validators.items() if value)


def load_previous_captures(path: Path) -> PreviousCaptures:
    """Previous captures from JSON lines with the fields of `PreviousCapture`; ValueError names the bad line."""
    known: PreviousCaptures = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            previous = PreviousCapture(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} line {number}: not a previous capture ({error})") from None
        known[previous.url, previous.payload_digest] = previous
    return known


def load_cached_response(previous: PreviousCapture) -> CachedResponse | None:
    """The stored response of a previous capture; None if the page must be requested unconditionally.

    That is so without an ETag or Last-Modified, and where the archive no longer holds a body with the capture's
    digest: a 304 would then leave nothing to parse.
    """
    if previous.path is None or previous.offset is None or not (previous.etag or previous.last_modified):
        return None
    try:
        record = read_record(Path(previous.path), RecordPosition(previous.offset))
    except (OSError, DamageError):
        return None
    message = parse_message(record.block)
    if record.field("warc-type") != "response" or message.status != 200:
        return None
    bodies = (message.body, message.payload())
    if not any(verify_digest(previous.payload_digest, body) for body in bodies):
        return None
    headers, body = decode_transfer(message, message)
    return CachedResponse(previous=previous, headers=headers, body=body)
