"""How a run ends when the world or a step fails: without lists, after a finished crawl, behind a proxy."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from llmpairs.flows.nightly.plan import (
    PlanError,
    RunPlan,
    plan_run,
    read_crawl_failures,
    record_finished_crawl,
    resume_run,
)
from llmpairs.flows.nightly.second_wave import has_listing_answer
from llmpairs.flows.ops.status import check_status
from llmpairs.flows.runtime.settings import STATE_ENV, exempt_loopback_from_proxies
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import AS_OF, RUN, frame, publish_sample


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv(STATE_ENV, str(tmp_path / "state"))
    store = open_store(tmp_path / "w")
    publish_sample(store)
    return store


def plan_next(store: Store, only: tuple[str, ...] = ()) -> RunPlan:
    return plan_run(store.name, as_of=AS_OF + timedelta(days=1), only=only)


def write_health(plan: RunPlan, source_id: str, state: str) -> None:
    folder = plan.work / "health"
    folder.mkdir(exist_ok=True)
    (folder / f"{source_id}.json").write_text(json.dumps({"state": state}))


def test_a_benchmark_alone_is_no_news_of_prices(store: Store) -> None:
    plan = plan_next(store)
    write_health(plan, "aider", "ok")
    write_health(plan, "zenmux", "failed")
    assert not has_listing_answer(plan)
    write_health(plan, "groq", "partial")
    assert has_listing_answer(plan)


def test_a_run_that_requests_no_list_needs_none(store: Store) -> None:
    assert has_listing_answer(plan_next(store, only=("aider",)))


def test_a_finished_crawl_outlives_the_plan_of_the_next_run_and_is_resumed(store: Store) -> None:
    plan = plan_next(store, only=("aider", "groq"))
    (plan.work / "landing").mkdir()
    (plan.work / "landing" / "groq.jsonl.gz").write_bytes(b"lines")
    record_finished_crawl(plan, {"aider": "ended with 1"})
    plan_run(store.name, as_of=AS_OF + timedelta(days=2))
    resumed = resume_run(store.name)
    assert (resumed.as_of, resumed.sources, resumed.is_resumed) == (plan.as_of, ("aider", "groq"), True)
    assert (resumed.work / "landing" / "groq.jsonl.gz").read_bytes() == b"lines"
    assert read_crawl_failures(resumed) == {"aider": "ended with 1"}


def test_there_is_nothing_to_resume_before_a_crawl_is_finished(store: Store) -> None:
    plan_next(store)
    with pytest.raises(PlanError, match="no finished crawl to resume: start a run"):
        resume_run(store.name)


def test_a_crawl_is_not_resumed_over_a_later_release(store: Store) -> None:
    record_finished_crawl(plan_next(store), {})
    publish_sample(store, "20260610T235900Z", RUN)
    with pytest.raises(PlanError, match="another release was published since"):
        resume_run(store.name)


def test_a_fresh_release_of_old_values_is_stale(store: Store) -> None:
    rows = [
        {"source_id": name, "kind": kind, "captured_at": AS_OF - age, "late_after": AS_OF - age + timedelta(hours=26)}
        for name, kind, age in (("groq", "provider", timedelta(hours=40)), ("aider", "benchmark", timedelta(hours=1)))
    ]
    append_log(store, "sources", RUN, frame("sources", *[{"run_id": RUN, **row} for row in rows]))
    found = check_status(store.name, timedelta(hours=26), AS_OF)
    assert (found["age_hours"], found["data_age_hours"], found["late_sources"]) == (0.0, 40.0, ["groq"])
    assert "the data is stale: its newest list was read 40.0 h ago" in str(found["problem"])


def test_loopback_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "internal.example")
    monkeypatch.delenv("no_proxy", raising=False)
    exempt_loopback_from_proxies()
    exempt_loopback_from_proxies()
    assert os.environ["NO_PROXY"] == "internal.example,localhost,127.0.0.1,::1"
    assert os.environ["no_proxy"] == "localhost,127.0.0.1,::1"
