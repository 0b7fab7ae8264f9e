"""A source's spider: the pages that the registry names, each bound to a pure parser."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.crawling.causes import Cause, PageError
from llmpairs.spiders.crawling.job import Job
from llmpairs.spiders.crawling.outcome import Answer, Ask, PageOutcome, parse_page
from llmpairs.spiders.crawling.politeness import PrivateHostError, describe_redirect
from llmpairs.spiders.page import Parser, Parsers
from llmpairs.spiders.plain_text import quote_plainly
from llmpairs.spiders.registry import SOURCES, Kind

FOLDERS: Mapping[Kind, str] = {
    "catalogue": "catalogues",
    "provider": "providers",
    "card": "cards",
    "benchmark": "benchmarks",
}
STATUS_CAUSES: Mapping[int, Cause] = {
    401: "blocked",
    403: "blocked",
    404: "gone",
    408: "timed_out",
    410: "gone",
    429: "rate_limited",
    451: "blocked",
    504: "timed_out",
}
FAILURE_CAUSES: tuple[tuple[type[Exception], str, Cause, str], ...] = (
    (PrivateHostError, "", "moved", ""),
    (DownloadTimeoutError, "", "timed_out", ""),
    (ResponseDataLossError, "", "cut_short", "the connection ended before the announced end of the body"),
    (DownloadCancelledError, "", "too_large", "the body is larger than DOWNLOAD_MAXSIZE"),
    (IgnoreRequest, "DOWNLOAD_MAXSIZE", "too_large", "the unpacked body is larger than DOWNLOAD_MAXSIZE"),
    (IgnoreRequest, "max redirections", "moved", "redirected again and again, REDIRECT_MAX_TIMES times"),
    (IgnoreRequest, "robots.txt", "blocked", ""),
)
"""What Scrapy raises, a part of its message where that tells failures apart, and our words where it has none."""


MOST_PAGES = 1_000
"""Pages of a source's crawl beyond which a listing is not followed; the longest known has three."""


class SourceSpider(scrapy.Spider):
    """Asks for a source's pages and yields one PageOutcome for each."""

    parsers: ClassVar[Parsers]

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        """The spider, its pages settled, listening for parsers that fail over a bug of ours."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.job.ask_for(spider.pages())
        crawler.signals.connect(spider.broke, signal=signals.spider_error)
        return spider

    def pages(self) -> Iterable[tuple[str, str]]:
        """Name and address of each page to ask for; the registry's, unless the first wave names them."""
        return self.job.source.urls.items()

    async def start(self) -> AsyncIterator[Request]:
        """One request per page."""
        for ask in self.job.asks:
            yield self.request(ask)

    def request(self, ask: Ask) -> Request:
        """The request for a page."""
        return Request(
            ask.url,
            headers={"Authorization": f"Bearer {self.job.key}"} if self.job.key else None,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"ask": ask},
            meta={"ask": ask},
            dont_filter=True,
        )

    def answered(self, response: Response, ask: Ask) -> Iterator[PageOutcome | Request]:
        """The outcome of a response: its parsed page and what it goes on with, or what its status says."""
        answer: Answer = response.meta["answer"]
        detail = f"HTTP {response.status}"
        if 200 <= response.status < 300:
            outcome = parse_page(ask, answer, response.body, self.parsers[ask.page])
            yield outcome
            for url in outcome.next_pages:
                yield self.go_on(ask, url)
            return
        cause = STATUS_CAUSES.get(response.status, "failed")
        if 300 <= response.status < 400 and "Location" in response.headers:
            cause, detail = "moved", describe_redirect(response)
        yield PageOutcome(ask=ask, cause=cause, detail=quote_plainly(detail), answer=answer)

    def go_on(self, ask: Ask, url: str) -> PageOutcome | Request:
        """The request for the page on which a listing goes on, or why it is not asked for."""
        asked = {other.url for other in self.job.asks}
        further = self.job.ask_also(ask, url)
        if url in asked:
            detail = f"{redact_url(ask.url)}: the listing goes on at an address that was asked before"
            return PageOutcome(ask=further, cause="layout_changed", detail=detail)
        if self.job.source.page_at(url) != ask.page:
            detail = f"{redact_url(ask.url)}: the listing goes on at another address, {redact_url(url)}"
            return PageOutcome(ask=further, cause="moved", detail=detail)
        if further.number >= MOST_PAGES:
            detail = f"{redact_url(ask.url)}: the listing goes on after {MOST_PAGES} pages"
            return PageOutcome(ask=further, cause="failed", detail=detail)
        return self.request(further)

    def unanswered(self, failure: Failure) -> Iterator[PageOutcome]:
        """The outcome of a request that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        cause, detail = explain_exception(failure.value)
        detail = quote_plainly(detail.replace(request.url, redact_url(request.url)))
        yield PageOutcome(ask=request.meta["ask"], cause=cause, detail=detail)

    def broke(self, failure: Failure, response: Response) -> None:
        """Settle a page whose parser raised what no parser should."""
        ask: Ask = response.meta["ask"]
        detail = f"the parser broke: {failure.type.__name__ if failure.type else ''}: {failure.value}"
        self.job.settle(PageOutcome(ask=ask, cause="failed", detail=quote_plainly(detail)))


def explain_exception(error: BaseException | None) -> tuple[Cause, str]:
    """The cause of a request that failed, and its detail in one line."""
    detail = (str(error) or type(error).__name__).partition("\n")[0]
    if isinstance(error, PageError):
        return error.cause, detail
    for kind, words, cause, told in FAILURE_CAUSES:
        if isinstance(error, kind) and words in detail:
            return cause, told or detail
    return "failed", f"{type(error).__name__}: {detail}"


def find_spider(source_id: str) -> type[SourceSpider]:
    """The spider of a source: the class of its module that bears its id."""
    folder = FOLDERS[SOURCES[source_id].kind]
    module = import_module(f"spiders.{folder}.{source_id}")
    for each in vars(module).values():
        if (
            isinstance(each, type)
            and issubclass(each, SourceSpider)
            and getattr(each, "name", "") == source_id
        ):
            return each
    raise LookupError(f"spiders/{folder}/{source_id}.py has no spider named {source_id}")


def find_parser(source_id: str, url: str) -> Parser:
    """The parser of the page at an address; LookupError if it is no page of the source."""
    page = SOURCES[source_id].page_at(url)
    if page is None:
        raise LookupError(f"{redact_url(url)} is no page of {source_id}")
    parser: Callable[..., Any] = find_spider(source_id).parsers[page]
    return parser
