"""What one attempt is: its moment, its id, its sources and its folders; written down so that tasks pass an id."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from llmpairs.flows.runtime.settings import dask_cluster, place_digest, read_cluster, state_folder
from llmpairs.spiders.archive import archive_as_of
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.manifest import spell_moment
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import Store, open_store

TRIAL = "runs/.trial"


class PlanError(ValueError):
    """A night that cannot be planned as asked; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Night:
    """One attempt to publish a night."""

    run_id: str
    as_of: str
    """The night's moment, ISO 8601 with Z."""
    mode: str
    """`live` or `replay`."""
    warehouse: str
    archives: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Sources to crawl; the others keep their last good values."""
    parent: str | None = None
    """Release that the night builds on."""
    dask: str = ""
    """Cluster that makes the pairs: `local:N`, or a scheduler's address; this process makes them where empty."""

    @property
    def moment(self) -> datetime:
        """`as_of` as a time."""
        return datetime.fromisoformat(self.as_of)

    @property
    def key(self) -> str:
        """Name of the attempt on this machine: its run id, and a digest of its warehouse."""
        return f"{self.run_id}-{place_digest(self.warehouse)}"

    @property
    def work(self) -> Path:
        """Folder of the attempt's intermediate files."""
        return state_folder() / "work" / self.key

    @property
    def store(self) -> Store:
        """The warehouse."""
        return open_store(self.warehouse)

    def save(self) -> None:
        """Write the plan into the work folder."""
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "night.json").write_text(json.dumps(asdict(self), sort_keys=True), encoding="utf-8")


def load_night(key: str) -> Night:
    """The plan of an attempt, as saved under its key."""
    raw = json.loads((state_folder() / "work" / key / "night.json").read_text(encoding="utf-8"))
    return Night(**{**raw, "archives": tuple(raw["archives"]), "sources": tuple(raw["sources"])})


def plan_night(
    warehouse: str,
    archives: Sequence[Path] = (),
    as_of: datetime | None = None,
    only: Sequence[str] = (),
) -> Night:
    """The attempt to make; PlanError for an unknown source or a moment before that of the current release,
    StoreError for a warehouse that cannot be written, ReleaseError for one that a newer llmpairs has written.

    The moment is `as_of`, else what the archives say, else now.
    """
    refuse_unknown(only)
    store = open_store(warehouse)
    try_writing(store)
    moment = as_of or (archive_as_of(list(archives)) if archives else datetime.now(UTC))
    if moment is None:
        raise PlanError(f"{archives[0]} holds no captures and says no moment; give --as-of")
    moment = moment.astimezone(UTC).replace(microsecond=0)
    parent = current_run_id(store)
    refuse_going_back(store, parent, moment)
    night = Night(
        run_id=next_run_id(store, moment),
        as_of=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        mode="replay" if archives else "live",
        warehouse=warehouse,
        archives=tuple(str(path.resolve()) for path in archives),
        sources=tuple(only) or tuple(SOURCES),
        parent=parent,
        dask=dask_cluster(),
    )
    if night.dask:
        try:
            read_cluster(night.dask)
        except ValueError as error:
            raise PlanError(str(error)) from None
    night = replace(night, sources=tuple(sorted(night.sources)))
    forget_work(warehouse)
    night.save()
    return night


def refuse_unknown(only: Sequence[str]) -> None:
    """PlanError for a source that is not registered."""
    unknown = sorted(set(only) - set(SOURCES))
    if unknown:
        raise PlanError(f"unknown source {', '.join(unknown)}; `llmpairs sources` lists them")


def refuse_going_back(store: Store, parent: str | None, moment: datetime) -> None:
    """PlanError when the night is older than what it builds on: its history would run backwards."""
    last = read_manifest(store, parent).as_of if parent else moment
    if moment < last:
        raise PlanError(
            f"the night's moment {spell_moment(moment)} is before that of the current release, "
            f"{spell_moment(last)}: set the clock; or, if that release is of a wrong clock, `llmpairs rollback`; "
            "replay an older archive into another warehouse"
        )


def try_writing(store: Store) -> None:
    """StoreError when the warehouse takes no files, before anything is crawled for it."""
    try:
        store.write_bytes(TRIAL, b"")
        store.delete_file(TRIAL)
    except StoreError as error:
        raise StoreError(
            f"the warehouse {store.name} cannot be written ({error}); choose another with --warehouse"
        ) from None


def forget_work(warehouse: str) -> None:
    """Remove the work folders of earlier attempts at this warehouse; call it under the warehouse's lock."""
    for folder in (state_folder() / "work").glob(f"*-{place_digest(warehouse)}"):
        shutil.rmtree(folder)


def next_run_id(store: Store, moment: datetime) -> str:
    """Run id of a moment; a further attempt at the same moment gets -2, -3 and so on."""
    base = moment.strftime("%Y%m%dT%H%M%SZ")
    taken = {name.rstrip("/") for folder in ("runs", "releases", "landing") for name in store.list(folder)}
    names = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
