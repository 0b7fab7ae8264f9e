"""Which sources share a crawl process, and what happens to the others when one crashes it."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from llmpairs.flows.nightly.crawl_process import group_sources, start_crawl, wait_for_crawls
from llmpairs.flows.nightly.plan import RunPlan, plan_run
from llmpairs.spiders.registry import SOURCES

ALL = RunPlan(
    run_id="20260520T200000Z", as_of="2026-05-20T20:00:00Z", mode="live", warehouse="w", sources=tuple(SOURCES)
)


@pytest.mark.parametrize("processes", [1, 2, 6])
def test_every_source_is_crawled_once(processes: int) -> None:
    groups = {wave: group_sources(ALL, wave, processes) for wave in (1, 2)}
    assert sorted(name for each in groups.values() for group in each for name in group) == sorted(SOURCES)
    for wave, each in groups.items():
        assert len(each) <= processes
        assert {SOURCES[name].wave for group in each for name in group} == {wave}


def test_the_slowest_sources_do_not_wait_for_each_other() -> None:
    for slow in (("models_dev", "openrouter"), ("openrouter_endpoints", "huggingface_cards")):
        for group in group_sources(ALL, SOURCES[slow[0]].wave, 2):
            assert len({*group}.intersection(slow)) == 1


def test_only_what_is_asked_for_is_crawled() -> None:
    plan = replace(ALL, sources=("zenmux", "aider"))
    assert group_sources(plan, 1) == [("zenmux",), ("aider",)]
    assert group_sources(plan, 2) == []


def test_a_source_that_crashes_its_process_affects_no_other(tmp_path: Path, samples: Path) -> None:
    plan = plan_run(str(tmp_path / "w"), [samples])
    crawl = start_crawl(plan, ("zenmux", "no_such_source", "aider"), None)
    assert crawl.unfinished() == ["zenmux", "no_such_source", "aider"]
    failures = wait_for_crawls([crawl])
    assert failures.keys() == {"no_such_source"}
    assert "no_such_source" in failures["no_such_source"]
    assert crawl.unfinished() == ["no_such_source"]


def test_the_sources_of_a_killed_process_are_crawled_again(tmp_path: Path, samples: Path) -> None:
    plan = plan_run(str(tmp_path / "w"), [samples])
    crawl = start_crawl(plan, ("zenmux",), None)
    os.killpg(crawl.process.pid, signal.SIGKILL)
    assert wait_for_crawls([crawl]) == {}
    assert crawl.unfinished() == []
