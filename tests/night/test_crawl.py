"""Which sources share a crawl process."""

from flows.crawl import GROUPS, SHARED_BY, groups_of
from flows.night import Night
from spiders.registry import SOURCES


def night(sources: tuple[str, ...]) -> Night:
    return Night(
        run_id="20260520T200000Z", as_of="2026-05-20T20:00:00Z", mode="live", warehouse="w", sources=sources
    )


def test_every_source_is_crawled_once() -> None:
    crawled = [name for wave in (1, 2) for group in groups_of(night(tuple(SOURCES)), wave) for name in group]
    assert sorted(crawled) == sorted(SOURCES)
    for wave in (1, 2):
        for group in groups_of(night(tuple(SOURCES)), wave):
            assert {SOURCES[name].wave for name in group} == {wave}


def test_sources_that_no_group_names_share_a_process_with_few_of_their_kind() -> None:
    named = {name for group in GROUPS for name in group}
    for group in groups_of(night(tuple(SOURCES)), 1):
        if not named.intersection(group):
            assert len(group) <= SHARED_BY
            assert len({SOURCES[name].kind for name in group}) == 1


def test_only_what_is_asked_for_is_crawled() -> None:
    assert groups_of(night(("zenmux", "aider")), 1) == [("zenmux",), ("aider",)]
    assert groups_of(night(("zenmux", "aider")), 2) == []
