"""The baseline that a run gets from earlier ones: usual item counts of sources, and captures to revalidate."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

import llmpairs.flows.nightly.crawl_baseline
import llmpairs.flows.nightly.landing
from llmpairs.flows.nightly.crawl_baseline import (
    ITEM_COUNTS,
    PREVIOUS,
    read_item_counts,
    read_previous_captures,
    write_baseline,
)
from llmpairs.flows.nightly.landing import HealthRecord, describe_source, land_sources
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.ops.provenance import locate_captures
from llmpairs.spiders.archive import Archive
from llmpairs.spiders.archive.reader import RecordReader
from llmpairs.spiders.devtools.reparse import decode_content
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.contracts.log import SOURCES as SOURCES_LOG
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.store import Store, open_store
from tests.runs.archives import FIRST_AS_OF
from tests.spiders.conftest import Crawled, crawl_into
from tests.spiders.loopback import loopback_source
from tests.spiders.server import Server, serve

AS_OF = datetime(2026, 5, 20, 20, tzinfo=UTC)
NOTHING = llmpairs.flows.nightly.landing.UsedLines([], 0, False)


def plan_at(warehouse: Path, moment: datetime = AS_OF, suffix: str = "", mode: str = "live") -> RunPlan:
    return RunPlan(
        run_id=moment.strftime("%Y%m%dT%H%M%SZ") + suffix,
        as_of=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        mode=mode,
        warehouse=str(warehouse),
    )


def log_source(warehouse: Path, moment: datetime, items: int, state: str = "ok", suffix: str = "") -> None:
    """Log the health of one source in one run."""
    health: HealthRecord = {
        "state": state, "cause": state, "detail": "", "items": items, "pages_asked": 1, "pages_answered": 1,
        "pages_not_due": 0, "pages_failed": 0, "rejected_entries": 0, "fewest_items": 1, "unknown_keys": {},
        "filled_fields": {},
        "failures": [],
    }  # fmt: skip
    of = plan_at(warehouse, moment, suffix)
    row = describe_source(of, SOURCES["zenmux"], health, NOTHING, pd.DataFrame())
    append_log(open_store(warehouse), SOURCES_LOG, of.run_id, pd.DataFrame([row]))


def test_the_baseline_is_the_last_seven_good_runs(tmp_path: Path) -> None:
    for hours in range(10):
        log_source(tmp_path, AS_OF - timedelta(hours=1 + hours), 100 + hours)
    assert read_item_counts(plan_at(tmp_path)) == {
        "zenmux": {"recent": [106, 105, 104, 103, 102, 101, 100], "expired": []}
    }


def test_only_good_runs_before_this_one_count_and_each_time_once(tmp_path: Path) -> None:
    log_source(tmp_path, AS_OF - timedelta(days=2), 100)
    log_source(tmp_path, AS_OF - timedelta(days=1), 1, state="failed")
    log_source(tmp_path, AS_OF - timedelta(hours=3), 90, state="partial")
    log_source(tmp_path, AS_OF - timedelta(hours=2), 70)
    log_source(tmp_path, AS_OF - timedelta(hours=2), 80, suffix="-2")
    log_source(tmp_path, AS_OF, 5)
    log_source(tmp_path, AS_OF + timedelta(days=1), 5)
    assert read_item_counts(plan_at(tmp_path, suffix="-2")) == {"zenmux": {"recent": [100, 90, 80], "expired": []}}


def test_runs_beyond_the_freshness_limit_are_told_apart(tmp_path: Path) -> None:
    log_source(tmp_path, AS_OF - SOURCES["zenmux"].expires_after - timedelta(minutes=1), 100)
    log_source(tmp_path, AS_OF - timedelta(days=1), 60, state="too_few_items")
    assert read_item_counts(plan_at(tmp_path)) == {"zenmux": {"recent": [], "expired": [100]}}


def test_a_first_run_has_nothing_to_compare_with(tmp_path: Path) -> None:
    first = plan_at(tmp_path / "w", FIRST_AS_OF, mode="replay")
    first.work.mkdir(parents=True)
    write_baseline(first)
    assert sorted(path.name for path in first.work.iterdir()) == [ITEM_COUNTS]


LiveRun = Callable[[int], Crawled]


@pytest.fixture
def live_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> LiveRun:
    """Crawl and land one live run of the server's three pages."""
    paths = ("tagged", "dated", "list")
    registry = {"loopback": loopback_source(f"http://127.0.0.1:{server.server_port}", paths)}
    for module in (llmpairs.flows.nightly.landing, llmpairs.flows.nightly.crawl_baseline):
        monkeypatch.setattr(module, "SOURCES", registry)

    def run(day: int) -> Crawled:
        plan = plan_at(tmp_path / "w", AS_OF + timedelta(days=day))
        plan.work.mkdir(parents=True)
        write_baseline(plan)
        arguments = ("--port", str(server.server_port), "--paths", ",".join(paths))
        previous = ("--previous", str(plan.work / PREVIOUS))
        crawled = crawl_into(plan.work, *arguments, *previous, module="tests.spiders.loopback")
        land_sources(plan, {})
        return crawled

    return run


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as found:
        yield found


def test_run_after_run_an_unchanged_page_leads_to_the_one_record_that_holds_it(
    tmp_path: Path, live_run: LiveRun, server: Server
) -> None:
    crawls = [live_run(day) for day in range(3)]
    assert server.conditions["/tagged"] == '"v1"'
    types = [{row["warc_record_type"] for row in crawled.captures("loopback")} for crawled in crawls]
    assert types == [{"response"}, {"revisit"}, {"revisit"}]
    for earlier in read_previous_captures(plan_at(tmp_path / "w", AS_OF + timedelta(days=3))):
        assert earlier["file"] == "../20260520T200000Z/loopback.warc.gz"
    last = tmp_path / "w" / "archive" / "20260522T200000Z"
    arguments = ("--port", str(server.server_port), "--paths", "tagged,dated,list", "--archive", str(last))
    asked = sum(server.asked.values())
    again = crawl_into(tmp_path / "again", *arguments, module="tests.spiders.loopback")
    assert sum(server.asked.values()) == asked
    assert again.landed("loopback") == crawls[-1].landed("loopback")
    assert Archive([last]).damages == []


def read_bodies(warehouse: Path, run_id: str) -> dict[str, bool]:
    """Whether the log leads to the body that each page of a run had, by the page's name."""
    store = open_store(warehouse)
    kept, gone = locate_captures(store, read_log(store, "captures", run_id), warehouse)
    assert gone == {}
    bodies = {each.url: decode_content(each.url, *RecordReader().read(each.reference)) for each in kept}
    return {each.url.rpartition("/")[2]: sha256(bodies[each.url]).hexdigest() == each.payload_sha256 for each in kept}


def test_the_log_leads_to_the_body_of_an_unchanged_page_after_a_replay_as_well(
    tmp_path: Path, live_run: LiveRun, server: Server
) -> None:
    for day in range(2):
        live_run(day)
    all_there = {"tagged": True, "dated": True, "list": True}
    assert read_bodies(tmp_path / "w", "20260521T200000Z") == all_there
    recorded = tmp_path / "w" / "archive"
    last = str(recorded / "20260521T200000Z")
    replayed = replace(plan_at(tmp_path / "other", AS_OF + timedelta(days=1), mode="replay"), archives=(last,))
    replayed.work.mkdir(parents=True)
    arguments = ("--port", str(server.server_port), "--paths", "tagged,dated,list", "--archive", last)
    crawl_into(replayed.work, *arguments, module="tests.spiders.loopback")
    land_sources(replayed, {})
    shutil.rmtree(recorded)
    assert read_bodies(tmp_path / "other", replayed.run_id) == all_there


def test_validators_are_in_the_log(tmp_path: Path, live_run: LiveRun) -> None:
    live_run(0)
    log = read_log(open_store(tmp_path / "w"), "captures").set_index("url")
    named = {str(url).rpartition("/")[2]: row for url, row in log.iterrows()}
    assert named["tagged"]["etag"] == '"v1"'
    assert named["dated"]["last_modified"] == "Mon, 18 May 2026 20:00:00 GMT"
    assert pd.isna(named["list"]["etag"])


def test_a_body_in_a_bucket_is_fetched_and_one_that_is_gone_is_not_requested(
    tmp_path: Path, live_run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_run(0)
    plan = plan_at(tmp_path / "w", AS_OF + timedelta(days=1))
    kept = tmp_path / "w" / "archive" / "20260520T200000Z" / "loopback.warc.gz"
    with monkeypatch.context() as patch:
        patch.setattr(Store, "local_path", lambda self, rel: None)
        fetched = {Path(line["path"]) for line in read_previous_captures(plan) if line["etag"]}
    assert fetched == {plan.work / "earlier" / "archive" / "20260520T200000Z" / "loopback.warc.gz"}
    assert fetched.pop().read_bytes() == kept.read_bytes()
    kept.unlink()
    assert {line["path"] for line in read_previous_captures(plan)} == {None}
