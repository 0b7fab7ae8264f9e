"""The report of an attempt, from whatever of it there is."""

from typing import Any

from pandas import DataFrame

from expectations.report import Attempt, render_markdown
from flows.night import Night
from warehouse.contracts import RELEASE_TABLES
from warehouse.log import read_log
from warehouse.releases import current_run_id
from warehouse.staging import read_staged, release_dir
from warehouse.store import Store


def write_report(night: Night, counts: dict[str, int]) -> str:
    """Write `runs/<run_id>/report.md`; returns its name in the warehouse. Needs the attempt's row in the log."""
    store = night.store
    attempt = Attempt(
        run=read_log(store, "runs", night.run_id).iloc[0].to_dict(),
        current_run_id=current_run_id(store),
        row_counts={
            name: counts[name] for name in (table.name for table in RELEASE_TABLES) if name in counts
        },
        quality_results=logged(store, "quality_results", night.run_id),
        sources=logged(store, "sources", night.run_id),
        changes=logged(store, "changes", night.run_id),
        **{name: staged_table(night, name) for name in ("coverage_gaps", "holds", "models", "identities")},
    )
    name = f"runs/{night.run_id}/report.md"
    store.write_bytes(name, render_markdown(attempt).encode())
    return name


def logged(store: Store, table: str, run_id: str) -> DataFrame | None:
    """The attempt's rows of a log table; None when it did not get that far."""
    rows: DataFrame = read_log(store, table, run_id)
    return rows if store.exists(f"log/{table}/run_id={run_id}/part.parquet") else None


def staged_table(night: Night, name: str) -> Any:
    """A table of the attempt's release, staged or published; None when it was not staged."""
    return (
        read_staged(night.store, night.run_id, name)
        if night.store.list_files(f"{release_dir(night.run_id)}/{name}")
        else None
    )
