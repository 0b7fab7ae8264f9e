"""Publish a blocked run over named checks: a new run from the same landed claims, checked again.

It has a run id of its own, so the log keeps the blocked run as it was. The same landed claims, decisions and parent
give the same tables; whatever fails beside the named checks still blocks.
"""

import difflib
import json
from collections.abc import Sequence
from dataclasses import replace

from pandas import DataFrame

from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.plan import (
    START_RECORD,
    Override,
    RunPlan,
    create_work_folder,
    next_run_id,
    plan_from_start_record,
)
from llmpairs.flows.nightly.run import RunOutcome, execute_run
from llmpairs.flows.nightly.stages import check_parent_is_live
from llmpairs.flows.runtime.lock import lock_warehouse
from llmpairs.progress import Progress
from llmpairs.report.checks import list_blocking
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.manifest import check_run_id
from llmpairs.warehouse.store import open_store


class OverrideError(ValueError):
    """A run cannot be published over its checks as asked; the message states what to type."""


class StillBlockedError(ValueError):
    """Critical checks failed that were not named."""


def publish_over(uri: str, override: Override, progress: Progress, gate: Gate | None = None) -> RunOutcome:
    """Publish a blocked run over the named checks, as a new run; it is blocked if others fail.

    OverrideError for a run that was not blocked or a check that did not fail, StillBlockedError for a failed check
    that is not named, ReleaseError when another release is live than the one that the run was built on,
    RefreshRunningError when a refresh is running.
    """
    with lock_warehouse(uri):
        blocked = load_blocked_plan(uri, override)
        check_parent_is_live(blocked)
        plan = replace(blocked, run_id=next_run_id(blocked.store, blocked.moment), override=override)
        create_work_folder(plan)
        progress.run_id = plan.run_id
        progress.print_line(f"run {blocked.run_id} again as {plan.run_id}, over {len(override.checks)} named checks")
        return execute_run(plan, progress, gate, use_prefect=False)


def load_blocked_plan(uri: str, override: Override) -> RunPlan:
    """The plan of the run, after checking that exactly the named checks blocked it."""
    store = open_store(uri)
    runs = read_log(store, "runs")
    rows = runs[runs["run_id"] == check_run_id(override.run_id)]
    if rows.empty:
        blocked = list(runs.loc[runs["state"] == "blocked", "run_id"])
        raise OverrideError(f"no run {override.run_id} in {store.name}; blocked runs: {', '.join(blocked) or 'none'}")
    if rows["state"].iloc[0] != "blocked":
        raise OverrideError(f"run {override.run_id} was not blocked, it was {rows['state'].iloc[0]}")
    check_named(list_blocking(read_log(store, "quality_results", override.run_id)), override.checks)
    record = json.loads(store.read_bytes(f"runs/{override.run_id}/{START_RECORD}"))
    return plan_from_start_record(record, uri)


def check_named(blocking: DataFrame, named: Sequence[str]) -> None:
    """OverrideError or StillBlockedError unless the named checks are those that failed."""
    failed = {f"{suite}: {check}": str(outcome) for suite, check, outcome in zip(
        blocking["suite"], blocking["check"], blocking["outcome"], strict=True)}  # fmt: skip
    for name in named:
        if name not in failed:
            near = difflib.get_close_matches(name, failed, n=1, cutoff=0.0)
            raise OverrideError(f"no check {name!r} blocked the run; did you mean {near[0]!r}?")
        if failed[name] == "broken":
            raise OverrideError(
                f"{name!r} ended with an error, so there is no figure to judge; fix the cause and refresh"
            )
    others = [name for name in failed if name not in named]
    if others:
        options = " ".join(f'--override "{name}"' for name in others)
        raise StillBlockedError(f"other critical checks failed too; judge them and name them as well: {options}")
