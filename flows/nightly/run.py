"""One run from its plan to its report: start the processes, run the stages, record how the run ended."""

import json
import math
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

import duckdb
import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.crawl_baseline import write_baseline
from llmpairs.flows.nightly.crawl_process import start_wave
from llmpairs.flows.nightly.gate_process import GATE_LOG, CriticalFailure, Gate, GateError, start_gate
from llmpairs.flows.nightly.landing import file_digest, list_archive_files
from llmpairs.flows.nightly.pipeline import ActiveRun, StageResults, run_stages, start_second_wave_early
from llmpairs.flows.nightly.plan import (
    FINISHED_CRAWL,
    NO_RECORD,
    RunPlan,
    list_unfinished,
    plan_from_start_record,
    read_crawl_failures,
    write_start_record,
)
from llmpairs.flows.nightly.report import write_report
from llmpairs.flows.nightly.stages import HEALTHY_STATES, count_rows
from llmpairs.flows.runtime.process_tree import MemoryMonitor, end_child_processes
from llmpairs.flows.runtime.settings import use_prefect_environment
from llmpairs.logs import redact
from llmpairs.progress import Progress
from llmpairs.warehouse.errors import LogConflictError, StoreError, WarehouseError
from llmpairs.warehouse.log import append_log, correct_log, read_log
from llmpairs.warehouse.log_compaction import compact_log
from llmpairs.warehouse.releases import read_manifest, was_live
from llmpairs.warehouse.retention import clean_staged

KILLED = f"the run {NO_RECORD}"
"""Error of a run that a later one found without a record. If it was alive on another host, it corrects that."""
KNOWN_FAILURES = (WarehouseError, GateError, OSError)
"""Errors of the environment. Any other error is a bug and is raised after it is recorded."""


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """How a run ended; its fields are those of run.json."""

    run_id: str
    state: str
    """`published`, `blocked` or `failed`."""
    counts: dict[str, int] = field(default_factory=dict)
    """Rows by table."""
    critical: tuple[CriticalFailure, ...] = ()
    """Critical checks that failed."""
    failed_sources: tuple[str, ...] = ()
    kept_sources: tuple[str, ...] = ()
    """Failed sources whose last known good values are carried forward."""
    parent_run_id: str | None = None
    """The release that stays live unless the run was published; None where there was none."""
    seconds: float | None = 0.0
    """None for a run that was killed."""
    error: str | None = None
    is_crawl_finished: bool = False
    """Whether a run that was not published can be continued after its crawl."""


def execute_run(plan: RunPlan, progress: Progress, gate: Gate | None = None, use_prefect: bool = True) -> RunOutcome:
    """Execute a planned run; writes its log rows, run.json and report, however it ends.

    A gate that is given is used and left running, for several runs in one process. Without Prefect the same stages
    run as plain function calls: no server, no retries and no time limits.
    """
    started, begin = datetime.now(UTC), time.monotonic()
    record_killed(plan, progress)
    write_start_record(plan, started)
    clean_staged(plan.store, in_use=[plan.run_id])
    compact_past_months(plan, progress)
    if not plan.is_resumed:
        write_baseline(plan)
    outcome = RunOutcome(run_id=plan.run_id, state="failed", error="interrupted")
    with end_child_processes(), MemoryMonitor() as memory:
        context = ActiveRun(plan, progress, gate or start_gate(plan.work / GATE_LOG))
        try:
            if plan.is_resumed:
                context.crawl_failures.update(read_crawl_failures(plan))
            elif plan.override is None:
                context.crawls = start_wave(plan, 1)
                if plan.mode == "live":
                    start_second_wave_early(context)
            results = run_stages_with_prefect(context) if use_prefect else run_stages(context)
            outcome = describe_completed(plan, results)
        except KNOWN_FAILURES as error:
            outcome = describe_interrupted(plan, first_line(error))
        finally:
            unforeseen = sys.exc_info()[1]
            if unforeseen is not None:
                outcome = describe_interrupted(plan, first_line(unforeseen))
            for crawl in (*context.crawls, *context.second_crawls):
                crawl.stop()
            if context.gate is not gate:
                context.gate.close()
            is_finished = (plan.work / FINISHED_CRAWL).exists()
            seconds = time.monotonic() - begin
            outcome = replace(outcome, seconds=seconds, parent_run_id=plan.parent, is_crawl_finished=is_finished)
            progress.log_event("run ends", state=outcome.state, error=outcome.error, counts=outcome.counts)
            write_records(plan, outcome, started, progress, memory.peak_bytes)
    return outcome


def run_stages_with_prefect(context: ActiveRun) -> StageResults:
    """Run the stages under Prefect, imported here: its import takes seconds, in which the crawls are at work."""
    use_prefect_environment()
    from llmpairs.flows.nightly.flow import run_with_prefect

    return run_with_prefect(context)


def describe_completed(plan: RunPlan, results: StageResults) -> RunOutcome:
    """The outcome of a run whose stages all came to an end."""
    sources = read_log(plan.store, "sources", plan.run_id)
    failed = sources[~sources["state"].isin(HEALTHY_STATES)]
    return RunOutcome(
        run_id=plan.run_id,
        state="published" if results.is_published else "blocked",
        counts=results.counts,
        critical=tuple(results.verdict["critical_failures"]),
        failed_sources=tuple(failed["source_id"]),
        kept_sources=tuple(failed.loc[failed["carried_items"] > 0, "source_id"]),
        error=next((check["observed"] for check in results.verdict["critical_failures"] if not results.counts), None),
    )


def describe_interrupted(plan: RunPlan, error: str, seconds: float | None = 0.0) -> RunOutcome:
    """The outcome of a run that an error ended: failed, or published where its release had become live before."""
    try:
        published = was_live(plan.store, plan.run_id)
        counts = count_rows(read_manifest(plan.store, plan.run_id)) if published else {}
    except (WarehouseError, OSError):
        published, counts = False, {}
    state = "published" if published else "failed"
    return RunOutcome(run_id=plan.run_id, state=state, counts=counts, error=error, seconds=seconds)


def record_killed(plan: RunPlan, progress: Progress) -> None:
    """Record earlier runs that ended without a record.

    The caller has the lease, so none of them is at work; one that lost its lease and is alive corrects the record.
    """
    for record in list_unfinished(plan.store):
        killed = plan_from_start_record(record, plan.warehouse)
        progress.print_line(f"run {killed.run_id} {NO_RECORD}", killed_run_id=killed.run_id)
        outcome = describe_interrupted(killed, KILLED, seconds=None)
        write_records(killed, outcome, datetime.fromisoformat(record["started_at"]), Progress(), None)


def compact_past_months(plan: RunPlan, progress: Progress) -> None:
    """Compact the log; a damaged part does not stop the run here, only where it is needed."""
    try:
        compact_log(plan.store, plan.moment)
    except StoreError as error:
        progress.print_line(f"the log could not be compacted: {first_line(error)}")


def write_records(
    plan: RunPlan, outcome: RunOutcome, started: datetime, progress: Progress, peak_bytes: int | None
) -> None:
    """Write log row, run.json and report; a warehouse that cannot be written does not hide how the run ended."""
    try:
        store_crawl_logs(plan)
        write_run_record(plan, outcome, started, progress.seconds, peak_bytes)
        write_report(plan, outcome.counts)
    except (WarehouseError, OSError, duckdb.Error) as error:
        progress.print_line(f"the record of run {plan.run_id} could not be written: {first_line(error)}")


def store_crawl_logs(plan: RunPlan) -> None:
    """Keep what the processes of the run wrote to their logs, without secrets, as runs/<run_id>/logs/."""
    for path in sorted(plan.work.glob("*.log")):
        text = redact(path.read_text(encoding="utf-8", errors="replace"))
        if text:
            plan.store.write_bytes(f"runs/{plan.run_id}/logs/{path.name}", text.encode())


def first_line(error: BaseException) -> str:
    """An error in one line, without secrets: it is kept in run.json, in the log and in the report."""
    lines = str(error).strip().splitlines()
    return redact(lines[0] if lines else type(error).__name__)


def write_run_record(
    plan: RunPlan, outcome: RunOutcome, started: datetime, seconds: dict[str, float], peak_bytes: int | None
) -> None:
    """Write the run's row of the log table `runs`, and runs/<run_id>/run.json. `seconds` are those of each stage."""
    row = {
        "run_id": plan.run_id,
        "as_of": pd.Timestamp(plan.moment),
        "started_at": pd.Timestamp(started),
        "seconds": math.nan if outcome.seconds is None else outcome.seconds,
        "state": outcome.state,
        "mode": plan.mode,
        "parent_run_id": plan.parent,
        "error": outcome.error,
        "models": outcome.counts.get("models", 0),
        "offers": outcome.counts.get("offers", 0),
        "pairs": outcome.counts.get("pairs", 0),
        "stage_seconds": [{"stage": name, "seconds": taken} for name, taken in seconds.items()],
        "peak_rss_bytes": peak_bytes,
    }
    try:
        append_log(plan.store, "runs", plan.run_id, DataFrame([row]))
    except LogConflictError:
        recorded = read_log(plan.store, "runs", plan.run_id)
        if outcome.seconds is None or list(recorded["error"]) != [KILLED]:
            raise
        correct_log(plan.store, "runs", plan.run_id, DataFrame([row]))
    record = {
        **asdict(outcome),
        "stage_seconds": seconds,
        "peak_rss_bytes": peak_bytes,
        "archives": sorted({file_digest(path) for path in list_archive_files(plan)}),
    }
    plan.store.write_bytes(f"runs/{plan.run_id}/run.json", json.dumps(record, indent=1).encode())
