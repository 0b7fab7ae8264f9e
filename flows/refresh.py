"""The night as a Prefect flow: order, retries and time limits; every task calls one function.

Tasks take the key of the night and read its plan from the work folder. Processes that were started ahead, while Prefect
itself was still starting, wait in `AHEAD`.
"""

from typing import Any

from prefect import flow, task

from flows.ahead import Ahead
from flows.crawl import finish, start_wave
from flows.landing import gather_names, land_night
from flows.night import load_night
from flows.pairs import stage_pairs
from flows.stages import (
    STATE_TABLES,
    gate_job,
    publish_night,
    record_results,
    rules_changed,
    transform_night,
)

AHEAD: dict[str, Ahead] = {}


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


@task(name="land")
def land(key: str) -> dict[str, str]:
    """Landed lines, captures and archives into the warehouse."""
    ahead = AHEAD[key]
    with ahead.stages.stage("land"):
        return land_night(load_night(key), ahead.given_up)


@task(name="transform", timeout_seconds=3600)
def transform(key: str, landings: dict[str, str]) -> dict[str, int]:
    """Landed claims to the staged state tables."""
    with AHEAD[key].stages.stage("transform"):
        return transform_night(load_night(key), landings)


@task(name="check", timeout_seconds=3600)
def check(key: str, tables: list[str], out: str) -> dict[str, Any]:
    """The gate's verdict on staged tables."""
    ahead, night = AHEAD[key], load_night(key)
    with ahead.stages.stage(f"check {out.removesuffix('.json')}"):
        return ahead.gate.judge(gate_job(night, tables, str(night.work / out)))


@task(name="pairs", timeout_seconds=3600)
def pairs(key: str) -> int:
    """Every pair, streamed to staged files."""
    with AHEAD[key].stages.stage("pairs"):
        night = load_night(key)
        return stage_pairs(night, "rules" if rules_changed(night) else "source")


@task(name="record results")
def record(key: str, files: list[str]) -> None:
    """Results of the checks to the log."""
    record_results(load_night(key), files)


@task(name="publish", timeout_seconds=3600)
def publish(key: str, landings: dict[str, str]) -> dict[str, int]:
    """Verify, manifest, swap."""
    with AHEAD[key].stages.stage("publish"):
        return publish_night(load_night(key), landings)


@flow(name="refresh", validate_parameters=False)
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
    return {"verdict": verdict, "counts": counts}
