"""Items to landed lines: each is validated against its declared types and stamped with its provenance."""

import json
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from llmpairs.spiders.archive import redact_url
from llmpairs.spiders.crawling.causes import SchemaChangedError
from llmpairs.spiders.crawling.job import CrawlJob, JobComponent
from llmpairs.spiders.crawling.outcome import PageOutcome
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, Provenance, ScoreClaim, to_record
from llmpairs.spiders.json_entries import AMOUNT, FAILING_SHARE, MAX_TEXT_CHARS
from llmpairs.spiders.page import Finding, format_excerpt

Check = Callable[[Any], bool]
NAMES = ("provider_key", "model_key", "operator_key", "route_tag", "name", "developer", "family", "benchmark", "metric")
"""Fields that become ids or names."""
MAX_NAME_CHARS = 200
"""The longest key of the recorded lists has 76 characters, the longest name 52 (33 weekly runs)."""


class LandingPipeline(JobComponent):
    """Lands the items of each page with its job; an item of wrong types becomes a rejected entry."""

    def process_item(self, outcome: PageOutcome) -> PageOutcome:
        """Record the page's outcome with its landed lines."""
        outcome = reject_invalid_items(outcome)
        self.job.record_outcome(outcome, serialise_items(outcome, self.job.source.id))
        if self.job.show_progress:
            _show_progress(self.job, outcome)
        return outcome


def reject_invalid_items(outcome: PageOutcome) -> PageOutcome:
    """The outcome with each item of wrong types replaced by a finding; too many of them fail the page."""
    problems = [(item, find_type_error(item)) for item in outcome.items]
    broken = [(item, problem) for item, problem in problems if problem]
    if not broken:
        return outcome
    findings = tuple(
        Finding(kind="rejected", locator=item.locator, text=problem).shortened() for item, problem in broken
    )
    outcome = replace(outcome, findings=outcome.findings + findings)
    if len(broken) >= FAILING_SHARE * len(problems):
        error = SchemaChangedError(outcome.request.url, len(broken), len(problems), broken[0][1])
        return replace(outcome, cause=error.cause, detail=format_excerpt(str(error)), items=())
    return replace(outcome, items=tuple(item for item, problem in problems if not problem))


def find_type_error(item: Item) -> str:
    """The first field of an item that violates its declared type, with its value; "" if none does."""
    for name, check in CHECKS[type(item)].items():
        value = getattr(item, name)
        if not check(value) or (name in NAMES and value and len(value) > MAX_NAME_CHARS):
            return f"{type(item).__name__}.{name} may not be {_show(value)}"
    return ""


def _show(value: Any) -> str:
    """The value, shortened; Python prints no number of more than 4,300 digits."""
    try:
        return format_excerpt(repr(value), 60)
    except ValueError:
        return "a number without end"


def serialise_items(outcome: PageOutcome, source_id: str) -> list[bytes]:
    """The JSON lines of a page's items, in page order."""
    if outcome.capture is None or not outcome.items:
        return []
    provenance = Provenance(
        source_id=source_id,
        url=redact_url(outcome.request.url),
        capture_id=outcome.capture_id,
        captured_at=outcome.capture.captured_at,
        late=outcome.capture.late,
    )
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return [encode(to_record(item, provenance)).encode("utf-8") for item in outcome.items]


def _check_of(hint: Any) -> Check:
    """The check of a value by its type hint."""
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
            type(value) is PriceQuote and all(check(getattr(value, name)) for name, check in QUOTE_CHECKS.items())
        )
    if hint is NoneType:
        return lambda value: value is None
    if hint in (int, float):
        return lambda value: type(value) is hint and abs(value) < 1e18
    if hint is bool:
        return lambda value: type(value) is bool
    raise TypeError(f"there is no check for the type {hint}")


def _is_text(value: Any) -> bool:
    """Text that a table can hold: not empty, not too long, without lone surrogates or control characters."""
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT_CHARS:
        return False
    return value.isprintable() or all(c.isprintable() or c in "\n\t\xa0\u3000" for c in value)


def _checks_of(item_type: type) -> dict[str, Check]:
    """The check of each field of an item."""
    hints = get_type_hints(item_type)
    return {field.name: _check_of(hints[field.name]) for field in fields(item_type)}


def _show_progress(job: CrawlJob, outcome: PageOutcome) -> None:
    line = {
        "source": job.source.id,
        "page": len(job.outcomes),
        "pages": len(job.requests),
        "url": redact_url(outcome.request.url),
        "cause": outcome.cause,
        "items": len(outcome.items),
    }
    print(json.dumps(line), file=sys.stderr, flush=True)


QUOTE_CHECKS: dict[str, Check] = {
    **_checks_of(PriceQuote),
    "amount": lambda value: isinstance(value, str) and AMOUNT.fullmatch(value) is not None,
}
CHECKS = {item_type: _checks_of(item_type) for item_type in (ModelClaim, OfferClaim, ScoreClaim)}
