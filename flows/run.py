"""One attempt from plan to report: start what takes long, run the flow, write down how it ended."""

import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from pandas import DataFrame

from flows.crawl import start_wave
from flows.gate import GateError, start_gate
from flows.memory import MemoryWatch
from flows.night import Night
from flows.progress import Stages
from flows.report import write_report
from flows.settings import use_prefect_environment
from flows.stages import list_earlier
from warehouse.errors import WarehouseError
from warehouse.log import append_log, read_log
from warehouse.retention import clean_staged

KNOWN_FAILURES = (WarehouseError, GateError, OSError)
"""What may go wrong without being our mistake; anything else also shows where it happened."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended."""

    run_id: str
    state: str
    """`published`, `blocked` or `failed`."""
    counts: dict[str, int]
    critical: list[dict[str, Any]]
    """Critical checks that failed, as the gate tells them."""
    failed_sources: tuple[str, ...]
    seconds: float
    error: str | None = None


def run_night(night: Night, stages: Stages) -> Outcome:
    """Run a planned night; writes its log rows and its report, however it ends.

    Processes that take long to start are started before Prefect is imported.
    """
    clean_staged(night.store, in_use=[night.run_id])
    list_earlier(night)
    started = datetime.now(UTC)
    begin = time.monotonic()
    use_prefect_environment()
    crawls = start_wave(night, 1)
    gate = start_gate()
    outcome = Outcome(
        run_id=night.run_id,
        state="failed",
        counts={},
        critical=[],
        failed_sources=(),
        seconds=0.0,
        error="interrupted",
    )
    with MemoryWatch() as memory:
        try:
            from flows.refresh import AHEAD, Ahead, refresh

            stages.say("started")
            ahead = AHEAD[night.run_id] = Ahead(gate, stages, crawls)
            result = refresh(night.run_id)
            outcome = conclude(night, result, time.monotonic() - begin)
        except KNOWN_FAILURES as error:
            outcome = replace(outcome, seconds=time.monotonic() - begin, error=first_line(error))
        finally:
            reason = sys.exc_info()[1]
            if reason is not None:
                outcome = replace(outcome, seconds=time.monotonic() - begin, error=first_line(reason))
            for crawl in ahead.crawls if night.run_id in AHEAD else crawls:
                crawl.stop()
            gate.close()
            record_run(night, outcome, started, stages, memory.peak_bytes)
            write_report(night, outcome.counts)
    return outcome


def first_line(error: BaseException) -> str:
    """An error in one line."""
    lines = str(error).strip().splitlines()
    return f"{lines[0] if lines else type(error).__name__}"


def conclude(night: Night, result: dict[str, Any], seconds: float) -> Outcome:
    """The outcome of a flow that came to its end."""
    verdict = result["verdict"]
    sources = read_log(night.store, "sources", night.run_id)
    failed = sources[~sources["state"].isin(["ok", "partial", "not_configured", "not_archived", "not_asked"])]
    return Outcome(
        run_id=night.run_id,
        state="published" if verdict["verdict"] == "pass" else "blocked",
        counts=result["counts"],
        critical=verdict["critical_failures"],
        failed_sources=tuple(failed["source_id"]),
        seconds=seconds,
    )


def record_run(
    night: Night, outcome: Outcome, started: datetime, stages: Stages, peak_bytes: int | None
) -> None:
    """The attempt's row of the log, and run.json."""
    row = {
        "run_id": night.run_id,
        "as_of": pd.Timestamp(night.moment),
        "started_at": pd.Timestamp(started),
        "seconds": outcome.seconds,
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
    text = json.dumps(
        {**asdict(outcome), "stage_seconds": stages.seconds, "peak_rss_bytes": peak_bytes}, indent=1
    )
    night.store.write_bytes(f"runs/{night.run_id}/run.json", text.encode())
