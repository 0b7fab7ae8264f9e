"""What WARC files hold: the answers by request, the runs that recorded them, and where they are damaged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from llmpairs.spiders.archive.http_message import read_message
from llmpairs.spiders.archive.times import read_moment
from llmpairs.spiders.archive.urls import RequestKey, request_key
from llmpairs.spiders.archive.warc import Damage, DamageError, Place, Record, read_fields, read_records

ORIGINAL_FILE = "llmpairs-original-file"
ANSWERS = ("response", "resource", "revisit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One archived answer, and where it is."""

    path: Path
    place: Place
    record_id: str
    record_type: str
    key: RequestKey
    url: str
    captured_at: datetime
    moment: datetime
    """The night it belongs to: the as_of of the run that recorded it, else its own time."""
    sample: bool
    payload_digest: str
    refers_to: str
    refers_to_url: str
    refers_to_date: datetime | None
    original_file: str
    concurrent_to: str


@dataclass(frozen=True, kw_only=True)
class WarcIndex:
    """One file: its captures in their order, the run that its warcinfo names, and its damage."""

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
                _keep_request(record, requests)
            elif kind in ANSWERS:
                captures.extend(_captures(path, record))
            count += 1
    except DamageError as error:
        damage = Damage(path=path, offset=error.offset, why=str(error), records=count)
    as_of = _moment_or_none(info.get("as_of", "")) if "run_id" in info else None
    return WarcIndex(
        path=path,
        captures=tuple(_complete(capture, requests, as_of, info) for capture in captures),
        run_id=info.get("run_id") if as_of else None,
        as_of=as_of,
        damage=damage,
    )


def _captures(path: Path, record: Record) -> Iterator[Capture]:
    """The capture in a record; none if its address is not one that could be asked for."""
    url = record.field("warc-target-uri").strip("<>")
    try:
        key = request_key("GET", url, b"")
    except ValueError:
        return
    if not key[1].startswith(("http://", "https://")):
        return
    captured_at = _moment_or_none(record.field("warc-date"))
    if captured_at is None:
        raise DamageError(record.place.offset, f"WARC-Date is {record.field('warc-date')!r}")
    yield Capture(
        path=path,
        place=record.place,
        record_id=record.field("warc-record-id"),
        record_type=record.field("warc-type"),
        key=key,
        url=url,
        captured_at=captured_at,
        moment=captured_at,
        sample=False,
        payload_digest=record.field("warc-payload-digest"),
        refers_to=record.field("warc-refers-to"),
        refers_to_url=record.field("warc-refers-to-target-uri").strip("<>"),
        refers_to_date=_moment_or_none(record.field("warc-refers-to-date")),
        original_file=record.field(ORIGINAL_FILE),
        concurrent_to=record.field("warc-concurrent-to"),
    )


def _moment_or_none(text: str) -> datetime | None:
    try:
        return read_moment(text)
    except ValueError:
        return None


def _keep_request(record: Record, requests: dict[str, tuple[str, bytes]]) -> None:
    """Keep method and body under every name by which a response may find its request."""
    message = read_message(record.block)
    asked = (message.method, message.payload())
    url_and_date = record.field("warc-target-uri").strip("<>") + " " + record.field("warc-date")
    for name in (record.field("warc-record-id"), record.field("warc-concurrent-to"), url_and_date):
        if name:
            requests.setdefault(name, asked)


def _complete(
    capture: Capture, requests: dict[str, tuple[str, bytes]], as_of: datetime | None, info: dict[str, str]
) -> Capture:
    """The capture with its request's method and body, and with the night it belongs to."""
    by_date = f"{capture.url} {capture.captured_at.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    asked = requests.get(capture.record_id) or requests.get(capture.concurrent_to) or requests.get(by_date)
    key = request_key(asked[0], capture.url, asked[1]) if asked else capture.key
    return replace(capture, key=key, moment=as_of or capture.captured_at, sample=info.get("sample") == "true")
