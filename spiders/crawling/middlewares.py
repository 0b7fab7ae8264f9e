"""The archive in the crawl, next to the downloader (order 950): the bytes of the wire go in and come out."""

import zlib
from datetime import UTC, datetime

from scrapy.crawler import Crawler
from scrapy.http import Headers, Request, Response

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.archive.http_message import GZIP_BODY
from llmpairs.spiders.archive.times import print_moment
from llmpairs.spiders.archive.unchanged import Kept, read_kept
from llmpairs.spiders.archive.write import Exchange
from llmpairs.spiders.crawling.causes import CutShortError, TooLargeError
from llmpairs.spiders.crawling.job import Job
from llmpairs.spiders.crawling.outcome import Answer

Pairs = tuple[tuple[str, str], ...]
UNPACKED_AT_ONCE = 1 << 20


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
        kept: Kept | None = request.meta.get("kept") if response.status == 304 else None
        recorded = self.job.recorder.record(exchange, kept.earlier if kept else None)
        answer = _response_of(kept, response) if kept else response
        request.meta["answer"] = Answer(
            captured_at=print_moment(exchange.captured_at),
            late=False,
            sample=False,
            method=request.method,
            status=answer.status,
            content_type=_header(answer, "Content-Type"),
            archive_file=f"{self.job.source.id}.warc.gz",
            archive_sha256=None,
            record_id=recorded.record_id,
            record_type=recorded.record_type,
            offset=recorded.offset,
            payload_digest=recorded.payload_digest,
            original_file=recorded.earlier.file if recorded.earlier else None,
            original_offset=recorded.earlier.offset if recorded.earlier else None,
            etag=_header(answer, "ETag"),
            last_modified=_header(answer, "Last-Modified"),
        )
        return answer


class ConditionalMiddleware:
    """Asks for a page only if it has changed since an earlier capture, where the server gave a name to that version.

    The recorder, which sees the server's 304 next, answers it with what the earlier capture held.
    """

    def __init__(self, job: Job) -> None:
        self.by_url = {earlier.url: earlier for earlier in job.earlier.values()}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ConditionalMiddleware":
        """The middleware for the crawler's job."""
        return cls(_job_of(crawler))

    def process_request(self, request: Request) -> None:
        """Lay the conditions into the request; those of the address that redirected here are taken out."""
        earlier = self.by_url.get(redact_url(request.url)) if request.method == "GET" else None
        kept = read_kept(earlier) if earlier else None
        request.meta["kept"] = kept
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        for name, value in kept.conditions if kept else ():
            request.headers[name] = value


class WholeBodyMiddleware:
    """Refuses a gzip body that ends before its end, which Scrapy 2.19.0 unpacks as far as it goes."""

    def __init__(self, crawler: Crawler) -> None:
        self.most = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "WholeBodyMiddleware":
        """The middleware with the crawler's limit."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, if it is whole; what is too large to unpack is left to the next middleware to refuse."""
        packed = (_header(response, "Content-Encoding") or "").strip().lower() in ("gzip", "x-gzip")
        sent = request.method != "HEAD" and response.status == 200
        if packed and sent and not _is_whole_gzip(response.body, self.most):
            raise CutShortError(f"{redact_url(response.url)}: the gzip body is cut short or damaged")
        return response


class ReplayMiddleware:
    """Answers every request from the job's archives; nothing passes it to the network."""

    def __init__(self, job: Job, most: int) -> None:
        self.job = job
        self.most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ReplayMiddleware":
        """The middleware for the crawler's job, with its limit."""
        return cls(_job_of(crawler), crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> Response:
        """The archived response; NotArchivedError or ArchiveDamagedError where there is none.

        TooLargeError for a body that no live crawl would have taken.
        """
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
        if len(archived.body) > self.most:
            raise TooLargeError("the body is larger than DOWNLOAD_MAXSIZE")
        holder = archived.holder if archived.holder is not capture else None
        response = Response(
            request.url, status=archived.status, headers=_headers(archived.headers), body=archived.body
        )
        request.meta["answer"] = Answer(
            captured_at=print_moment(capture.captured_at),
            late=late,
            sample=capture.sample,
            method=request.method,
            status=archived.status,
            content_type=_header(response, "Content-Type"),
            archive_file=capture.path.name,
            archive_sha256=archive.digest_of(capture.path),
            record_id=capture.record_id,
            record_type=capture.record_type,
            offset=capture.place.offset,
            payload_digest=capture.payload_digest,
            original_file=capture.original_file or None,
            original_path=str(holder.path) if holder else None,
            original_offset=holder.place.offset if holder else None,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
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


def _headers(pairs: Pairs) -> Headers:
    headers = Headers()
    for name, value in pairs:
        headers.appendlist(name, value)
    return headers


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _response_of(kept: Kept, response: Response) -> Response:
    """The earlier answer, in the place of the 304 that stands for it."""
    return Response(
        response.url,
        status=200,
        headers=_headers(kept.headers),
        body=kept.body,
        protocol=response.protocol,
    )


def _is_whole_gzip(body: bytes, most: int) -> bool:
    """Whether every member of a gzip body unpacks to its end; true as well once more than `most` bytes came out.

    What stands behind the last member does not count.
    """
    size = 0
    while body.startswith(GZIP_BODY):
        inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
        try:
            while not inflater.eof:
                unpacked = inflater.decompress(body, UNPACKED_AT_ONCE)
                size += len(unpacked)
                if size > most:
                    return True
                if not unpacked and not inflater.unconsumed_tail and not inflater.eof:
                    return False
                body = inflater.unconsumed_tail
        except zlib.error:
            return False
        body = inflater.unused_data
    return size > 0 or not body
