"""Downloader middlewares: record responses, answer from archives, conditional requests, complete bodies.

Recording and replay are next to the downloader (order 950), so that they get the bytes as sent.
"""

from datetime import UTC, datetime

from scrapy.crawler import Crawler
from scrapy.http import Headers, Request, Response

from llmpairs.spiders.archive import format_timestamp, redact_url
from llmpairs.spiders.archive.previous import CachedResponse, load_cached_response
from llmpairs.spiders.archive.recorder import Exchange
from llmpairs.spiders.crawling.causes import TooLargeError
from llmpairs.spiders.crawling.content_encoding import read_encodings, unpack_body
from llmpairs.spiders.crawling.job import JobComponent
from llmpairs.spiders.crawling.keys import remove_key
from llmpairs.spiders.crawling.outcome import CaptureMetadata

Pairs = tuple[tuple[str, str], ...]


class RecordMiddleware(JobComponent):
    """Records every response of a live crawl in the job's WARC, retries, redirects and robots.txt included."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Record the exchange; the response, which for a 304 is the cached one."""
        if self.job.recorder is None:
            raise RuntimeError(f"the crawl of {self.job.source.id} has no WARC to record to")
        response = remove_key(response, self.job.key, self.max_bytes)
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
        cached: CachedResponse | None = request.meta.get("cached") if response.status == 304 else None
        recorded = self.job.recorder.record(exchange, cached.previous if cached else None)
        if cached:
            sent, body = _headers(cached.headers), cached.body
            response = Response(response.url, status=200, headers=sent, body=body, protocol=response.protocol)
        request.meta["capture"] = CaptureMetadata(
            captured_at=format_timestamp(exchange.captured_at),
            late=False,
            sample=False,
            method=request.method,
            status=response.status,
            content_type=_header(response, "Content-Type"),
            archive_file=f"{self.job.source.id}.warc.gz",
            archive_sha256=None,
            record_id=recorded.record_id,
            record_type=recorded.record_type,
            offset=recorded.offset,
            payload_digest=recorded.payload_digest,
            original_file=recorded.previous.file if recorded.previous else None,
            original_offset=recorded.previous.offset if recorded.previous else None,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
        )
        return response


class ConditionalMiddleware(JobComponent):
    """Makes requests conditional on the previous capture's ETag and Last-Modified.

    The recorder, which gets the server's 304 next, replaces it by the previous capture's response.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.by_url = {previous.url: previous for previous in self.job.previous.values()}

    def process_request(self, request: Request) -> None:
        """Set the conditional headers; those of an address that redirected here are removed."""
        previous = self.by_url.get(redact_url(request.url)) if request.method == "GET" else None
        cached = load_cached_response(previous) if previous else None
        request.meta["cached"] = cached
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        for name, value in cached.conditions if cached else ():
            request.headers[name] = value


class WholeBodyMiddleware(JobComponent):
    """Refuses a packed body that is cut short or unpacks to too many bytes."""

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, if complete."""
        if request.method != "HEAD" and response.status == 200:
            unpack_body(response.body, read_encodings(response), self.max_bytes)
        return response


class ReplayMiddleware(JobComponent):
    """Answers every request from the job's archives; no request reaches the network."""

    def process_request(self, request: Request) -> Response:
        """The archived response; NotArchivedError or ArchiveDamagedError where there is none.

        TooLargeError for a body beyond the limit of a live crawl.
        """
        archive = self.job.archive
        if archive is None:
            raise RuntimeError(f"the crawl of {self.job.source.id} has no archive to replay")
        capture, late = archive.find(
            request.method, request.url, request.body, as_of=self.job.as_of, accepts_late=self.job.source.accepts_late
        )
        archived = archive.read(capture, late)
        if len(archived.body) > self.max_bytes:
            raise TooLargeError("the body is larger than DOWNLOAD_MAXSIZE")
        holder = archived.holder if archived.holder is not capture else None
        response = Response(request.url, status=archived.status, headers=_headers(archived.headers), body=archived.body)
        request.meta["capture"] = CaptureMetadata(
            captured_at=format_timestamp(capture.captured_at),
            late=late,
            sample=capture.sample,
            method=request.method,
            status=archived.status,
            content_type=_header(response, "Content-Type"),
            archive_file=capture.path.name,
            archive_sha256=archive.digest_of(capture.path),
            record_id=capture.record_id,
            record_type=capture.record_type,
            offset=capture.position.offset,
            payload_digest=capture.payload_digest,
            original_file=capture.original_file or None,
            original_path=str(holder.path) if holder else None,
            original_offset=holder.position.offset if holder else None,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
        )
        return response


def _pairs(headers: Headers) -> Pairs:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )


def _headers(pairs: Pairs) -> Headers:
    headers = Headers()
    for name, value in pairs:
        headers.appendlist(name, value)
    return headers


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
