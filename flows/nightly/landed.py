"""Landed lines as the warehouse keeps them: one packed file for each source and run."""

import gzip
import zlib

from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.store import Store


def landing_name(run_id: str, source_id: str) -> str:
    """The file of a source's lines in use on a night."""
    return f"landing/{run_id}/{source_id}.jsonl.gz"


def read_packed(data: bytes) -> list[bytes]:
    """Lines of packed bytes."""
    return gzip.decompress(data).splitlines()


def read_last(store: Store, source_id: str, last_run: str | None) -> tuple[list[bytes], str | None]:
    """The lines that the last release used, and which runs' lines are lost.

    Where that file is missing or damaged, the newest older one that can be read stands in: each line has its own age.
    """
    if last_run is None:
        return [], None
    lost: list[str] = []
    for run_id in [last_run, *reversed(list_landed(store, last_run))]:
        try:
            if store.exists(name := landing_name(run_id, source_id)):
                return read_packed(store.read_bytes(name)), tell_lost(lost)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            lost.append(run_id)
        else:
            lost += [run_id] if run_id == last_run else []
    return [], tell_lost(lost)


def list_landed(store: Store, before: str) -> list[str]:
    """Runs with landed lines that are older than this one, oldest first."""
    runs = [name.rstrip("/") for name in store.list("landing") if name.endswith("/")]
    return sorted((run for run in runs if run_order(run) < run_order(before)), key=run_order)


def tell_lost(runs: list[str]) -> str | None:
    """What to say of landed lines that cannot be read; None where all can."""
    return f"its landed lines of {', '.join(runs)} are lost: restore landing/ from a backup" if runs else None
