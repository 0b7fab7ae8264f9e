"""Backfill: execute many archived runs in order into one warehouse, as if each had been run when it was captured."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from llmpairs.flows.nightly.gate_process import start_gate
from llmpairs.flows.nightly.landing import file_digest
from llmpairs.flows.nightly.plan import PlanError, plan_run
from llmpairs.flows.nightly.run import RunOutcome, execute_run
from llmpairs.progress import Progress
from llmpairs.spiders.archive import archive_as_of, find_warcs
from llmpairs.warehouse.log import log_files, read_log
from llmpairs.warehouse.manifest import format_timestamp, run_order
from llmpairs.warehouse.release_history import list_published
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import Store, open_store

BY_DIGEST = "by-digest"
"""Folder of a warehouse's archive with the files of replayed runs; only the log maps runs to files."""


@dataclass(frozen=True, kw_only=True)
class ArchivedRun:
    """One run that an archive can replay."""

    name: str
    moment: datetime
    """Its as-of time."""
    archives: tuple[Path, ...]

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of every WARC file of the run, sorted."""
        return tuple(sorted({file_digest(file) for path in self.archives for file in find_warcs(path)}))


@dataclass(kw_only=True)
class BackfillResult:
    """Run ids by what became of the archived runs."""

    kept: list[str] = field(default_factory=list)
    """Present from an earlier backfill, and left unchanged."""
    published: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    failed: RunOutcome | None = None
    """The run that failed; those after it were skipped."""
    left: int = 0
    """Number of skipped runs."""


def list_archived_runs(folder: Path, also: Sequence[Path] = ()) -> list[ArchivedRun]:
    """The archived runs of a folder by as-of time: each WARC file or subfolder is one.

    The archive of a warehouse can be given too. `also` are archives that every run reads after its own. PlanError when
    there is no run, when one has no as-of time, or when two have the same.
    """
    if not folder.is_dir():
        raise PlanError(f"no folder at {folder}: give one whose WARC files or subfolders are one run each")
    runs = [
        read_archived_run(path, also)
        for path in sorted(folder.iterdir())
        if path.name != BY_DIGEST and (path.name.endswith((".warc", ".warc.gz")) or has_warcs(path))
    ]
    if (folder / BY_DIGEST).is_dir():
        runs += list_replayed(folder, also, {run.moment for run in runs})
    runs.sort(key=lambda run: run.moment)
    if not runs:
        raise PlanError(f"{folder} holds no .warc or .warc.gz file and no folder of them")
    for one, other in pairwise(runs):
        if one.moment == other.moment:
            raise PlanError(
                f"{one.name} and {other.name} both have the as-of time {format_timestamp(one.moment)}: put them into "
                "one folder, or take one away"
            )
    return runs


def has_warcs(path: Path) -> bool:
    """Whether a path is a folder with a WARC file in it, or in one of its folders."""
    return path.is_dir() and any(path.rglob("*.warc*"))


def read_archived_run(path: Path, also: Sequence[Path]) -> ArchivedRun:
    """The run of a WARC file or folder; its as-of time is read from the archive."""
    moment = archive_as_of([path])
    if moment is None:
        raise PlanError(f"{path} has no captures, so its as-of time is unknown: take it out of the folder")
    return ArchivedRun(name=path.name, moment=moment.replace(microsecond=0), archives=(path, *also))


def list_replayed(archive: Path, also: Sequence[Path], known: Iterable[datetime]) -> list[ArchivedRun]:
    """The replayed runs of a warehouse: which archive files each of its published runs read, from its log."""
    store = open_store(archive.parent)
    if not log_files(store, "runs") or not log_files(store, "captures"):
        raise PlanError(
            f"{archive / BY_DIGEST} has files of replayed runs, but there is no log beside {archive} that maps them to "
            "runs; give the folder of the original archives"
        )
    runs = read_log(store, "runs")
    runs = runs[(runs["state"] == "published") & ~runs["as_of"].isin(list(known))]
    files = read_log(store, "captures").groupby("run_id")["archive_path"].agg(lambda names: sorted(set(names)))
    last = runs.drop_duplicates("as_of", keep="last")
    return [
        ArchivedRun(
            name=run_id, moment=as_of.to_pydatetime(), archives=(*(archive / name for name in files[run_id]), *also)
        )
        for run_id, as_of in zip(last["run_id"], last["as_of"], strict=True)
        if run_id in files.index
    ]


def find_present(store: Store, runs: Sequence[ArchivedRun]) -> dict[datetime, str]:
    """Run ids by as-of time of the archived runs that the warehouse has from the same bytes already.

    A blocked run counts as present once a later run was published. PlanError for a run that would have to be inserted
    before the live release.
    """
    published = list_published(store)
    live = current_run_id(store)
    newest = read_manifest(store, live).as_of if live else None
    present: dict[datetime, str] = {}
    for run in runs:
        is_past = newest is not None and run.moment < newest
        for run_id in list_runs_at(store, run.moment):
            state = read_state(store, run_id, run)
            if (state == "published" and run_id in published) or (state == "blocked" and is_past):
                present[run.moment] = run_id
        if is_past and run.moment not in present:
            raise PlanError(
                f"{run.name} has the as-of time {format_timestamp(run.moment)}, before the live release {live} of "
                f"{store.name}, which was not built on it, or not on these bytes: backfill an empty warehouse, or "
                "leave the run out with --from"
            )
    return present


def list_runs_at(store: Store, moment: datetime) -> list[str]:
    """Run ids of an as-of time, the last one last."""
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    names = {name.rstrip("/") for name in store.list("runs")}
    return sorted((name for name in names if name.partition("-")[0] == stamp), key=run_order)


def read_state(store: Store, run_id: str, run: ArchivedRun) -> str | None:
    """The state of a run by its run.json; None without one, or where it read other archives."""
    name = f"runs/{run_id}/run.json"
    if not store.exists(name):
        return None
    record = json.loads(store.read_bytes(name))
    return str(record["state"]) if record.get("archives") == list(run.digests) else None


def run_backfill(
    uri: str, runs: Sequence[ArchivedRun], report: Callable[[int, ArchivedRun, RunOutcome | None], None]
) -> BackfillResult:
    """Execute the archived runs that the warehouse does not have; stops at the first that fails, not at blocked ones.

    `report` gets the number of each run, the run and its outcome, None for one that was kept. PlanError when the runs
    do not fit the warehouse.
    """
    store = open_store(uri)
    present = find_present(store, runs)
    result = BackfillResult()
    gate = start_gate() if len(present) < len(runs) else None
    try:
        for number, run in enumerate(runs, 1):
            if run.moment in present:
                result.kept.append(present[run.moment])
                report(number, run, None)
                continue
            outcome = execute_run(plan_run(uri, run.archives, run.moment), Progress(brief=True), gate)
            report(number, run, outcome)
            if outcome.state == "failed":
                result.failed, result.left = outcome, len(runs) - number
                break
            (result.published if outcome.state == "published" else result.blocked).append(outcome.run_id)
    finally:
        if gate is not None:
            gate.close()
    return result
