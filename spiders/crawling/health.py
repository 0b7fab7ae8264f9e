"""The health record of a source's crawl: what was requested, what was read, and the named cause of each failure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import islice
from statistics import median
from typing import Any, Literal

from llmpairs.spiders.archive import format_timestamp, parse_timestamp, redact_url
from llmpairs.spiders.crawling.causes import Cause
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.outcome import PageOutcome
from llmpairs.spiders.items import Item
from llmpairs.spiders.registry import Source

State = Literal["ok", "partial", "failed", "not_configured"]
MAX_LISTED = 50
GONE_STATUS = (401, 404, 410)
"""Answers about a page that does not exist; the Hub answers 401 for a repository that is private or was removed."""
RUNS_COMPARED = 7
MIN_SHARE_OF_USUAL = 0.8
"""A list of 340 loses 1 to 3 entries on an ordinary day and 11 at most (38 days of 2026)."""
MAX_SHARE_OF_LARGEST = 1.6
"""models.dev grew from 396 to 584 items in its fastest week, by a tenth or less in most (33 weeks of 2025 and 2026)."""
MIN_GROWTH = 50
"""More items than usual that can be suspicious: a list of 12 may double with one release."""
MAX_SHARE_OF_REGISTERED = 10
"""The same in a first crawl, against the registered smallest number, which is a bound and no estimate: the recorded
lists have up to 2.4 times as many."""


@dataclass(frozen=True, kw_only=True)
class HealthLimits:
    """What a crawl is held against."""

    min_items: int
    """Registered smallest number of items; a limit only as long as there is no recent run to compare with."""
    usual_items: float | None = None
    """Items of an ordinary recent run; None if there was none."""
    expired_items: float | None = None
    """Items of an ordinary run whose values have expired; None if there was none."""
    largest_items: int | None = None
    """Most items in use of a recent or expired run; None if there was none."""
    as_of: datetime | None = None
    """Time at which its values must not have expired; None to skip the check."""
    pages_not_due: int = 0
    """Pages that were left out of the crawl."""
    replay: bool = False
    """Whether archives answered instead of the source."""


def build_health_record(job: CrawlJob) -> dict[str, Any]:
    """The health record of a finished job; it depends only on the responses and their order."""
    unsettled = "the crawl ended before the page was settled; see its log"
    outcomes = [
        job.outcomes.get(request.number) or PageOutcome(request=request, cause="failed", detail=unsettled)
        for request in job.requests
    ]
    sample = any(outcome.capture and outcome.capture.sample for outcome in outcomes)
    limits = build_limits(job, sample)
    state, cause, detail = assess_health(job.source, outcomes, limits)
    if job.crash:
        state, cause, detail = "failed", "failed", job.crash
    good = [outcome for outcome in outcomes if outcome.cause == "ok"]
    failed = [outcome for outcome in outcomes if outcome.cause != "ok"]
    captured = sorted(outcome.capture.captured_at for outcome in good if outcome.capture)
    return {
        "source_id": job.source.id,
        "run_id": job.run_id,
        "as_of": format_timestamp(job.as_of),
        "mode": "replay" if job.archive else "live",
        "state": state,
        "cause": cause,
        "detail": detail,
        "items": sum(len(outcome.items) for outcome in good),
        "items_by_kind": _count(item.kind for outcome in good for item in outcome.items),
        "filled_fields": _count_filled(item for outcome in good for item in outcome.items),
        "fewest_items": limits.min_items,
        "usual_items": limits.usual_items,
        "sample": sample,
        "pages_asked": len(outcomes),
        "pages_answered": len(good),
        "pages_not_due": job.pages_not_due,
        "pages_failed": sum(not _is_closed_card(job.source, outcome) for outcome in failed),
        "failed_pages": _count(outcome.cause for outcome in failed),
        "failures": [
            {"url": redact_url(outcome.request.url), "cause": outcome.cause, "detail": outcome.detail}
            for outcome in failed
        ],
        "late_pages": sum(1 for outcome in good if outcome.capture and outcome.capture.late),
        "first_captured_at": captured[0] if captured else None,
        "last_captured_at": captured[-1] if captured else None,
        "bytes": sum(outcome.body_bytes for outcome in outcomes),
        **_list_findings(outcomes),
        "archive_damage": job.archive.damages if job.archive else [],
    }


def build_limits(job: CrawlJob, sample: bool) -> HealthLimits:
    """What the crawl of a job is held against; the number of items of a sample proves nothing."""
    return HealthLimits(
        min_items=1 if sample else job.source.fewest_items,
        usual_items=usual_item_count(job.item_counts),
        expired_items=usual_item_count(job.expired_counts),
        largest_items=max((*job.expired_counts, *job.item_counts)[-RUNS_COMPARED:], default=None),
        as_of=job.as_of,
        pages_not_due=job.pages_not_due,
        replay=job.archive is not None,
    )


def build_unconfigured_record(job: CrawlJob) -> dict[str, Any]:
    """The health record of a source whose API key is not set, which is no failure."""
    detail = f"{job.source.key_env} is not set; set it to a key of {job.source.title} to crawl this source"
    return {**build_health_record(job), "state": "not_configured", "cause": "not_configured", "detail": detail}


def usual_item_count(counts: tuple[int, ...]) -> float | None:
    """The median of the items of the last seven successful runs; None if there was none."""
    return median(counts[-RUNS_COMPARED:]) if counts else None


def assess_health(source: Source, outcomes: list[PageOutcome], limits: HealthLimits) -> tuple[State, Cause, str]:
    """State, cause and one line of detail of a source's crawl.

    Too few items are a failure, named after the most common cause of its failed pages, if any. In a first crawl,
    which only the registered number can judge, they make it partial; so do far too many. Numbers judge neither a
    crawl that left pages out nor cards, each of which is about one model: one that is gone is an answer about it.
    `not_archived` is the cause only of a source of which the archive holds nothing at all; if it needs a key, the
    archived run was not configured for it.
    """
    if not outcomes and limits.pages_not_due:
        return "ok", "ok", f"none of {limits.pages_not_due} pages was due"
    if not outcomes:
        return "failed", "not_archived" if limits.replay else "empty", "there was no page to request"
    failed = [outcome for outcome in outcomes if outcome.cause != "ok"]
    items = sum(len(outcome.items) for outcome in outcomes)
    if source.kind == "card" or limits.pages_not_due:
        limits = replace(limits, min_items=1, usual_items=None, expired_items=None, largest_items=None)
        if all(outcome.capture and outcome.capture.status in GONE_STATUS for outcome in outcomes):
            return "partial", "gone", f"none of {len(outcomes)} pages exists"
    if limits.replay and source.key_env and all(outcome.cause == "not_archived" for outcome in outcomes):
        return "not_configured", "not_configured", f"not archived, as in a run without {source.key_env}"
    shortfall = _describe_shortfall(items, limits)
    if shortfall:
        return "failed", *_explain_shortfall(shortfall, items, failed, len(outcomes))
    newest = max((outcome.capture.captured_at for outcome in outcomes if outcome.capture), default="")
    if limits.as_of and newest and parse_timestamp(newest) + source.expires_after < limits.as_of:
        return "failed", "stale", f"the newest capture is of {newest}, too old to be used"
    if _is_first_crawl(limits) and items < limits.min_items:
        first = f"{items} items in a first crawl, of at least {limits.min_items}"
        return "partial", *_explain_shortfall(first, items, failed, len(outcomes))
    if surplus := _describe_surplus(items, limits):
        return "partial", "too_many_items", surplus
    cause, detail = _summarise([each for each in failed if not _is_closed_card(source, each)], len(outcomes))
    if cause:
        return "partial", cause, detail
    rejected = [each for outcome in outcomes for each in outcome.findings if each.kind == "rejected"]
    if rejected:
        count = f"{len(rejected)} {'entry' if len(rejected) == 1 else 'entries'} could not be read"
        return "partial", "partial", f"{count}: {rejected[0].text}"
    return "ok", "ok", _describe_unknown_keys(outcomes)


def _summarise(failed: list[PageOutcome], pages: int) -> tuple[Cause | None, str]:
    """The most common cause of failed pages, and the first of its details with the number of pages."""
    if not failed:
        return None, ""
    cause = Counter(outcome.cause for outcome in failed).most_common(1)[0][0]
    first = next(outcome.detail for outcome in failed if outcome.cause == cause)
    return cause, f"{len(failed)} of {pages} pages failed; {first}" if pages > 1 else first


def _explain_shortfall(shortfall: str, items: int, failed: list[PageOutcome], pages: int) -> tuple[Cause, str]:
    """Why there are too few items: the most common cause of failed pages, if any."""
    cause, detail = _summarise(failed, pages)
    if cause is None or (cause == "not_archived" and len(failed) < pages):
        return "too_few_items" if items else "empty", f"{shortfall}; {detail}" if detail else shortfall
    return cause, detail


def _describe_shortfall(items: int, limits: HealthLimits) -> str:
    """Which limit the number of items misses; "" if none.

    A recent run outweighs the registered number: an older or smaller list is whole as well. Where the values of all
    earlier runs have expired, a list passes that reaches either.
    """
    usual, expired = limits.usual_items, limits.expired_items
    if items and usual is not None and items < MIN_SHARE_OF_USUAL * usual:
        return f"{items} items, under {MIN_SHARE_OF_USUAL:g} of the usual {usual:g}"
    if not items or (
        usual is None and expired is not None and items < min(limits.min_items, MIN_SHARE_OF_USUAL * expired)
    ):
        return f"{items} items, of at least {limits.min_items}"
    return ""


def _describe_surplus(items: int, limits: HealthLimits) -> str:
    """Which limit the number of items exceeds; "" if none: far more entries are as suspicious as far fewer."""
    if limits.largest_items is not None:
        share, base, name = MAX_SHARE_OF_LARGEST, limits.largest_items, "largest recent number"
    else:
        share, base, name = MAX_SHARE_OF_REGISTERED, limits.min_items, "registered number"
    if base > 1 and items > max(share * base, base + MIN_GROWTH):
        return f"{items} items, over {share:g} times the {name}, {base}"
    return ""


def _is_first_crawl(limits: HealthLimits) -> bool:
    """Whether no earlier run tells how many items the source usually has."""
    return limits.usual_items is None and limits.expired_items is None


def _describe_unknown_keys(outcomes: list[PageOutcome]) -> str:
    """Keys that the parser does not know, counted and listed; "" if there are none."""
    keys = Counter(finding.text for each in outcomes for finding in each.findings if finding.kind == "unknown_key")
    listed = ", ".join(f"{key} ({keys[key]})" for key in sorted(keys)[:MAX_LISTED])
    others = f" and {len(keys) - MAX_LISTED} others" if len(keys) > MAX_LISTED else ""
    return f"unknown keys: {listed}{others}" if listed else ""


def _is_closed_card(source: Source, outcome: PageOutcome) -> bool:
    """Whether a card does not exist, as many repositories have no config.json, or is private."""
    return source.kind == "card" and outcome.capture is not None and outcome.capture.status in (401, 403, 404)


def _count(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return {value: counts[value] for value in sorted(counts)}


def _count_filled(items: Iterable[Item]) -> dict[str, int]:
    """The number of items with a value in each field, by "offer.context_tokens"; 0 for a field that none fills.

    A key that a source renames leaves the number of items as it was, and one of their fields empty.
    """
    filled: Counter[str] = Counter()
    kinds: set[type[Item]] = set()
    for item in items:
        kinds.add(type(item))
        values = vars(item)
        filled.update(f"{item.kind}.{name}" for name in values if values[name] not in (None, (), "-"))
    names = sorted(f"{kind.kind}.{each.name}" for kind in kinds for each in fields(kind))
    return {name: filled[name] for name in names}


def _list_findings(outcomes: list[PageOutcome]) -> dict[str, Any]:
    """Unknown keys counted by name; rejections and remarks counted, the first of each listed."""
    findings = [(outcome, finding) for outcome in outcomes for finding in outcome.findings]
    listed: dict[str, list[dict[str, str]]] = {"rejected": [], "remark": []}
    for outcome, finding in findings:
        if finding.kind != "unknown_key":
            row = {"url": redact_url(outcome.request.url), "locator": finding.locator, "text": finding.text}
            listed[finding.kind].append(row)
    keys = _count(finding.text for _, finding in findings if finding.kind == "unknown_key")
    return {
        "unknown_keys": dict(islice(keys.items(), MAX_LISTED)),
        "rejected_entries": len(listed["rejected"]),
        "rejected": listed["rejected"][:MAX_LISTED],
        "remarks": len(listed["remark"]),
        "remarked": listed["remark"][:MAX_LISTED],
    }
