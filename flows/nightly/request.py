"""One refresh of a warehouse, for the command line, the schedule and a Prefect deployment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from llmpairs.exports.reader_events import EventFilter
from llmpairs.flows.nightly.notify import notify_of_changes, notify_of_failure, notify_of_outcome
from llmpairs.flows.nightly.plan import plan_run, resume_run
from llmpairs.flows.nightly.run import RunOutcome, execute_run, first_line
from llmpairs.flows.runtime.lock import RefreshRunningError, lock_warehouse
from llmpairs.flows.runtime.settings import public_address
from llmpairs.progress import Progress


@dataclass(frozen=True, kw_only=True)
class RefreshRequest:
    """What a refresh is asked to do."""

    warehouse: str
    archives: Sequence[Path] = ()
    as_of: datetime | None = None
    only: Sequence[str] = ()
    resume: bool = False
    """Continue the last run after its finished crawl; archives, as-of time and sources are those of that run."""
    wait_seconds: float = 0.0
    """How long to wait for another refresh that is running."""
    notify_url: str | None = None
    notify_filters: Sequence[EventFilter] = ()
    """Which changes of a published run the webhook gets."""


def refresh_warehouse(request: RefreshRequest, progress: Progress) -> RunOutcome:
    """Execute one run under the warehouse's lock and notify the webhook of its outcome.

    PlanError, ArchiveError or WarehouseError when it cannot start, RefreshRunningError when another is running.
    """
    try:
        with lock_warehouse(request.warehouse, request.wait_seconds):
            plan = (
                resume_run(request.warehouse)
                if request.resume
                else plan_run(request.warehouse, request.archives, request.as_of, request.only)
            )
            progress.run_id = plan.run_id
            address = public_address(plan.warehouse)
            progress.print_line(f"run {plan.run_id}, {plan.mode}, into {address}", mode=plan.mode, warehouse=address)
            outcome = execute_run(plan, progress)
            if request.notify_url:
                notify_of_outcome(request.notify_url, plan, outcome)
                if outcome.state == "published":
                    notify_of_changes(request.notify_url, plan, request.notify_filters)
            return outcome
    except RefreshRunningError:
        raise
    except BaseException as error:
        if request.notify_url:
            notify_of_failure(request.notify_url, request.warehouse, first_line(error))
        raise
