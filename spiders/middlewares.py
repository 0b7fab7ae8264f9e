"""The archive in the crawl, next to the downloader (order 950): the bytes of the wire go in and come out."""

from datetime import UTC, datetime

from scrapy.crawler import Crawler
from scrapy.http import Headers, Request, Response

from spiders.archive.times import print_moment
from spiders.archive.write import Exchange
from spiders.job import Job
from spiders.outcome import Answer

Pairs = tuple[tuple[str, str], ...]


class RecordMiddleware:
    """Writes every response of a live crawl to the job's WARC, retries, redirects and robots.txt included."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecordMiddleware":
        """The middleware for the crawler's job."""
        return cls(_job_of(crawler))

    def process_response(self, request: Request, response: Response) -> Response:
        """Record the exchange and note where."""
        if self.job.recorder is None:
            raise RuntimeError(f"the crawl of {self.job.source.id} records, but has no WARC open")
        exchange = Exchange(
            url=request.url,
            captured_at=datetime.now(UTC),
            status=response.status,
            headers=_pairs(response.headers),
            body=response.body,
            protocol=response.protocol or "HTTP/1.1",
            method=request.method,
            request_headers=_pairs(request.headers),
            request_body=request.body,
        )
        recorded = self.job.recorder.record(exchange)
        request.meta["answer"] = Answer(
            captured_at=print_moment(exchange.captured_at),
            late=False,
            sample=False,
            method=request.method,
            status=response.status,
            content_type=_content_type(response),
            archive_file=f"{self.job.source.id}.warc.gz",
            archive_sha256=None,
            record_id=recorded.record_id,
            record_type=recorded.record_type,
            offset=recorded.offset,
            payload_digest=recorded.payload_digest,
            original_file=recorded.earlier.file if recorded.earlier else None,
        )
        return response


class ReplayMiddleware:
    """Answers every request from the job's archives; nothing passes it to the network."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ReplayMiddleware":
        """The middleware for the crawler's job."""
        return cls(_job_of(crawler))

    def process_request(self, request: Request) -> Response:
        """The archived response; NotArchivedError or ArchiveDamagedError where there is none."""
        archive = self.job.archive
        if archive is None:
            raise RuntimeError(f"the crawl of {self.job.source.id} replays, but has no archive")
        capture, late = archive.find(
            request.method,
            request.url,
            request.body,
            as_of=self.job.as_of,
            accepts_late=self.job.source.accepts_late,
        )
        archived = archive.read(capture, late)
        headers = Headers()
        for name, value in archived.headers:
            headers.appendlist(name, value)
        response = Response(request.url, status=archived.status, headers=headers, body=archived.body)
        request.meta["answer"] = Answer(
            captured_at=print_moment(capture.captured_at),
            late=late,
            sample=capture.sample,
            method=request.method,
            status=archived.status,
            content_type=_content_type(response),
            archive_file=capture.path.name,
            archive_sha256=archive.digest_of(capture.path),
            record_id=capture.record_id,
            record_type=capture.record_type,
            offset=capture.place.offset,
            payload_digest=capture.payload_digest,
            original_file=capture.original_file or None,
        )
        return response


def _job_of(crawler: Crawler) -> Job:
    job = getattr(crawler.spider, "job", None)
    if not isinstance(job, Job):
        raise TypeError("the archive serves spiders with a job only")
    return job


def _pairs(headers: Headers) -> Pairs:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def _content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None
