"""The base spider: requests the pages that the registry names, each with its pure parser."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, cast

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.crawling.causes import Cause
from llmpairs.spiders.crawling.failures import classify_exception, classify_status, is_challenge
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.outcome import CaptureMetadata, PageOutcome, PageRequest, parse_page
from llmpairs.spiders.crawling.politeness import describe_redirect
from llmpairs.spiders.page import Parser, Parsers, format_excerpt
from llmpairs.spiders.registry import SOURCES, Kind

FOLDERS: Mapping[Kind, str] = {
    "catalogue": "catalogues",
    "provider": "providers",
    "card": "cards",
    "benchmark": "benchmarks",
}
FALLBACK_CAUSES: frozenset[Cause] = frozenset(
    {"layout_changed", "schema_changed", "not_text", "empty", "gone", "moved", "not_archived"}
)
"""Causes after which a page is requested at its other addresses: it is elsewhere, or served in its other form."""

MAX_PAGES = 1_000
"""Pages of a source's crawl after which a listing is not followed; the longest known has three."""


class SourceSpider(scrapy.Spider):
    """Requests a source's pages and yields one PageOutcome for each."""

    parsers: ClassVar[Parsers]

    def __init__(self, job: CrawlJob, **kwargs: Any) -> None:
        super().__init__(job.source.id, **kwargs)
        self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        """The spider with its pages numbered, connected to the signal of a parser that raises."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.job.set_pages(spider.pages())
        crawler.signals.connect(spider.handle_parser_error, signal=signals.spider_error)
        return spider

    def pages(self) -> Iterable[tuple[str, str]]:
        """Name and address of each page to request; the registry's, unless the first wave names them."""
        return self.job.source.urls.items()

    async def start(self) -> AsyncIterator[Request]:
        """One request per page."""
        for page_request in self.job.requests:
            yield self.build_request(page_request)

    def build_request(self, page_request: PageRequest) -> Request:
        """The Scrapy request of a page, with the source's API key in its headers."""
        key = self.job.key
        return Request(
            page_request.url,
            headers={name: text.format(key=key) for name, text in self.job.source.key_headers.items()} if key else None,
            callback=self.handle_response,
            errback=self.handle_failure,
            cb_kwargs={"page_request": page_request},
            meta={"page_request": page_request},
            dont_filter=True,
        )

    def handle_response(self, response: Response, page_request: PageRequest) -> Iterator[PageOutcome | Request]:
        """The parsed page and the requests of its next pages, or the cause that its status stands for."""
        capture: CaptureMetadata = response.meta["capture"]
        if 200 <= response.status < 300 and not is_challenge(response):
            outcome = parse_page(page_request, capture, response.body, self.parsers[page_request.page])
            yield self.fall_back(outcome, response.meta)
            # Each is numbered right behind this page: the last one first keeps their order.
            for url in reversed(outcome.next_pages):
                yield self.follow_next_page(page_request, url)
            return
        cause, detail = classify_status(response, key_env=self.job.source.key_env if self.job.key else None)
        if 300 <= response.status < 400 and "Location" in response.headers:
            cause, detail = "moved", describe_redirect(response)
        outcome = PageOutcome(request=page_request, cause=cause, detail=format_excerpt(detail), capture=capture)
        yield self.fall_back(outcome, response.meta)

    def fall_back(self, outcome: PageOutcome, meta: Mapping[str, Any]) -> PageOutcome | Request:
        """The outcome, or the request of the page's next address where it failed for what another may not.

        The failure at the first address is the outcome if every other one fails too.
        """
        first: PageOutcome = meta.get("first_failure") or outcome
        if outcome.cause not in FALLBACK_CAUSES:
            return outcome if outcome.cause == "ok" else first
        addresses = self.job.source.list_addresses(outcome.request.page)
        later = addresses[addresses.index(outcome.request.url) + 1 :] if outcome.request.url in addresses else ()
        if not later:
            return first
        request = self.build_request(replace(outcome.request, url=later[0]))
        request.meta["first_failure"] = first
        return request

    def follow_next_page(self, page_request: PageRequest, url: str) -> PageOutcome | Request:
        """The request of the next page of a listing, or why it is not requested."""
        requested = {other.url for other in self.job.requests}
        following = self.job.add_page(page_request, url)
        listing = redact_url(page_request.url)
        if url in requested:
            detail = f"{listing}: the next page of the listing was requested before"
            return PageOutcome(request=following, cause="layout_changed", detail=detail)
        if self.job.source.page_at(url) != page_request.page:
            detail = f"{listing}: the next page of the listing has another address, {redact_url(url)}"
            return PageOutcome(request=following, cause="moved", detail=detail)
        if following.number >= MAX_PAGES:
            detail = f"{listing}: the listing has more than {MAX_PAGES} pages"
            return PageOutcome(request=following, cause="failed", detail=detail)
        return self.build_request(following)

    def handle_failure(self, failure: Failure) -> Iterator[PageOutcome | Request]:
        """The outcome of a request without a response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        cause, detail = classify_exception(failure.value)
        detail = format_excerpt(detail.replace(request.url, redact_url(request.url)))
        yield self.fall_back(
            PageOutcome(request=request.meta["page_request"], cause=cause, detail=detail), request.meta
        )

    def handle_parser_error(self, failure: Failure, response: Response) -> None:
        """Record the failure of a page whose parser raised an unexpected exception."""
        name = failure.type.__name__ if failure.type else ""
        detail = format_excerpt(f"the parser raised {name}: {failure.value}")
        page_request: PageRequest = response.meta["page_request"]
        self.job.record_outcome(PageOutcome(request=page_request, cause="failed", detail=detail))


def find_spider(source_id: str) -> type[SourceSpider]:
    """The spider of a source: SourceSpider or the subclass in its module, with the module's parsers."""
    module = _import_source(source_id)
    classes = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, SourceSpider)]
    base = next((each for each in classes if each is not SourceSpider), SourceSpider)
    return cast("type[SourceSpider]", type(base.__name__, (base,), {"parsers": module.PARSERS}))


def find_parser(source_id: str, url: str) -> Parser:
    """The parser of the page at an address, in any spelling; LookupError if it is no page of the source."""
    page = SOURCES[source_id].find_page(url)
    if page is None:
        raise LookupError(f"{redact_url(url)} is no page of {source_id}")
    parsers: Parsers = _import_source(source_id).PARSERS
    return parsers[page]


def _import_source(source_id: str) -> ModuleType:
    return import_module(f"llmpairs.spiders.{FOLDERS[SOURCES[source_id].kind]}.{source_id}")
