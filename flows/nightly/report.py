"""The report of a run, from the tables and log rows that it wrote, and the pointer to the latest report."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pandas import DataFrame, concat

from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.stages import DATA_DOCS
from llmpairs.report import RunData, RunFigures, render_html, render_json, render_markdown
from llmpairs.report.incidents import list_claimed_models
from llmpairs.report.reader_changes import count_price_changes
from llmpairs.report.run_data import LoggedRun
from llmpairs.transforms.decision_outcomes import TABLES, describe_decisions
from llmpairs.transforms.identity.reference_data import load_identity_reference
from llmpairs.transforms.identity.review import list_unresolved_names
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.decisions import frame_decisions, list_decisions, list_overrides
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import is_logged, read_log
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.parquet import read_rows
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.release_history import list_published
from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest, read_table
from llmpairs.warehouse.review_cases import ReviewCase, list_open_cases
from llmpairs.warehouse.staging import read_staged, release_dir
from llmpairs.warehouse.store import Store

LATEST = "runs/latest.json"
"""Names the run that ended last, and its report."""
RELEASES_COMPARED = 30
DECIDED_TABLES = ("facts", "offers", "price_history")
"""Tables that are read only where a decision was made."""
REPORTED_TABLES = ("coverage_gaps", "holds", "disagreements", "models", "identities", "offers")
CLAIM_COLUMNS = ["source_id", "subject_kind", "subject_id"]


def write_report(plan: RunPlan, counts: dict[str, int]) -> str:
    """Write `runs/<run_id>/report.html`, `.md` and `.json`, then the pointer to it; returns the page's name.

    Needs the run's row in the log.
    """
    store, folder = plan.store, f"runs/{plan.run_id}"
    data = load_run_data(plan, counts)
    store.write_bytes(f"{folder}/report.md", render_markdown(data).encode())
    store.write_bytes(f"{folder}/report.json", render_json(data).encode())
    name = f"{folder}/report.html"
    store.write_bytes(name, render_html(data).encode())
    latest = {"run_id": plan.run_id, "state": data.run["state"], "report": name}
    store.write_bytes(LATEST, json.dumps(latest, indent=1).encode())
    return name


def load_run_data(plan: RunPlan, counts: dict[str, int]) -> RunData:
    """The input of the report; None for what the run did not get to."""
    store, run_id = plan.store, plan.run_id
    current = current_run_id(store)
    tables = {name: read_run_table(store, run_id, name) for name in REPORTED_TABLES}
    offers = tables["offers"]
    tables["disagreements"] = add_models(tables["disagreements"], offers)
    return RunData(
        run=read_run_row(store, run_id),
        current_run_id=current,
        current_as_of=read_manifest(store, current).as_of if current else None,
        open_cases=tuple(list_cases(plan, current)) if current else (),
        row_counts={table.name: counts[table.name] for table in RELEASE_TABLES if table.name in counts},
        bytes_by_table=measure_tables(store, run_id),
        quality_results=read_log_rows(store, "quality_results", run_id),
        overrides=tuple(list_overrides(store, run_id)),
        decisions=read_decision_outcomes(plan, tables),
        quarantine=read_log_rows(store, "quarantine", run_id),
        sources=read_log_rows(store, "sources", run_id),
        claimed_models=read_claimed_models(store, run_id, offers),
        coverage=read_coverage(store, run_id),
        trend=tuple(read_trend(store, run_id, counts)),
        parent_gaps=read_parent_gaps(plan),
        changes=read_log_rows(store, "changes", run_id),
        unresolved_names=rank_unresolved(tables, offers),
        data_docs=list_data_docs(store, run_id),
        **{name: table for name, table in tables.items() if name not in ("holds", "offers")},
    )


def read_decision_outcomes(plan: RunPlan, tables: dict[str, Any]) -> DataFrame | None:
    """What became of every decision that was made before the run; None where there is none or a table is missing."""
    made = frame_decisions(list_decisions(plan.store, plan.moment))
    if made.empty:
        return None
    found = {**tables, **{name: read_run_table(plan.store, plan.run_id, name) for name in DECIDED_TABLES}}
    if any(found[name] is None for name in TABLES):
        return None
    return describe_decisions(made, found, plan.moment)


def add_models(disagreements: DataFrame | None, offers: DataFrame | None) -> DataFrame | None:
    """Disagreements with the model that each concerns."""
    if disagreements is None:
        return None
    own = disagreements["subject_id"].where(disagreements["subject_kind"] == "model")
    if offers is None:
        return disagreements.assign(model_id=own)
    of_offers = disagreements["subject_id"].map(offers.set_index("offer_id")["model_id"])
    return disagreements.assign(model_id=own.fillna(of_offers))


def read_run_row(store: Store, run_id: str) -> LoggedRun:
    """The run's row of the log table `runs`."""
    row: LoggedRun = read_log(store, "runs", run_id).iloc[0].to_dict()
    return row


def list_cases(plan: RunPlan, current: str) -> list[ReviewCase]:
    """Open review cases of the live release."""
    store = plan.store
    as_of = read_manifest(store, current).as_of
    made = [decision for decision in list_decisions(store) if decision.made_on_as_of >= as_of]
    with connect(plan.warehouse, current) as con:
        return list_open_cases(con, made)


def read_log_rows(store: Store, table: str, run_id: str) -> DataFrame | None:
    """The run's rows of a log table; None where it wrote none."""
    rows: DataFrame = read_log(store, table, run_id)
    return rows if is_logged(store, table, run_id) else None


def read_run_table(store: Store, run_id: str, name: str) -> Any:
    """A table of the run, staged or published; None where it is missing or incomplete."""
    if not store.list_files(f"{release_dir(run_id)}/{name}"):
        return None
    try:
        return read_staged(store, run_id, name)
    except StoreError:
        return None


def measure_tables(store: Store, run_id: str) -> dict[str, int]:
    """Bytes by table of the files that the run staged."""
    sizes: dict[str, int] = {}
    for name, size in store.list_sizes(release_dir(run_id)).items():
        table = name.split("/")[2]
        sizes[table] = sizes.get(table, 0) + size
    return sizes


def list_data_docs(store: Store, run_id: str) -> dict[str, str]:
    """Great Expectations' own pages by suite, as the report beside them links to them."""
    names = store.list_files(f"runs/{run_id}/{DATA_DOCS}")
    return {PurePosixPath(name).stem: f"{DATA_DOCS}/{PurePosixPath(name).name}" for name in names}


def read_claimed_models(store: Store, run_id: str, offers: DataFrame | None) -> DataFrame | None:
    """Models that each source states something of, itself or about an offer; None where the run has no facts."""
    files = store.list_files(f"{release_dir(run_id)}/facts")
    if not files or offers is None:
        return None
    try:
        claims = concat([from_arrow(read_rows(store, file, CLAIM_COLUMNS)).drop_duplicates() for file in files])
    except StoreError:
        return None
    return list_claimed_models(claims, offers)


def read_trend(store: Store, run_id: str, counts: dict[str, int]) -> Iterator[RunFigures]:
    """Figures of the last releases and of the run; tables of a pruned release are not counted any more."""
    published = [name for name in list_published(store) if run_order(name) < run_order(run_id)]
    names = [*published[-RELEASES_COMPARED + 1 :], run_id]
    changes = count_price_changes(read_log(store, "changes", names))
    seconds = read_log(store, "runs", names).set_index("run_id")["seconds"].dropna()
    kept = set(list_releases(store))
    for name in names:
        rows = read_manifest(store, name).rows if name in kept else counts.get if name == run_id else None
        yield RunFigures(
            run_id=name,
            gaps=rows("coverage_gaps") if rows else None,
            holds=rows("holds") if rows else None,
            price_changes=changes.get(name, 0),
            seconds=seconds.get(name),
        )


def read_coverage(store: Store, run_id: str) -> DataFrame:
    """Coverage rows of the run and of the last releases before it."""
    before = [name for name in list_published(store) if run_order(name) < run_order(run_id)]
    rows: DataFrame = read_log(store, "coverage", [*before[-RELEASES_COMPARED + 1 :], run_id])
    return rows


def read_parent_gaps(plan: RunPlan) -> DataFrame | None:
    """Gaps of the parent release; None where there is none or it was pruned."""
    if plan.parent is None or plan.parent not in list_releases(plan.store):
        return None
    rows: DataFrame = read_table(plan.store, plan.parent, "coverage_gaps")
    return rows


def rank_unresolved(tables: dict[str, Any], offers: DataFrame | None) -> DataFrame | None:
    """Unresolved names with their dependents; None where a table for it is missing."""
    if tables["identities"] is None or tables["models"] is None or offers is None:
        return None
    return list_unresolved_names(tables["identities"], offers, tables["models"], load_identity_reference())
