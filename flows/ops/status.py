"""Status of a warehouse for monitoring: age of the live release, outcome of the last runs, dead sources."""

from datetime import datetime, timedelta
from typing import TypedDict

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.landing import LISTING_KINDS
from llmpairs.flows.nightly.notify import list_dead
from llmpairs.flows.nightly.plan import list_unfinished
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import Store, open_store


class LastRun(TypedDict):
    """The run that started last."""

    run_id: str
    state: str
    started_at: str
    error: str | None


class UnfinishedRun(TypedDict):
    """A run that has started and not ended."""

    run_id: str
    started_at: str


class WarehouseStatus(TypedDict):
    """The status as printed in JSON."""

    warehouse: str
    problem: str | None
    """None while the live release is younger than the limit."""
    current_run_id: str | None
    as_of: str | None
    age_hours: float | None
    data_captured_at: str | None
    """When the newest list of models or prices that the live release uses was read."""
    data_age_hours: float | None
    late_sources: list[str]
    """Sources whose values in the live release are older than they should be."""
    max_age_hours: float
    last_attempt: LastRun | None
    unpublished_in_a_row: int
    not_ended: list[UnfinishedRun]
    dead_sources: list[str]


def check_status(warehouse: str, limit: timedelta, now: datetime) -> WarehouseStatus:
    """The status of a warehouse; it is a problem when the live release is older than the limit."""
    store = open_store(warehouse)
    current = current_run_id(store)
    as_of = read_manifest(store, current).as_of if current else None
    runs = read_log(store, "runs").sort_values("started_at", kind="stable")
    hours = (now - as_of).total_seconds() / 3600 if as_of else None
    used = read_log(store, "sources", current) if current else DataFrame()
    captured = find_newest_listing(used)
    data_hours = (now - captured).total_seconds() / 3600 if captured else None
    return {
        "warehouse": store.name,
        "problem": find_problem(store.name, current, hours, limit) or find_old_data(data_hours, limit),
        "current_run_id": current,
        "as_of": format_timestamp(as_of) if as_of else None,
        "age_hours": None if hours is None else round(hours, 2),
        "data_captured_at": format_timestamp(captured) if captured else None,
        "data_age_hours": None if data_hours is None else round(data_hours, 2),
        "late_sources": list_late(used, now),
        "max_age_hours": limit.total_seconds() / 3600,
        "last_attempt": describe_last(runs),
        "unpublished_in_a_row": count_unpublished(runs),
        "not_ended": [
            {"run_id": record["run_id"], "started_at": record["started_at"]} for record in list_unfinished(store)
        ],
        "dead_sources": list_dead_now(store, runs, now),
    }


def find_problem(address: str, current: str | None, hours: float | None, limit: timedelta) -> str | None:
    """Why a monitor should raise an alert; None where it should not."""
    if current is None or hours is None:
        return f"{address} has no release yet; `llmpairs refresh` makes one"
    if timedelta(hours=hours) > limit:
        most = limit.total_seconds() / 3600
        return f"the live release is {hours:.1f} h old, more than {most:g} h: no run was published since"
    return None


def find_old_data(hours: float | None, limit: timedelta) -> str | None:
    """Why the data is stale although the release is not; None where it is fresh or of unknown age."""
    if hours is None or timedelta(hours=hours) <= limit:
        return None
    most = limit.total_seconds() / 3600
    return (
        f"the data is stale: its newest list was read {hours:.1f} h ago, more than {most:g} h; see `llmpairs sources`"
    )


def find_newest_listing(sources: DataFrame) -> datetime | None:
    """When the newest list of models or prices was read, by the log rows of a release's sources."""
    if sources.empty:
        return None
    newest = sources.loc[sources["kind"].isin(LISTING_KINDS), "captured_at"].max()
    return None if pd.isna(newest) else newest.to_pydatetime()


def list_late(sources: DataFrame, now: datetime) -> list[str]:
    """Sources whose values are older than they should be."""
    return [] if sources.empty else sorted(sources.loc[sources["late_after"] < pd.Timestamp(now), "source_id"])


def describe_last(runs: DataFrame) -> LastRun | None:
    """The run that started last, by the log."""
    if runs.empty:
        return None
    last = runs.iloc[-1]
    return {
        "run_id": last["run_id"],
        "state": last["state"],
        "started_at": last["started_at"].isoformat(),
        "error": None if pd.isna(last["error"]) else last["error"],
    }


def count_unpublished(runs: DataFrame) -> int:
    """Number of runs since the last published one."""
    published = runs["state"].eq("published").to_numpy().nonzero()[0]
    return len(runs) if not len(published) else len(runs) - 1 - int(published[-1])


def list_dead_now(store: Store, runs: DataFrame, now: datetime) -> list[str]:
    """Sources that are dead by the log of the last run that has one."""
    sources = read_log(store, "sources")
    asked = runs.loc[runs["run_id"].isin(sources["run_id"]), "run_id"]
    return [] if asked.empty else list_dead(sources[sources["run_id"] == asked.iloc[-1]], pd.Timestamp(now))


def render_status(found: WarehouseStatus) -> str:
    """The status in a few lines of text."""
    current, last = found["current_run_id"], found["last_attempt"]
    lines = [f"live release {current}, {found['age_hours']:.1f} h old" if current else "no release yet"]
    if found["data_age_hours"] is not None:
        lines.append(f"its newest list was read {found['data_age_hours']:.1f} h ago")
    if last is not None and (last["run_id"] != current or last["state"] != "published"):
        reason = f": {last['error']}" if last["error"] else ""
        lines.append(f"last run {last['run_id']} {last['state']}{reason}")
    if found["unpublished_in_a_row"]:
        lines.append(f"runs since the last published one: {found['unpublished_in_a_row']}")
    lines += [f"run {record['run_id']} of {record['started_at']} has not ended" for record in found["not_ended"]]
    if found["late_sources"]:
        lines.append(f"late sources: {', '.join(found['late_sources'])}")
    if found["dead_sources"]:
        lines.append(f"dead sources: {', '.join(found['dead_sources'])}")
    return "\n".join(lines)
