"""Pages made by hand, and what parsers make of them."""

import json
from typing import Any

from llmpairs.spiders.crawling.outcome import CaptureMetadata
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.page import Finding, NextPage, Page, Parser

CAPTURE = CaptureMetadata(
    captured_at="2026-05-18T20:00:00Z",
    late=False,
    sample=False,
    method="GET",
    status=200,
    content_type="application/json",
    archive_file="a.warc.gz",
    archive_sha256="0" * 64,
    record_id="<urn:uuid:0>",
    record_type="response",
    offset=0,
    payload_digest="sha256:0",
)
"""Where an answer that nobody archived would be."""


def page(content: Any, url: str = "https://catalogue.example/list") -> Page:
    """A page of JSON, or of the text or bytes given."""
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    body = text.encode("utf-8") if isinstance(text, str) else text
    return Page(url=url, body=body, captured_at="2026-05-18T20:00:00Z")


def items(parser: Parser, content: Any) -> list[Item]:
    return [each for each in parser(page(content)) if not isinstance(each, (Finding, NextPage))]


def findings(parser: Parser, content: Any, kind: str) -> list[str]:
    found = [each for each in parser(page(content)) if isinstance(each, Finding)]
    return [each.text for each in found if each.kind == kind]


def the_offer(parser: Parser, content: Any) -> OfferClaim:
    """The first offer of the page."""
    return next(each for each in items(parser, content) if isinstance(each, OfferClaim))


def the_model(parser: Parser, content: Any) -> ModelClaim:
    """The first model of the page."""
    return next(each for each in items(parser, content) if isinstance(each, ModelClaim))


def quoted(offer: OfferClaim) -> dict[tuple[str, int], str]:
    """Amount by use and prompt length."""
    return {(quote.use, quote.min_prompt_tokens): quote.amount for quote in offer.prices}
