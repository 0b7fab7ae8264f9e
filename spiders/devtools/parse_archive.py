"""Parse every record of WARC files with the current parsers, without a crawl or a warehouse.

It shows whoever changes a parser what each recorded version of a page gives, beside a count of the page's rows that
does not use the parser.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmpairs.spiders.archive import Archive, format_timestamp, redact_url
from llmpairs.spiders.archive.index import Capture
from llmpairs.spiders.archive.reader import RecordReference
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import PageError
from llmpairs.spiders.crawling.failures import STATUS_CAUSES
from llmpairs.spiders.crawling.outcome import PageOutcome, PageRequest, parse_page
from llmpairs.spiders.crawling.pipelines import reject_invalid_items
from llmpairs.spiders.devtools.reparse import CaptureReference, capture_metadata, decode_content
from llmpairs.spiders.devtools.row_counter import count_rows
from llmpairs.spiders.page import Finding
from llmpairs.spiders.registry import SOURCES


@dataclass(frozen=True, kw_only=True)
class ParsedRecord:
    """What one archived response gives."""

    source: str | None
    """Source whose page it is; None if it is no page of any."""
    url: str
    captured_at: str
    """UTC, ISO 8601 with Z."""
    outcome: str
    """`ok`, `failed`, or `skipped` where no source has the address."""
    cause: str | None
    """Why it failed or was skipped: a named cause, with the detail after a colon."""
    rows_on_page: int
    """Rows of the page by a count that does not use the parser."""
    items: int
    """Claims that the parser yields."""
    rejected: int
    """Entries that it could not read."""
    findings: tuple[Finding, ...]
    """All findings: rejected entries, unknown keys and tables, remarks."""

    def to_json(self) -> dict[str, Any]:
        """The record with the keys of `archive parse --format json`."""
        return asdict(self)


def list_captures(paths: Iterable[Path]) -> list[tuple[Archive, Capture]]:
    """Every response of the WARC files, in file order, with the archive that it is read from."""
    archive = Archive(paths)
    return [(archive, capture) for index in archive.files.values() for capture in index.captures]


def parse_capture(archive: Archive, capture: Capture) -> Iterator[ParsedRecord]:
    """What a response gives: one record for each source that has its address, one without a source if none has."""
    try:
        response = archive.read(capture, late=False)
        body = decode_content(capture.url, response.headers, response.body)
    except PageError as error:
        yield _build_record(None, capture, _fail(capture, error.cause, str(error)), 0)
        return
    rows = count_rows(body)
    sources = [source.id for source in SOURCES.values() if source.find_page(capture.url)]
    if not sources:
        yield _build_record(None, capture, None, rows)
    for source_id in sources:
        if not 200 <= response.status < 300:
            cause = STATUS_CAUSES.get(response.status, "failed")
            outcome = _fail(capture, cause, f"HTTP {response.status}")
        else:
            outcome = _parse(source_id, capture, body)
        yield _build_record(source_id, capture, outcome, rows)


def _parse(source_id: str, capture: Capture, body: bytes) -> PageOutcome:
    reference = CaptureReference(
        capture_id="",
        source_id=source_id,
        url=capture.url,
        captured_at=format_timestamp(capture.captured_at),
        late=False,
        payload_sha256="",
        reference=RecordReference(path=capture.path, offset=capture.position.offset, record_id=capture.record_id),
    )
    request = PageRequest(number=0, page="", url=capture.url)
    parser = find_parser(source_id, capture.url)
    return reject_invalid_items(parse_page(request, capture_metadata(reference), body, parser))


def _fail(capture: Capture, cause: Any, detail: str) -> PageOutcome:
    return PageOutcome(request=PageRequest(number=0, page="", url=capture.url), cause=cause, detail=detail)


def _build_record(source: str | None, capture: Capture, outcome: PageOutcome | None, rows: int) -> ParsedRecord:
    """The record of an outcome; None for an address that no source has. A page without items has failed."""
    items = outcome.items if outcome else ()
    findings = outcome.findings if outcome else ()
    result: str
    cause: str | None
    if outcome is None:
        result, cause = "skipped", "no source has this address"
    elif outcome.cause == "ok":
        has_reason = items or outcome.next_pages or any(finding.kind == "remark" for finding in findings)
        result, cause = ("ok", None) if has_reason else ("failed", "empty: the parser yields no item and no reason")
    else:
        result, cause = "failed", f"{outcome.cause}: {outcome.detail}"
    return ParsedRecord(
        source=source,
        url=redact_url(capture.url),
        captured_at=format_timestamp(capture.captured_at),
        outcome=result,
        cause=cause,
        rows_on_page=rows,
        items=len(items),
        rejected=sum(finding.kind == "rejected" for finding in findings),
        findings=findings,
    )


@dataclass(frozen=True, kw_only=True)
class SourceSummary:
    """What all records of a source give together."""

    source: str
    versions: int
    failed: int
    rows_on_page: int
    items: int
    rejected: int
    findings: int
    """Findings other than rejected entries."""


def summarise_records(records: Sequence[ParsedRecord]) -> list[SourceSummary]:
    """One summary for each source, sorted by its id; records without a source are left out."""
    named = [record for record in records if record.source is not None]
    totals: dict[str, Counter[str]] = {}
    for record in named:
        total = totals.setdefault(str(record.source), Counter())
        total.update(
            versions=1,
            failed=int(record.outcome == "failed"),
            rows_on_page=record.rows_on_page,
            items=record.items,
            rejected=record.rejected,
            findings=len(record.findings) - record.rejected,
        )
    return [SourceSummary(source=source, **totals[source]) for source in sorted(totals)]
