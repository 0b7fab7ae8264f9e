"""Retention of evidence: old archives, landed lines and crawl logs that no kept release and no decision refers to."""

import gzip
import json
import re
import zlib
from collections.abc import Collection, Iterable
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.contracts.log import CAPTURES
from llmpairs.warehouse.decisions import FOLDER as DECISIONS
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.manifest import parse_run_time
from llmpairs.warehouse.releases import read_arrow, read_manifest
from llmpairs.warehouse.store import Store

PRUNED = "archive/pruned"
"""Folder of the records of what was pruned, one file each time."""
LANDED_CAPTURE = re.compile(rb'"capture_id":\s*"([^"]+)"')
CAPTURE_ID = re.compile(r"\b[0-9a-f]{20}\b")
RUN_ID = re.compile(r"\d{8}T\d{6}Z(?:-\d+)?")


def list_old_evidence(store: Store, before: datetime, releases: Collection[str]) -> list[str]:
    """Archives, landed lines and crawl logs of runs before a time that none of these releases needs, sorted.

    A release needs the landed lines that it was built from, and the archives of every capture that these lines or its
    tables cite. What a decision names (a run, a capture) is kept too. ReleaseError where landed lines cannot be read.
    """
    decided = "\n".join(store.read_bytes(name).decode() for name in store.list_files(DECISIONS))
    kept_runs = {*releases, *RUN_ID.findall(decided)}
    used = {
        f"landing/{run_id}/{source}.jsonl.gz"
        for release in releases
        for source, run_id in read_manifest(store, release).landings.items()
    }
    cited = {*CAPTURE_ID.findall(decided), *cite_tables(store, releases), *cite_landings(store, sorted(used))}
    logged = read_log_arrow(store, CAPTURES)
    used_by = [
        run for run in pc.unique(logged["run_id"]).to_pylist() if run in kept_runs or parse_run_time(run) >= before
    ]
    needed = used | list_needed_archives(logged, cited, used_by)

    def is_old(name: str) -> bool:
        run = RUN_ID.fullmatch(name.split("/")[1])
        return run is not None and run[0] not in kept_runs and parse_run_time(run[0]) < before

    names = [*store.list_files("landing"), *(name for name in store.list_files("runs") if "/logs/" in name)]
    names += [name for name in store.list_files("archive") if not name.startswith(PRUNED)]
    known = {f"archive/{name}" for name in pc.unique(logged["archive_path"]).to_pylist()}
    return sorted(name for name in {*names} - needed if is_old(name) or name in known)


def cite_tables(store: Store, releases: Iterable[str]) -> set[str]:
    """Captures that the tables of releases cite."""
    cited: set[str] = set()
    for run_id in releases:
        present = read_manifest(store, run_id).tables
        for table in RELEASE_TABLES:
            columns = [name for name in table.column_names if name.endswith("capture_id")]
            if columns and table.name in present:
                rows = read_arrow(store, run_id, table.name, columns)
                cited.update(name for column in rows.columns for name in pc.unique(column).to_pylist() if name)
    return cited


def cite_landings(store: Store, names: Iterable[str]) -> set[str]:
    """Captures that landed lines cite."""
    cited: set[str] = set()
    for name in names:
        try:
            data = gzip.decompress(store.read_bytes(name)) if store.exists(name) else b""
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ReleaseError(f"{name} is damaged ({error}): restore it from a backup, then prune") from None
        cited.update(found.decode() for found in LANDED_CAPTURE.findall(data))
    return cited


def list_needed_archives(captures: pa.Table, cited: set[str], runs: list[str]) -> set[str]:
    """Archives, from rows of CAPTURES, of cited captures and of all captures of these runs, with their bodies."""
    is_needed = pc.or_(
        pc.is_in(captures["capture_id"].cast(pa.string()), pa.array(sorted(cited), pa.string())),
        pc.is_in(captures["run_id"].cast(pa.string()), pa.array(runs, pa.string())),
    )
    rows = captures.filter(is_needed)
    names = {*pc.unique(rows["archive_path"]).to_pylist(), *pc.unique(rows["body_archive_path"]).to_pylist()}
    return {f"archive/{name}" for name in names if name}


def prune_evidence(store: Store, names: list[str], now: datetime) -> None:
    """Delete these files; a record of them is written first, so that a reader learns where they went."""
    if names:
        record = {"pruned_on": now.date().isoformat(), "files": names}
        store.write_bytes(f"{PRUNED}/{now.strftime('%Y%m%dT%H%M%SZ')}.json", json.dumps(record, indent=1).encode())
    for name in names:
        store.delete_file(name)


def list_pruned(store: Store) -> dict[str, str]:
    """Day on which each pruned file was deleted, by its name in the warehouse."""
    records = [json.loads(store.read_bytes(name)) for name in store.list_files(PRUNED)]
    return {name: record["pruned_on"] for record in records for name in record["files"]}
