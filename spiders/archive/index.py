"""Index WARC files: their captures by request, the run that recorded them, and their damage."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from llmpairs.spiders.archive.http_message import parse_message
from llmpairs.spiders.archive.urls import RequestKey, request_key
from llmpairs.spiders.archive.warc import (
    Damage,
    DamageError,
    Record,
    RecordPosition,
    parse_timestamp,
    read_fields,
    read_records,
)

ORIGINAL_FILE = "llmpairs-original-file"
RESPONSE_TYPES = ("response", "resource", "revisit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One archived response and its position."""

    path: Path
    position: RecordPosition
    record_id: str
    record_type: str
    key: RequestKey
    url: str
    captured_at: datetime
    effective_at: datetime
    """The as_of of the run that recorded it, else its own time."""
    sample: bool
    payload_digest: str
    refers_to: str
    refers_to_url: str
    refers_to_date: datetime | None
    original_file: str
    concurrent_to: str


@dataclass(frozen=True, kw_only=True)
class WarcIndex:
    """One file: its captures in file order, the run that its warcinfo names, and its damage."""

    path: Path
    captures: tuple[Capture, ...]
    run_id: str | None
    as_of: datetime | None
    damage: Damage | None


def index_warc(path: Path) -> WarcIndex:
    """Read a file once from end to end. ArchiveError if it is no WARC at all."""
    captures: list[Capture] = []
    requests: dict[str, tuple[str, bytes]] = {}
    info: dict[str, str] = {}
    damage = None
    count = 0
    try:
        for record in read_records(path):
            kind = record.field("warc-type")
            if kind == "warcinfo":
                info = info or read_fields(record.block)
            elif kind == "request":
                _add_request(record, requests)
            elif kind in RESPONSE_TYPES:
                captures.extend(_captures(path, record))
            count += 1
    except DamageError as error:
        damage = Damage(path=path, offset=error.offset, reason=str(error), records=count)
    as_of = _time_or_none(info.get("as_of", "")) if "run_id" in info else None
    return WarcIndex(
        path=path,
        captures=tuple(_complete(capture, requests, as_of, info) for capture in captures),
        run_id=info.get("run_id") if as_of else None,
        as_of=as_of,
        damage=damage,
    )


def _captures(path: Path, record: Record) -> Iterator[Capture]:
    """The capture in a record; none if its address is not an HTTP URL."""
    url = record.field("warc-target-uri").strip("<>")
    try:
        key = request_key("GET", url, b"")
    except ValueError:
        return
    if not key[1].startswith(("http://", "https://")):
        return
    captured_at = _time_or_none(record.field("warc-date"))
    if captured_at is None:
        raise DamageError(record.position.offset, f"WARC-Date is {record.field('warc-date')!r}")
    yield Capture(
        path=path,
        position=record.position,
        record_id=record.field("warc-record-id"),
        record_type=record.field("warc-type"),
        key=key,
        url=url,
        captured_at=captured_at,
        effective_at=captured_at,
        sample=False,
        payload_digest=record.field("warc-payload-digest"),
        refers_to=record.field("warc-refers-to"),
        refers_to_url=record.field("warc-refers-to-target-uri").strip("<>"),
        refers_to_date=_time_or_none(record.field("warc-refers-to-date")),
        original_file=record.field(ORIGINAL_FILE),
        concurrent_to=record.field("warc-concurrent-to"),
    )


def _time_or_none(text: str) -> datetime | None:
    try:
        return parse_timestamp(text)
    except ValueError:
        return None


def _add_request(record: Record, requests: dict[str, tuple[str, bytes]]) -> None:
    """Store method and body under every key by which a response can name its request."""
    message = parse_message(record.block)
    sent = (message.method, message.payload())
    url_and_date = record.field("warc-target-uri").strip("<>") + " " + record.field("warc-date")
    for name in (record.field("warc-record-id"), record.field("warc-concurrent-to"), url_and_date):
        if name:
            requests.setdefault(name, sent)


def _complete(
    capture: Capture, requests: dict[str, tuple[str, bytes]], as_of: datetime | None, info: dict[str, str]
) -> Capture:
    """The capture with its request's method and body, and the as-of time of its run."""
    by_date = f"{capture.url} {capture.captured_at.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    sent = requests.get(capture.record_id) or requests.get(capture.concurrent_to) or requests.get(by_date)
    key = request_key(sent[0], capture.url, sent[1]) if sent else capture.key
    return replace(capture, key=key, effective_at=as_of or capture.captured_at, sample=info.get("sample") == "true")
