"""Which endpoint pages a run requests, when it starts them, and what it keeps of those that it leaves out."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.settings import Settings

from llmpairs.flows.nightly import second_wave
from llmpairs.flows.nightly.landing import choose_lines, landing_name, pack, read_health
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.second_wave import list_recent_pages, start_ready_groups
from llmpairs.spiders.archive import Archive, parse_timestamp
from llmpairs.spiders.catalogues.openrouter_endpoints import OpenRouterEndpointsSpider
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.settings import live_settings
from llmpairs.spiders.inputs import INPUTS, Inputs
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.manifest import Manifest, manifest_to_json
from llmpairs.warehouse.releases import publish
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import AS_OF, frame

PARENT, LISTED_AT = "20260608T235900Z", "2026-06-08T23:58:00Z"
ENDPOINTS = SOURCES["openrouter_endpoints"]


def address(model: str) -> str:
    return f"https://openrouter.ai/api/v1/models/{model}/endpoints"


def entry(model: str, captured_at: str = LISTED_AT, **fields: Any) -> bytes:
    """A landed line of OpenRouter's list."""
    line = {"kind": "model", "source_id": "openrouter", "model_key": model, "captured_at": captured_at, **fields}
    return json.dumps({"url": "list", "capture_id": captured_at, "locator": captured_at, **line}).encode()


def page(model: str, captured_at: str = LISTED_AT) -> bytes:
    """A landed line of an endpoint page."""
    return json.dumps({"url": address(model), "model_key": model, "captured_at": captured_at, "kind": "model"}).encode()


def plan_next(
    tmp_path: Path, as_of: str, listed: Iterable[bytes], pages: Iterable[bytes], state: str = "ok"
) -> RunPlan:
    """A run after a release with these landed lines; `state` is that of its endpoint pages."""
    store = open_store(tmp_path / "w")
    for source, lines in (("openrouter", listed), (ENDPOINTS.id, pages)):
        store.write_bytes(landing_name(PARENT, source), pack(lines))
    row = {"run_id": PARENT, "source_id": ENDPOINTS.id, "state": state}
    append_log(store, "sources", PARENT, frame("sources", row))
    manifest = Manifest(
        run_id=PARENT, as_of=AS_OF, parent_run_id=None, rules_version="1", code_version="1", decisions_digest="",
        landings={"openrouter": PARENT, ENDPOINTS.id: PARENT}, tables={},
    )  # fmt: skip
    store.write_bytes(f"releases/{PARENT}/manifest.json", manifest_to_json(manifest))
    publish(store, PARENT)
    plan = RunPlan(
        run_id=as_of.translate(str.maketrans("", "", "-:")), as_of=as_of, mode="live", warehouse=str(tmp_path / "w"),
        sources=("openrouter", ENDPOINTS.id), parent=PARENT,
    )  # fmt: skip
    for folder in ("landing", "health"):
        (plan.work / folder).mkdir(parents=True)
    return plan


def answer(plan: RunPlan, source: str, lines: Iterable[bytes], state: str = "ok", **health: Any) -> None:
    """What the crawl of a source in this run leaves in the work folder."""
    (plan.work / "landing" / f"{source}.jsonl.gz").write_bytes(pack(lines))
    record = {**read_health(plan, source, {}), "state": state, "cause": state, **health}
    (plan.work / "health" / f"{source}.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize(("as_of", "recent"), [("2026-06-09T05:00:00Z", ["a/same"]), ("2026-06-09T12:00:00Z", [])])
def test_a_page_is_recent_for_some_hours_while_its_entry_in_the_list_is_the_same(
    tmp_path: Path, as_of: str, recent: list[str]
) -> None:
    listed = [entry("a/same", context=1), entry("a/changed", context=1), entry("a/gone"), entry("a/new page")]
    plan = plan_next(tmp_path, as_of, listed, [page("a/same"), page("a/changed"), page("a/gone")])
    answer(plan, "openrouter", [entry("a/same", as_of, context=1), entry("a/changed", as_of, context=2)])
    assert list_recent_pages(plan, ENDPOINTS) == {address(model) for model in recent}


def test_a_page_that_failed_in_the_run_before_is_requested_again(tmp_path: Path) -> None:
    """Its lines are of an earlier capture, and the list may have changed in between."""
    plan = plan_next(
        tmp_path, "2026-06-09T01:00:00Z", [entry("a/b"), entry("a/c")],
        [page("a/b", "2026-06-08T22:00:00Z"), page("a/c")], state="partial",
    )  # fmt: skip
    answer(plan, "openrouter", [entry("a/b"), entry("a/c")])
    assert list_recent_pages(plan, ENDPOINTS) == {address("a/c")}


def plan_pages(*recent: str, archived: str | None = None) -> tuple[list[str], int]:
    """The models whose pages a crawl of three requests, and how many it leaves out; a replay where one is archived."""
    inputs = Inputs(openrouter_model_ids=("a/b", "a/c:free", "a/d"), recent_pages=tuple(map(address, recent)))
    job = CrawlJob(source=ENDPOINTS, run_id="r", as_of=parse_timestamp("2026-06-09T01:00:00Z"), inputs=inputs)
    if archived is not None:
        job.archive = cast("Archive", SimpleNamespace(holds=lambda url: url == address(archived)))
    spider = OpenRouterEndpointsSpider(job)
    spider.settings = Settings(live_settings())
    requested = [url.removeprefix(address("")[:-10]).removesuffix("/endpoints") for _, url in spider.pages()]
    return requested, job.pages_not_due


def test_recent_pages_are_not_requested() -> None:
    assert plan_pages() == (["a/b", "a/c:free", "a/d"], 0)
    assert plan_pages("a/c:free", "a/elsewhere") == (["a/b", "a/d"], 1)


def test_a_replay_requests_what_its_archive_holds_and_leaves_out_what_the_recorded_run_did() -> None:
    assert plan_pages("a/b", "a/c:free", archived="a/b") == (["a/b", "a/d"], 1)


def test_lines_of_recent_pages_are_carried_and_those_of_unlisted_models_are_not(tmp_path: Path) -> None:
    plan = plan_next(tmp_path, "2026-06-09T01:00:00Z", [], [page("a/b"), page("a/unlisted")])
    answer(plan, ENDPOINTS.id, [], pages_not_due=1)
    Inputs(recent_pages=(address("a/b"),)).write(plan.work / INPUTS.format(ENDPOINTS.id))
    used = choose_lines(plan, plan.store, ENDPOINTS, read_health(plan, ENDPOINTS.id, {}), PARENT)
    assert (used.lines, used.carried) == ([page("a/b")], 1)


def test_endpoint_pages_start_when_their_list_is_read_and_cards_after_all_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_next(tmp_path, "2026-06-09T01:00:00Z", [entry("a/b")], [page("a/b")])
    plan = RunPlan(**{**vars(plan), "sources": (*plan.sources, "models_dev", "huggingface_cards")})
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(second_wave, "start_crawl", lambda _plan, group, _inputs: started.append(group))
    start_ready_groups(plan, {}, [], is_first_wave_done=False)
    assert started == []
    answer(plan, "openrouter", [entry("a/b")])
    start_ready_groups(plan, {}, [], is_first_wave_done=False)
    assert started == [("openrouter_endpoints",)]
    inputs = json.loads((plan.work / INPUTS.format(ENDPOINTS.id)).read_text(encoding="utf-8"))
    assert (inputs["openrouter_model_ids"], inputs["recent_pages"]) == (["a/b"], [address("a/b")])
    start_ready_groups(plan, {}, [], is_first_wave_done=True)
    assert set(started[1:]) == {("openrouter_endpoints",), ("huggingface_cards",)}
