"""Webhook notifications: the outcome of a run, sources whose last good values have expired, and changes for readers.

The URL is a secret: it is in no log and no record. A webhook that fails is a warning and fails no run.
"""

import logging
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from pandas import DataFrame

from llmpairs.exports.reader_events import CLASSES, EventFilter, ReaderEvent, load_events, parse_filters, select_events
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.flows.nightly.stages import HEADLINE_TABLES, HEALTHY_STATES
from llmpairs.flows.runtime.settings import public_address
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.query import connect

NOTIFY_ENV = "LLMPAIRS_NOTIFY_URL"
FILTER_ENV = "LLMPAIRS_NOTIFY_CHANGES"
MAX_EVENTS = 100
"""Changes in one message; `count` has their number."""
TIMEOUT_SECONDS = 10.0
MAX_KEYS = 5
"""Failing keys in the message of a critical check."""
logger = logging.getLogger(__name__)


class NotifyError(ValueError):
    """The webhook's URL is not an HTTP URL."""


def notify_url(given: str | None) -> str | None:
    """The webhook's URL: the option, else the environment; NotifyError where it is not an HTTP URL."""
    url = given or os.environ.get(NOTIFY_ENV) or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotifyError(f"--notify-url, or {NOTIFY_ENV}, is not an http:// or https:// URL")
    os.environ[NOTIFY_ENV] = url  # makes `logs.redact` treat it as a secret
    return url


def notify_filters(given: str | None) -> tuple[EventFilter, ...]:
    """Which changes the webhook gets: the option, else the environment; NotifyError for what is no filter."""
    try:
        return parse_filters(given or os.environ.get(FILTER_ENV, ""))
    except ValueError as error:
        raise NotifyError(f"--notify-changes, or {FILTER_ENV}: {error}") from None


def notify_of_changes(url: str, plan: RunPlan, filters: Sequence[EventFilter]) -> None:
    """Notify the webhook of the changes that the filters accept, in one message for each class that has any."""
    if not filters:
        return
    with connect(plan.warehouse, plan.run_id) as con:
        events = select_events(load_events(con, [plan.run_id]), filters)
    for kind in CLASSES:
        found = [event for event in events if event.kind == kind]
        if found:
            post(url, describe_events(kind, plan.run_id, found))


def describe_events(kind: str, run_id: str, events: Sequence[ReaderEvent]) -> dict[str, Any]:
    """The message about the changes of one class."""
    more = f" and {len(events) - 1:,} more" if len(events) > 1 else ""
    return {
        "event": kind,
        "text": f"llmpairs: {events[0].text}{more}",
        "run_id": run_id,
        "count": len(events),
        "changes": [
            {"model_id": event.model_id, "text": event.text, "ratio": event.ratio} for event in events[:MAX_EVENTS]
        ],
    }


def notify_of_outcome(url: str, plan: RunPlan, outcome: RunOutcome) -> None:
    """Notify the webhook of a run's outcome, and of sources that are newly dead."""
    post(url, describe_outcome(plan, public_address(plan.warehouse), outcome))
    newly_dead = list_newly_dead(plan)
    if newly_dead:
        text = f"llmpairs: dead sources, their last good values have expired: {', '.join(newly_dead)}"
        post(url, {"event": "source_dead", "text": text, "run_id": plan.run_id, "sources": newly_dead})


def notify_of_failure(url: str, warehouse: str, error: str) -> None:
    """Notify the webhook of a run that could not start, or that an unforeseen error ended."""
    text = f"llmpairs: failed: {error}"
    post(url, {"event": "failed", "text": text, "warehouse": public_address(warehouse), "error": error})


def describe_outcome(plan: RunPlan, address: str, outcome: RunOutcome) -> dict[str, Any]:
    """The message about a run: `event` is published, blocked or failed; `text` is one line for people."""
    counts = {name: outcome.counts.get(name, 0) for name in HEADLINE_TABLES}
    checks = [
        {**{name: check[name] for name in ("suite", "check", "observed")}, "keys": check["failing_keys"][:MAX_KEYS]}
        for check in outcome.critical
    ]
    summary = {
        "published": ", ".join(f"{rows:,} {name}" for name, rows in counts.items()),
        "blocked": "; ".join(f"{check['suite']}: {check['check']}" for check in checks),
        "failed": str(outcome.error),
    }[outcome.state]
    return {
        "event": outcome.state,
        "text": f"llmpairs: {outcome.state} {plan.run_id}: {summary}",
        "warehouse": address,
        "as_of": plan.as_of,
        "report": f"{address.rstrip('/')}/runs/{plan.run_id}/report.html",
        "run_id": outcome.run_id,
        "seconds": outcome.seconds,
        "error": outcome.error,
        "failed_sources": outcome.failed_sources,
        "counts": counts,
        "critical": checks,
    }


def list_newly_dead(plan: RunPlan) -> list[str]:
    """Sources that are dead in this run and were not in the run before, so that each is notified once."""
    log = read_log(plan.store, "sources")
    current = log[log["run_id"] == plan.run_id]
    others = log[log["run_id"] != plan.run_id]
    before = others[others["run_id"] == others["run_id"].iloc[-1]] if len(others) else others
    moment = pd.Timestamp(plan.moment)
    return sorted(set(list_dead(current, moment)) - set(list_dead(before, moment)))


def list_dead(sources: DataFrame, moment: pd.Timestamp) -> list[str]:
    """Sources that failed and whose last good values have expired, or that never had any."""
    expired = sources["expires_at"].isna() | (sources["expires_at"] <= moment)
    return sorted(sources.loc[expired & ~sources["state"].isin(HEALTHY_STATES), "source_id"])


def post(url: str, message: dict[str, Any]) -> None:
    """POST a message as JSON; a failure is a warning, which names only the host."""
    import httpx

    host = urlsplit(url).hostname
    try:
        with httpx.stream("POST", url, json=message, timeout=TIMEOUT_SECONDS) as response:
            if not response.is_success:
                logger.warning("the webhook at %s answered %s to %s", host, response.status_code, message["event"])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning("the webhook at %s could not be sent %s: %s", host, message["event"], type(error).__name__)
