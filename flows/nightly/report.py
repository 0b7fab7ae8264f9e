"""The report of an attempt, from whatever of it there is, and the pointer to the latest."""

import json
from pathlib import PurePosixPath
from typing import Any

from pandas import DataFrame

from llmpairs.flows.nightly.plan import Night
from llmpairs.flows.nightly.stages import DATA_DOCS
from llmpairs.report import Attempt, render_html, render_markdown
from llmpairs.transforms.identity.reference_data import load_books
from llmpairs.transforms.identity.review import list_questions
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.decisions import list_decisions, list_overrides
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.inbox import Case, list_waiting
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.release_history import list_published
from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest, read_table
from llmpairs.warehouse.staging import read_staged, release_dir
from llmpairs.warehouse.store import Store

LATEST = "runs/latest.json"
"""Names the attempt that ended last, and its report."""
RELEASES_COMPARED = 30
STAGED = ("coverage_gaps", "holds", "disagreements", "models", "identities", "offers")


def write_report(night: Night, counts: dict[str, int]) -> str:
    """Write `runs/<run_id>/report.html` and `report.md`, then the pointer to it; returns the page's name.

    Needs the attempt's row in the log.
    """
    store, folder = night.store, f"runs/{night.run_id}"
    attempt = gather_attempt(night, counts)
    store.write_bytes(f"{folder}/report.md", render_markdown(attempt).encode())
    name = f"{folder}/report.html"
    store.write_bytes(name, render_html(attempt).encode())
    latest = {"run_id": night.run_id, "state": attempt.run["state"], "report": name}
    store.write_bytes(LATEST, json.dumps(latest, indent=1).encode())
    return name


def gather_attempt(night: Night, counts: dict[str, int]) -> Attempt:
    """What the report is made of."""
    store, run_id = night.store, night.run_id
    current = current_run_id(store)
    tables = {name: staged_table(store, run_id, name) for name in STAGED}
    offers = tables.pop("offers")
    return Attempt(
        run=read_log(store, "runs", run_id).iloc[0].to_dict(),
        current_run_id=current,
        current_as_of=read_manifest(store, current).as_of if current else None,
        waiting=tuple(waiting_on(night, current)) if current else (),
        row_counts={table.name: counts[table.name] for table in RELEASE_TABLES if table.name in counts},
        bytes_by_table=measure(store, run_id),
        quality_results=logged(store, "quality_results", run_id),
        overrides=tuple(list_overrides(store, run_id)),
        sources=logged(store, "sources", run_id),
        coverage=coverage_until(store, run_id),
        parent_gaps=gaps_of_parent(night),
        changes=logged(store, "changes", run_id),
        questions=unresolved(tables, offers),
        data_docs=list_data_docs(store, run_id),
        **tables,
    )


def waiting_on(night: Night, current: str) -> list[Case]:
    """What waits for a decision on the release that readers have."""
    store = night.store
    as_of = read_manifest(store, current).as_of
    made = [decision for decision in list_decisions(store) if decision.made_on_as_of >= as_of]
    with connect(night.warehouse, current) as con:
        return list_waiting(con, made)


def logged(store: Store, table: str, run_id: str) -> DataFrame | None:
    """The attempt's rows of a log table; None when it did not get that far."""
    rows: DataFrame = read_log(store, table, run_id)
    return rows if store.exists(f"log/{table}/run_id={run_id}/part.parquet") else None


def staged_table(store: Store, run_id: str, name: str) -> Any:
    """A table of the attempt's release, staged or published; None when it was not, or only by half."""
    if not store.list_files(f"{release_dir(run_id)}/{name}"):
        return None
    try:
        return read_staged(store, run_id, name)
    except StoreError:
        return None


def measure(store: Store, run_id: str) -> dict[str, int]:
    """Bytes by table of what the attempt staged."""
    sizes: dict[str, int] = {}
    for name, size in store.list_sizes(release_dir(run_id)).items():
        table = name.split("/")[2]
        sizes[table] = sizes.get(table, 0) + size
    return sizes


def list_data_docs(store: Store, run_id: str) -> dict[str, str]:
    """Great Expectations' own pages by suite, as the report beside them links to them."""
    names = store.list_files(f"runs/{run_id}/{DATA_DOCS}")
    return {PurePosixPath(name).stem: f"{DATA_DOCS}/{PurePosixPath(name).name}" for name in names}


def coverage_until(store: Store, run_id: str) -> DataFrame:
    """Coverage of the attempt and of the last releases before it."""
    before = [name for name in list_published(store) if run_order(name) < run_order(run_id)]
    rows: DataFrame = read_log(store, "coverage", [*before[-RELEASES_COMPARED + 1 :], run_id])
    return rows


def gaps_of_parent(night: Night) -> DataFrame | None:
    """Gaps of the parent release; None where there is none, or where it was pruned."""
    if night.parent is None or night.parent not in list_releases(night.store):
        return None
    rows: DataFrame = read_table(night.store, night.parent, "coverage_gaps")
    return rows


def unresolved(tables: dict[str, Any], offers: DataFrame | None) -> DataFrame | None:
    """Unresolved names with what hangs on them; None when the attempt did not get that far."""
    if tables["identities"] is None or tables["models"] is None or offers is None:
        return None
    return list_questions(tables["identities"], offers, tables["models"], load_books())
