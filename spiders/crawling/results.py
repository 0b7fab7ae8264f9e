"""What a finished job leaves behind: landed items, captures, the archive and, last, its health."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from llmpairs.spiders.archive import archive_digest, print_moment, redact_url
from llmpairs.spiders.crawling.health import report_health, report_not_configured
from llmpairs.spiders.crawling.job import Job
from llmpairs.spiders.crawling.outcome import PageOutcome
from llmpairs.spiders.crawling.pipelines import pack_lines, write_whole
from llmpairs.spiders.plain_text import quote_plainly


def land_job(job: Job, out: Path, started_at: datetime, finished_at: datetime) -> None:
    """Write everything that the job produced below `out`; the times go into the health of a live crawl only."""
    digest = None
    if job.recorder:
        digest = archive_digest(job.recorder.close())
    numbers = [ask.number for ask in job.asks if ask.number in job.outcomes]
    write_whole(
        out / "landing" / f"{job.source.id}.jsonl.gz",
        pack_lines([line for number in numbers for line in job.lines[number]]),
    )
    answered = [job.outcomes[number] for number in numbers if job.outcomes[number].answer]
    write_whole(
        out / "captures" / f"{job.source.id}.jsonl",
        b"".join(_json_line(describe_capture(outcome, job.source.id, digest)) for outcome in answered),
    )
    times = {"started_at": print_moment(started_at), "finished_at": print_moment(finished_at)}
    write_health(job, out, times=None if job.archive else times)
    job.landed = True


def write_health(
    job: Job, out: Path, *, configured: bool = True, times: dict[str, str] | None = None
) -> None:
    """Write the health record of a job that is finished, or that lacks its key."""
    record = report_health(job) if configured else report_not_configured(job)
    text = json.dumps({**record, **(times or {})}, indent=1, ensure_ascii=False)
    write_whole(out / "health" / f"{job.source.id}.json", f"{text}\n".encode())


def describe_capture(outcome: PageOutcome, source_id: str, archive_sha256: str | None) -> dict[str, Any]:
    """The row of `captures` of an answered page; `archive_sha256` is that of the WARC that a live crawl wrote."""
    answer = outcome.answer
    if answer is None:
        raise ValueError(f"{outcome.ask.url} was not answered")
    return {
        "capture_id": outcome.capture_id,
        "source_id": source_id,
        "url": redact_url(outcome.ask.url),
        "method": answer.method,
        "status": answer.status,
        "content_type": quote_plainly(answer.content_type) if answer.content_type else None,
        "captured_at": answer.captured_at,
        "payload_sha256": outcome.body_sha256,
        "payload_bytes": outcome.body_bytes,
        "late": answer.late,
        "archive_file": answer.archive_file,
        "archive_sha256": answer.archive_sha256 or archive_sha256,
        "warc_record_id": answer.record_id,
        "warc_record_type": answer.record_type,
        "warc_offset": answer.offset,
        "stored_digest": answer.payload_digest,
        "original_file": answer.original_file,
        "original_path": answer.original_path,
        "original_offset": answer.original_offset,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
    }


def _json_line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
