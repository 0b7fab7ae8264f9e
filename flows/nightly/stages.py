"""Stage functions of a run: read from the warehouse, call one transform, write staged tables and log rows."""

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.exports.changes import find_changed_pairs
from llmpairs.flows.nightly.pair_parts import stage_here
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.runtime.settings import code_version
from llmpairs.spiders.registry import SOURCES
from llmpairs.transforms.changes import find_changes
from llmpairs.transforms.context import RunContext
from llmpairs.transforms.coverage_counts import count_coverage
from llmpairs.transforms.normalise.source_metadata import SourceMetadata, load_source_priorities
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.transforms.reference_data import load_reference_data
from llmpairs.transforms.state import RULES_VERSION, build_state
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import RELEASE_TABLES, TABLES
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.decisions import Decision, append_decision, decisions_digest, list_overrides, read_decisions
from llmpairs.warehouse.errors import LeaseError, ReleaseError
from llmpairs.warehouse.landing import RejectedLine, load_landing
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.manifest import Manifest
from llmpairs.warehouse.quarantine import quarantine_lines, screen_rows
from llmpairs.warehouse.releases import (
    Pointer,
    list_releases,
    open_parts,
    publish,
    read_manifest,
    read_pointer,
    read_table,
    stage_table,
    verify_staged,
    withdraw,
    write_manifest,
)
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.verification import sign_release

HEALTHY_STATES = ("ok", "partial", "not_configured", "not_archived", "not_asked")
"""States of a source that need no action, even where its values are old."""
HEADLINE_TABLES = ("models", "offers", "pairs")
"""Tables whose row counts summarise a run."""
DATA_DOCS = "data_docs"
"""Folder of Great Expectations' own pages, below the run's work folder and below runs/<run_id>/."""
STATE_TABLES = tuple(table for table in RELEASE_TABLES if table.name not in ("pairs", "pair_changes"))
COST_TABLES = (OFFER_SCENARIO_COSTS, MODEL_SCENARIO_COSTS)
"""State tables that are computed from the screened others."""


def transform_run(plan: RunPlan, landings: dict[str, str]) -> dict[str, int]:
    """Build and stage the state tables from landed claims; returns their row counts.

    `landings` is the landing run by source.
    """
    store = plan.store
    previous = {table.name: load_previous_table(plan, table) for table in STATE_TABLES}
    scenarios = load_scenarios()
    context = RunContext(
        as_of=plan.moment,
        previous=previous,
        decisions=read_decisions(store, plan.moment),
        reference_data=load_reference_data(),
        source_metadata=load_source_metadata(),
        source_health=read_log(store, "sources", plan.run_id),
    )
    rejected: list[RejectedLine] = []
    landed = load_landing(store, landings, rejected)
    state = build_state(landed, context)
    quarantine = [quarantine_lines(rejected, len(landed) + len(rejected))]
    quarantine += stage_screened(plan, state, [table for table in STATE_TABLES if table.name in state])
    state["offer_scenario_costs"] = cost_offers(
        state["offers"], state["offer_capabilities"], state["model_capabilities"], scenarios
    )
    state["model_scenario_costs"] = cost_models(
        state["models"], state["offers"], state["offer_scenario_costs"], scenarios
    )
    quarantine += stage_screened(plan, state, COST_TABLES)
    changes = find_changes(state, previous, rules_changed(plan)).assign(run_id=plan.run_id)
    screened = screen_rows(changes, TABLES["changes"])
    append_log(store, "changes", plan.run_id, select_contract_columns(screened.frame, TABLES["changes"]))
    counted = count_coverage(
        state["models"], state["offers"], state["model_capabilities"], context.reference_data.gap_owners
    )
    append_log(store, "coverage", plan.run_id, counted.assign(run_id=plan.run_id))
    set_aside = pd.concat([*quarantine, screened.quarantine], ignore_index=True).assign(run_id=plan.run_id)
    append_log(store, "quarantine", plan.run_id, set_aside)
    return {table.name: len(state[table.name]) for table in STATE_TABLES}


def stage_screened(plan: RunPlan, state: dict[str, DataFrame], tables: Iterable[Table]) -> list[DataFrame]:
    """Stage tables without the rows that break their contracts, which `state` loses too; returns what was set aside."""
    quarantine = []
    for table in tables:
        screened = screen_rows(state[table.name], table)
        state[table.name] = screened.frame
        stage_table(plan.store, plan.run_id, table, screened.rows)
        quarantine.append(screened.quarantine)
    return quarantine


def load_previous_table(plan: RunPlan, table: Table) -> DataFrame:
    """A table of the parent release; empty for a first run, and for a table that the parent does not have."""
    if plan.parent is None:
        return empty_frame(table)
    return read_table(plan.store, plan.parent, table.name)


def select_contract_columns(frame: DataFrame, table: Table) -> DataFrame:
    """The columns of the contract, in its order; working columns are dropped."""
    return frame[[name for name in table.column_names if name in frame.columns]]


def rules_changed(plan: RunPlan) -> bool:
    """Whether the parent release was built by another version of the rules."""
    return plan.parent is not None and read_manifest(plan.store, plan.parent).rules_version != RULES_VERSION


def build_gate_job(plan: RunPlan, tables: list[str], out: str) -> dict[str, Any]:
    """The gate's job for these staged tables; check results are written to the file `out`."""
    return {
        "warehouse": plan.warehouse,
        "release_dir": release_dir(plan.run_id),
        "run_id": plan.run_id,
        "as_of": plan.as_of,
        "tables": tables,
        "parent_dir": release_dir(plan.parent) if plan.parent else None,
        "log_dir": "log",
        "scenarios": list_workloads(load_scenarios()),
        "rules_changed": rules_changed(plan),
        "docs": str(plan.work / DATA_DOCS),
        "out": out,
    }


def record_results(plan: RunPlan, files: list[str]) -> DataFrame:
    """Append the results of the gate's jobs to the log and copy Great Expectations' pages; returns the results."""
    rows = [row for file in files for row in json.loads((plan.work / file).read_text(encoding="utf-8"))]
    results = DataFrame(rows, columns=TABLES["quality_results"].column_names)
    append_log(plan.store, "quality_results", plan.run_id, results)
    for page in sorted((plan.work / DATA_DOCS).glob("*.html")):
        plan.store.copy_in(page, f"runs/{plan.run_id}/{DATA_DOCS}/{page.name}")
    return results


def append_override_decisions(plan: RunPlan, results: DataFrame) -> None:
    """Record a decision for each check that an override names, with the observed figure; nothing without one."""
    override = plan.override
    if override is None:
        return
    names = results["suite"].astype("str") + ": " + results["check"].astype("str")
    observed = dict(zip(names, results["observed"], strict=True))
    for number, check in enumerate(override.checks, 1):
        append_decision(
            plan.store,
            Decision(
                decision_id=f"{number:04d}-override-{plan.run_id}",
                kind="override",
                subject=override.run_id,
                verdict=check,
                reason=override.reason,
                evidence=override.evidence,
                decided_by=override.decided_by,
                made_on_as_of=plan.moment,
                values={"run_id": plan.run_id, "observed": str(observed.get(check))},
                expires_on=None,
            ),
        )


def publish_run(plan: RunPlan, landings: dict[str, str]) -> dict[str, int]:
    """Verify every staged file, write the manifest, then make the release live; returns the row counts by table.

    May be called again after a failure at any point. ReleaseError when another release became live meanwhile, by a
    rollback or by another host that took the lease; the release is withdrawn then.
    """
    store = plan.store
    try:
        check_parent_is_live(plan)
        if plan.run_id in list_releases(store):
            manifest = read_manifest(store, plan.run_id)
        else:
            manifest = write_manifest(store, plan.run_id, build_manifest(plan, landings))
        sign_release(store, plan.run_id)
        publish(store, plan.run_id, check_parent_is_live(plan))
    except (ReleaseError, LeaseError):
        withdraw(store, plan.run_id)
        raise
    return count_rows(manifest)


def build_manifest(plan: RunPlan, landings: dict[str, str]) -> Manifest:
    """The manifest of the staged tables; reads every file again to verify it."""
    store = plan.store
    return Manifest(
        run_id=plan.run_id,
        as_of=plan.moment,
        parent_run_id=plan.parent,
        rules_version=RULES_VERSION,
        code_version=code_version(),
        decisions_digest=decisions_digest(read_decisions(store, plan.moment)),
        landings=landings,
        tables=verify_staged(store, plan.run_id, RELEASE_TABLES),
        overrides=tuple(
            {
                "check": decision.verdict,
                "reason": decision.reason,
                "evidence": decision.evidence,
                "decided_by": decision.decided_by,
                "recorded_by": decision.recorded_by or "unknown",
                "decision_id": decision.decision_id,
            }
            for decision in list_overrides(store, plan.run_id)
        ),
    )


def check_parent_is_live(plan: RunPlan) -> Pointer:
    """What `CURRENT` names; ReleaseError unless that is the release that the run builds on, or the run's own."""
    live = read_pointer(plan.store)
    if live.run_id not in (plan.parent, plan.run_id):
        raise ReleaseError(
            f"the live release is {live.run_id} now, and run {plan.run_id} was built on {plan.parent}: "
            "it was not published; refresh again"
        )
    return live


def count_rows(manifest: Manifest) -> dict[str, int]:
    """Rows of every table of a release."""
    return {name: manifest.rows(name) for name in manifest.tables}


def stage_pairs(plan: RunPlan) -> int:
    """Stage every pair of live text-generating models, and the pair changes; returns the number of pairs.

    With `plan.dask` the part files are written by that cluster; they are the same bytes.
    """
    if plan.dask:
        from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

        rows = stage_on_cluster(plan.warehouse, plan.run_id, plan.dask)
    else:
        rows = stage_here(plan.store, plan.run_id)
    stage_pair_changes(plan)
    return rows


def stage_pair_changes(plan: RunPlan) -> None:
    """Stage PAIR_CHANGES of a run whose pairs are staged; empty where no earlier release has pairs."""
    store, parent = plan.store, plan.parent
    if parent is None or "pairs" not in read_manifest(store, parent).tables:
        stage_table(store, plan.run_id, PAIR_CHANGES, empty_frame(PAIR_CHANGES))
        return
    changes = read_log(store, "changes", plan.run_id)
    unexplained = "rules" if rules_changed(plan) else "source"
    with open_parts(store, plan.run_id, PAIR_CHANGES) as writer:
        for rows in find_changed_pairs(store, plan.run_id, parent, changes, unexplained):
            writer.write(rows)


def load_source_metadata() -> SourceMetadata:
    """Kind, independent source group, freshness limits and basis of every registered source, as frames."""
    sources = DataFrame(
        [
            {
                "source_id": source.id,
                "kind": source.kind,
                "lineage": source.lineage,
                "first_party_of": source.first_party_of,
                "late_after": source.late_after,
                "expires_after": source.expires_after,
            }
            for source in SOURCES.values()
        ]
    )
    lineages = [
        {"source_id": source.id, "provider_key": provider, "lineage": lineage}
        for source in SOURCES.values()
        for provider, lineage in source.lineage_by_provider.items()
    ]
    bases = [
        {"source_id": source.id, "provider_key": provider, "field": field, "basis": basis}
        for source in SOURCES.values()
        for provider, fields in {"*": source.basis, **source.basis_by_provider}.items()
        for field, basis in fields.items()
    ]
    return SourceMetadata(
        sources=sources.astype({"first_party_of": "str"}),
        lineages=pd.DataFrame(lineages, columns=["source_id", "provider_key", "lineage"], dtype="str"),
        bases=pd.DataFrame(bases, columns=["source_id", "provider_key", "field", "basis"], dtype="str"),
        priorities=load_source_priorities(),
    )
