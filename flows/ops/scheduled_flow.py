"""The night as a schedule starts it: `llmpairs serve`, or a deployment of `prefect.yaml`."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from llmpairs.flows.nightly.notify import notify_url
from llmpairs.flows.nightly.plan import PlanError
from llmpairs.flows.nightly.request import Wanted, refresh_warehouse
from llmpairs.flows.runtime.lock import NightRunningError
from llmpairs.flows.runtime.settings import warehouse_uri
from llmpairs.logs import set_up_logging
from llmpairs.progress import Stages
from llmpairs.spiders.archive import ArchiveError
from llmpairs.warehouse.errors import WarehouseError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.store import open_store


@flow(name="llmpairs", timeout_seconds=8 * 3600)
def nightly(warehouse: str | None = None, only: list[str] | None = None) -> Any:
    """One live night, when its time has come and no other attempt was begun since.

    `warehouse` and the webhook come from the environment where they are left out.
    """
    set_up_logging()
    uri = warehouse_uri(warehouse)
    due = flow_run.scheduled_start_time or datetime.now(UTC)
    later = begun_since(uri, due)
    if later:
        return Completed(message=f"left out: run {later} was begun after this one was due", name="LeftOut")
    try:
        outcome = refresh_warehouse(
            Wanted(warehouse=uri, only=only or [], notify_url=notify_url(None)), Stages()
        )
    except NightRunningError as error:
        return Completed(message=str(error), name="LeftOut")
    except (PlanError, ArchiveError, WarehouseError, OSError) as error:
        return Failed(message=str(error))
    if outcome.state == "published":
        return Completed(message=f"published {outcome.run_id}")
    said = outcome.error or "; ".join(f"{check['suite']}: {check['check']}" for check in outcome.critical)
    return Failed(message=f"{outcome.run_id}: {said}", name=outcome.state.capitalize())


def begun_since(warehouse: str, due: datetime) -> str | None:
    """The newest attempt that was begun after a time, if any.

    A schedule that stood still has the starts that it missed before it; one night makes up for all of them.
    """
    runs = read_log(open_store(warehouse), "runs")
    since = runs[runs["started_at"] > pd.Timestamp(due)]
    return str(since["run_id"].iloc[-1]) if len(since) else None
