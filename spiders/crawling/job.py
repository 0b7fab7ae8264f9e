"""The crawl of one source: its inputs, its page requests and their outcomes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from scrapy.crawler import Crawler

from llmpairs.spiders.archive import Archive, Recorder
from llmpairs.spiders.archive.previous import PreviousCapture
from llmpairs.spiders.crawling.outcome import PageOutcome, PageRequest
from llmpairs.spiders.inputs import Inputs
from llmpairs.spiders.registry import Source


@dataclass(kw_only=True)
class CrawlJob:
    """The crawl of one source, live (responses are recorded) or in replay (archives answer)."""

    source: Source
    run_id: str
    as_of: datetime
    archive: Archive | None = None
    """Archives that answer every request; None for a live crawl."""
    inputs: Inputs = field(default_factory=Inputs)
    previous: Mapping[tuple[str, str], PreviousCapture] = field(default_factory=dict)
    """Captures of previous runs, by address and payload digest."""
    visited: Mapping[str, str] = field(default_factory=dict)
    """When each page was last answered, by address, with whatever status."""
    item_counts: tuple[int, ...] = ()
    """Items of the source's recent successful runs, the latest last."""
    expired_counts: tuple[int, ...] = ()
    """The same of earlier runs, whose values have expired."""
    key: str | None = None
    """The source's API key; never written anywhere."""
    show_progress: bool = False
    requests: tuple[PageRequest, ...] = ()
    """The pages in the order in which their items are landed, whichever is answered first."""
    recorder: Recorder | None = None
    outcomes: dict[int, PageOutcome] = field(default_factory=dict)
    """Outcomes by the number of their page."""
    lines: dict[int, list[bytes]] = field(default_factory=dict)
    """Landed lines by the number of their page."""
    pages_not_due: int = 0
    """Pages that were left out: they were answered lately, or wait for a later run."""
    crash: str = ""
    """Why the crawl as a whole failed, if it did."""
    is_written: bool = False
    """Whether all output files have been written."""

    def set_pages(self, pages: Iterable[tuple[str, str]]) -> tuple[PageRequest, ...]:
        """Number the pages (name, address) to request."""
        self.requests = tuple(
            PageRequest(number=number, page=page, url=url) for number, (page, url) in enumerate(pages)
        )
        return self.requests

    def add_page(self, before: PageRequest, url: str) -> PageRequest:
        """Number the next page of a listing; in landing order it follows the page `before`."""
        request = PageRequest(number=len(self.requests), page=before.page, url=url)
        index = self.requests.index(before) + 1
        self.requests = (*self.requests[:index], request, *self.requests[index:])
        return request

    def record_outcome(self, outcome: PageOutcome, lines: list[bytes] | None = None) -> None:
        """Store the outcome of a page; only the first one counts."""
        if outcome.request.number in self.outcomes:
            return
        self.outcomes[outcome.request.number] = outcome
        self.lines[outcome.request.number] = lines or []


class JobComponent:
    """A component of the crawl that Scrapy builds from its crawler, and that works on the crawl's job."""

    def __init__(self, crawler: Crawler) -> None:
        job = getattr(crawler.spider, "job", None)
        if not isinstance(job, CrawlJob):
            raise TypeError("only spiders with a CrawlJob can be recorded, replayed or landed")
        self.crawler = crawler
        self.job = job
        self.max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The component of the crawler."""
        return cls(crawler)
