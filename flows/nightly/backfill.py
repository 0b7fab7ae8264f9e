"""Many archived nights in order into one warehouse: the history that running them one by one would have made."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from llmpairs.flows.nightly.gate_process import start_gate
from llmpairs.flows.nightly.landing import file_digest
from llmpairs.flows.nightly.plan import PlanError, plan_night
from llmpairs.flows.nightly.run import Outcome, run_night
from llmpairs.progress import Stages
from llmpairs.spiders.archive import archive_as_of, find_warcs
from llmpairs.warehouse.log import log_files, read_log
from llmpairs.warehouse.manifest import run_order, spell_moment
from llmpairs.warehouse.release_history import list_published
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import Store, open_store

BY_DIGEST = "by-digest"
"""Folder of a warehouse's archive with the files of replayed nights; only its log knows which night had which."""


@dataclass(frozen=True, kw_only=True)
class PastNight:
    """A night in an archive."""

    name: str
    moment: datetime
    archives: tuple[Path, ...]

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of every WARC file that answers the night, sorted."""
        return tuple(sorted({file_digest(file) for path in self.archives for file in find_warcs(path)}))


@dataclass(kw_only=True)
class Rebuilt:
    """What became of the nights, by the names of their runs."""

    kept: list[str] = field(default_factory=list)
    """Made by an earlier start of the same work, and left as they are."""
    published: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    failed: Outcome | None = None
    """The night that could not be made; those after it were not tried."""
    left: int = 0


def list_nights(folder: Path, also: Sequence[Path] = ()) -> list[PastNight]:
    """The nights of a folder in order of time: each WARC file or subfolder is one.

    The archive of a warehouse will do too. `also` are archives that answer on every night, after its own. PlanError
    when there is no night, when one says no moment, or when two are of one moment.
    """
    if not folder.is_dir():
        raise PlanError(f"no folder at {folder}: give one whose WARC files or subfolders are nights")
    nights = [
        night_of(path, also)
        for path in sorted(folder.iterdir())
        if path.name != BY_DIGEST and (path.name.endswith((".warc", ".warc.gz")) or holds_warcs(path))
    ]
    if (folder / BY_DIGEST).is_dir():
        nights += list_replayed(folder, also, {night.moment for night in nights})
    nights.sort(key=lambda night: night.moment)
    if not nights:
        raise PlanError(f"{folder} holds no .warc or .warc.gz file and no folder of them")
    for one, other in pairwise(nights):
        if one.moment == other.moment:
            raise PlanError(
                f"{one.name} and {other.name} are both of {spell_moment(one.moment)}: put them into one folder, or "
                "take one away"
            )
    return nights


def holds_warcs(path: Path) -> bool:
    """Whether a path is a folder with a WARC file in it, or in one of its folders."""
    return path.is_dir() and any(path.rglob("*.warc*"))


def night_of(path: Path, also: Sequence[Path]) -> PastNight:
    """The night in a WARC file or folder, with the moment that it says itself."""
    moment = archive_as_of([path])
    if moment is None:
        raise PlanError(f"{path} holds no captures and says no moment: take it out of the folder")
    return PastNight(name=path.name, moment=moment.replace(microsecond=0), archives=(path, *also))


def list_replayed(archive: Path, also: Sequence[Path], known: Iterable[datetime]) -> list[PastNight]:
    """The replayed nights of a warehouse, from its log: which files answered each of its published runs."""
    store = open_store(archive.parent)
    if not log_files(store, "runs") or not log_files(store, "captures"):
        raise PlanError(
            f"{archive / BY_DIGEST} has files of replayed nights, but there is no log beside {archive} that says which "
            "night each belongs to; give the folder of the original archives"
        )
    runs = read_log(store, "runs")
    runs = runs[(runs["state"] == "published") & ~runs["as_of"].isin(list(known))]
    files = (
        read_log(store, "captures").groupby("run_id")["archive_path"].agg(lambda names: sorted(set(names)))
    )
    last = runs.drop_duplicates("as_of", keep="last")
    return [
        PastNight(
            name=run_id,
            moment=as_of.to_pydatetime(),
            archives=(*(archive / name for name in files[run_id]), *also),
        )
        for run_id, as_of in zip(last["run_id"], last["as_of"], strict=True)
        if run_id in files.index
    ]


def read_done(store: Store, nights: Sequence[PastNight]) -> dict[datetime, str]:
    """Of these nights the ones that were made from the same bytes already: the run by the night's moment.

    A night that the gate blocked counts once later ones were published. PlanError for a night that would have to be
    put before a release that is there.
    """
    published = list_published(store)
    current = current_run_id(store)
    newest = read_manifest(store, current).as_of if current else None
    done: dict[datetime, str] = {}
    for night in nights:
        is_past = newest is not None and night.moment < newest
        for run_id in attempts_at(store, night.moment):
            state = state_of(store, run_id, night)
            if (state == "published" and run_id in published) or (state == "blocked" and is_past):
                done[night.moment] = run_id
        if is_past and night.moment not in done:
            raise PlanError(
                f"{night.name} is of {spell_moment(night.moment)}, before the current release {current} of "
                f"{store.name}, which was not built on it, or not on these bytes: rebuild into an empty warehouse, or "
                "leave the night out with --from"
            )
    return done


def attempts_at(store: Store, moment: datetime) -> list[str]:
    """Runs of a moment, the last one last."""
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    names = {name.rstrip("/") for name in store.list("runs")}
    return sorted((name for name in names if name.partition("-")[0] == stamp), key=run_order)


def state_of(store: Store, run_id: str, night: PastNight) -> str | None:
    """How a run ended, if it was made from the night's bytes and said so."""
    name = f"runs/{run_id}/run.json"
    if not store.exists(name):
        return None
    told = json.loads(store.read_bytes(name))
    return str(told["state"]) if told.get("archives") == list(night.digests) else None


def rebuild(
    uri: str, nights: Sequence[PastNight], tell: Callable[[int, PastNight, Outcome | None], None]
) -> Rebuilt:
    """Run the nights that are not there yet; `tell` hears the number, the night, and how it ended (None: it was kept).

    A night that the gate blocks is passed over, as it was when it came; one that fails ends the work. PlanError when
    the nights do not fit the warehouse.
    """
    store = open_store(uri)
    done = read_done(store, nights)
    result = Rebuilt()
    gate = start_gate() if len(done) < len(nights) else None
    try:
        for number, night in enumerate(nights, 1):
            if night.moment in done:
                result.kept.append(done[night.moment])
                tell(number, night, None)
                continue
            outcome = run_night(plan_night(uri, night.archives, night.moment), Stages(brief=True), gate)
            tell(number, night, outcome)
            if outcome.state == "failed":
                result.failed, result.left = outcome, len(nights) - number
                break
            (result.published if outcome.state == "published" else result.blocked).append(outcome.run_id)
    finally:
        if gate is not None:
            gate.close()
    return result
