"""A source's night in one record: what was asked, what came, and by which named cause the rest did not."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from spiders.archive import print_moment, redact_url
from spiders.causes import Cause
from spiders.job import Job
from spiders.outcome import PageOutcome
from spiders.registry import Source

State = Literal["ok", "partial", "failed", "not_configured"]
LISTED_AT_MOST = 50


def report_health(job: Job) -> dict[str, Any]:
    """The health record of a finished job; everything in it follows from the answers and their order."""
    outcomes = [
        job.outcomes.get(ask.number) or _lost(ask_number, job) for ask_number, ask in enumerate(job.asks)
    ]
    sample = any(outcome.answer and outcome.answer.sample for outcome in outcomes)
    state, cause, detail = judge(job.source, outcomes, 1 if sample else job.source.fewest_items)
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
        "fewest_items": job.source.fewest_items,
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


def judge(source: Source, outcomes: list[PageOutcome], fewest_items: int) -> tuple[State, Cause, str]:
    """State, cause and one line of detail of a source's night.

    Too few items is a failure, and named after what most of its pages failed over, if any did. A card that
    does not exist is no failure: repositories without a config.json or a README are many.
    """
    failed = [outcome for outcome in outcomes if outcome.cause != "ok" and not _is_no_card(source, outcome)]
    items = sum(len(outcome.items) for outcome in outcomes)
    rejected = sum(1 for outcome in outcomes for finding in outcome.findings if finding.kind == "rejected")
    common = Counter(outcome.cause for outcome in failed).most_common(1)
    first = next((outcome for outcome in failed if common and outcome.cause == common[0][0]), None)
    told = (
        f"{len(failed)} of {len(outcomes)} pages failed; {first.detail}"
        if first and len(outcomes) > 1
        else ""
    )
    told = told or (first.detail if first else "")
    if not outcomes:
        return "failed", "empty", "there was no page to ask for"
    if items < fewest_items:
        if common:
            return "failed", common[0][0], told
        return (
            "failed",
            "empty" if items == 0 else "too_few_items",
            f"{items} items, of at least {fewest_items}",
        )
    if common:
        return "partial", common[0][0], told
    if rejected:
        return "partial", "partial", f"{rejected} entries could not be read"
    return "ok", "ok", ""


def _is_no_card(source: Source, outcome: PageOutcome) -> bool:
    return source.kind == "card" and outcome.answer is not None and outcome.answer.status in (401, 403, 404)


def _lost(ask_number: int, job: Job) -> PageOutcome:
    detail = "the crawl ended before the page was settled; see its log"
    return PageOutcome(ask=job.asks[ask_number], cause="failed", detail=detail)


def _count(words: Iterable[str]) -> dict[str, int]:
    counts = Counter(words)
    return {word: counts[word] for word in sorted(counts)}


def _list_findings(outcomes: list[PageOutcome]) -> dict[str, Any]:
    """Unknown keys counted by name; rejections and remarks counted, the first of them listed."""
    findings = [(outcome, finding) for outcome in outcomes for finding in outcome.findings]
    listed: dict[str, list[dict[str, str]]] = {"rejected": [], "remark": []}
    for outcome, finding in findings:
        if finding.kind != "unknown_key":
            row = {"url": redact_url(outcome.ask.url), "locator": finding.locator, "text": finding.text}
            listed[finding.kind].append(row)
    return {
        "unknown_keys": _count(finding.text for _, finding in findings if finding.kind == "unknown_key"),
        "rejected_entries": len(listed["rejected"]),
        "rejected": listed["rejected"][:LISTED_AT_MOST],
        "remarks": len(listed["remark"]),
        "remarked": listed["remark"][:LISTED_AT_MOST],
    }
