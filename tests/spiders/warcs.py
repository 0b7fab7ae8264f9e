"""Archives made by hand, of other makes and of our own."""

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from llmpairs.spiders.archive import Archive, Recorder, parse_timestamp
from llmpairs.spiders.archive.previous import PreviousCapture
from llmpairs.spiders.archive.recorder import Exchange

URL = "https://models.example/api.json"
AS_OF = parse_timestamp("2026-05-18T23:59:00Z")
Fill = Callable[[WARCWriter], None]


def write(path: Path, fill: Fill, *, packed: bool = True, version: str = "1.1") -> Path:
    """A WARC written by warcio, an implementation that is not ours."""
    with path.open("wb") as stream:
        fill(WARCWriter(stream, gzip=packed, warc_version=version))
    return path


def answer(
    body: bytes = b'{"a": 1}',
    *,
    url: str = URL,
    date: str = "2026-05-18T20:00:00Z",
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),),
    status: str = "200 OK",
) -> Fill:
    """A response record."""

    def fill(writer: WARCWriter) -> None:
        head = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        named = {"WARC-Date": date}
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict=named
        )
        writer.write_record(record)

    return fill


def both(*fills: Fill) -> Fill:
    def fill(writer: WARCWriter) -> None:
        for each in fills:
            each(writer)

    return fill


def ask(
    *paths: Path,
    url: str = URL,
    method: str = "GET",
    body: bytes = b"",
    as_of: datetime = AS_OF,
    accepts_late: bool = False,
) -> tuple[bytes, bool]:
    """Body of the answer, and whether it is late."""
    archive = Archive(paths)
    capture, late = archive.find(method, url, body, as_of=as_of, accepts_late=accepts_late)
    return archive.read(capture, late).body, late


def record(
    folder: Path,
    name: str,
    run: str,
    as_of: str,
    *exchanges: Exchange,
    previous: Mapping[tuple[str, str], PreviousCapture] | None = None,
) -> Path:
    """A WARC of our own."""
    recorder = Recorder(
        folder / name, run_id=run, as_of=parse_timestamp(as_of), about={"source": "x"}, previous=previous
    )
    for each in exchanges:
        recorder.record(each)
    return recorder.close()


def exchange(body: bytes = b'{"a": 1}', date: str = "2026-05-18T23:59:30Z", **more: object) -> Exchange:
    headers = (("Content-Type", "application/json"),)
    known = {"url": URL, "status": 200, "headers": headers, **more}
    return Exchange(captured_at=parse_timestamp(date), body=body, **known)  # type: ignore[arg-type]
