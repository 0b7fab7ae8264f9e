"""The output files of a finished job: landed items, captures and, last, the health record."""

import gzip
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from llmpairs.spiders.archive import archive_digest, format_timestamp, redact_url
from llmpairs.spiders.crawling.health import build_health_record, build_unconfigured_record
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.outcome import PageOutcome
from llmpairs.spiders.page import format_excerpt


def write_job_output(job: CrawlJob, out: Path, started_at: datetime, finished_at: datetime) -> None:
    """Write everything that the job produced below `out`; only the health of a live crawl states the times."""
    digest = archive_digest(job.recorder.close()) if job.recorder else None
    numbers = [request.number for request in job.requests if request.number in job.outcomes]
    write_atomically(
        out / "landing" / f"{job.source.id}.jsonl.gz",
        compress_lines([line for number in numbers for line in job.lines[number]]),
    )
    captured = [job.outcomes[number] for number in numbers if job.outcomes[number].capture]
    rows = [build_capture_row(outcome, job.source.id, digest) for outcome in captured]
    write_atomically(
        out / "captures" / f"{job.source.id}.jsonl",
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8"),
    )
    times = {"started_at": format_timestamp(started_at), "finished_at": format_timestamp(finished_at)}
    write_health(job, out, times=None if job.archive else times)
    job.is_written = True


def write_health(job: CrawlJob, out: Path, *, configured: bool = True, times: dict[str, str] | None = None) -> None:
    """Write the health record of a job that is finished, or that lacks its API key."""
    record = build_health_record(job) if configured else build_unconfigured_record(job)
    text = json.dumps({**record, **(times or {})}, indent=1, ensure_ascii=False)
    write_atomically(out / "health" / f"{job.source.id}.json", f"{text}\n".encode())


def build_capture_row(outcome: PageOutcome, source_id: str, archive_sha256: str | None) -> dict[str, Any]:
    """The row of `captures` for a page with a response; `archive_sha256` is that of the WARC of a live crawl."""
    capture = outcome.capture
    if capture is None:
        raise ValueError(f"{outcome.request.url} has no response")
    return {
        "capture_id": outcome.capture_id,
        "source_id": source_id,
        "url": redact_url(outcome.request.url),
        "method": capture.method,
        "status": capture.status,
        "content_type": format_excerpt(capture.content_type) if capture.content_type else None,
        "captured_at": capture.captured_at,
        "payload_sha256": outcome.body_sha256,
        "payload_bytes": outcome.body_bytes,
        "late": capture.late,
        "archive_file": capture.archive_file,
        "archive_sha256": capture.archive_sha256 or archive_sha256,
        "warc_record_id": capture.record_id,
        "warc_record_type": capture.record_type,
        "warc_offset": capture.offset,
        "stored_digest": capture.payload_digest,
        "original_file": capture.original_file,
        "original_path": capture.original_path,
        "original_offset": capture.original_offset,
        "etag": capture.etag,
        "last_modified": capture.last_modified,
    }


def compress_lines(lines: list[bytes]) -> bytes:
    """Lines as gzip without a name or a time, so that equal lines are equal bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0) as stream:
        stream.writelines(line + b"\n" for line in lines)
    return packed.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file to `<name>.part` and rename it, so that no incomplete file has the final name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
