"""Tonight's crawl into the warehouse: items, captures, archives and each source's night.

`landing/<run_id>/` holds every line that is in use on the night: tonight's, and for pages or sources that did
not answer, the lines of the last release with their own capture times.
"""

import gzip
import hashlib
import json
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.landed import landing_name, read_last, read_packed
from llmpairs.flows.nightly.plan import Night
from llmpairs.spiders.inputs import Inputs, collect_inputs
from llmpairs.spiders.registry import SOURCES, Source
from llmpairs.warehouse.contracts.log import CAPTURES
from llmpairs.warehouse.contracts.log import SOURCES as SOURCES_LOG
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.store import Store

USED_STATES = ("ok", "partial")
"""With these tonight's items count; with any other the last good ones do."""


@dataclass(frozen=True)
class InUse:
    """The landed lines of one source on one night."""

    lines: list[bytes]
    carried: int
    """How many of them are of an earlier night."""
    is_tonights: bool
    """Whether tonight's crawl gave any."""
    lost: str | None = None
    """Runs whose landed lines should be here and cannot be read."""


def land_night(night: Night, given_up: dict[str, str]) -> dict[str, str]:
    """Land all sources; returns the landing run by source id. `given_up` names sources whose process failed.

    Nothing that was landed before is lost: a source that failed keeps its last lines.
    """
    store = night.store
    landings = last_landings(night)
    earlier = read_log(store, SOURCES_LOG, night.parent) if night.parent else DataFrame()
    rows, used = [], {}
    for source in SOURCES.values():
        health = read_health(night, source.id, given_up)
        in_use = choose_lines(night, store, source, health, landings.get(source.id))
        if in_use.lines:
            store.write_bytes(landing_name(night.run_id, source.id), pack(in_use.lines))
            used[source.id] = night.run_id
        rows.append(describe_source(night, source, health, in_use, earlier))
    append_log(store, SOURCES_LOG, night.run_id, DataFrame(rows))
    append_log(store, CAPTURES, night.run_id, keep_archives(night, store))
    return used


def gather_names(night: Night, given_up: dict[str, str]) -> Inputs:
    """What the lines in use of the first wave name for the second, last good ones of a silent catalogue included."""
    store, landings = night.store, last_landings(night)
    folder = night.work / "named"
    folder.mkdir(exist_ok=True)
    for source in SOURCES.values():
        if source.wave == 1:
            health = read_health(night, source.id, given_up)
            in_use = choose_lines(night, store, source, health, landings.get(source.id))
            (folder / f"{source.id}.jsonl.gz").write_bytes(pack(in_use.lines))
    return collect_inputs(folder)


def last_landings(night: Night) -> dict[str, str]:
    """Landing run by source id of the release that the night builds on."""
    return dict(read_manifest(night.store, night.parent).landings) if night.parent else {}


def read_health(night: Night, source_id: str, given_up: dict[str, str]) -> dict[str, Any]:
    """The health record of a source; one that was not asked, or whose process died, gets one that says so."""
    path = night.work / "health" / f"{source_id}.json"
    if path.exists():
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return record
    cause = "failed" if source_id in given_up else "not_asked"
    detail = given_up.get(source_id, "left out of this run with --only")
    return {
        "state": "failed", "cause": cause, "detail": detail, "items": 0, "pages_asked": 0, "pages_answered": 0,
        "rejected_entries": 0, "unknown_keys": {}, "filled_fields": {}, "failures": [],
    }  # fmt: skip


def choose_lines(
    night: Night, store: Store, source: Source, health: dict[str, Any], last_run: str | None
) -> InUse:
    """Tonight's lines where the source did well, and the last good ones of what did not answer.

    Cards take turns where a night is too short for all: those of other nights stay until they expire.
    """
    tonight = read_lines(night.work / "landing" / f"{source.id}.jsonl.gz")
    last, lost = read_last(store, source.id, last_run)
    if health["state"] not in USED_STATES:
        kept = last or tonight
        return InUse(kept, len(kept) if last else 0, bool(tonight) and not last, lost)
    # A page that is gone takes its rows with it: they are absent tonight, not merely unseen.
    failed = {failure["url"]: failure["cause"] for failure in health["failures"]}
    unanswered = {url for url, cause in failed.items() if cause != "gone"}
    asked = list_answered(night, source.id) | failed.keys()
    keeps_others = source.kind == "card"
    carried = [
        line
        for line, said in ((line, json.loads(line)) for line in last)
        if said["url"] in unanswered
        or (keeps_others and said["url"] not in asked and is_fresh(said["captured_at"], source, night))
    ]
    return InUse(tonight + carried, len(carried), True, lost)


def list_answered(night: Night, source_id: str) -> set[str]:
    """Addresses of the source's pages that answered tonight."""
    path = night.work / "captures" / f"{source_id}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {json.loads(line)["url"] for line in lines}


def is_fresh(captured_at: str, source: Source, night: Night) -> bool:
    """Whether what was captured then still counts tonight."""
    return datetime.fromisoformat(captured_at) + source.expires_after >= night.moment


def read_lines(path: Path) -> list[bytes]:
    """Lines of a packed file; none when the crawl left none."""
    return read_packed(path.read_bytes()) if path.exists() else []


def pack(lines: Iterable[bytes]) -> bytes:
    """Lines packed without a time or a name, so that equal lines are equal bytes."""
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def describe_source(
    night: Night, source: Source, health: dict[str, Any], in_use: InUse, earlier: DataFrame
) -> dict[str, Any]:
    """The source's row of the night for the log."""
    times = {json.loads(line)["captured_at"] for line in in_use.lines}
    captured = pd.Timestamp(max(times)) if times else pd.NaT
    last = earlier[earlier["source_id"] == source.id]["landing_run_id"] if len(earlier) else []
    return {
        "run_id": night.run_id,
        "source_id": source.id,
        "title": source.title,
        "kind": source.kind,
        "lineage": source.lineage,
        "homepage": source.homepage,
        "terms": source.terms,
        "redistributable": source.redistributable,
        "verified": f"{source.verified}: {source.verified_note}",
        "state": health["state"] if health["state"] != "failed" else health["cause"],
        "cause": "; ".join(filter(None, (health["detail"], in_use.lost))) or None,
        "items": health["items"],
        "pages_asked": health["pages_asked"],
        "pages_answered": health["pages_answered"],
        "rejected_entries": health["rejected_entries"],
        "unknown_keys": sorted(health["unknown_keys"]),
        "filled_fields": [{"field": name, "items": count} for name, count in health["filled_fields"].items()],
        "captured_at": captured,
        "landing_run_id": night.run_id if in_use.is_tonights else next(iter(last), None),
        "carried_items": in_use.carried,
        "late_after": captured + source.late_after,
        "expires_at": captured + source.expires_after,
    }


def keep_archives(night: Night, store: Store) -> DataFrame:
    """Copy tonight's WARC files into the warehouse once, and list every capture with the file that holds it.

    A replayed archive is kept under its digest, a recorded one under its run.
    """
    rows = [
        json.loads(line)
        for path in sorted((night.work / "captures").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    originals = {row["original_path"] for row in rows if row["original_path"]}
    used = {row["archive_sha256"] for row in rows}
    names: dict[str, str] = {}
    bodies: dict[str | None, str] = {}
    for path in [*archive_files(night), *map(Path, sorted(originals))]:
        digest = file_digest(path)
        names[digest] = bodies[str(path)] = archive_name(night, path, digest)
        is_used = night.mode == "live" or digest in used or str(path) in originals
        if is_used and not store.exists(f"archive/{names[digest]}"):
            store.copy_in(path, f"archive/{names[digest]}")
    table = [
        describe_capture(night, row, names[row["archive_sha256"]], bodies.get(row["original_path"]))
        for row in rows
    ]
    return DataFrame(table, columns=CAPTURES.column_names).drop_duplicates("capture_id")


def archive_files(night: Night) -> list[Path]:
    """The WARC files of the night: recorded ones, or those that were replayed."""
    if night.mode == "live":
        return sorted((night.work / "archive").glob("*.warc.gz"))
    found: list[Path] = []
    for given in map(Path, night.archives):
        found += [given] if given.is_file() else sorted(p for p in given.rglob("*.warc*") if p.is_file())
    return found


def archive_name(night: Night, path: Path, digest: str) -> str:
    """Name of a WARC file below the warehouse's archive folder."""
    if night.mode == "live":
        return f"{night.run_id}/{path.name}"
    return f"by-digest/{digest}{'.warc.gz' if path.name.endswith('.gz') else '.warc'}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_capture(
    night: Night, row: dict[str, Any], archive_path: str, body_path: str | None
) -> dict[str, Any]:
    """A capture's row for the log; `body_path` is where a replay found the body of an unchanged page."""
    if row["original_file"] and body_path is None:
        body_path = posixpath.normpath(posixpath.join(posixpath.dirname(archive_path), row["original_file"]))
    return {
        "run_id": night.run_id,
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
