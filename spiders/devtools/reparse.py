"""Parse archived responses again, without a crawl: with the current parser, from the stored bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Headers as ScrapyHeaders
from scrapy.http import Request, Response
from scrapy.statscollectors import DummyStatsCollector

from llmpairs.spiders.archive.http_message import Headers
from llmpairs.spiders.archive.reader import RecordReader, RecordReference
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import PageError
from llmpairs.spiders.crawling.outcome import CaptureMetadata, PageRequest, parse_page
from llmpairs.spiders.crawling.pipelines import reject_invalid_items, serialise_items
from llmpairs.spiders.crawling.settings import replay_settings
from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, NextPage, Page


def reparse(source_id: str, url: str, body: bytes, captured_at: str) -> list[Item]:
    """The items of a page by the current parser of its source.

    `body` has its encodings removed. Raises what the parser raises (a PageError names the page), and LookupError if
    the address is no page of the source.
    """
    parser = find_parser(source_id, url)
    page = Page(url=url, body=body, captured_at=captured_at)
    return [each for each in parser(page) if not isinstance(each, (Finding, NextPage))]


@dataclass(frozen=True, kw_only=True)
class CaptureReference:
    """A capture as the log records it."""

    capture_id: str
    source_id: str
    url: str
    captured_at: str
    """UTC, ISO 8601 with Z."""
    late: bool
    payload_sha256: str
    """Digest of the decoded body at the time of capture."""
    reference: RecordReference


@dataclass(frozen=True, kw_only=True)
class ReparsedCapture:
    """The result of parsing a capture again."""

    capture_id: str
    problem: str = ""
    """Why it yields nothing any more; "" if it does."""
    body_sha256: str = ""
    """Digest of the decoded body now; "" if the record could not be read."""
    lines: tuple[bytes, ...] = ()
    """Landed lines of its items."""


def reparse_captures(captures: Iterable[CaptureReference]) -> Iterator[ReparsedCapture]:
    """Each capture from its stored bytes, in the order given: record, digest, parser, landed lines."""
    reader = RecordReader()
    for capture in captures:
        yield _reparse_capture(capture, reader)


def _reparse_capture(capture: CaptureReference, reader: RecordReader) -> ReparsedCapture:
    """One capture from its stored bytes; a failure is returned as a problem, never raised."""
    try:
        body = decode_content(capture.url, *reader.read(capture.reference))
        parser = find_parser(capture.source_id, capture.url)
    except (PageError, LookupError) as error:
        return ReparsedCapture(capture_id=capture.capture_id, problem=str(error))
    digest = sha256(body).hexdigest()
    if digest != capture.payload_sha256:
        problem = f"the body has the digest {digest}, and had {capture.payload_sha256} when it was captured"
        return ReparsedCapture(capture_id=capture.capture_id, problem=problem, body_sha256=digest)
    request = PageRequest(number=0, page="", url=capture.url)
    outcome = reject_invalid_items(parse_page(request, capture_metadata(capture), body, parser))
    return ReparsedCapture(
        capture_id=capture.capture_id,
        problem="" if outcome.cause == "ok" else outcome.detail,
        body_sha256=digest,
        lines=tuple(serialise_items(outcome, capture.source_id)),
    )


def decode_content(url: str, headers: Headers, body: bytes) -> bytes:
    """The body with its content encoding removed, by the middleware that the crawl uses."""
    packed = ScrapyHeaders([(name, value) for name, value in headers if name.lower() == "content-encoding"])
    if not packed:
        return body
    response = _decoder().process_response(Request(url), Response(url, headers=packed, body=body))
    return response.body


@cache
def _decoder() -> HttpCompressionMiddleware:
    crawler = Crawler(Spider, replay_settings())
    crawler.stats = DummyStatsCollector(crawler)
    return HttpCompressionMiddleware(crawler=crawler)


def capture_metadata(capture: CaptureReference) -> CaptureMetadata:
    """The capture's metadata, as far as its landed lines depend on it."""
    return CaptureMetadata(
        captured_at=capture.captured_at,
        late=capture.late,
        sample=False,
        method="GET",
        status=200,
        content_type=None,
        archive_file=capture.reference.path.name,
        archive_sha256=None,
        record_id=capture.reference.record_id,
        record_type="response",
        offset=capture.reference.offset,
        payload_digest="",
    )
