import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.nightly.plan import RunPlan, list_unfinished, write_start_record
from llmpairs.flows.ops.status import check_status, render_status
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import AS_OF, RUN, frame, publish_sample

LATER, LAST = "20260609T235900Z", "20260610T235900Z"
LIMIT = timedelta(hours=26)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "w")


def log_run(store: Store, run_id: str, state: str, error: str | None = None) -> None:
    started = datetime.strptime(run_id, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    row = {"run_id": run_id, "started_at": started, "state": state, "mode": "live", "error": error}
    append_log(store, "runs", run_id, frame("runs", row))


def test_a_fresh_release_is_no_problem(store: Store) -> None:
    publish_sample(store)
    log_run(store, RUN, "published")
    found = check_status(store.name, LIMIT, AS_OF + timedelta(hours=25))
    assert found["problem"] is None
    assert (found["current_run_id"], found["age_hours"]) == (RUN, 25.0)
    assert found["as_of"] == "2026-06-08T23:59:00Z"
    assert render_status(found) == f"live release {RUN}, 25.0 h old"
    json.dumps(found)


def test_a_release_that_is_too_old_is_a_problem_and_the_blocked_runs_since_are_counted(store: Store) -> None:
    publish_sample(store)
    log_run(store, RUN, "published")
    log_run(store, LATER, "failed", "the disk is full")
    log_run(store, LAST, "blocked")
    found = check_status(store.name, LIMIT, AS_OF + timedelta(hours=48.5))
    assert "48.5 h old, more than 26 h" in str(found["problem"])
    assert found["last_attempt"] is not None
    assert (found["unpublished_in_a_row"], found["last_attempt"]["state"]) == (2, "blocked")
    assert f"last run {LAST} blocked" in render_status(found)


def test_a_warehouse_without_a_release_is_a_problem(store: Store) -> None:
    assert "has no release yet" in str(check_status(store.name, LIMIT, AS_OF)["problem"])
    log_run(store, RUN, "failed", "no route to host")
    found = check_status(store.name, LIMIT, AS_OF)
    assert render_status(found).splitlines() == [
        "no release yet",
        f"last run {RUN} failed: no route to host",
        "runs since the last published one: 1",
    ]


def test_a_run_without_a_row_in_the_log_has_not_ended(store: Store) -> None:
    for run_id in (RUN, LATER, f"{LATER}-2"):
        plan = RunPlan(
            run_id=run_id, as_of="2026-06-09T23:59:00Z", mode="live", warehouse=store.name, archives=("/secret/path",)
        )  # fmt: skip
        write_start_record(plan, AS_OF)
    log_run(store, RUN, "published")
    assert [record["run_id"] for record in list_unfinished(store)] == [LATER, f"{LATER}-2"]
    found = check_status(store.name, LIMIT, AS_OF)
    assert [record["run_id"] for record in found["not_ended"]] == [LATER, f"{LATER}-2"]
    assert f"run {LATER} of {AS_OF.isoformat()} has not ended" in render_status(found)
    assert b"secret" not in store.read_bytes(f"runs/{LATER}/night.json")


def test_sources_that_are_dead_are_listed(store: Store) -> None:
    publish_sample(store)
    log_run(store, RUN, "published")
    rows = [
        {"run_id": RUN, "source_id": "groq", "state": "moved", "expires_at": AS_OF + timedelta(hours=1)},
        {"run_id": RUN, "source_id": "zenmux", "state": "moved", "expires_at": AS_OF + timedelta(days=9)},
    ]
    append_log(store, "sources", RUN, frame("sources", *rows))
    assert check_status(store.name, LIMIT, AS_OF)["dead_sources"] == []
    assert check_status(store.name, LIMIT, AS_OF + timedelta(hours=2))["dead_sources"] == ["groq"]


def test_monitoring_gets_json_and_an_exit_code(store: Store) -> None:
    publish_sample(store)
    arguments = ["status", "--warehouse", store.name, "--format", "json", "--max-age"]
    fresh = CliRunner().invoke(app, [*arguments, "99999d"])
    assert (fresh.exit_code, json.loads(fresh.stdout)["problem"]) == (0, None)
    old = CliRunner().invoke(app, [*arguments, "1m"])
    assert old.exit_code == 1
    assert json.loads(old.stdout)["problem"] in old.stderr
    assert CliRunner().invoke(app, [*arguments, "soon"]).exit_code == 2
