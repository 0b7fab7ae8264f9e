"""The night as a Prefect flow: order, retries and time limits; every task calls one function.

Tasks take the run id and read the plan from its work folder. Processes that were started ahead, while Prefect
itself was still starting, wait in `AHEAD`.
"""

from dataclasses import dataclass, field
from typing import Any

from prefect import flow, task

from flows.crawl import Crawl, finish, start_wave
from flows.gate import Gate
from flows.landing import land_night
from flows.night import load_night
from flows.progress import Stages
from flows.stages import gate_job, publish_night, record_results, stage_pairs, transform_night
from spiders.inputs import collect_inputs
from warehouse.contracts import RELEASE_TABLES


@dataclass
class Ahead:
    """What a night has running beside its flow."""

    gate: Gate
    stages: Stages
    crawls: list[Crawl] = field(default_factory=list)
    given_up: dict[str, str] = field(default_factory=dict)


AHEAD: dict[str, Ahead] = {}


@task(name="crawl catalogues", timeout_seconds=2 * 3600)
def crawl_catalogues(run_id: str) -> None:
    """Wait for the first wave; each process has its own time limit and one more try."""
    ahead = AHEAD[run_id]
    with ahead.stages.stage("crawl catalogues"):
        ahead.given_up.update(finish(ahead.crawls))


@task(name="crawl what they name", timeout_seconds=2 * 3600)
def crawl_named(run_id: str) -> None:
    """Crawl the endpoint pages and cards that tonight's catalogues name."""
    ahead, night = AHEAD[run_id], load_night(run_id)
    with ahead.stages.stage("crawl endpoints and cards"):
        inputs = night.work / "inputs.json"
        collect_inputs(night.work / "landing").write(inputs)
        ahead.crawls = start_wave(night, 2, inputs)
        ahead.given_up.update(finish(ahead.crawls))


@task(name="land")
def land(run_id: str) -> dict[str, str]:
    """Landed lines, captures and archives into the warehouse."""
    ahead = AHEAD[run_id]
    with ahead.stages.stage("land"):
        return land_night(load_night(run_id), ahead.given_up)


@task(name="transform", timeout_seconds=3600)
def transform(run_id: str, landings: dict[str, str]) -> dict[str, int]:
    """Landed claims to the staged state tables."""
    with AHEAD[run_id].stages.stage("transform"):
        return transform_night(load_night(run_id), landings)


@task(name="check", timeout_seconds=3600)
def check(run_id: str, tables: list[str], out: str) -> dict[str, Any]:
    """The gate's verdict on staged tables."""
    ahead, night = AHEAD[run_id], load_night(run_id)
    with ahead.stages.stage(f"check {out.removesuffix('.json')}"):
        return ahead.gate.judge(gate_job(night, tables, str(night.work / out)))


@task(name="pairs", timeout_seconds=3600)
def pairs(run_id: str) -> int:
    """Every pair, streamed to staged files."""
    with AHEAD[run_id].stages.stage("pairs"):
        return stage_pairs(load_night(run_id))


@task(name="record results")
def record(run_id: str, files: list[str]) -> None:
    """Results of the checks to the log."""
    record_results(load_night(run_id), files)


@task(name="publish", timeout_seconds=3600)
def publish(run_id: str, landings: dict[str, str]) -> dict[str, int]:
    """Verify, manifest, swap."""
    with AHEAD[run_id].stages.stage("publish"):
        return publish_night(load_night(run_id), landings)


@flow(name="refresh", validate_parameters=False)
def refresh(run_id: str) -> dict[str, Any]:
    """One night. Returns the verdict of the gate and, when published, the row counts."""
    crawl_catalogues(run_id)
    crawl_named(run_id)
    landings = land(run_id)
    counts = transform(run_id, landings)
    state = [table.name for table in RELEASE_TABLES if table.name != "pairs"]
    verdict = check(run_id, [*state, "sources"], "state.json")
    files = ["state.json"]
    if verdict["verdict"] == "pass":
        counts["pairs"] = pairs(run_id)
        verdict = check(run_id, ["pairs"], "pairs.json")
        files.append("pairs.json")
    record(run_id, files)
    if verdict["verdict"] == "pass":
        counts = publish(run_id, landings)
    return {"verdict": verdict, "counts": counts}
