"""An archived answer read once more: what its bytes say today, by the source's own parser."""

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
from llmpairs.spiders.archive.reopen import Noted, Reopener
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import PageError
from llmpairs.spiders.crawling.outcome import Answer, Ask, parse_page
from llmpairs.spiders.crawling.pipelines import land, refuse_broken_items
from llmpairs.spiders.crawling.settings import replay_settings


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A capture as the log knows it."""

    capture_id: str
    source_id: str
    url: str
    captured_at: str
    """UTC, ISO 8601 with Z."""
    late: bool
    payload_sha256: str
    """Digest of the decoded body when it was captured."""
    noted: Noted


@dataclass(frozen=True, kw_only=True)
class Reread:
    """What became of a capture that was read again."""

    capture_id: str
    problem: str = ""
    """Why it gives nothing any more; "" if it does."""
    body_sha256: str = ""
    """Digest of the decoded body now; "" if the record could not be read."""
    lines: tuple[bytes, ...] = ()
    """Landed lines of its items."""


def reread(captures: Iterable[Kept]) -> Iterator[Reread]:
    """Each capture from its bytes, in the order given: record, digest, parser, landed lines."""
    reopener = Reopener()
    for kept in captures:
        yield reread_one(kept, reopener)


def reread_one(kept: Kept, reopener: Reopener) -> Reread:
    """One capture from its bytes; what went wrong is told, never raised."""
    try:
        body = decode(kept.url, *reopener.open(kept.noted))
        parser = find_parser(kept.source_id, kept.url)
    except (PageError, LookupError) as error:
        return Reread(capture_id=kept.capture_id, problem=str(error))
    digest = sha256(body).hexdigest()
    if digest != kept.payload_sha256:
        problem = f"the body has the digest {digest}, and had {kept.payload_sha256} when it was captured"
        return Reread(capture_id=kept.capture_id, problem=problem, body_sha256=digest)
    outcome = refuse_broken_items(parse_page(_ask(kept), _answer(kept), body, parser))
    return Reread(
        capture_id=kept.capture_id,
        problem="" if outcome.cause == "ok" else outcome.detail,
        body_sha256=digest,
        lines=tuple(land(outcome, kept.source_id)),
    )


def decode(url: str, headers: Headers, body: bytes) -> bytes:
    """The body with its content encoding undone, as the crawl undoes it."""
    packed = ScrapyHeaders([(name, value) for name, value in headers if name.lower() == "content-encoding"])
    if not packed:
        return body
    response = _unpacker().process_response(Request(url), Response(url, headers=packed, body=body))
    return response.body


@cache
def _unpacker() -> HttpCompressionMiddleware:
    crawler = Crawler(Spider, replay_settings())
    crawler.stats = DummyStatsCollector(crawler)
    return HttpCompressionMiddleware(crawler=crawler)


def _ask(kept: Kept) -> Ask:
    return Ask(number=0, page="", url=kept.url)


def _answer(kept: Kept) -> Answer:
    """The answer as far as its items carry it."""
    return Answer(
        captured_at=kept.captured_at,
        late=kept.late,
        sample=False,
        method="GET",
        status=200,
        content_type=None,
        archive_file=kept.noted.path.name,
        archive_sha256=None,
        record_id=kept.noted.record_id,
        record_type="response",
        offset=kept.noted.offset,
        payload_digest="",
    )
