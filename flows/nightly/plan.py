"""The plan of a run: its as-of time, run id, sources and folders; and the start record that outlives a killed run."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from llmpairs.flows.runtime.settings import dask_cluster, read_cluster, state_folder, warehouse_digest
from llmpairs.spiders.archive import archive_as_of
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.conditional import open_conditional
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import RUN, month_name
from llmpairs.warehouse.manifest import format_timestamp, run_order
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import Store, open_store

WRITE_TEST = "runs/.trial"
"""File that is written and deleted to see whether a warehouse can be written."""
START_RECORD = "night.json"
"""Name of the start record below runs/<run_id>/; a file format, so it keeps its first name."""
FINISHED_CRAWL = "crawl.json"
"""Name of the record in a work folder whose crawl is done."""
NO_RECORD = "ended without a record: it was killed, its machine went down, or the warehouse could not be written"


class StartRecord(TypedDict):
    """The content of a start record."""

    run_id: str
    as_of: str
    mode: str
    sources: list[str]
    parent: str | None
    started_at: str


class FinishedCrawl(TypedDict):
    """What a work folder keeps of a run whose crawl is done."""

    as_of: str
    mode: str
    archives: list[str]
    sources: list[str]
    parent: str | None
    crawl_failures: dict[str, str]


class PlanError(ValueError):
    """A run cannot be planned as asked; the message states what to change."""


@dataclass(frozen=True, kw_only=True)
class Override:
    """A reviewer's decision to publish a blocked run over failed checks."""

    run_id: str
    """The blocked run, whose landed claims are used again."""
    checks: tuple[str, ...]
    """The checks that are decided over, as "suite: check"."""
    reason: str
    evidence: str
    decided_by: str


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What one run is going to do."""

    run_id: str
    as_of: str
    """The as-of time, ISO 8601 with Z."""
    mode: str
    """`live` or `replay`."""
    warehouse: str
    archives: tuple[str, ...] = ()
    """WARC files and folders that a replay reads."""
    sources: tuple[str, ...] = ()
    """Sources to crawl; last known good values of the others are carried forward."""
    parent: str | None = None
    """Release that the run builds on."""
    dask: str = ""
    """Cluster that computes the pairs: `local:N`, or a scheduler's address; empty for this process."""
    override: Override | None = None
    """Set for a run that publishes a blocked one; it crawls nothing."""
    is_resumed: bool = False
    """Whether the work folder holds the finished crawl of an earlier run, which this one continues."""

    @property
    def moment(self) -> datetime:
        """`as_of` as a time."""
        return datetime.fromisoformat(self.as_of)

    @property
    def work(self) -> Path:
        """Folder of the run's intermediate files, on this machine."""
        return state_folder() / "work" / f"{self.run_id}-{warehouse_digest(self.warehouse)}"

    @property
    def store(self) -> Store:
        """The warehouse."""
        return open_store(self.warehouse)


def plan_run(
    warehouse: str, archives: Sequence[Path] = (), as_of: datetime | None = None, only: Sequence[str] = ()
) -> RunPlan:
    """Plan a run and create its work folder. The as-of time is `as_of`, else that of the archives, else now.

    PlanError for an unknown source or an as-of time before that of the live release, StoreError for a warehouse that
    cannot be written, ReleaseError for one that a newer llmpairs has written.
    """
    check_sources_exist(only)
    store = open_store(warehouse)
    check_writable(store)
    moment = as_of or (archive_as_of(list(archives)) if archives else datetime.now(UTC))
    if moment is None:
        raise PlanError(f"{archives[0]} has no captures, so its as-of time is unknown; give --as-of")
    moment = moment.astimezone(UTC).replace(microsecond=0)
    parent = current_run_id(store)
    check_not_before_parent(store, parent, moment)
    plan = RunPlan(
        run_id=next_run_id(store, moment),
        as_of=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        mode="replay" if archives else "live",
        warehouse=warehouse,
        archives=tuple(str(path.resolve()) for path in archives),
        sources=tuple(sorted(only or SOURCES)),
        parent=parent,
        dask=dask_cluster(),
    )
    if plan.dask:
        try:
            read_cluster(plan.dask)
        except ValueError as error:
            raise PlanError(str(error)) from None
    create_work_folder(plan)
    return plan


def resume_run(warehouse: str) -> RunPlan:
    """Plan a run that continues the last one after its crawl; PlanError where no finished crawl is kept."""
    found = list_finished_crawls(warehouse)
    if not found:
        raise PlanError("there is no finished crawl to resume: start a run with `llmpairs refresh`")
    record: FinishedCrawl = json.loads((found[-1] / FINISHED_CRAWL).read_text(encoding="utf-8"))
    store = open_store(warehouse)
    check_writable(store)
    moment = datetime.fromisoformat(record["as_of"])
    parent = current_run_id(store)
    if parent != record["parent"]:
        raise PlanError("another release was published since that crawl: start a run with `llmpairs refresh`")
    plan = RunPlan(
        run_id=next_run_id(store, moment),
        as_of=record["as_of"],
        mode=record["mode"],
        warehouse=warehouse,
        archives=tuple(record["archives"]),
        sources=tuple(record["sources"]),
        parent=parent,
        dask=dask_cluster(),
        is_resumed=True,
    )
    found[-1].rename(plan.work)
    return plan


def record_finished_crawl(plan: RunPlan, crawl_failures: dict[str, str]) -> None:
    """Note in the work folder that the crawl is done, so that a later step that fails does not cost it."""
    record = FinishedCrawl(
        as_of=plan.as_of,
        mode=plan.mode,
        archives=list(plan.archives),
        sources=list(plan.sources),
        parent=plan.parent,
        crawl_failures=crawl_failures,
    )
    (plan.work / FINISHED_CRAWL).write_text(json.dumps(record, indent=1), encoding="utf-8")


def read_crawl_failures(plan: RunPlan) -> dict[str, str]:
    """Reason by source for the crawl processes that failed in the run that is resumed."""
    record: FinishedCrawl = json.loads((plan.work / FINISHED_CRAWL).read_text(encoding="utf-8"))
    return record["crawl_failures"]


def list_finished_crawls(warehouse: str) -> list[Path]:
    """Work folders with a finished crawl whose run published nothing, oldest first."""
    folders = (state_folder() / "work").glob(f"*-{warehouse_digest(warehouse)}")
    return sorted(folder for folder in folders if (folder / FINISHED_CRAWL).exists())


def check_sources_exist(only: Sequence[str]) -> None:
    """PlanError for a source that is not registered."""
    unknown = sorted(set(only) - set(SOURCES))
    if unknown:
        raise PlanError(f"unknown source {', '.join(unknown)}; `llmpairs sources` lists them")


def check_not_before_parent(store: Store, parent: str | None, moment: datetime) -> None:
    """PlanError when the as-of time is before that of the parent release: price history is append-only."""
    last = read_manifest(store, parent).as_of if parent else moment
    if moment < last:
        raise PlanError(
            f"the as-of time {format_timestamp(moment)} is before that of the live release, "
            f"{format_timestamp(last)}: set the clock, or, if a wrong clock made that release, run "
            "`llmpairs release rollback`; replay an older archive into another warehouse"
        )


def check_writable(store: Store) -> None:
    """StoreError when the warehouse cannot be written, before anything is crawled for it."""
    try:
        store.write_bytes(WRITE_TEST, b"")
        store.delete_file(WRITE_TEST)
    except StoreError as error:
        raise StoreError(
            f"the warehouse {store.name} cannot be written ({error}); choose another with --warehouse"
        ) from None


def create_work_folder(plan: RunPlan) -> None:
    """Create the run's work folder and remove those of earlier runs; call it under the warehouse's lock.

    The newest finished crawl that was not published stays, for `refresh --resume`.
    """
    kept = list_finished_crawls(plan.warehouse)[-1:]
    for folder in (state_folder() / "work").glob(f"*-{warehouse_digest(plan.warehouse)}"):
        if folder not in kept:
            shutil.rmtree(folder)
    plan.work.mkdir(parents=True)


def next_run_id(store: Store, moment: datetime) -> str:
    """Run id of an as-of time; a further run of the same as-of time gets -2, -3 and so on."""
    base = moment.strftime("%Y%m%dT%H%M%SZ")
    taken = {name.rstrip("/") for folder in ("runs", "releases", "landing") for name in store.list(folder)}
    names = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def write_start_record(plan: RunPlan, started: datetime) -> None:
    """Record that a run starts; holds neither addresses with credentials nor paths of this machine.

    A run that is killed writes no other record, so the next run finds it by this one. ConflictError when another host
    has begun a run of that id.
    """
    record = StartRecord(
        run_id=plan.run_id,
        as_of=plan.as_of,
        mode=plan.mode,
        sources=list(plan.sources),
        parent=plan.parent,
        started_at=started.isoformat(),
    )
    name = f"runs/{plan.run_id}/{START_RECORD}"
    open_conditional(plan.store).write(name, json.dumps(record, indent=1).encode(), None)


def list_unfinished(store: Store) -> list[StartRecord]:
    """Start records of runs without a row in the log: one at work, or killed ones. Oldest first.

    All runs of a month that was compacted have one.
    """
    logged = set(store.list_files("log/runs"))
    folders = [name.rstrip("/") for name in store.list("runs") if name.endswith("/")]
    unlogged = [
        name for name in folders if not {f"log/runs/{RUN}{name}/part.parquet", month_name("runs", name)} & logged
    ]
    records = {f"runs/{run_id}/{START_RECORD}": run_id for run_id in sorted(unlogged, key=run_order)}
    return [json.loads(store.read_bytes(name)) for name, size in store.find_sizes(records).items() if size]


def plan_from_start_record(record: StartRecord, warehouse: str) -> RunPlan:
    """The plan of a run, from its start record."""
    return RunPlan(
        run_id=record["run_id"],
        as_of=record["as_of"],
        mode=record["mode"],
        warehouse=warehouse,
        sources=tuple(record["sources"]),
        parent=record["parent"],
    )
