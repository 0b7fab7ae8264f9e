"""The outcome of one requested page: parsed items and findings, or the named cause of a failure."""

import hashlib
from dataclasses import dataclass

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.crawling.causes import Cause, PageError, TooLargeError
from llmpairs.spiders.items import Item
from llmpairs.spiders.json_entries import EntryError, count_claims
from llmpairs.spiders.page import Finding, NextPage, Page, Parser, format_excerpt

MAX_CLAIMS_PER_PAGE = 500_000
"""Claims, prices and findings of one page; the largest known has 60,000 (models.dev, 2026-06-14)."""


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """A page to request: its number in the crawl, its name in the registry, its address."""

    number: int
    page: str
    url: str


@dataclass(frozen=True, kw_only=True)
class CaptureMetadata:
    """The metadata of a response and where it is archived."""

    captured_at: str
    late: bool
    sample: bool
    """Whether it is a hand-written sample, whose number of items proves nothing."""
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
    """Digest of the body as stored; a later unchanged body has the same."""
    original_file: str | None = None
    """The WARC that holds the body of a revisit, as the revisit names it."""
    original_path: str | None = None
    """Where a replay found that WARC."""
    original_offset: int | None = None
    """Byte of that WARC at which the record with the body starts."""
    etag: str | None = None
    """The ETag that the server sent."""
    last_modified: str | None = None
    """The Last-Modified that the server sent, as printed."""


@dataclass(frozen=True, kw_only=True)
class PageOutcome:
    """The outcome of a `PageRequest`: items and findings, or a named cause with its detail."""

    request: PageRequest
    cause: Cause
    detail: str = ""
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()
    next_pages: tuple[str, ...] = ()
    """Addresses of the next pages of the listing."""
    capture: CaptureMetadata | None = None
    """None if there was no response."""
    body_sha256: str = ""
    body_bytes: int = 0

    @property
    def capture_id(self) -> str:
        """Digest of address, capture time and body: the same response has the same id in every archive."""
        captured_at = self.capture.captured_at if self.capture else ""
        text = "\n".join((redact_url(self.request.url), captured_at, self.body_sha256))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


def parse_page(request: PageRequest, capture: CaptureMetadata, body: bytes, parser: Parser) -> PageOutcome:
    """The outcome of a page with a response: all that its parser yields, or why it yields nothing."""
    page = Page(url=request.url, body=body, captured_at=capture.captured_at)
    cause: Cause = "ok"
    detail = ""
    items: list[Item] = []
    findings: list[Finding] = []
    next_pages: list[str] = []
    claims = 0
    try:
        for each in parser(page):
            claims += count_claims(each)
            if claims > MAX_CLAIMS_PER_PAGE:
                raise TooLargeError(f"{request.url}: more than {MAX_CLAIMS_PER_PAGE} claims, prices and findings")
            if isinstance(each, Finding):
                findings.append(each.shortened())
            elif isinstance(each, NextPage):
                next_pages.append(each.url)
            else:
                items.append(each)
    except PageError as error:
        cause, detail, items = error.cause, str(error), []
    except EntryError as error:
        cause, detail, items = "layout_changed", f"{request.url}: {error}", []
    except RecursionError:
        cause, detail, items = "not_text", f"{request.url}: nested too deeply to be read", []
    return PageOutcome(
        request=request,
        cause=cause,
        detail=format_excerpt(detail),
        items=tuple(items),
        findings=tuple(findings),
        next_pages=tuple(next_pages),
        capture=capture,
        body_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
    )
