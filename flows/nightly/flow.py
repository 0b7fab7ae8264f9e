"""A run as a Prefect flow: every stage is a task with a time limit and retries, the result is shown as artifacts.

The run context holds live processes, which Prefect can neither hash nor store. Each task therefore closes over its
stage instead of taking parameters, and caches no result.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from llmpairs.flows.nightly.gate_process import GateError, GateTimeoutError
from llmpairs.flows.nightly.pipeline import ActiveRun, Stage, StageResults, run_stages
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.stages import HEADLINE_TABLES
from llmpairs.flows.runtime.settings import public_address
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log

RETRY_DELAYS_SECONDS = [20.0, 120.0]
"""After a transient storage error: a bucket that throttles mostly answers after the first wait."""
GATE_RETRY_DELAYS_SECONDS = [0.0]
T = TypeVar("T")


def run_with_prefect(context: ActiveRun) -> StageResults:
    """Run the stages as a Prefect flow; the errors of a stage are raised after its last try."""

    @flow(name="refresh", validate_parameters=False, timeout_seconds=6 * 3600)
    def refresh(run_id: str) -> StageResults:  # noqa: ARG001 (the dashboard shows it)
        results = run_stages(context, execute_as_task)
        # A dashboard that cannot be written to fails no run.
        write_artifacts(context.plan, results, return_state=True)
        return results

    results: StageResults = refresh(context.plan.run_id)
    return results


def execute_as_task(stage: Stage, call: Callable[[], T]) -> T:
    """Run one stage as a Prefect task."""
    delays, condition = {
        "nothing": ([], None),
        "transient storage error": (RETRY_DELAYS_SECONDS, is_transient),
        "dead gate": (GATE_RETRY_DELAYS_SECONDS, is_gate_dead),
    }[stage.retry_on]

    @task(
        name=stage.name,
        timeout_seconds=stage.timeout_seconds,
        retries=len(delays),
        retry_delay_seconds=delays or None,
        retry_condition_fn=condition,
        cache_policy=NO_CACHE,
    )
    def run_stage() -> T:
        return call()

    return run_stage()


def is_transient(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a task failed with a storage error that a retry may not meet again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) and error.is_transient


def is_gate_dead(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the gate process died during the task, as it does where memory runs out; not when it hung."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, GateError) and not isinstance(error, GateTimeoutError)


@task(name="write artifacts", timeout_seconds=120, cache_policy=NO_CACHE)
def write_artifacts(plan: RunPlan, results: StageResults) -> None:
    """Show the run on Prefect's dashboard: a summary, and a table of its sources."""
    summary = summarise(plan, public_address(plan.warehouse), results)
    create_markdown_artifact(summary, key="run")
    create_table_artifact(list_sources(plan), key="run-sources")


def summarise(plan: RunPlan, address: str, results: StageResults) -> str:
    """A completed run as Markdown; `address` is the warehouse without credentials."""
    live = f"The live release stays {plan.parent}." if plan.parent else "There is no live release yet."
    return "\n".join(
        [
            f"# {'Published' if results.is_published else 'Blocked'}: {plan.run_id}",
            "",
            ", ".join(f"{results.counts.get(name, 0):,} {name}" for name in HEADLINE_TABLES),
            "",
            *(
                f"- **{check['suite']}: {check['check']}**: {check['observed']}"
                for check in results.verdict["critical_failures"]
            ),
            "" if results.is_published else live,
            f"Report: `{address.rstrip('/')}/runs/{plan.run_id}/report.html`",
        ]
    )


def list_sources(plan: RunPlan) -> list[dict[str, str]]:
    """State of every source in the run as text, those with a problem first."""
    rows = read_log(plan.store, "sources", plan.run_id)
    rows = rows.assign(is_fine=rows["state"].isin(["ok", "not_configured", "not_asked"]))
    rows = rows.sort_values(["is_fine", "source_id"])
    shown = rows[["source_id", "state", "items", "carried_items", "captured_at", "cause"]].astype("object")
    return [
        {str(name): "" if value is None or value != value else str(value) for name, value in row.items()}
        for row in shown.to_dict("records")
    ]
