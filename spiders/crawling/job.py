"""One source's part of a night: what it is asked for, by whom it is answered, and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from llmpairs.spiders.archive import Archive, Recorder
from llmpairs.spiders.archive.write import Earlier
from llmpairs.spiders.crawling.outcome import Ask, PageOutcome
from llmpairs.spiders.inputs import Inputs
from llmpairs.spiders.registry import Source


@dataclass(kw_only=True)
class Job:
    """The crawl of one source, live (an archive is written) or in replay (archives answer)."""

    source: Source
    run_id: str
    as_of: datetime
    archive: Archive | None = None
    inputs: Inputs = field(default_factory=Inputs)
    earlier: Mapping[tuple[str, str], Earlier] = field(default_factory=dict)
    usual: tuple[int, ...] = ()
    """Items of the source's good nights before this one, the last one last."""
    key: str | None = None
    """The key that the source asks for; never written anywhere."""
    show_progress: bool = False
    asks: tuple[Ask, ...] = ()
    """The pages in the order in which they are landed, whichever is answered first."""
    recorder: Recorder | None = None
    outcomes: dict[int, PageOutcome] = field(default_factory=dict)
    lines: dict[int, list[bytes]] = field(default_factory=dict)
    """Landed lines by the number of their page."""
    breakdown: str = ""
    """Why the crawl as a whole broke off, if it did."""
    landed: bool = False
    """Whether everything has been written."""

    def ask_for(self, pages: Iterable[tuple[str, str]]) -> tuple[Ask, ...]:
        """Number the pages (name, address) that the crawl asks for."""
        self.asks = tuple(Ask(number=number, page=page, url=url) for number, (page, url) in enumerate(pages))
        return self.asks

    def ask_also(self, before: Ask, url: str) -> Ask:
        """Number one page more, on which a page goes on; in the order of pages it follows that one."""
        ask = Ask(number=len(self.asks), page=before.page, url=url)
        place = self.asks.index(before) + 1
        self.asks = (*self.asks[:place], ask, *self.asks[place:])
        return ask

    def settle(self, outcome: PageOutcome, lines: list[bytes] | None = None) -> None:
        """Keep what became of a page; the first word about a page counts."""
        if outcome.ask.number in self.outcomes:
            return
        self.outcomes[outcome.ask.number] = outcome
        self.lines[outcome.ask.number] = lines or []

    def archive_path(self, out: Path) -> Path:
        """Where a live crawl records to."""
        return out / "archive" / f"{self.source.id}.warc.gz"
