"""Record a crawl to a standard WARC: without secrets, and without storing an unchanged body again."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from llmpairs.spiders.archive.http_message import Headers, format_digest, pack_request, pack_response
from llmpairs.spiders.archive.index import ORIGINAL_FILE
from llmpairs.spiders.archive.previous import PreviousCapture
from llmpairs.spiders.archive.urls import is_secret_header, redact_url
from llmpairs.spiders.archive.warc import format_timestamp, pack_record

SAME_BODY = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its response, as they were on the wire except for chunking."""

    url: str
    captured_at: datetime
    status: int
    headers: Headers
    body: bytes
    protocol: str = "HTTP/1.1"
    method: str = "GET"
    request_headers: Headers = ()
    request_body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class RecordedExchange:
    """Where an exchange was written in the new WARC."""

    record_id: str
    record_type: str
    offset: int
    payload_digest: str
    previous: PreviousCapture | None
    """The capture that holds the body, if the record is a revisit."""


class Recorder:
    """Writes one WARC to `<name>.part` and renames it when complete, so a killed crawl leaves only the part."""

    def __init__(
        self,
        target: Path,
        *,
        run_id: str,
        as_of: datetime,
        about: Mapping[str, str],
        previous: Mapping[tuple[str, str], PreviousCapture] | None = None,
    ) -> None:
        """Start the file with a warcinfo record: run_id, as_of and the fields of `about`."""
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._previous = previous or {}
        self._ids: set[str] = set()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._part.open("wb")
        info = {"format": "WARC File Format 1.1", "run_id": run_id, "as_of": format_timestamp(as_of), **about}
        block = "".join(f"{name}: {value}\r\n" for name, value in info.items()).encode("utf-8")
        fields = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self._new_id(target.name, run_id)),
            ("WARC-Filename", target.name),
            ("WARC-Date", format_timestamp(as_of)),
            ("Content-Type", "application/warc-fields"),
        ]
        self._write(fields, block)

    def record(self, exchange: Exchange, unchanged: PreviousCapture | None = None) -> RecordedExchange:
        """Write the request and its response, or a revisit of a previous capture with the same body.

        `unchanged` is the capture that the server confirmed with a 304.
        """
        url = redact_url(exchange.url)
        digest = unchanged.payload_digest if unchanged else format_digest(exchange.body)
        previous = unchanged or (self._previous.get((url, digest)) if exchange.status == 200 else None)
        date = format_timestamp(exchange.captured_at)
        record_id = self._new_id(url, date, digest)
        common = [("WARC-Target-URI", url), ("WARC-Date", date)]
        fields = [
            ("WARC-Type", "revisit" if previous else "response"),
            ("WARC-Record-ID", record_id),
            *common,
            ("WARC-Payload-Digest", digest),
            *_revisit_fields(previous, NOT_MODIFIED if unchanged else SAME_BODY),
            ("Content-Type", "application/http; msgtype=response"),
        ]
        body = b"" if previous else exchange.body
        offset = self._write(fields, pack_response(exchange.protocol, exchange.status, exchange.headers, body))
        fields = [
            ("WARC-Type", "request"),
            ("WARC-Record-ID", self._new_id(record_id, "request")),
            *common,
            ("WARC-Concurrent-To", record_id),
            ("Content-Type", "application/http; msgtype=request"),
        ]
        self._write(fields, _pack_request(url, exchange))
        self._stream.flush()
        return RecordedExchange(
            record_id=record_id,
            record_type="revisit" if previous else "response",
            offset=offset,
            payload_digest=digest,
            previous=previous,
        )

    def close(self) -> Path:
        """Complete the file and give it its final name."""
        self._stream.close()
        self._part.replace(self._target)
        return self._target

    def _write(self, fields: Iterable[tuple[str, str]], block: bytes) -> int:
        offset = self._stream.tell()
        with_digest = [*fields, ("WARC-Block-Digest", format_digest(block))]
        self._stream.write(pack_record(with_digest, block))
        return offset

    def _new_id(self, *parts: str) -> str:
        """A record id derived from the record's content, numbered where the content repeats."""
        number = 0
        while (new := f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, chr(10).join((*parts, str(number))))}>") in self._ids:
            number += 1
        self._ids.add(new)
        return new


def _revisit_fields(previous: PreviousCapture | None, profile: str) -> list[tuple[str, str]]:
    if previous is None:
        return []
    return [
        ("WARC-Profile", profile),
        ("WARC-Refers-To-Target-URI", previous.url),
        ("WARC-Refers-To-Date", previous.captured_at),
        (ORIGINAL_FILE, previous.file),
    ]


def _pack_request(url: str, exchange: Exchange) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [(name, value) for name, value in exchange.request_headers if not is_secret_header(name)]
    headers = (("Host", parts.netloc), *kept)
    return pack_request(exchange.method, target, headers, exchange.request_body)
