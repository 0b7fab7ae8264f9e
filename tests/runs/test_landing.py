"""Which lines a run uses: its own, and the last good ones of pages that did not answer."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from llmpairs.flows.nightly.landing import HealthRecord, UsedLines, choose_lines, landing_name, pack
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.spiders.crawling.job_output import compress_lines
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import frame

AS_OF = datetime(2026, 5, 20, 20, tzinfo=UTC)
LAST = "20260519T200000Z"


def line(page: str, captured_at: str = "2026-05-19T20:00:00Z") -> bytes:
    return json.dumps({"url": page, "captured_at": captured_at}).encode()


def choose(
    tmp_path: Path,
    source_id: str,
    state: str,
    *,
    last: Iterable[bytes],
    new: Iterable[bytes] = (),
    failures: dict[str, str] | None = None,
    cause: str = "",
) -> UsedLines:
    """The lines in use of a source, by its lines of the last run and of this one."""
    common: dict[str, Any] = {"mode": "live", "warehouse": str(tmp_path / "w")}
    before = RunPlan(run_id=LAST, as_of="2026-05-19T20:00:00Z", **common)
    plan = RunPlan(run_id="20260520T200000Z", as_of=AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ"), **common)
    store = open_store(tmp_path / "w")
    store.write_bytes(landing_name(before.run_id, source_id), pack(last))
    assert store.exists(landing_name(LAST, source_id))
    for folder in ("landing", "captures"):
        (plan.work / folder).mkdir(parents=True)
    (plan.work / "landing" / f"{source_id}.jsonl.gz").write_bytes(compress_lines(list(new)))
    (plan.work / "captures" / f"{source_id}.jsonl").write_bytes(b"".join(each + b"\n" for each in new))
    failed = [{"url": url, "cause": cause, "detail": ""} for url, cause in (failures or {}).items()]
    health = cast("HealthRecord", {"state": state, "cause": cause, "failures": failed})
    return choose_lines(plan, store, SOURCES[source_id], health, LAST)


def test_a_source_that_succeeded_gives_all_its_lines(tmp_path: Path) -> None:
    in_use = choose(tmp_path, "zenmux", "ok", last=[line("a"), line("b")], new=[line("a", "new")])
    assert in_use == UsedLines([line("a", "new")], 0, True)


def entry(key: str, captured_at: str) -> bytes:
    return json.dumps({"url": "a", "captured_at": captured_at, "provider_key": "p", "model_key": key}).encode()


@pytest.mark.parametrize(("held_before", "held"), [(0, 2), (2, 2), (3, 0)])
def test_new_entries_of_a_list_that_grew_too_fast_are_held_for_three_runs(
    tmp_path: Path, held_before: int, held: int
) -> None:
    for day in range(held_before):
        run_id = f"2026051{7 + day}T200000Z"
        row = {"run_id": run_id, "source_id": "zenmux", "held_items": 9}
        append_log(open_store(tmp_path / "w"), "sources", run_id, frame("sources", row))
    new = [entry(key, "new") for key in ("known", "invented", "also-invented")]
    in_use = choose(tmp_path, "zenmux", "partial", last=[entry("known", "old")], new=new, cause="too_many_items")
    assert in_use == UsedLines(new[: 3 - held], 0, True, held=held)


def test_a_source_that_failed_keeps_all_its_last_lines(tmp_path: Path) -> None:
    last = [line("a"), line("b")]
    in_use = choose(tmp_path, "zenmux", "failed", last=last, new=[line("a", "new")])
    assert in_use == UsedLines(last, 2, False)


@pytest.mark.parametrize(("cause", "carried"), [("timed_out", 1), ("moved", 1), ("gone", 0)])
def test_a_page_that_did_not_answer_keeps_its_lines_and_one_that_is_gone_loses_them(
    tmp_path: Path, cause: str, carried: int
) -> None:
    in_use = choose(
        tmp_path,
        "openrouter_endpoints",
        "partial",
        last=[line("a"), line("b"), line("unlisted")],
        new=[line("a", "new")],
        failures={"b": cause},
    )
    assert in_use == UsedLines([line("a", "new"), line("b")][: 1 + carried], carried, True)


def test_cards_that_were_not_requested_stay_until_they_expire(tmp_path: Path) -> None:
    expired = line("old", "2025-05-19T20:00:00Z")
    in_use = choose(
        tmp_path,
        "huggingface_cards",
        "partial",
        last=[line("a"), line("not asked"), expired, line("b"), line("c")],
        new=[line("a", "new")],
        failures={"b": "gone", "c": "rate_limited"},
    )
    assert in_use == UsedLines([line("a", "new"), line("not asked"), line("c")], 2, True)
