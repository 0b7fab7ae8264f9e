"""Retention: which releases are kept by day, week and month."""

from collections.abc import Callable, Collection
from datetime import datetime

from llmpairs.warehouse.lease import join_lease
from llmpairs.warehouse.manifest import MANIFEST_NAME, parse_run_time
from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest
from llmpairs.warehouse.staging import discard_unfinished, read_manifest_bytes
from llmpairs.warehouse.store import Store

_WRITTEN_BY_RUNS = ("archive", "landing", "lease", "log", "releases", "runs")


def prune(
    store: Store, keep_daily: int = 14, keep_weekly: int = 8, keep_monthly: int = 12, *, dry_run: bool = False
) -> list[str]:
    """Delete old releases and return their ids, oldest first; with `dry_run` only return them.

    Kept are the newest release of each of the last days, weeks and months that have one, the live release and its
    parent, which `rollback` needs. log/, runs/, decisions/, landing/ and archive/ are kept.
    """
    if dry_run:
        return _list_prunable(store, keep_daily, keep_weekly, keep_monthly)
    with join_lease(store, "prune") as lease:
        gone = _list_prunable(store, keep_daily, keep_weekly, keep_monthly)
        for run_id in gone:
            lease.renew()
            if run_id != current_run_id(store):
                # The chain of manifests leads through pruned releases.
                store.write_bytes(f"runs/{run_id}/{MANIFEST_NAME}", read_manifest_bytes(store, run_id) or b"")
                # The manifest is deleted first: an interrupted deletion then leaves an unfinished folder.
                store.delete_file(f"releases/{run_id}/{MANIFEST_NAME}")
                store.delete_dir(f"releases/{run_id}")
        return gone


def _list_prunable(store: Store, keep_daily: int, keep_weekly: int, keep_monthly: int) -> list[str]:
    known = list_releases(store)
    current = current_run_id(store)
    kept = {current, read_manifest(store, current).parent_run_id if current in known else None}
    kept |= _newest_of_each(known, keep_daily, lambda time: time.date().isoformat())
    kept |= _newest_of_each(known, keep_weekly, lambda time: time.strftime("%G-W%V"))
    kept |= _newest_of_each(known, keep_monthly, lambda time: time.strftime("%Y-%m"))
    return [run_id for run_id in known if run_id not in kept]


def _newest_of_each(known: list[str], most: int, period: Callable[[datetime], str]) -> set[str]:
    newest = {period(parse_run_time(run_id)): run_id for run_id in known}
    return {newest[name] for name in sorted(newest)[max(len(newest) - most, 0) :]}


def clean_staged(store: Store, in_use: Collection[str] = ()) -> list[str]:
    """Delete release folders without a manifest and return their names; those of runs `in_use` are kept.

    Temporary files of killed writers are deleted too, except in decisions/, which reviewers may be writing.
    A release that another process finishes meanwhile stays.
    """
    with join_lease(store, "cleaning") as lease:
        store.delete_temporary_files(_WRITTEN_BY_RUNS)
        folders = [name.rstrip("/") for name in store.list("releases") if name.endswith("/")]
        kept = {*in_use, *list_releases(store), current_run_id(store)}
        gone = [name for name in folders if name not in kept]
        if gone:
            lease.renew()
        return [name for name in gone if discard_unfinished(store, name)]
