"""Any one source fails in any way: its last known good values are carried forward, and the run goes on.

The crawls are real and live, against a server that fails them; the runs stop before their pairs.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from llmpairs.flows.commands.output import DONE, SOURCE_FAILED
from llmpairs.flows.commands.refresh import print_outcome
from llmpairs.flows.nightly.gate_process import Verdict
from llmpairs.flows.nightly.landing import land_sources, landing_name
from llmpairs.flows.nightly.pipeline import StageResults
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.run import describe_completed
from llmpairs.flows.nightly.stages import transform_run
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import list_frozen
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.staging import read_staged
from tests.runs.archives import FIRST_AS_OF, NEXT_AS_OF, log_rows
from tests.runs.conftest import SharedRelease, copy_warehouse

ROOT = Path(__file__).resolve().parents[2]
WAYS = {
    "elsewhere": "moved",
    "private": "moved",
    "homewards": "moved",
    "loop": "moved",
    "missing": "gone",
    "withdrawn": "gone partial",
    "denied": "blocked",
    "forbidden": "blocked",
    "limited": "rate_limited",
    "broken": "failed",
    "html": "not_text layout_changed empty",
    "blank": "not_text layout_changed empty",
    "nothing": "empty layout_changed schema_changed not_text too_few_items",
    "bomb": "too_large",
    "large": "too_large",
    "endless": "too_large",
    "half_packed": "cut_short",
    "cut": "cut_short",
    "half_chunked": "cut_short",
    "drip": "timed_out",
    "stuck": "timed_out",
    "keyless": "not_configured",
}
"""How all pages of a source fail, and the states that it may have in that run."""
OWN_WAYS = {source_id: list(WAYS)[number % len(WAYS)] for number, source_id in enumerate(list_frozen(), 1)}
"""A way for each source; neighbours fail in different ones."""
Cases = tuple[tuple[str, str], ...]
"""Sources, each with the way in which it fails."""
RUNS: dict[str, Cases] = {
    way: tuple(dict.fromkeys([("zenmux", way), *((each, way) for each, own in OWN_WAYS.items() if own == way)]))
    for way in WAYS
}
"""A run for each way: zenmux fails in every one, each other source in one."""
KINDS: Cases = (
    *{(SOURCES[each].kind, SOURCES[each].wave): (each, way) for each, way in OWN_WAYS.items()}.values(),
    ("litellm", "denied"),
)
"""A run in which one source of each kind and wave fails, each in a way of its own, and LiteLLM, a list of many."""
BreakSources = Callable[[Cases], tuple[RunPlan, dict[str, str]]]


def staged(plan: RunPlan, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = read_staged(plan.store, plan.run_id, name)
    return frame


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, sample_run: SharedRelease, samples: Path) -> RunPlan:
    """A published run in which every source that has a sample was well, with its work folder."""
    folder = tmp_path_factory.mktemp("broken") / "warehouse"
    outcome = copy_warehouse(sample_run, folder)
    plan = RunPlan(
        run_id=outcome.run_id,
        as_of=FIRST_AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ"),
        mode="replay",
        warehouse=str(folder),
        archives=(str(samples),),
        sources=tuple(sorted(SOURCES)),
    )
    shutil.copytree(sample_run.warehouse.parent / "work", plan.work)
    return plan


@pytest.fixture(scope="module")
def well(first: RunPlan) -> RunPlan:
    """The next run, crawled: every source answers again, with the same pages."""
    moment = NEXT_AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ")
    run_id = NEXT_AS_OF.strftime("%Y%m%dT%H%M%SZ")
    plan = replace(first, run_id=run_id, as_of=moment, parent=first.run_id)
    shutil.copytree(first.work, plan.work)
    return plan


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the crawls of all broken sources leave behind, in a folder for each source and way."""
    out = tmp_path_factory.mktemp("crawls")
    every = dict.fromkeys(case for cases in (*RUNS.values(), KINDS) for case in cases)
    cases = [f"{source_id}:{way}" for source_id, way in every]
    command = [sys.executable, "-m", "tests.runs.failing_crawls", "--out", str(out)]
    command += ["--as-of", NEXT_AS_OF.isoformat(), *cases]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def break_sources(well: RunPlan, broken: Path) -> BreakSources:
    """A landed run that differs from a good one in some sources; with the landing run of each source."""

    def land(cases: Cases) -> tuple[RunPlan, dict[str, str]]:
        crawls = [broken / source_id / way for source_id, way in cases]
        archives = (*well.archives, *(str(each / "archive") for each in crawls if (each / "archive").exists()))
        suffix = f"{cases[-1][0]}-{cases[-1][1]}".replace("_", "")
        plan = replace(well, run_id=f"{well.run_id}-{suffix}", archives=archives)
        shutil.copytree(well.work, plan.work)
        for (source_id, _), crawl in zip(cases, crawls, strict=True):
            for lost in plan.work.glob(f"*/{source_id}.*"):
                lost.unlink()
            shutil.copytree(crawl, plan.work, dirs_exist_ok=True)
        return plan, land_sources(plan, {})

    return land


def landed(plan: RunPlan, source_id: str) -> bytes:
    return plan.store.read_bytes(landing_name(plan.run_id, source_id))


@pytest.mark.parametrize("way", WAYS)
def test_however_a_source_breaks_its_last_good_values_are_carried_forward(
    way: str, first: RunPlan, break_sources: BreakSources
) -> None:
    plan, _ = break_sources(RUNS[way])
    rows, before = (log_rows(Path(each.warehouse), "sources", each.run_id) for each in (plan, first))
    names = sorted(source_id for source_id, _ in RUNS[way])
    for name in names:
        row = rows[name]
        assert row["state"] in WAYS[way].split(), name
        assert row["cause"], name
        assert landed(plan, name) == landed(first, name), name
        assert row["carried_items"] == before[name]["items"], name
        landing = plan.run_id if row["state"] == "partial" else first.run_id
        assert (row["captured_at"], row["landing_run_id"]) == (before[name]["captured_at"], landing), name
        assert row["expires_at"] == captured_at(row) + SOURCES[name].expires_after, name
    for name in rows.keys() - set(names):
        assert rows[name]["state"] == before[name]["state"], name
        assert rows[name]["carried_items"] == before[name]["carried_items"], name
    verdict = Verdict(verdict="pass", critical_failures=[])
    counts = dict.fromkeys(("models", "offers", "pairs"), 1)
    outcome = describe_completed(plan, StageResults(verdict, counts))
    failed = [] if way == "keyless" else [name for name in names if rows[name]["state"] != "partial"]
    assert sorted(outcome.failed_sources) == failed
    assert print_outcome(plan.warehouse, outcome, strict=True) == (DONE if way == "keyless" else SOURCE_FAILED)
    assert print_outcome(plan.warehouse, outcome, strict=False) == DONE


def captured_at(row: dict[str, object]) -> pd.Timestamp:
    return pd.Timestamp(str(row["captured_at"]))


def select_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The values of the offers of a release, without their observation times."""
    columns = ["offer_id", "model_id", "input_usd_per_mtok", "output_usd_per_mtok", "offer_status", "eligible"]
    return frame[columns].sort_values("offer_id", ignore_index=True)


def transform_as(plan: RunPlan, suffix: str, landings: dict[str, str], **columns: str) -> RunPlan:
    """Transform a landed run under another run id, with other columns of all sources in the log."""
    other = replace(plan, run_id=f"{plan.run_id}-{suffix}")
    rows = read_log(plan.store, "sources", plan.run_id).assign(run_id=other.run_id, **columns)
    append_log(plan.store, "sources", other.run_id, rows)
    transform_run(other, landings)
    return other


def list_source_gaps(plan: RunPlan) -> dict[str, str]:
    """The detail of each gap of a whole source."""
    gaps = staged(plan, "coverage_gaps")
    found: dict[str, str] = gaps[gaps["subject_kind"] == "source"].set_index("subject_id")["detail"].to_dict()
    return found


@pytest.fixture(scope="module")
def broken_kinds(break_sources: BreakSources) -> tuple[RunPlan, dict[str, str]]:
    """The transformed run in which sources of every kind fail; with the landing run of each source."""
    plan, landings = break_sources(KINDS)
    transform_run(plan, landings)
    return plan, landings


def test_sources_of_every_kind_break_and_the_tables_stay_and_the_gaps_are_listed(
    first: RunPlan, broken_kinds: tuple[RunPlan, dict[str, str]]
) -> None:
    plan, _ = broken_kinds
    pd.testing.assert_frame_equal(select_values(staged(plan, "offers")), select_values(staged(first, "offers")))
    details, before = list_source_gaps(plan), list_source_gaps(first)
    broken = {source_id for source_id, way in KINDS if way != "keyless"}
    assert len(broken) > 5
    assert details.keys() == before.keys() | broken
    rows = log_rows(Path(plan.warehouse), "sources", plan.run_id)
    for name in broken:
        captured = captured_at(rows[name])
        until = (captured + SOURCES[name].expires_after).date()
        assert f"last known good values of {captured.date()} expire on {until}" in details[name], name


def test_the_listed_loss_is_what_is_lost_without_the_source(broken_kinds: tuple[RunPlan, dict[str, str]]) -> None:
    plan, landings = broken_kinds
    others = {name: landings[name] for name in landings if name != "litellm"}
    # What a source no longer lists is absent only in a run in which it was well.
    without = transform_as(plan, "without", others, state="ok")
    lost = {name: int((staged(without, name)["nights_absent"] > 0).sum()) for name in ("offers", "models")}
    assert lost["offers"] > 0
    expected = f"; only source of offers: {lost['offers']}, of models: {lost['models']}"
    assert list_source_gaps(plan)["litellm"].endswith(expected)
