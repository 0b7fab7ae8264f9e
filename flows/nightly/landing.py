"""Landing: the crawled items, captures and archives of a run into the warehouse, and each source's log row.

`landing/<run_id>/` holds one packed file per source with every line that the run uses: new lines, and for pages or
sources that failed the lines of the parent release, carried forward with their own capture times.
"""

import gzip
import hashlib
import json
import posixpath
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.spiders.inputs import INPUTS, load_inputs
from llmpairs.spiders.registry import SOURCES, Source
from llmpairs.warehouse.contracts.log import CAPTURES
from llmpairs.warehouse.contracts.log import SOURCES as SOURCES_LOG
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.store import Store

GROWTH = "too_many_items"
"""Cause of a list with far more entries than usual."""
GROWTH_HELD_RUNS = 3
"""Runs in a row that hold new entries of a list; a list that is still as long in the next one is accepted."""
USED_STATES = ("ok", "partial")
"""Health states in which new lines are used; in any other the last known good ones are carried forward."""

LISTING_KINDS = ("catalogue", "provider")
"""Kinds of sources that list models and prices of the day."""


class FailedPage(TypedDict):
    """A page of a health record that failed."""

    url: str
    cause: str


class HealthRecord(TypedDict):
    """How the crawl of one source went; the keys of a record that landing reads."""

    state: str
    cause: str
    detail: str
    items: int
    pages_asked: int
    pages_answered: int
    pages_not_due: int
    pages_failed: int
    rejected_entries: int
    fewest_items: int
    unknown_keys: dict[str, int]
    filled_fields: dict[str, int]
    failures: list[FailedPage]


@dataclass(frozen=True)
class UsedLines:
    """The landed lines of one source that a run uses."""

    lines: list[bytes]
    carried: int
    """How many of them are carried forward from an earlier run."""
    is_new: bool
    """Whether any line is of this run's crawl."""
    lost: str | None = None
    """Runs whose landed lines are needed and cannot be read, as a message."""
    held: int = 0
    """How many lines of this run's crawl are held: the list has far more entries than usual."""


def land_sources(plan: RunPlan, crawl_failures: dict[str, str]) -> dict[str, str]:
    """Land all sources; returns the landing run by source id.

    `crawl_failures` is the reason by source for failed crawl processes. A failed source keeps its last good lines.
    """
    store = plan.store
    landings = read_parent_landings(plan)
    parent_rows = read_log(store, SOURCES_LOG, plan.parent) if plan.parent else DataFrame()
    rows, used = [], {}
    for source in SOURCES.values():
        health = read_health(plan, source.id, crawl_failures)
        used_lines = choose_lines(plan, store, source, health, landings.get(source.id))
        if used_lines.lines:
            store.write_bytes(landing_name(plan.run_id, source.id), pack(used_lines.lines))
            used[source.id] = plan.run_id
        rows.append(describe_source(plan, source, health, used_lines, parent_rows))
    append_log(store, SOURCES_LOG, plan.run_id, DataFrame(rows))
    append_log(store, CAPTURES, plan.run_id, store_archives(plan, store))
    return used


def read_parent_landings(plan: RunPlan) -> dict[str, str]:
    """Landing run by source id of the parent release."""
    return dict(read_manifest(plan.store, plan.parent).landings) if plan.parent else {}


def read_health(plan: RunPlan, source_id: str, crawl_failures: dict[str, str]) -> HealthRecord:
    """The health record of a source; made here for one that was not crawled or whose process failed."""
    path = plan.work / "health" / f"{source_id}.json"
    if path.exists():
        record: HealthRecord = json.loads(path.read_text(encoding="utf-8"))
        return record
    cause = "failed" if source_id in crawl_failures else "not_asked"
    detail = crawl_failures.get(source_id, "left out of this run with --only")
    return {
        "state": "failed", "cause": cause, "detail": detail, "items": 0, "pages_asked": 0, "pages_answered": 0,
        "pages_not_due": 0, "pages_failed": 0, "rejected_entries": 0,
        "fewest_items": SOURCES[source_id].fewest_items, "unknown_keys": {},
        "filled_fields": {}, "failures": [],
    }  # fmt: skip


def choose_lines(plan: RunPlan, store: Store, source: Source, health: HealthRecord, last_run: str | None) -> UsedLines:
    """New lines where the source succeeded, and the last good lines of the pages that failed.

    Pages that were answered lately are not requested again, and a run may have no time for all model cards: lines of
    the former are carried forward, and of cards until they expire.
    """
    new = read_lines(plan.work / "landing" / f"{source.id}.jsonl.gz")
    last, lost = read_previous_lines(store, source.id, last_run)
    if health["state"] not in USED_STATES:
        kept = last or new
        return UsedLines(kept, len(kept) if last else 0, bool(new) and not last, lost)
    # A page that is gone takes its rows with it: they are absent, not merely unseen.
    failed = {failure["url"]: failure["cause"] for failure in health["failures"]}
    unanswered = {url for url, cause in failed.items() if cause != "gone"}
    requested = list_answered(plan, source.id) | failed.keys()
    recent = list_recent(plan)
    carried = [
        line
        for line, item in ((line, json.loads(line)) for line in last)
        if item["url"] in unanswered
        or (item["url"] not in requested and (item["url"] in recent or is_card_kept(item["captured_at"], source, plan)))
    ]
    kept = hold_new_entries(plan, source, new, last) if health["cause"] == GROWTH else new
    return UsedLines(kept + carried, len(carried), True, lost, held=len(new) - len(kept))


def hold_new_entries(plan: RunPlan, source: Source, new: list[bytes], last: list[bytes]) -> list[bytes]:
    """The new lines of entries that the parent release has; all lines where it has none, or held as many often enough.

    An entry is a key at a provider.
    """
    log = read_log(plan.store, SOURCES_LOG)
    is_earlier = log["run_id"].map(lambda run_id: run_order(run_id) < run_order(plan.run_id)).astype(bool)
    held = log.loc[is_earlier & (log["source_id"] == source.id), "held_items"].tail(GROWTH_HELD_RUNS)
    if not last or int((held.fillna(0) > 0).sum()) == GROWTH_HELD_RUNS:
        return new
    known = {find_entry(line) for line in last}
    return [line for line in new if find_entry(line) in known]


def find_entry(line: bytes) -> tuple[str | None, str]:
    """Provider and key of a landed line."""
    item = json.loads(line)
    return item.get("provider_key"), item["model_key"]


def list_answered(plan: RunPlan, source_id: str) -> set[str]:
    """URLs of the source's pages that answered in this run."""
    path = plan.work / "captures" / f"{source_id}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {json.loads(line)["url"] for line in lines}


def list_recent(plan: RunPlan) -> set[str]:
    """Addresses of pages of the second wave that need no request in this run."""
    return {url for path in plan.work.glob(INPUTS.format("*")) for url in load_inputs(path).recent_pages}


def is_card_kept(captured_at: str, source: Source, plan: RunPlan) -> bool:
    """Whether the source is one of cards and values of that capture time have not expired at the as-of time."""
    return source.kind == "card" and datetime.fromisoformat(captured_at) + source.expires_after >= plan.moment


def read_lines(path: Path) -> list[bytes]:
    """Lines of a packed file; none where the crawl wrote none."""
    return read_packed(path.read_bytes()) if path.exists() else []


def pack(lines: Iterable[bytes]) -> bytes:
    """Pack lines without a time or a name, so that equal lines are equal bytes."""
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def describe_source(
    plan: RunPlan, source: Source, health: HealthRecord, used_lines: UsedLines, parent_rows: DataFrame
) -> dict[str, Any]:
    """The source's row of the log table `sources`."""
    times = {json.loads(line)["captured_at"] for line in used_lines.lines}
    captured = pd.Timestamp(max(times)) if times else pd.NaT
    last = parent_rows[parent_rows["source_id"] == source.id]["landing_run_id"] if len(parent_rows) else []
    return {
        "run_id": plan.run_id,
        "source_id": source.id,
        "title": source.title,
        "kind": source.kind,
        "lineage": source.lineage,
        "homepage": source.homepage,
        "terms": source.terms,
        "redistributable": source.redistributable,
        "verified": f"{source.verified}: {source.verified_note}",
        "state": health["state"] if health["state"] != "failed" else health["cause"],
        "cause": "; ".join(filter(None, (health["detail"], used_lines.lost))) or None,
        "items": health["items"] - used_lines.held,
        "held_items": used_lines.held,
        "fewest_items": health["fewest_items"],
        "pages_asked": health["pages_asked"],
        "pages_answered": health["pages_answered"],
        "pages_not_due": health["pages_not_due"],
        "pages_failed": health["pages_failed"],
        "rejected_entries": health["rejected_entries"],
        "unknown_keys": sorted(health["unknown_keys"]),
        "filled_fields": [{"field": name, "items": count} for name, count in health["filled_fields"].items()],
        "captured_at": captured,
        "landing_run_id": plan.run_id if used_lines.is_new else next(iter(last), None),
        "carried_items": used_lines.carried,
        "late_after": captured + source.late_after,
        "expires_at": captured + source.expires_after,
    }


def store_archives(plan: RunPlan, store: Store) -> DataFrame:
    """Copy the run's WARC files into the warehouse once; returns the CAPTURES rows, each with its archive file.

    A replayed archive is stored under its digest, a recorded one under its run.
    """
    rows = [
        json.loads(line)
        for path in sorted((plan.work / "captures").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    originals = {row["original_path"] for row in rows if row["original_path"]}
    used = {row["archive_sha256"] for row in rows}
    names: dict[str, str] = {}
    bodies: dict[str | None, str] = {}
    for path in [*list_archive_files(plan), *map(Path, sorted(originals))]:
        digest = file_digest(path)
        names[digest] = bodies[str(path)] = archive_name(plan, path, digest)
        is_used = plan.mode == "live" or digest in used or str(path) in originals
        if is_used and not store.exists(f"archive/{names[digest]}"):
            store.copy_in(path, f"archive/{names[digest]}")
    table = [
        describe_capture(plan, row, names[row["archive_sha256"]], bodies.get(row["original_path"])) for row in rows
    ]
    return DataFrame(table, columns=CAPTURES.column_names).drop_duplicates("capture_id")


def list_archive_files(plan: RunPlan) -> list[Path]:
    """The WARC files of the run: those that it recorded, or those that it replays."""
    if plan.mode == "live":
        return sorted((plan.work / "archive").glob("*.warc.gz"))
    found: list[Path] = []
    for given in map(Path, plan.archives):
        found += [given] if given.is_file() else sorted(p for p in given.rglob("*.warc*") if p.is_file())
    return found


def archive_name(plan: RunPlan, path: Path, digest: str) -> str:
    """Name of a WARC file below the warehouse's archive folder."""
    if plan.mode == "live":
        return f"{plan.run_id}/{path.name}"
    return f"by-digest/{digest}{'.warc.gz' if path.name.endswith('.gz') else '.warc'}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_capture(plan: RunPlan, row: dict[str, Any], archive_path: str, body_path: str | None) -> dict[str, Any]:
    """The row of a capture in CAPTURES; `body_path` is the archive of the body of an unchanged page."""
    if row["original_file"] and body_path is None:
        body_path = posixpath.normpath(posixpath.join(posixpath.dirname(archive_path), row["original_file"]))
    return {
        "run_id": plan.run_id,
        "capture_id": row["capture_id"],
        "source_id": row["source_id"],
        "url": row["url"],
        "method": row["method"],
        "status": row["status"],
        "content_type": row["content_type"],
        "captured_at": pd.Timestamp(row["captured_at"]),
        "payload_sha256": row["payload_sha256"],
        "payload_bytes": row["payload_bytes"],
        "payload_digest": row["stored_digest"],
        "late": row["late"],
        "archive_path": archive_path,
        "archive_sha256": row["archive_sha256"],
        "warc_record_id": row["warc_record_id"],
        "warc_offset": row["warc_offset"],
        "body_archive_path": body_path,
        "body_warc_offset": row["original_offset"],
        "etag": row["etag"],
        "last_modified": row["last_modified"],
    }


def landing_name(run_id: str, source_id: str) -> str:
    """The file of the lines of a source that a run uses."""
    return f"landing/{run_id}/{source_id}.jsonl.gz"


def read_packed(data: bytes) -> list[bytes]:
    """Lines of packed bytes."""
    return gzip.decompress(data).splitlines()


def read_previous_lines(store: Store, source_id: str, last_run: str | None) -> tuple[list[bytes], str | None]:
    """The lines of a source that the parent release used, and a message about unreadable ones.

    Where that file is missing or damaged, the newest older one that can be read is used: each line has its own age.
    """
    if last_run is None:
        return [], None
    lost: list[str] = []
    for run_id in [last_run, *reversed(list_landing_runs(store, last_run))]:
        try:
            if store.exists(name := landing_name(run_id, source_id)):
                return read_packed(store.read_bytes(name)), describe_lost(lost)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            lost.append(run_id)
        else:
            lost += [run_id] if run_id == last_run else []
    return [], describe_lost(lost)


def list_landing_runs(store: Store, before: str) -> list[str]:
    """Earlier runs with landed lines, oldest first."""
    runs = [name.rstrip("/") for name in store.list("landing") if name.endswith("/")]
    return sorted((run for run in runs if run_order(run) < run_order(before)), key=run_order)


def describe_lost(runs: list[str]) -> str | None:
    """A message about landed lines that cannot be read; None where all can."""
    return f"its landed lines of {', '.join(runs)} are lost: restore landing/ from a backup" if runs else None


def reuse_landings(plan: RunPlan) -> dict[str, str]:
    """Landing runs of the blocked run that an override publishes; copies its sources and captures log to this run."""
    if plan.override is None:
        raise ValueError("only an override reuses the landed claims of another run")
    store, blocked = plan.store, plan.override.run_id
    for table in ("sources", "captures"):
        append_log(store, table, plan.run_id, read_log(store, table, blocked).assign(run_id=plan.run_id))
    return {source: blocked for source in SOURCES if store.exists(landing_name(blocked, source))}
