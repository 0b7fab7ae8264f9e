"""The second wave: endpoint pages and model cards, which the lists of the first wave name.

A live run starts the pages of a source as soon as the lists that name them are read. Pauses between requests decide
how long that wave takes (44 s for 348 pages of one host), not the cores.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from llmpairs.flows.nightly.crawl_process import Crawl, group_sources, start_crawl
from llmpairs.flows.nightly.landing import (
    LISTING_KINDS,
    USED_STATES,
    choose_lines,
    pack,
    read_health,
    read_parent_landings,
    read_previous_lines,
)
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.spiders.crawling.limits import load_limits
from llmpairs.spiders.inputs import INPUTS, Inputs, collect_inputs
from llmpairs.spiders.registry import SOURCES, Source
from llmpairs.warehouse.contracts.log import SOURCES as SOURCES_LOG
from llmpairs.warehouse.log import read_log

PROVENANCE = ("capture_id", "captured_at", "late", "locator")
"""Fields of a landed line that a new capture of an unchanged entry may change."""


def start_ready_groups(
    plan: RunPlan, crawl_failures: dict[str, str], started: Iterable[Crawl], is_first_wave_done: bool
) -> list[Crawl]:
    """Start the crawls of the second wave that are not `started` and whose lists are read."""
    sources = {name for crawl in started for name in crawl.sources}
    crawls = []
    for group in group_sources(plan, 2):
        if sources.isdisjoint(group) and (is_first_wave_done or all(is_named(plan, name) for name in group)):
            inputs = plan.work / INPUTS.format(group[0])
            collect_second_wave_inputs(plan, crawl_failures, group).write(inputs)
            crawls.append(start_crawl(plan, group, inputs))
    return crawls


def is_named(plan: RunPlan, source_id: str) -> bool:
    """Whether the lists that name the pages of a source are read already."""
    lists = SOURCES[source_id].named_by
    return bool(lists) and all(is_answered(plan, name) for name in lists)


def is_answered(plan: RunPlan, source_id: str) -> bool:
    """Whether a source was crawled in this run and its lines are used."""
    return read_health(plan, source_id, {})["state"] in USED_STATES


def has_listing_answer(plan: RunPlan) -> bool:
    """Whether a list of models or prices was read in the first wave; also true for a run that requests none."""
    listing = [name for name in plan.sources if SOURCES[name].kind in LISTING_KINDS and SOURCES[name].wave == 1]
    return not listing or any(is_answered(plan, name) for name in listing)


def collect_second_wave_inputs(plan: RunPlan, crawl_failures: dict[str, str], group: Iterable[str]) -> Inputs:
    """Pages that the lists of the first wave name for these sources, carried lines of a failed list included."""
    landings = read_parent_landings(plan)
    asking = [SOURCES[name] for name in group]
    folder = plan.work / f"named-{asking[0].id}"
    folder.mkdir(exist_ok=True)
    for source in list_namers(asking):
        health = read_health(plan, source.id, crawl_failures)
        used_lines = choose_lines(plan, plan.store, source, health, landings.get(source.id))
        (folder / f"{source.id}.jsonl.gz").write_bytes(pack(used_lines.lines))
    recent = {url for source in asking if is_named(plan, source.id) for url in list_recent_pages(plan, source)}
    return replace(collect_inputs(folder), recent_pages=tuple(sorted(recent)))


def list_namers(asking: list[Source]) -> list[Source]:
    """The sources of the first wave that name the pages of these; all of them where one does not state its lists."""
    names = {name for source in asking for name in source.named_by}
    is_open = not all(source.named_by for source in asking)
    return [source for source in SOURCES.values() if source.wave == 1 and (is_open or source.id in names)]


def list_recent_pages(plan: RunPlan, source: Source) -> set[str]:
    """Addresses that need no request: lately answered, and the list has the entry that it had for the parent release.

    A page that failed in the parent's run keeps the lines of an earlier capture. Where that run had such pages, only
    those that it read itself count: the list may have changed since the earlier capture.
    """
    if plan.parent is None:
        return set()
    store, landings = plan.store, read_parent_landings(plan)
    least = plan.moment - timedelta(hours=load_limits()["endpoints_revisit_hours"]["value"])
    before: dict[str, set[str]] = defaultdict(set)
    now: dict[str, set[str]] = defaultdict(set)
    rows = read_log(store, SOURCES_LOG, plan.parent)
    is_whole = "ok" in set(rows.loc[rows["source_id"] == source.id, "state"])
    for name in source.named_by:
        earlier, _ = read_previous_lines(store, name, landings.get(name))
        health = read_health(plan, name, {})
        for entries, lines in ((before, earlier), (now, choose_lines(plan, store, SOURCES[name], health, None).lines)):
            for item in map(json.loads, lines):
                entries[item["model_key"]].add(
                    json.dumps({key: value for key, value in item.items() if key not in PROVENANCE})
                )
        listed_at = [datetime.fromisoformat(json.loads(line)["captured_at"]) for line in earlier[:1]]
        least = max([least, *([] if is_whole else listed_at)])
    pages, _ = read_previous_lines(store, source.id, landings.get(source.id))
    return {
        item["url"]
        for item in map(json.loads, pages)
        if datetime.fromisoformat(item["captured_at"]) >= least
        and now.get(item["model_key"], set()) == before.get(item["model_key"])
    }
