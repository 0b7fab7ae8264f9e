"""Invariants of a warehouse after any fault; each violation is one line."""

from collections.abc import Iterable, Iterator

import duckdb

from llmpairs.warehouse.errors import WarehouseError
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest, verify_release
from llmpairs.warehouse.store import Store, open_store


def find_torn(warehouse: str, allowed: Iterable[str | None]) -> list[str]:
    """Torn state of the live release: it is none of the `allowed` runs, or it is incomplete."""
    store = open_store(warehouse)
    try:
        current = current_run_id(store)
        if current not in set(allowed):
            return [f"the live release is {current}, not one of {', '.join(map(str, allowed))}"]
        if current is None:
            return []
        return verify_release(store, current) or list(find_miscounted(warehouse, store, current))
    except (WarehouseError, OSError, duckdb.Error) as error:
        return [f"reading fails: {error}"]


def find_miscounted(warehouse: str, store: Store, run_id: str) -> Iterator[str]:
    """Tables whose row count differs from the manifest."""
    manifest = read_manifest(store, run_id)
    with connect(warehouse) as con:
        for name in manifest.tables:
            found = con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
            if found != manifest.rows(name):
                yield f"{name} has {found} rows, the manifest has {manifest.rows(name)}"
        con.execute("SELECT count(*) FROM runs").fetchall()


def find_lost(warehouse: str, published: Iterable[str]) -> list[str]:
    """Releases that were published and no longer exist."""
    existing = set(list_releases(open_store(warehouse)))
    return [f"release {run_id} is lost" for run_id in published if run_id not in existing]


def find_damaged(warehouse: str) -> list[str]:
    """Files of published releases that differ from the digest in their manifest."""
    store = open_store(warehouse)
    return [problem for run_id in list_releases(store) for problem in verify_release(store, run_id)]


def find_litter(warehouse: str) -> list[str]:
    """Unfinished releases and temporary files that cleaning should have removed."""
    store = open_store(warehouse)
    folders = {name.rstrip("/") for name in store.list("releases") if name.endswith("/")}
    unfinished = folders - set(list_releases(store))
    hidden = [name for name in store.list_files() if name.rpartition("/")[2].startswith(".")]
    return [f"releases/{name} is unfinished" for name in sorted(unfinished)] + [
        f"{name} was not removed" for name in hidden
    ]
