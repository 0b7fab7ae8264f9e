"""The flow that a schedule starts: the command that serves it, or a deployment of `prefect.yaml`.

A module of its own, because a flow needs Prefect at import and the other modules do not.
"""

import atexit
import os
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from llmpairs.flows.nightly.notify import notify_filters, notify_url
from llmpairs.flows.nightly.plan import PlanError
from llmpairs.flows.nightly.request import RefreshRequest, refresh_warehouse
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.flows.runtime.lock import RefreshRunningError
from llmpairs.flows.runtime.settings import FLOW_RUN_ENV, warehouse_uri
from llmpairs.logs import set_up_logging, silence_teardown
from llmpairs.progress import Progress
from llmpairs.spiders.archive import ArchiveError
from llmpairs.warehouse.errors import WarehouseError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.store import open_store


@flow(name="llmpairs", timeout_seconds=8 * 3600)
def nightly(warehouse: str | None = None, only: list[str] | None = None) -> Any:
    """Execute one live run, unless another run has started since this one was due.

    `warehouse` and the webhook default to the environment.
    """
    set_up_logging()
    if FLOW_RUN_ENV in os.environ:
        atexit.register(silence_teardown)
    uri, progress = warehouse_uri(warehouse), Progress()
    due = flow_run.scheduled_start_time or datetime.now(UTC)
    later = find_run_since(uri, due)
    if later:
        return Completed(message=f"skipped: run {later} started after this one was due", name="Skipped")
    try:
        outcome = refresh_warehouse(
            RefreshRequest(
                warehouse=uri, only=only or [], notify_url=notify_url(None), notify_filters=notify_filters(None)
            ),
            progress,
        )
    except RefreshRunningError as error:
        progress.print_line(f"run skipped: {error}")
        return Completed(message=str(error), name="Skipped")
    except (PlanError, ArchiveError, WarehouseError, OSError) as error:
        progress.print_line(f"run failed before it began: {error}")
        return Failed(message=str(error))
    text = describe_outcome(outcome)
    progress.print_line(text, state=outcome.state, counts=outcome.counts)
    if outcome.state == "published":
        return Completed(message=text)
    return Failed(message=text, name=outcome.state.capitalize())


def describe_outcome(outcome: RunOutcome) -> str:
    """How a run ended, in one line."""
    if outcome.state == "published":
        counts = ", ".join(f"{outcome.counts.get(name, 0):,} {name}" for name in ("models", "offers", "pairs"))
        failed = f"; failed sources: {', '.join(outcome.failed_sources)}" if outcome.failed_sources else ""
        return f"published {outcome.run_id}: {counts}{failed}"
    reason = outcome.error or "; ".join(f"{check['suite']}: {check['check']}" for check in outcome.critical)
    return f"{outcome.state} {outcome.run_id}: {reason}"


def find_run_since(warehouse: str, due: datetime) -> str | None:
    """Run id of the newest run that started after a time; None where there is none.

    After a pause Prefect starts every run that was missed; one run is enough for all of them.
    """
    runs = read_log(open_store(warehouse), "runs")
    since = runs[runs["started_at"] > pd.Timestamp(due)]
    return str(since["run_id"].iloc[-1]) if len(since) else None
