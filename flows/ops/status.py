"""How a warehouse is doing, for monitors: the age of what readers have, and how the last attempts went."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.attempts import list_unended
from llmpairs.flows.nightly.notify import list_dead
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.manifest import spell_moment
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import Store, open_store


def look_at(warehouse: str, limit: timedelta, now: datetime) -> dict[str, Any]:
    """The status as it is printed in JSON; `problem` is None while the current release is younger than the limit."""
    store = open_store(warehouse)
    current = current_run_id(store)
    as_of = read_manifest(store, current).as_of if current else None
    runs = read_log(store, "runs").sort_values("started_at", kind="stable")
    hours = (now - as_of).total_seconds() / 3600 if as_of else None
    return {
        "warehouse": store.name,
        "problem": find_problem(store.name, current, hours, limit),
        "current_run_id": current,
        "as_of": spell_moment(as_of) if as_of else None,
        "age_hours": None if hours is None else round(hours, 2),
        "max_age_hours": limit.total_seconds() / 3600,
        "last_attempt": describe_last(runs),
        "unpublished_in_a_row": count_unpublished(runs),
        "not_ended": [
            {"run_id": mark["run_id"], "started_at": mark["started_at"]} for mark in list_unended(store)
        ],
        "dead_sources": list_dead_now(store, runs, now),
    }


def find_problem(place: str, current: str | None, hours: float | None, limit: timedelta) -> str | None:
    """What a monitor should wake somebody for."""
    if current is None or hours is None:
        return f"{place} has no release yet; `llmpairs refresh` makes one"
    if timedelta(hours=hours) > limit:
        most = limit.total_seconds() / 3600
        return f"the current release is {hours:.1f} h old, more than {most:g} h: no night was published since"
    return None


def describe_last(runs: DataFrame) -> dict[str, Any] | None:
    """The attempt that was begun last, as the log has it."""
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
    """Attempts since the last published one."""
    published = runs["state"].eq("published").to_numpy().nonzero()[0]
    return len(runs) if not len(published) else len(runs) - 1 - int(published[-1])


def list_dead_now(store: Store, runs: DataFrame, now: datetime) -> list[str]:
    """Sources that are dead by what the last attempt with sources saw."""
    sources = read_log(store, "sources")
    asked = runs.loc[runs["run_id"].isin(sources["run_id"]), "run_id"]
    return [] if asked.empty else list_dead(sources[sources["run_id"] == asked.iloc[-1]], pd.Timestamp(now))


def tell_status(found: dict[str, Any]) -> str:
    """The status in a few lines."""
    current, last = found["current_run_id"], found["last_attempt"]
    lines = [f"current release {current}, {found['age_hours']:.1f} h old" if current else "no release yet"]
    if last is not None and (last["run_id"] != current or last["state"] != "published"):
        said = f": {last['error']}" if last["error"] else ""
        lines.append(f"last attempt {last['run_id']} {last['state']}{said}")
    if found["unpublished_in_a_row"]:
        lines.append(f"attempts since a night was published: {found['unpublished_in_a_row']}")
    lines += [
        f"attempt {mark['run_id']} of {mark['started_at']} has not ended" for mark in found["not_ended"]
    ]
    if found["dead_sources"]:
        lines.append(f"dead sources: {', '.join(found['dead_sources'])}")
    return "\n".join(lines)
