"""List and verify archives, for `llmpairs archive`."""

from pathlib import Path
from typing import Any

from llmpairs.spiders.archive.http_message import find_digest_mismatch, parse_message
from llmpairs.spiders.archive.index import index_warc
from llmpairs.spiders.archive.warc import (
    Damage,
    DamageError,
    Record,
    find_warcs,
    format_timestamp,
    read_record,
    read_records,
)


def list_archive(path: Path) -> list[dict[str, Any]]:
    """One row per archived response of a file or folder, in file order: its position, request and response."""
    return [
        {
            "file": str(file),
            "offset": capture.position.offset,
            "record_type": capture.record_type,
            "captured_at": format_timestamp(capture.captured_at),
            "method": capture.key[0],
            "url": capture.url,
            **_describe(read_record(file, capture.position)),
            "record_id": capture.record_id,
            "run_id": index.run_id,
        }
        for file in find_warcs(path)
        for index in (index_warc(file),)
        for capture in index.captures
    ]


def verify_archive(path: Path) -> list[str]:
    """Problems of a file or folder, one line each: damage, and records that do not match their digests."""
    return [problem for file in find_warcs(path) for problem in _verify_file(file)]


def _verify_file(file: Path) -> list[str]:
    problems: list[str] = []
    count = 0
    try:
        for record in read_records(file):
            mismatch = find_digest_mismatch(record.fields, record.block)
            if mismatch:
                problems.append(f"{file.name} at byte {record.position.offset}: {mismatch}")
            count += 1
    except DamageError as error:
        problems.append(str(Damage(path=file, offset=error.offset, reason=str(error), records=count)))
    return problems


def _describe(record: Record) -> dict[str, Any]:
    if record.field("warc-type") == "resource":
        return {"status": 200, "content_type": record.field("content-type"), "payload_bytes": len(record.block)}
    message = parse_message(record.block)
    return {
        "status": message.status,
        "content_type": message.header("content-type"),
        "payload_bytes": len(message.payload()),
    }
