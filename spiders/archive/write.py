"""Recording a crawl to a WARC that others can read, without keys, and without storing the same body twice."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from llmpairs.spiders.archive.http_message import Headers, pack_request, pack_response, print_digest
from llmpairs.spiders.archive.index import ORIGINAL_FILE
from llmpairs.spiders.archive.times import print_moment
from llmpairs.spiders.archive.urls import is_secret_header, redact_url
from llmpairs.spiders.archive.warc import pack_record

SAME_BODY = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and what came back, as it was on the wire but for chunking."""

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
class Earlier:
    """An earlier capture with the same body, which need not be stored again."""

    url: str
    captured_at: str
    payload_digest: str
    file: str
    """The WARC that holds it, as a relative path from the folder that the new WARC will stand in."""
    etag: str | None = None
    """What the server called that version of the page."""
    last_modified: str | None = None
    """When the page had changed last, as the server printed it."""
    path: str | None = None
    """Where the WARC can be read now; None if it cannot."""
    offset: int | None = None
    """Byte of the WARC at which the capture's record starts."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Where an exchange stands in the WARC that is being written."""

    record_id: str
    record_type: str
    offset: int
    payload_digest: str
    earlier: Earlier | None


def read_earlier(path: Path) -> dict[tuple[str, str], Earlier]:
    """Earlier captures by address and payload digest, from JSON lines with the fields of `Earlier`."""
    known: dict[tuple[str, str], Earlier] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            earlier = Earlier(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} line {number}: no earlier capture ({error})") from None
        known[earlier.url, earlier.payload_digest] = earlier
    return known


class Recorder:
    """Writes one WARC: to `<name>.part`, renamed when complete, so that a killed crawl leaves only that."""

    def __init__(
        self,
        target: Path,
        *,
        run_id: str,
        as_of: datetime,
        about: Mapping[str, str],
        earlier: Mapping[tuple[str, str], Earlier] | None = None,
    ) -> None:
        """Start the file with its warcinfo: run_id, as_of and what else is said in `about`."""
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._earlier = earlier or {}
        self._ids: set[str] = set()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._part.open("wb")
        info = {"format": "WARC File Format 1.1", "run_id": run_id, "as_of": print_moment(as_of), **about}
        block = "".join(f"{name}: {value}\r\n" for name, value in info.items()).encode("utf-8")
        fields = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self._new_id(target.name, run_id)),
            ("WARC-Filename", target.name),
            ("WARC-Date", print_moment(as_of)),
            ("Content-Type", "application/warc-fields"),
        ]
        self._write(fields, block)

    def record(self, exchange: Exchange, unchanged: Earlier | None = None) -> Recorded:
        """Write the answer, or a revisit of an earlier one with the same body, and the request.

        `unchanged` is the capture that the server says (304) still holds.
        """
        url = redact_url(exchange.url)
        digest = unchanged.payload_digest if unchanged else print_digest(exchange.body)
        earlier = unchanged or (self._earlier.get((url, digest)) if exchange.status == 200 else None)
        date = print_moment(exchange.captured_at)
        record_id = self._new_id(url, date, digest)
        common = [("WARC-Target-URI", url), ("WARC-Date", date)]
        fields = [
            ("WARC-Type", "revisit" if earlier else "response"),
            ("WARC-Record-ID", record_id),
            *common,
            ("WARC-Payload-Digest", digest),
            *_refer_to(earlier, NOT_MODIFIED if unchanged else SAME_BODY),
            ("Content-Type", "application/http; msgtype=response"),
        ]
        body = b"" if earlier else exchange.body
        offset = self._write(
            fields, pack_response(exchange.protocol, exchange.status, exchange.headers, body)
        )
        fields = [
            ("WARC-Type", "request"),
            ("WARC-Record-ID", self._new_id(record_id, "request")),
            *common,
            ("WARC-Concurrent-To", record_id),
            ("Content-Type", "application/http; msgtype=request"),
        ]
        self._write(fields, _pack_request(url, exchange))
        self._stream.flush()
        return Recorded(
            record_id=record_id,
            record_type="revisit" if earlier else "response",
            offset=offset,
            payload_digest=digest,
            earlier=earlier,
        )

    def close(self) -> Path:
        """Complete the file and give it its name."""
        self._stream.close()
        self._part.replace(self._target)
        return self._target

    def _write(self, fields: Iterable[tuple[str, str]], block: bytes) -> int:
        offset = self._stream.tell()
        with_digest = [*fields, ("WARC-Block-Digest", print_digest(block))]
        self._stream.write(pack_record(with_digest, block))
        return offset

    def _new_id(self, *parts: str) -> str:
        """An id that follows from what the record says, numbered where the same is said twice."""
        number = 0
        while (new := _name_record(*parts, str(number))) in self._ids:
            number += 1
        self._ids.add(new)
        return new


def _name_record(*parts: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, chr(10).join(parts))}>"


def _refer_to(earlier: Earlier | None, profile: str) -> list[tuple[str, str]]:
    if earlier is None:
        return []
    return [
        ("WARC-Profile", profile),
        ("WARC-Refers-To-Target-URI", earlier.url),
        ("WARC-Refers-To-Date", earlier.captured_at),
        (ORIGINAL_FILE, earlier.file),
    ]


def _pack_request(url: str, exchange: Exchange) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [(name, value) for name, value in exchange.request_headers if not is_secret_header(name)]
    headers = (("Host", parts.netloc), *kept)
    return pack_request(exchange.method, target, headers, exchange.request_body)
