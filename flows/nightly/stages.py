"""What happens in each stage of a night: read from the warehouse, call one transform, write to the stage."""

import json
from typing import Any

from pandas import DataFrame

from llmpairs.flows.nightly.plan import Night
from llmpairs.flows.nightly.standing import standing_of_sources
from llmpairs.flows.runtime.settings import code_version
from llmpairs.transforms.changes import find_changes
from llmpairs.transforms.coverage import load_stewards
from llmpairs.transforms.coverage_counts import count_coverage
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.transforms.reference_data import load_all_books
from llmpairs.transforms.state import RULES_VERSION, build_state
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import RELEASE_TABLES, TABLES
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.decisions import Decision, decisions_digest, list_overrides, read_decisions
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.landing import load_landing
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.manifest import Manifest
from llmpairs.warehouse.releases import (
    current_run_id,
    list_releases,
    publish,
    read_manifest,
    read_table,
    stage_table,
    verify_staged,
    write_manifest,
)
from llmpairs.warehouse.staging import release_dir

DATA_DOCS = "data_docs"
"""Folder of Great Expectations' own pages, below the night's work and below runs/<run_id>/."""
STATE_TABLES = tuple(table for table in RELEASE_TABLES if table.name not in ("pairs", "pair_changes"))


def transform_night(night: Night, landings: dict[str, str]) -> dict[str, int]:
    """Landed claims to the staged state tables; returns their row counts. `landings` is the landing run by source."""
    store = night.store
    previous = {table.name: last_table(night, table) for table in STATE_TABLES}
    scenarios = load_scenarios()
    state = build_state(
        load_landing(store, landings),
        standing_of_sources(),
        read_log(store, "sources", night.run_id),
        previous,
        read_decisions(store, night.moment),
        load_all_books(),
        night.moment,
    )
    state["offer_scenario_costs"] = cost_offers(
        state["offers"], state["offer_capabilities"], state["model_capabilities"], scenarios
    )
    state["model_scenario_costs"] = cost_models(
        state["models"], state["offers"], state["offer_scenario_costs"], scenarios
    )
    for table in STATE_TABLES:
        stage_table(store, night.run_id, table, in_contract(state[table.name], table))
    changes = find_changes(state, previous, rules_changed(night)).assign(run_id=night.run_id)
    append_log(store, "changes", night.run_id, in_contract(changes, TABLES["changes"]))
    counted = count_coverage(state["models"], state["offers"], state["model_capabilities"], load_stewards())
    append_log(store, "coverage", night.run_id, counted.assign(run_id=night.run_id))
    return {table.name: len(state[table.name]) for table in STATE_TABLES}


def last_table(night: Night, table: Table) -> DataFrame:
    """A table of the release that the night builds on; empty on a first night, and for a table that is new."""
    if night.parent is None:
        return empty_frame(table)
    return read_table(night.store, night.parent, table.name)


def in_contract(frame: DataFrame, table: Table) -> DataFrame:
    """The columns of the contract, in its order; a frame may carry working columns beside them."""
    return frame[[name for name in table.column_names if name in frame.columns]]


def rules_changed(night: Night) -> bool:
    """Whether the parent release was made by other rules than these."""
    return (
        night.parent is not None and read_manifest(night.store, night.parent).rules_version != RULES_VERSION
    )


def gate_job(night: Night, tables: list[str], out: str) -> dict[str, Any]:
    """What the gate is asked about the staged tables."""
    return {
        "warehouse": night.warehouse,
        "release_dir": release_dir(night.run_id),
        "run_id": night.run_id,
        "as_of": night.as_of,
        "tables": tables,
        "parent_dir": release_dir(night.parent) if night.parent else None,
        "log_dir": "log",
        "scenarios": list_workloads(load_scenarios()),
        "rules_changed": rules_changed(night),
        "docs": str(night.work / DATA_DOCS),
        "out": out,
    }


def record_results(night: Night, files: list[str]) -> DataFrame:
    """Results of the gate's jobs to the log, and Great Expectations' pages beside the report; returns the results."""
    rows = [row for file in files for row in json.loads((night.work / file).read_text(encoding="utf-8"))]
    results = DataFrame(rows, columns=TABLES["quality_results"].column_names)
    append_log(night.store, "quality_results", night.run_id, results)
    for page in sorted((night.work / DATA_DOCS).glob("*.html")):
        night.store.copy_in(page, f"runs/{night.run_id}/{DATA_DOCS}/{page.name}")
    return results


def publish_night(night: Night, landings: dict[str, str]) -> dict[str, int]:
    """Verify every staged file, write the manifest, then make the release current; returns the row counts.

    May be called again after it failed at any point. ReleaseError when readers were given another release
    meanwhile: by a rollback, or by a second scheduler where no lock is shared.
    """
    store = night.store
    refuse_if_moved(night)
    if night.run_id in list_releases(store):
        manifest = read_manifest(store, night.run_id)
    else:
        manifest = write_manifest(store, night.run_id, describe_release(night, landings))
    refuse_if_moved(night)
    publish(store, night.run_id)
    return count_rows(manifest)


def describe_release(night: Night, landings: dict[str, str]) -> Manifest:
    """The manifest of what is staged, every file of it read again."""
    store = night.store
    return Manifest(
        run_id=night.run_id,
        as_of=night.moment,
        parent_run_id=night.parent,
        rules_version=RULES_VERSION,
        code_version=code_version(),
        decisions_digest=decisions_digest(read_decisions(store, night.moment)),
        landings=landings,
        tables=verify_staged(store, night.run_id, RELEASE_TABLES),
        overrides=tuple(describe_override(made) for made in list_overrides(store, night.run_id)),
    )


def describe_override(made: Decision) -> dict[str, str]:
    """A decision over the gate as the manifest has it."""
    told = {name: getattr(made, name) for name in ("reason", "evidence", "decided_by", "decision_id")}
    return {"check": made.verdict, **told}


def refuse_if_moved(night: Night) -> None:
    """ReleaseError unless readers still have what the night was built on."""
    current = current_run_id(night.store)
    if current not in (night.parent, night.run_id):
        raise ReleaseError(
            f"readers have release {current} now, and run {night.run_id} was built on {night.parent}: "
            "it was not published; refresh again"
        )


def count_rows(manifest: Manifest) -> dict[str, int]:
    """Rows of every table of a release."""
    return {name: manifest.rows(name) for name in manifest.tables}
