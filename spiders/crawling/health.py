"""A source's night in one record: what was asked, what came, and by which named cause the rest did not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from typing import Any, Literal

from llmpairs.spiders.archive import print_moment, read_moment, redact_url
from llmpairs.spiders.crawling.causes import Cause
from llmpairs.spiders.crawling.job import Job
from llmpairs.spiders.crawling.outcome import Ask, PageOutcome
from llmpairs.spiders.items import Item
from llmpairs.spiders.registry import Source

State = Literal["ok", "partial", "failed", "not_configured"]
LISTED_AT_MOST = 50
NIGHTS_COMPARED = 7
USUAL_SHARE = 0.8
"""A list of 340 loses 1 to 3 entries on an ordinary night and 11 at most (38 nights of 2026)."""


def report_health(job: Job) -> dict[str, Any]:
    """The health record of a finished job; everything in it follows from the answers and their order."""
    outcomes = [job.outcomes.get(ask.number) or _lost(ask) for ask in job.asks]
    sample = any(outcome.answer and outcome.answer.sample for outcome in outcomes)
    state, cause, detail = judge(
        job.source,
        outcomes,
        1 if sample else job.source.fewest_items,
        usual=usual_items(job.usual),
        as_of=job.as_of,
        replay=job.archive is not None,
    )
    if job.breakdown:
        state, cause, detail = "failed", "failed", job.breakdown
    good = [outcome for outcome in outcomes if outcome.cause == "ok"]
    captured = sorted(outcome.answer.captured_at for outcome in good if outcome.answer)
    return {
        "source_id": job.source.id,
        "run_id": job.run_id,
        "as_of": print_moment(job.as_of),
        "mode": "replay" if job.archive else "live",
        "state": state,
        "cause": cause,
        "detail": detail,
        "items": sum(len(outcome.items) for outcome in good),
        "items_by_kind": _count(item.kind for outcome in good for item in outcome.items),
        "filled_fields": _count_filled(item for outcome in good for item in outcome.items),
        "fewest_items": job.source.fewest_items,
        "usual_items": usual_items(job.usual),
        "sample": sample,
        "pages_asked": len(outcomes),
        "pages_answered": len(good),
        "pages_failed": len(outcomes) - len(good),
        "failed_pages": _count(outcome.cause for outcome in outcomes if outcome.cause != "ok"),
        "failures": [
            {"url": redact_url(outcome.ask.url), "cause": outcome.cause, "detail": outcome.detail}
            for outcome in outcomes
            if outcome.cause != "ok"
        ],
        "late_pages": sum(1 for outcome in good if outcome.answer and outcome.answer.late),
        "first_captured_at": captured[0] if captured else None,
        "last_captured_at": captured[-1] if captured else None,
        "bytes": sum(outcome.body_bytes for outcome in outcomes),
        **_list_findings(outcomes),
        "archive_damage": job.archive.damages if job.archive else [],
    }


def report_not_configured(job: Job) -> dict[str, Any]:
    """The health record of a source whose key is not set, which is no failure."""
    detail = f"{job.source.key_env} is not set; set it to a key of {job.source.title} to ask this source"
    return {**report_health(job), "state": "not_configured", "cause": "not_configured", "detail": detail}


def usual_items(counts: tuple[int, ...]) -> float | None:
    """The median of the last seven good nights' items; None if there was none."""
    return median(counts[-NIGHTS_COMPARED:]) if counts else None


def judge(
    source: Source,
    outcomes: list[PageOutcome],
    fewest_items: int,
    *,
    usual: float | None = None,
    as_of: datetime | None = None,
    replay: bool = False,
) -> tuple[State, Cause, str]:
    """State, cause and one line of detail of a source's night.

    Too few items is a failure, and named after what most of its pages failed over, if any did. A card that
    does not exist is no failure: repositories without a config.json or a README are many. `not_archived` is
    kept for a source of which the replayed archive holds nothing at all.
    """
    if not outcomes:
        return "failed", "not_archived" if replay else "empty", "there was no page to ask for"
    amiss = [outcome for outcome in outcomes if outcome.cause != "ok"]
    items = sum(len(outcome.items) for outcome in outcomes)
    lacking = _find_lack(items, fewest_items, usual)
    if lacking:
        return "failed", *_explain_lack(lacking, items, amiss, len(outcomes))
    if as_of and _newest_expiry(source, outcomes) < as_of:
        return "failed", "stale", f"the newest capture is of {_newest(outcomes)}, too old to be used"
    common, told = _sum_up([each for each in amiss if not _is_no_card(source, each)], len(outcomes))
    if common:
        return "partial", common, told
    rejected = sum(1 for outcome in outcomes for finding in outcome.findings if finding.kind == "rejected")
    if rejected:
        return "partial", "partial", f"{rejected} {'entry' if rejected == 1 else 'entries'} could not be read"
    return "ok", "ok", _tell_unknown_keys(outcomes)


def _sum_up(failed: list[PageOutcome], asked: int) -> tuple[Cause | None, str]:
    """The commonest cause among failed pages, and the first of its details with the number of pages."""
    if not failed:
        return None, ""
    common = Counter(outcome.cause for outcome in failed).most_common(1)[0][0]
    first = next(outcome.detail for outcome in failed if outcome.cause == common)
    return common, f"{len(failed)} of {asked} pages failed; {first}" if asked > 1 else first


def _explain_lack(lacking: str, items: int, amiss: list[PageOutcome], asked: int) -> tuple[Cause, str]:
    """Why there are too few items: what most of the pages that yielded nothing failed over, if any did."""
    common, told = _sum_up(amiss, asked)
    if common is None or (common == "not_archived" and len(amiss) < asked):
        return "too_few_items" if items else "empty", f"{lacking}; {told}" if told else lacking
    return common, told


def _find_lack(items: int, fewest_items: int, usual: float | None) -> str:
    """In what way the items are too few; "" if they are not."""
    if items < fewest_items:
        return f"{items} items, of at least {fewest_items}"
    if usual is not None and items < USUAL_SHARE * usual:
        return f"{items} items, under {USUAL_SHARE:g} of the usual {usual:g}"
    return ""


def _newest(outcomes: list[PageOutcome]) -> str:
    return max((outcome.answer.captured_at for outcome in outcomes if outcome.answer), default="")


def _newest_expiry(source: Source, outcomes: list[PageOutcome]) -> datetime:
    """When the newest answer ceases to count."""
    newest = _newest(outcomes)
    return read_moment(newest) + source.expires_after if newest else datetime.max.replace(tzinfo=UTC)


def _tell_unknown_keys(outcomes: list[PageOutcome]) -> str:
    """Keys that the parser does not know, counted and listed; "" if there are none."""
    keys = Counter(
        finding.text for each in outcomes for finding in each.findings if finding.kind == "unknown_key"
    )
    listed = ", ".join(f"{key} ({keys[key]})" for key in sorted(keys)[:LISTED_AT_MOST])
    others = f" and {len(keys) - LISTED_AT_MOST} others" if len(keys) > LISTED_AT_MOST else ""
    return f"unknown keys: {listed}{others}" if listed else ""


def _is_no_card(source: Source, outcome: PageOutcome) -> bool:
    return source.kind == "card" and outcome.answer is not None and outcome.answer.status in (401, 403, 404)


def _lost(ask: Ask) -> PageOutcome:
    detail = "the crawl ended before the page was settled; see its log"
    return PageOutcome(ask=ask, cause="failed", detail=detail)


def _count(words: Iterable[str]) -> dict[str, int]:
    counts = Counter(words)
    return {word: counts[word] for word in sorted(counts)}


def _count_filled(items: Iterable[Item]) -> dict[str, int]:
    """How many items say something in each field, by "offer.context_tokens"; 0 for a field that none fills.

    A key that a source renames leaves its items as many as ever, and one of their fields empty.
    """
    filled: Counter[str] = Counter()
    kinds: set[type[Item]] = set()
    for item in items:
        kinds.add(type(item))
        said = vars(item)
        filled.update(f"{item.kind}.{name}" for name in said if said[name] not in (None, (), "-"))
    names = sorted(f"{kind.kind}.{each.name}" for kind in kinds for each in fields(kind))
    return {name: filled[name] for name in names}


def _list_findings(outcomes: list[PageOutcome]) -> dict[str, Any]:
    """Unknown keys counted by name; rejections and remarks counted; the first of each listed."""
    findings = [(outcome, finding) for outcome in outcomes for finding in outcome.findings]
    listed: dict[str, list[dict[str, str]]] = {"rejected": [], "remark": []}
    for outcome, finding in findings:
        if finding.kind != "unknown_key":
            row = {"url": redact_url(outcome.ask.url), "locator": finding.locator, "text": finding.text}
            listed[finding.kind].append(row)
    keys = _count(finding.text for _, finding in findings if finding.kind == "unknown_key")
    return {
        "unknown_keys": dict(islice(keys.items(), LISTED_AT_MOST)),
        "rejected_entries": len(listed["rejected"]),
        "rejected": listed["rejected"][:LISTED_AT_MOST],
        "remarks": len(listed["remark"]),
        "remarked": listed["remark"][:LISTED_AT_MOST],
    }
