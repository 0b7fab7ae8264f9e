"""One refresh of a warehouse, whoever asks for it: the command line, the schedule, a deployment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from llmpairs.flows.nightly.notify import notify_of, notify_of_failure
from llmpairs.flows.nightly.plan import plan_night
from llmpairs.flows.nightly.run import Outcome, first_line, run_night
from llmpairs.flows.runtime.lock import NightRunningError, one_night
from llmpairs.flows.runtime.settings import public_address
from llmpairs.progress import Stages


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a refresh."""

    warehouse: str
    archives: Sequence[Path] = ()
    as_of: datetime | None = None
    only: Sequence[str] = ()
    wait_seconds: float = 0.0
    """How long to wait for another refresh that is running."""
    notify_url: str | None = None


def refresh_warehouse(wanted: Wanted, stages: Stages) -> Outcome:
    """Run one night under the lock and tell the webhook how it ended.

    PlanError, ArchiveError or WarehouseError when it cannot begin, NightRunningError when another is running.
    """
    try:
        with one_night(wanted.warehouse, wanted.wait_seconds):
            night = plan_night(wanted.warehouse, wanted.archives, wanted.as_of, wanted.only)
            stages.run_id = night.run_id
            place = public_address(night.warehouse)
            stages.say(f"night {night.run_id}, {night.mode}, into {place}", mode=night.mode, warehouse=place)
            outcome = run_night(night, stages)
            if wanted.notify_url:
                notify_of(wanted.notify_url, night, outcome)
            return outcome
    except NightRunningError:
        raise
    except BaseException as error:
        if wanted.notify_url:
            notify_of_failure(wanted.notify_url, wanted.warehouse, first_line(error))
        raise
