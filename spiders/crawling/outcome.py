"""What became of one page that was asked for."""

import hashlib
from dataclasses import dataclass, replace

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.crawling.causes import Cause, PageError, TooLargeError
from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import EntryError, weigh
from llmpairs.spiders.page import Finding, NextPage, Page, Parser
from llmpairs.spiders.plain_text import quote_plainly

LARGEST_YIELD = 500_000
"""Claims, prices and findings of one page; the largest known has 60,000 (models.dev, 2026-06-14)."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A page to ask for: its number in the crawl, its name in the registry, its address."""

    number: int
    page: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Where the response to a request is archived."""

    captured_at: str
    late: bool
    sample: bool
    """Whether it is a hand-written sample, too small to be judged by its size."""
    method: str
    status: int
    content_type: str | None
    archive_file: str
    archive_sha256: str | None
    """None while the file is being written."""
    record_id: str
    record_type: str
    offset: int
    payload_digest: str
    """Digest of the body as stored, which an unchanged later body shares."""
    original_file: str | None = None
    """The WARC that holds the body of a revisit, as the revisit names it."""
    original_path: str | None = None
    """Where a replay found that WARC."""
    original_offset: int | None = None
    """Byte of that WARC at which the record with the body starts."""
    etag: str | None = None
    """The server's name for this version of the page, for asking later whether it still holds."""
    last_modified: str | None = None
    """When the page changed last, as the server printed it."""


@dataclass(frozen=True, kw_only=True)
class PageOutcome:
    """What became of an `Ask`: items and findings, or a named cause with its detail."""

    ask: Ask
    cause: Cause
    detail: str = ""
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()
    next_pages: tuple[str, ...] = ()
    """Addresses at which the listing goes on."""
    answer: Answer | None = None
    body_sha256: str = ""
    body_bytes: int = 0

    @property
    def capture_id(self) -> str:
        """Digest of address, capture time and body: the same answer has the same id in every archive."""
        captured_at = self.answer.captured_at if self.answer else ""
        text = "\n".join((redact_url(self.ask.url), captured_at, self.body_sha256))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


def parse_page(ask: Ask, answer: Answer, body: bytes, parser: Parser) -> PageOutcome:
    """The outcome of an answered page: all that its parser says, or why it says nothing."""
    page = Page(url=ask.url, body=body, captured_at=answer.captured_at)
    cause: Cause = "ok"
    detail = ""
    items: list[Item] = []
    findings: list[Finding] = []
    next_pages: list[str] = []
    weight = 0
    try:
        for each in parser(page):
            weight += weigh(each)
            if weight > LARGEST_YIELD:
                raise TooLargeError(f"{ask.url}: more than {LARGEST_YIELD} claims, prices and findings")
            if isinstance(each, Finding):
                findings.append(quote_finding(each))
            elif isinstance(each, NextPage):
                next_pages.append(each.url)
            else:
                items.append(each)
    except PageError as error:
        cause, detail, items = error.cause, str(error), []
    except EntryError as error:
        cause, detail, items = "layout_changed", f"{ask.url}: {error}", []
    except RecursionError:
        cause, detail, items = "not_text", f"{ask.url}: nested too deeply to be read", []
    return PageOutcome(
        ask=ask,
        cause=cause,
        detail=quote_plainly(detail),
        items=tuple(items),
        findings=tuple(findings),
        next_pages=tuple(next_pages),
        answer=answer,
        body_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
    )


def quote_finding(finding: Finding) -> Finding:
    """The finding with the page's words in it quoted plainly."""
    return replace(finding, locator=quote_plainly(finding.locator), text=quote_plainly(finding.text))
