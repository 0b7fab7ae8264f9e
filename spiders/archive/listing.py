"""What `archive ls` and `archive verify` show of archives."""

from pathlib import Path
from typing import Any

from llmpairs.spiders.archive.http_message import find_wrong_digests, read_message
from llmpairs.spiders.archive.index import index_warc
from llmpairs.spiders.archive.times import print_moment
from llmpairs.spiders.archive.warc import Damage, DamageError, Record, find_warcs, read_record, read_records


def list_archive(path: Path) -> list[dict[str, Any]]:
    """One row per archived answer of a file or folder, in file order: where it is, what was asked, what came."""
    return [
        {
            "file": str(file),
            "offset": capture.place.offset,
            "record_type": capture.record_type,
            "captured_at": print_moment(capture.captured_at),
            "method": capture.key[0],
            "url": capture.url,
            **_describe(read_record(file, capture.place)),
            "record_id": capture.record_id,
            "run_id": index.run_id,
        }
        for file in find_warcs(path)
        for index in (index_warc(file),)
        for capture in index.captures
    ]


def verify_archive(path: Path) -> list[str]:
    """What is wrong with a file or folder, one line each: damage, and records without the digest they state."""
    return [problem for file in find_warcs(path) for problem in _verify_file(file)]


def _verify_file(file: Path) -> list[str]:
    problems: list[str] = []
    count = 0
    try:
        for record in read_records(file):
            wrong = find_wrong_digests(record.fields, record.block)
            if wrong:
                problems.append(f"{file.name} at byte {record.place.offset}: {wrong}")
            count += 1
    except DamageError as error:
        problems.append(str(Damage(path=file, offset=error.offset, why=str(error), records=count)))
    return problems


def _describe(record: Record) -> dict[str, Any]:
    if record.field("warc-type") == "resource":
        return {
            "status": 200,
            "content_type": record.field("content-type"),
            "payload_bytes": len(record.block),
        }
    message = read_message(record.block)
    return {
        "status": message.status,
        "content_type": message.header("content-type"),
        "payload_bytes": len(message.payload()),
    }
