"""What is kept: releases by day, week and month; unfinished ones not at all. Archives are never touched."""

from collections.abc import Callable, Collection
from datetime import datetime

from llmpairs.warehouse.manifest import MANIFEST_NAME, read_moment
from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest
from llmpairs.warehouse.store import Store

_WRITTEN_AT_NIGHT = ("archive", "landing", "log", "releases", "runs")


def prune(
    store: Store,
    keep_daily: int = 14,
    keep_weekly: int = 8,
    keep_monthly: int = 12,
    *,
    dry_run: bool = False,
) -> list[str]:
    """Deletes old releases and returns their ids, oldest first; with `dry_run` it only returns them.

    Kept are the newest release of each of the last days, weeks and months that have one, the current release and
    the one it was built on, to which `rollback` goes. log/, runs/, decisions/, landing/ and archive/ stay.
    """
    known = list_releases(store)
    kept = _protected(store, known)
    kept |= _newest_of_each(known, keep_daily, lambda moment: moment.date().isoformat())
    kept |= _newest_of_each(known, keep_weekly, lambda moment: moment.strftime("%G-W%V"))
    kept |= _newest_of_each(known, keep_monthly, lambda moment: moment.strftime("%Y-%m"))
    gone = [run_id for run_id in known if run_id not in kept]
    for run_id in () if dry_run else gone:
        # The manifest goes first: what is left of an interrupted deletion is then an unfinished folder.
        store.delete_file(f"releases/{run_id}/{MANIFEST_NAME}")
        store.delete_dir(f"releases/{run_id}")
    return gone


def _protected(store: Store, known: list[str]) -> set[str]:
    current = current_run_id(store)
    if current is None or current not in known:
        return {current} if current else set()
    parent = read_manifest(store, current).parent_run_id
    return {current} | ({parent} if parent else set())


def _newest_of_each(known: list[str], most: int, period: Callable[[datetime], str]) -> set[str]:
    newest = {period(read_moment(run_id)): run_id for run_id in known}
    return {newest[name] for name in sorted(newest)[max(len(newest) - most, 0) :]}


def clean_staged(store: Store, in_use: Collection[str] = ()) -> list[str]:
    """Deletes release folders without a manifest and returns their names; those of runs `in_use` stay.

    Temporary files of killed writers go too, but for those of decisions/, which reviewers write at any time.
    The caller knows which runs are at work: it holds the lock.
    """
    store.delete_leftovers(_WRITTEN_AT_NIGHT)
    folders = [name.rstrip("/") for name in store.list("releases") if name.endswith("/")]
    kept = {*in_use, *list_releases(store), current_run_id(store)}
    gone = [name for name in folders if name not in kept]
    for name in gone:
        store.delete_dir(f"releases/{name}")
    return gone
