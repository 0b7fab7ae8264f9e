"""The night as a Prefect flow: order, retries and time limits; every task calls one function.

Tasks take the key of the night and read its plan from the work folder. Processes that were started ahead, while Prefect
itself was still starting, wait in `AHEAD`. What failed for a reason that may pass is tried again; a task may be
repeated at any point, because what it writes it writes whole, and the log takes the same rows twice.
"""

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from llmpairs.flows.nightly.ahead import Ahead
from llmpairs.flows.nightly.crawl_process import finish, start_wave
from llmpairs.flows.nightly.gate_process import GateError, GateSilentError, start_gate
from llmpairs.flows.nightly.landing import gather_names, land_night
from llmpairs.flows.nightly.pairs import stage_pairs
from llmpairs.flows.nightly.plan import load_night
from llmpairs.flows.nightly.stages import (
    STATE_TABLES,
    gate_job,
    publish_night,
    record_results,
    rules_changed,
    transform_night,
)
from llmpairs.flows.nightly.summary import list_sources, summarise
from llmpairs.flows.runtime.settings import public_address
from llmpairs.warehouse.errors import StoreError

AHEAD: dict[str, Ahead] = {}
PATIENCE_SECONDS = [20, 120]
"""Waits before a task is tried again: a bucket that asks for patience mostly has it after the first."""


def may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the failure of a task is one that may pass."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) and error.may_pass


def is_gate_dead(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the validating process died under its task, as it does where memory runs out; not when it hung."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, GateError) and not isinstance(error, GateSilentError)


AGAIN: dict[str, Any] = {
    "retries": len(PATIENCE_SECONDS),
    "retry_delay_seconds": PATIENCE_SECONDS,
    "retry_condition_fn": may_pass,
}


@task(name="crawl catalogues", timeout_seconds=2 * 3600)
def crawl_catalogues(key: str) -> None:
    """Wait for the first wave; each process has its own time limit and one more try."""
    ahead = AHEAD[key]
    ahead.stages.lap("start Prefect, crawl meanwhile")
    with ahead.stages.stage("crawl catalogues"):
        ahead.given_up.update(finish(ahead.crawls))


@task(name="crawl what they name", timeout_seconds=2 * 3600)
def crawl_named(key: str) -> None:
    """Crawl the endpoint pages and cards that tonight's catalogues name."""
    ahead, night = AHEAD[key], load_night(key)
    with ahead.stages.stage("crawl endpoints and cards"):
        inputs = night.work / "inputs.json"
        gather_names(night, ahead.given_up).write(inputs)
        ahead.crawls = start_wave(night, 2, inputs)
        ahead.given_up.update(finish(ahead.crawls))


@task(name="land", timeout_seconds=3600, **AGAIN)
def land(key: str) -> dict[str, str]:
    """Landed lines, captures and archives into the warehouse."""
    ahead = AHEAD[key]
    with ahead.stages.stage("land"):
        return land_night(load_night(key), ahead.given_up)


@task(name="transform", timeout_seconds=3600, **AGAIN)
def transform(key: str, landings: dict[str, str]) -> dict[str, int]:
    """Landed claims to the staged state tables."""
    with AHEAD[key].stages.stage("transform"):
        return transform_night(load_night(key), landings)


@task(name="check", timeout_seconds=3600, retries=1, retry_condition_fn=is_gate_dead)
def check(key: str, tables: list[str], out: str) -> dict[str, Any]:
    """The gate's verdict on staged tables."""
    ahead, night = AHEAD[key], load_night(key)
    if not ahead.gate.is_alive():
        ahead.gate = start_gate()
    with ahead.stages.stage(f"check {out.removesuffix('.json')}"):
        return ahead.gate.judge(gate_job(night, tables, str(night.work / out)))


@task(name="pairs", timeout_seconds=3600, **AGAIN)
def pairs(key: str) -> int:
    """Every pair, streamed to staged files."""
    with AHEAD[key].stages.stage("pairs"):
        night = load_night(key)
        return stage_pairs(night, "rules" if rules_changed(night) else "source")


@task(name="record results", timeout_seconds=600, **AGAIN)
def record(key: str, files: list[str]) -> None:
    """Results of the checks to the log."""
    record_results(load_night(key), files)


@task(name="publish", timeout_seconds=3600, **AGAIN)
def publish(key: str, landings: dict[str, str]) -> dict[str, int]:
    """Verify, manifest, swap."""
    with AHEAD[key].stages.stage("publish"):
        return publish_night(load_night(key), landings)


@task(name="summarise", timeout_seconds=120)
def leave_artifacts(key: str, result: dict[str, Any]) -> None:
    """What Prefect's dashboard shows of the night: how it went, and each source."""
    night = load_night(key)
    create_markdown_artifact(summarise(night, public_address(night.warehouse), result), key="night")
    create_table_artifact(list_sources(night), key="night-sources")


@flow(name="refresh", validate_parameters=False, timeout_seconds=6 * 3600)
def refresh(key: str) -> dict[str, Any]:
    """One night by its key. Returns the verdict of the gate and, when published, the row counts."""
    crawl_catalogues(key)
    crawl_named(key)
    landings = land(key)
    counts = transform(key, landings)
    state = [table.name for table in STATE_TABLES]
    verdict = check(key, [*state, "sources"], "state.json")
    files = ["state.json"]
    if verdict["verdict"] == "pass":
        counts["pairs"] = pairs(key)
        verdict = check(key, ["pairs", "pair_changes"], "pairs.json")
        files.append("pairs.json")
    record(key, files)
    if verdict["verdict"] == "pass":
        counts = publish(key, landings)
    result = {"verdict": verdict, "counts": counts}
    leave_artifacts(key, result, return_state=True)  # a dashboard that cannot be written to fails no night
    return result
