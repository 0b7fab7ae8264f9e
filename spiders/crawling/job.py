"""The crawl of one source: its inputs, its page requests and their outcomes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

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
    item_counts: tuple[int, ...] = ()
    """Items of the source's earlier successful runs, the latest last."""
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

    def archive_path(self, out: Path) -> Path:
        """The WARC that a live crawl records to."""
        return out / "archive" / f"{self.source.id}.warc.gz"
