"""From what a page said to landed lines: every item checked by its declared types and stamped with its origin."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from scrapy.crawler import Crawler

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.crawling.causes import SchemaChangedError
from llmpairs.spiders.crawling.job import Job
from llmpairs.spiders.crawling.outcome import PageOutcome, quote_finding
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, Provenance, ScoreClaim, to_record
from llmpairs.spiders.json_entries import AMOUNT, LONGEST_TEXT, REJECTED_SHARE
from llmpairs.spiders.page import Finding
from llmpairs.spiders.plain_text import quote_plainly

Check = Callable[[Any], bool]


class LandingPipeline:
    """Lands the items of each page with the job; an item that breaks its own promises is a rejected entry."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "LandingPipeline":
        """The pipeline for the crawler's job."""
        job = getattr(crawler.spider, "job", None)
        if not isinstance(job, Job):
            raise TypeError("only spiders with a job land their items")
        return cls(job)

    def process_item(self, outcome: PageOutcome) -> PageOutcome:
        """Settle the page with its landed lines."""
        outcome = refuse_broken_items(outcome)
        self.job.settle(outcome, land(outcome, self.job.source.id))
        if self.job.show_progress:
            _show_progress(self.job, outcome)
        return outcome


def refuse_broken_items(outcome: PageOutcome) -> PageOutcome:
    """The outcome without items of wrong types, each of which becomes a finding; too many fail the page."""
    problems = [(item, find_problem(item)) for item in outcome.items]
    broken = [(item, problem) for item, problem in problems if problem]
    if not broken:
        return outcome
    findings = tuple(
        quote_finding(Finding(kind="rejected", locator=item.locator, text=problem))
        for item, problem in broken
    )
    outcome = replace(outcome, findings=outcome.findings + findings)
    if len(broken) > REJECTED_SHARE * len(problems):
        error = SchemaChangedError(outcome.ask.url, len(broken), len(problems), broken[0][1])
        return replace(outcome, cause=error.cause, detail=quote_plainly(str(error)), items=())
    return replace(outcome, items=tuple(item for item, problem in problems if not problem))


def find_problem(item: Item) -> str:
    """What is wrong with an item by its declared types, "" if nothing."""
    for name, check in CHECKS[type(item)].items():
        value = getattr(item, name)
        if not check(value):
            return f"{type(item).__name__}.{name} may not be {_show(value)}"
    return ""


def _show(value: Any) -> str:
    """The value, cut; Python prints no number of more than 4,300 digits."""
    try:
        return quote_plainly(repr(value), 60)
    except ValueError:
        return "a number without end"


def land(outcome: PageOutcome, source_id: str) -> list[bytes]:
    """The JSON lines of a page's items, in the order in which the page has them."""
    if outcome.answer is None or not outcome.items:
        return []
    provenance = Provenance(
        source_id=source_id,
        url=redact_url(outcome.ask.url),
        capture_id=outcome.capture_id,
        captured_at=outcome.answer.captured_at,
        late=outcome.answer.late,
    )
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return [encode(to_record(item, provenance)).encode("utf-8") for item in outcome.items]


def pack_lines(lines: list[bytes]) -> bytes:
    """Lines as gzip without a name or a time: equal lines are equal bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0) as stream:
        stream.writelines(line + b"\n" for line in lines)
    return packed.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it has its name only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def _check_of(hint: Any) -> Check:
    """The check of one type, of those that items use."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        checks = [_check_of(argument) for argument in arguments]
        return lambda value: any(check(value) for check in checks)
    if origin is Literal:
        return lambda value: value in arguments
    if origin is tuple and arguments[-1] is Ellipsis:
        check = _check_of(arguments[0])
        return lambda value: type(value) is tuple and all(check(each) for each in value)
    if origin is tuple:
        parts = [_check_of(argument) for argument in arguments]
        return lambda value: (
            type(value) is tuple
            and len(value) == len(parts)
            and all(check(each) for check, each in zip(parts, value, strict=True))
        )
    if hint is str:
        return _is_text
    if hint is PriceQuote:
        return lambda value: (
            type(value) is PriceQuote
            and all(check(getattr(value, name)) for name, check in QUOTE_CHECKS.items())
        )
    if hint is NoneType:
        return lambda value: value is None
    if hint in (int, float):
        return lambda value: type(value) is hint and abs(value) < 1e18
    if hint is bool:
        return lambda value: type(value) is bool
    raise TypeError(f"items have no way to check {hint}")


def _is_text(value: Any) -> bool:
    """Text that a table can hold: not blank, of bearable length, without lone surrogates or control characters."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_TEXT:
        return False
    return value.isprintable() or all(c.isprintable() or c in "\n\t\xa0\u3000" for c in value)


def _is_amount(value: Any) -> bool:
    return isinstance(value, str) and AMOUNT.fullmatch(value) is not None


def _checks_of(item_type: type) -> dict[str, Check]:
    """How each field of an item is checked."""
    hints = get_type_hints(item_type)
    return {field.name: _check_of(hints[field.name]) for field in fields(item_type)}


def _show_progress(job: Job, outcome: PageOutcome) -> None:
    line = {
        "source": job.source.id,
        "page": len(job.outcomes),
        "pages": len(job.asks),
        "url": redact_url(outcome.ask.url),
        "cause": outcome.cause,
        "items": len(outcome.items),
    }
    print(json.dumps(line), file=sys.stderr, flush=True)


QUOTE_CHECKS = {**_checks_of(PriceQuote), "amount": _is_amount}
CHECKS = {item_type: _checks_of(item_type) for item_type in (ModelClaim, OfferClaim, ScoreClaim)}
