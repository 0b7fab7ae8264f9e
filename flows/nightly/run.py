"""One attempt from plan to report: start what takes long, run the flow, write down how it ended."""

import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.ahead import Ahead
from llmpairs.flows.nightly.attempts import NO_RECORD, list_unended, mark_begun, night_of
from llmpairs.flows.nightly.crawl_baseline import leave_earlier
from llmpairs.flows.nightly.crawl_process import start_wave
from llmpairs.flows.nightly.gate_process import Gate, GateError, start_gate
from llmpairs.flows.nightly.landing import archive_files, file_digest
from llmpairs.flows.nightly.plan import Night
from llmpairs.flows.nightly.report import write_report
from llmpairs.flows.nightly.stages import count_rows
from llmpairs.flows.runtime.memory import MemoryWatch
from llmpairs.flows.runtime.process_tree import end_children_with_us
from llmpairs.flows.runtime.settings import use_prefect_environment
from llmpairs.logs import redact
from llmpairs.progress import Stages
from llmpairs.warehouse.errors import WarehouseError
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.retention import clean_staged

KNOWN_FAILURES = (WarehouseError, GateError, OSError)
"""What may go wrong without being our mistake; anything else also shows where it happened."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended."""

    run_id: str
    state: str
    """`published`, `blocked` or `failed`."""
    counts: dict[str, int] = field(default_factory=dict)
    critical: tuple[dict[str, Any], ...] = ()
    """Critical checks that failed, as the gate tells them."""
    failed_sources: tuple[str, ...] = ()
    kept_sources: tuple[str, ...] = ()
    """Failed sources whose last good values stand in."""
    parent_run_id: str | None = None
    """What readers keep unless the attempt was published; None where they had nothing."""
    seconds: float | None = 0.0
    """None for an attempt that did not live to tell."""
    error: str | None = None


Work = Callable[[Night, Ahead], Outcome]


def run_night(night: Night, stages: Stages, gate: Gate | None = None, work: Work | None = None) -> Outcome:
    """Run a planned night; writes its log rows and its report, however it ends. Other `work` crawls nothing.

    Processes that take long to start are started before Prefect is imported. A gate that is given is used and
    left running, for many nights in one process.
    """
    started, begin = datetime.now(UTC), time.monotonic()
    record_killed(night, stages)
    mark_begun(night, started)
    clean_staged(night.store, in_use=[night.run_id])
    leave_earlier(night)
    use_prefect_environment()
    outcome = Outcome(run_id=night.run_id, state="failed", error="interrupted")
    with end_children_with_us(), MemoryWatch() as memory:
        ahead = Ahead(gate or start_gate(), stages, start_wave(night, 1) if work is None else [])
        try:
            outcome = (work or attempt)(night, ahead)
        except KNOWN_FAILURES as error:
            outcome = broken_off(night, first_line(error))
        finally:
            unforeseen = sys.exc_info()[1]
            if unforeseen is not None:
                outcome = broken_off(night, first_line(unforeseen))
            for crawl in ahead.crawls:
                crawl.stop()
            if ahead.gate is not gate:
                ahead.gate.close()
            outcome = replace(outcome, seconds=time.monotonic() - begin, parent_run_id=night.parent)
            stages.note("night ends", state=outcome.state, error=outcome.error, counts=outcome.counts)
            leave_record(night, outcome, started, stages, memory.peak_bytes)
    return outcome


def attempt(night: Night, ahead: Ahead) -> Outcome:
    """Run the flow; Prefect is imported here, while the processes that were started ahead are at work."""
    from llmpairs.flows.nightly.flow import AHEAD, refresh

    AHEAD[night.key] = ahead
    try:
        return conclude(night, refresh(night.key))
    finally:
        del AHEAD[night.key]


def broken_off(night: Night, error: str, seconds: float | None = 0.0) -> Outcome:
    """How an attempt ended that did not come to its end: published all the same, if its release had become current."""
    try:
        published = current_run_id(night.store) == night.run_id
        counts = count_rows(read_manifest(night.store, night.run_id)) if published else {}
    except (WarehouseError, OSError):
        published, counts = False, {}
    state = "published" if published else "failed"
    return Outcome(run_id=night.run_id, state=state, counts=counts, error=error, seconds=seconds)


def record_killed(night: Night, stages: Stages) -> None:
    """Write down the attempts that could not do so themselves; the caller holds the lock, so none is at work."""
    for mark in list_unended(night.store):
        killed = night_of(mark, night.warehouse)
        stages.say(f"attempt {killed.run_id} {NO_RECORD}", killed_run_id=killed.run_id)
        outcome = broken_off(killed, f"the attempt {NO_RECORD}", seconds=None)
        leave_record(killed, outcome, datetime.fromisoformat(mark["started_at"]), Stages(), None)


def leave_record(
    night: Night, outcome: Outcome, started: datetime, stages: Stages, peak_bytes: int | None
) -> None:
    """Log row, run.json and report of the attempt; a warehouse that takes no more does not hide how it ended."""
    try:
        record_run(night, outcome, started, stages, peak_bytes)
        write_report(night, outcome.counts)
    except (WarehouseError, OSError, duckdb.Error) as error:
        stages.say(f"no record of the attempt could be left: {first_line(error)}")


def first_line(error: BaseException) -> str:
    """An error in one line, without secrets: it is kept in run.json, in the log and in the report."""
    lines = str(error).strip().splitlines()
    return redact(lines[0] if lines else type(error).__name__)


def conclude(night: Night, result: dict[str, Any]) -> Outcome:
    """The outcome of a flow that came to its end."""
    verdict = result["verdict"]
    sources = read_log(night.store, "sources", night.run_id)
    failed = sources[~sources["state"].isin(["ok", "partial", "not_configured", "not_archived", "not_asked"])]
    return Outcome(
        run_id=night.run_id,
        state="published" if verdict["verdict"] == "pass" else "blocked",
        counts=result["counts"],
        critical=tuple(verdict["critical_failures"]),
        failed_sources=tuple(failed["source_id"]),
        kept_sources=tuple(failed.loc[failed["carried_items"] > 0, "source_id"]),
    )


def record_run(
    night: Night, outcome: Outcome, started: datetime, stages: Stages, peak_bytes: int | None
) -> None:
    """The attempt's row of the log, and run.json."""
    row = {
        "run_id": night.run_id,
        "as_of": pd.Timestamp(night.moment),
        "started_at": pd.Timestamp(started),
        "seconds": math.nan if outcome.seconds is None else outcome.seconds,
        "state": outcome.state,
        "mode": night.mode,
        "parent_run_id": night.parent,
        "error": outcome.error,
        "models": outcome.counts.get("models", 0),
        "offers": outcome.counts.get("offers", 0),
        "pairs": outcome.counts.get("pairs", 0),
        "stage_seconds": [{"stage": name, "seconds": taken} for name, taken in stages.seconds.items()],
        "peak_rss_bytes": peak_bytes,
    }
    append_log(night.store, "runs", night.run_id, DataFrame([row]))
    digests = sorted({file_digest(path) for path in archive_files(night)})
    text = json.dumps(
        {
            **asdict(outcome), "stage_seconds": stages.seconds, "peak_rss_bytes": peak_bytes, "archives": digests,
        },
        indent=1,
    )  # fmt: skip
    night.store.write_bytes(f"runs/{night.run_id}/run.json", text.encode())
