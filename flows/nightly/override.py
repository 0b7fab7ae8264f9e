"""A blocked night that a person has judged: made again from what it landed, checked again, published over named checks.

It is an attempt of its own with a run id of its own, so that the log keeps what was blocked as it was. The same
landed lines, decisions and parent give the same tables; what the gate finds beside the named checks still blocks.
"""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pandas import DataFrame

from llmpairs.flows.nightly.ahead import Ahead
from llmpairs.flows.nightly.attempts import MARK, night_of
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.landed import landing_name
from llmpairs.flows.nightly.pairs import stage_pairs
from llmpairs.flows.nightly.plan import Night, forget_work, next_run_id
from llmpairs.flows.nightly.run import Outcome, conclude, run_night
from llmpairs.flows.nightly.stages import (
    STATE_TABLES,
    gate_job,
    publish_night,
    record_results,
    refuse_if_moved,
    rules_changed,
    transform_night,
)
from llmpairs.flows.runtime.lock import one_night
from llmpairs.progress import Stages
from llmpairs.report.checks import list_blocking
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.decisions import Decision, append_decision
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.manifest import check_run_id
from llmpairs.warehouse.store import Store, open_store


class OverrideError(ValueError):
    """A run that cannot be published over its checks as asked; the message says what to type."""


class StillBlockedError(ValueError):
    """Critical checks fail that were not named."""


@dataclass(frozen=True, kw_only=True)
class Override:
    """What a reviewer decided about a blocked run."""

    run_id: str
    checks: tuple[str, ...]
    """The checks that are decided over, as "suite: check"."""
    reason: str
    evidence: str
    decided_by: str


def publish_over(uri: str, decided: Override, stages: Stages, gate: Gate | None = None) -> Outcome:
    """Publish a blocked run over the named checks, as a new attempt; it is blocked if others fail.

    OverrideError for a run that was not blocked or a check that did not fail, StillBlockedError for one that failed
    and is not named, ReleaseError when readers have another release than the run was built on, NightRunningError
    when a refresh is running.
    """
    with one_night(uri):
        blocked = read_blocked(uri, decided)
        refuse_if_moved(blocked)
        forget_work(uri)
        night = replace(blocked, run_id=next_run_id(blocked.store, blocked.moment))
        night.save()
        stages.run_id = night.run_id
        stages.say(f"run {blocked.run_id} again as {night.run_id}, over {len(decided.checks)} named checks")
        return run_night(night, stages, gate, lambda new, ahead: make_again(new, ahead, decided))


def read_blocked(uri: str, decided: Override) -> Night:
    """The plan of the run, once it is sure that it was blocked by the named checks and no others."""
    store = open_store(uri)
    runs = read_log(store, "runs")
    rows = runs[runs["run_id"] == check_run_id(decided.run_id)]
    if rows.empty:
        blocked = list(runs.loc[runs["state"] == "blocked", "run_id"])
        raise OverrideError(
            f"no run {decided.run_id} in {store.name}; blocked ones: {', '.join(blocked) or 'none'}"
        )
    if rows["state"].iloc[0] != "blocked":
        raise OverrideError(f"run {decided.run_id} was not blocked, it was {rows['state'].iloc[0]}")
    refuse_misnamed(list_blocking(read_log(store, "quality_results", decided.run_id)), decided.checks)
    return night_of(json.loads(store.read_bytes(f"runs/{decided.run_id}/{MARK}")), uri)


def refuse_misnamed(blocking: DataFrame, named: Sequence[str]) -> None:
    """OverrideError or StillBlockedError unless the named checks are those that failed."""
    failed = {f"{suite}: {check}": str(outcome) for suite, check, outcome in zip(
        blocking["suite"], blocking["check"], blocking["outcome"], strict=True)}  # fmt: skip
    for name in named:
        if name not in failed:
            near = difflib.get_close_matches(name, failed, n=1, cutoff=0.0)
            raise OverrideError(f"no check {name!r} blocked the run; did you mean {near[0]!r}?")
        if failed[name] == "broken":
            raise OverrideError(
                f"{name!r} could not be made: there is no figure to judge; mend it and refresh"
            )
    others = [name for name in failed if name not in named]
    if others:
        told = " ".join(f'--override "{name}"' for name in others)
        raise StillBlockedError(f"other critical checks failed too; judge them and name them as well: {told}")


def make_again(night: Night, ahead: Ahead, decided: Override) -> Outcome:
    """Tables, checks and pairs from what the blocked run landed; published where nothing else blocks."""
    store, stages = night.store, ahead.stages
    landings = {
        source: decided.run_id for source in SOURCES if store.exists(landing_name(decided.run_id, source))
    }
    for table in ("sources", "captures"):
        append_log(
            store, table, night.run_id, read_log(store, table, decided.run_id).assign(run_id=night.run_id)
        )
    with stages.stage("transform"):
        counts = transform_night(night, landings)
    verdict = judge(night, ahead, [*(table.name for table in STATE_TABLES), "sources"], "state.json", decided)
    files = ["state.json"]
    if verdict["verdict"] == "pass":
        with stages.stage("pairs"):
            counts["pairs"] = stage_pairs(night, "rules" if rules_changed(night) else "source")
        verdict = judge(night, ahead, ["pairs", "pair_changes"], "pairs.json", decided)
        files.append("pairs.json")
    results = record_results(night, files)
    if verdict["verdict"] == "pass":
        keep_decisions(store, night, decided, results)
        with stages.stage("publish"):
            counts = publish_night(night, landings)
    return conclude(night, {"verdict": verdict, "counts": counts})


def judge(night: Night, ahead: Ahead, tables: list[str], out: str, decided: Override) -> dict[str, Any]:
    """The gate's verdict, with what the reviewer decided over left out of what blocks."""
    with ahead.stages.stage(f"check {out.removesuffix('.json')}"):
        verdict = ahead.gate.judge(gate_job(night, tables, str(night.work / out)))
    left = [
        check
        for check in verdict["critical_failures"]
        if check["outcome"] == "broken" or f"{check['suite']}: {check['check']}" not in decided.checks
    ]
    return {**verdict, "critical_failures": left, "verdict": "blocked" if left else "pass"}


def keep_decisions(store: Store, night: Night, decided: Override, results: DataFrame) -> None:
    """One decision for each named check, with the figure that it was made on."""
    names = results["suite"].astype("str") + ": " + results["check"].astype("str")
    observed = dict(zip(names, results["observed"], strict=True))
    for number, check in enumerate(decided.checks, 1):
        append_decision(
            store,
            Decision(
                decision_id=f"{number:04d}-override-{night.run_id}",
                kind="override",
                subject=decided.run_id,
                verdict=check,
                reason=decided.reason,
                evidence=decided.evidence,
                decided_by=decided.decided_by,
                made_on_as_of=night.moment,
                values={"run_id": night.run_id, "observed": str(observed.get(check))},
                expires_on=None,
            ),
        )
