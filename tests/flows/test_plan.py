import json
from datetime import timedelta
from pathlib import Path

import pytest

from llmpairs.flows.nightly.plan import PlanError, RunPlan, plan_run, write_start_record
from llmpairs.flows.nightly.run import KILLED, RunOutcome, describe_interrupted, record_killed, write_run_record
from llmpairs.flows.nightly.stages import check_parent_is_live, publish_run
from llmpairs.progress import Progress
from llmpairs.warehouse.errors import ConflictError, LogConflictError, ReleaseError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import current_run_id, publish, rollback, stage_table, verify_release, write_manifest
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import AS_OF, RUN, manifest_of, publish_sample, release_frames

LATER, LAST = "20260609T235900Z", "20260610T235900Z"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "w")
    publish_sample(store)
    return store


def stage(store: Store, run_id: str) -> RunPlan:
    for name, rows in release_frames(cost=1.0).items():
        stage_table(store, run_id, name, rows)
    return RunPlan(run_id=run_id, as_of="2026-06-09T23:59:00Z", mode="live", warehouse=store.name, parent=RUN)


def test_an_as_of_time_before_the_live_release_is_refused_and_the_same_is_not(store: Store) -> None:
    with pytest.raises(PlanError, match=r"2026-06-08T22:59:00Z is before .* 2026-06-08T23:59:00Z: set the clock"):
        plan_run(store.name, as_of=AS_OF - timedelta(hours=1))
    assert plan_run(store.name, as_of=AS_OF).run_id == f"{RUN}-2"
    assert plan_run(store.name, as_of=AS_OF + timedelta(days=1)).parent == RUN


def test_a_release_of_a_clock_that_ran_ahead_can_be_rolled_back_and_built_past(store: Store) -> None:
    publish_sample(store, "20300101T000000Z", RUN)
    with pytest.raises(PlanError, match="2030-01-01T00:00:00Z"):
        plan_run(store.name, as_of=AS_OF + timedelta(days=1))
    rollback(store)
    assert plan_run(store.name, as_of=AS_OF + timedelta(days=1)).parent == RUN


def test_a_run_with_only_a_start_record_keeps_its_run_id(store: Store) -> None:
    store.write_bytes(f"runs/{LATER}/night.json", b"{}")
    assert plan_run(store.name, as_of=AS_OF + timedelta(days=1)).run_id == f"{LATER}-2"


def test_a_publication_may_be_repeated_wherever_it_stopped(store: Store) -> None:
    plan = stage(store, LATER)
    first = publish_run(plan, {})
    publish(store, RUN)  # as if it had stopped between the manifest and the pointer
    assert publish_run(plan, {}) == first
    assert publish_run(plan, {}) == first
    assert current_run_id(store) == LATER
    assert verify_release(store, LATER) == []


def test_a_run_is_not_published_over_a_release_that_it_was_not_built_on(store: Store) -> None:
    plan = stage(store, LATER)
    check_parent_is_live(plan)
    stage(store, LAST)
    write_manifest(store, LAST, manifest_of(store, LAST, RUN))
    publish(store, LAST)
    with pytest.raises(ReleaseError, match=f"the live release is {LAST} now, and run {LATER} was built on {RUN}"):
        publish_run(plan, {})
    assert current_run_id(store) == LAST


def test_a_run_corrects_the_record_of_a_host_that_took_it_for_killed(tmp_path: Path) -> None:
    plan = RunPlan(run_id=RUN, as_of="2026-06-08T23:59:00Z", mode="live", warehouse=str(tmp_path / "w"))
    write_start_record(plan, AS_OF)
    with pytest.raises(ConflictError):
        write_start_record(plan, AS_OF + timedelta(seconds=1))  # a run of that id on another host
    record_killed(plan, Progress())
    killed = read_log(plan.store, "runs")
    assert list(killed["state"]) == ["failed"]
    true = RunOutcome(run_id=RUN, state="published", seconds=3.0)
    write_run_record(plan, true, AS_OF, {}, None)
    assert list(read_log(plan.store, "runs")["state"]) == ["published"]
    assert json.loads(plan.store.read_bytes(f"runs/{RUN}/run.json"))["state"] == "published"
    with pytest.raises(LogConflictError):
        write_run_record(plan, describe_interrupted(plan, KILLED, seconds=None), AS_OF, {}, None)
    assert list(read_log(plan.store, "runs")["state"]) == ["published"]
