"""What a webhook hears of a night: a ping for a published one, a word on a blocked or failed one, and on dead sources.

The address is a secret: it stands in no log and no record, and a webhook that fails stops no night.
"""

import logging
import os
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.plan import Night
from llmpairs.flows.nightly.run import Outcome
from llmpairs.flows.nightly.summary import SHOWN
from llmpairs.flows.runtime.settings import public_address
from llmpairs.warehouse.log import read_log

NOTIFY_ENV = "LLMPAIRS_NOTIFY_URL"
TIMEOUT_SECONDS = 10.0
HEALTHY = ("ok", "partial", "not_configured", "not_archived", "not_asked")
"""States in which a source's values may be old without anybody having to act."""
MOST_KEYS = 5
logger = logging.getLogger(__name__)


class NotifyError(ValueError):
    """An address that is no webhook's."""


def notify_url(given: str | None) -> str | None:
    """The webhook's address: the option, else the environment; NotifyError when it is no http or https address."""
    url = given or os.environ.get(NOTIFY_ENV) or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotifyError(f"--notify-url, or {NOTIFY_ENV}, is no http:// or https:// address")
    os.environ[NOTIFY_ENV] = url  # known as a secret from here on: `logs.redact`
    return url


def notify_of(url: str, night: Night, outcome: Outcome) -> None:
    """Tell the webhook how a night ended, and which sources died of it."""
    place = public_address(night.warehouse)
    post(url, describe_outcome(night, place, outcome))
    newly_dead = list_newly_dead(night)
    if newly_dead:
        text = f"llmpairs: dead sources, their last good values have expired: {', '.join(newly_dead)}"
        post(url, {"event": "source_dead", "text": text, "run_id": night.run_id, "sources": newly_dead})


def notify_of_failure(url: str, warehouse: str, error: str) -> None:
    """Tell the webhook of a night that could not begin, or that an unforeseen error ended."""
    text = f"llmpairs: failed: {error}"
    post(url, {"event": "failed", "text": text, "warehouse": public_address(warehouse), "error": error})


def describe_outcome(night: Night, place: str, outcome: Outcome) -> dict[str, Any]:
    """The message about an attempt: `event` is published, blocked or failed; `text` says it in one line."""
    counts = {name: outcome.counts.get(name, 0) for name in SHOWN}
    checks = [
        {
            **{name: check[name] for name in ("suite", "check", "observed")},
            "keys": check["failing_keys"][:MOST_KEYS],
        }
        for check in outcome.critical
    ]
    said = {
        "published": ", ".join(f"{rows:,} {name}" for name, rows in counts.items()),
        "blocked": "; ".join(f"{check['suite']}: {check['check']}" for check in checks),
        "failed": str(outcome.error),
    }[outcome.state]
    told = asdict(outcome)
    return {
        "event": outcome.state,
        "text": f"llmpairs: {outcome.state} {night.run_id}: {said}",
        "warehouse": place,
        "as_of": night.as_of,
        "report": f"{place.rstrip('/')}/runs/{night.run_id}/report.html",
        **{name: told[name] for name in ("run_id", "seconds", "error", "failed_sources")},
        "counts": counts,
        "critical": checks,
    }


def list_newly_dead(night: Night) -> list[str]:
    """Sources that are dead tonight and were not on the attempt before: one message for each death."""
    log = read_log(night.store, "sources")
    tonight = log[log["run_id"] == night.run_id]
    others = log[log["run_id"] != night.run_id]
    before = others[others["run_id"] == others["run_id"].iloc[-1]] if len(others) else others
    moment = pd.Timestamp(night.moment)
    return sorted(set(list_dead(tonight, moment)) - set(list_dead(before, moment)))


def list_dead(sources: DataFrame, moment: pd.Timestamp) -> list[str]:
    """Sources that failed and whose last good values have expired, or that never had any."""
    expired = sources["expires_at"].isna() | (sources["expires_at"] <= moment)
    return sorted(sources.loc[expired & ~sources["state"].isin(HEALTHY), "source_id"])


def post(url: str, message: dict[str, Any]) -> None:
    """POST a message as JSON; a webhook that fails is a warning, which names its host alone."""
    import httpx

    host = urlsplit(url).hostname
    try:
        with httpx.stream("POST", url, json=message, timeout=TIMEOUT_SECONDS) as answer:
            if not answer.is_success:
                logger.warning(
                    "the webhook at %s answered %s to %s", host, answer.status_code, message["event"]
                )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning("the webhook at %s took no %s: %s", host, message["event"], type(error).__name__)
