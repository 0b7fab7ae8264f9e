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
    "withdrawn": "gone",
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
EVERY_WAY = [("zenmux", way) for way in WAYS]
EVERY_SOURCE = [(source_id, list(WAYS)[number % len(WAYS)]) for number, source_id in enumerate(list_frozen(), 1)]
"""Each source fails in a different way."""

ONE_OF_EACH_KIND = [*{(SOURCES[each].kind, SOURCES[each].wave): (each, way) for each, way in EVERY_SOURCE}.values()]
LITELLM = ("litellm", "denied")
CASES = tuple(dict.fromkeys([*EVERY_WAY, *EVERY_SOURCE, LITELLM]))

BreakSource = Callable[[str, str], tuple[RunPlan, dict[str, str]]]


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
    cases = [f"{source_id}:{way}" for source_id, way in CASES]
    command = [sys.executable, "-m", "tests.runs.failing_crawls", "--out", str(out)]
    command += ["--as-of", NEXT_AS_OF.isoformat(), *cases]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def break_source(well: RunPlan, broken: Path) -> BreakSource:
    """A landed run that differs from a good one in one source; with the landing run of each source."""
    plans: dict[tuple[str, str], tuple[RunPlan, dict[str, str]]] = {}

    def land_broken(source_id: str, way: str) -> tuple[RunPlan, dict[str, str]]:
        if (source_id, way) not in plans:
            plans[source_id, way] = land(source_id, way)
        return plans[source_id, way]

    def land(source_id: str, way: str) -> tuple[RunPlan, dict[str, str]]:
        crawl = broken / source_id / way
        archives = (*well.archives, *([str(crawl / "archive")] if (crawl / "archive").exists() else []))
        suffix = f"{source_id}-{way}".replace("_", "")
        plan = replace(well, run_id=f"{well.run_id}-{suffix}", archives=archives)
        shutil.copytree(well.work, plan.work)
        for lost in plan.work.glob(f"*/{source_id}.*"):
            lost.unlink()
        shutil.copytree(crawl, plan.work, dirs_exist_ok=True)
        return plan, land_sources(plan, {})

    return land_broken


def landed(plan: RunPlan, source_id: str) -> bytes:
    return plan.store.read_bytes(landing_name(plan.run_id, source_id))


@pytest.mark.parametrize(("source_id", "way"), CASES)
def test_however_a_source_breaks_its_last_good_values_are_carried_forward(
    source_id: str, way: str, first: RunPlan, break_source: BreakSource
) -> None:
    plan, _ = break_source(source_id, way)
    rows, before = (log_rows(Path(each.warehouse), "sources", each.run_id) for each in (plan, first))
    row = rows[source_id]
    assert row["state"] in WAYS[way].split()
    assert row["cause"]
    assert landed(plan, source_id) == landed(first, source_id)
    assert row["carried_items"] == before[source_id]["items"]
    assert (row["captured_at"], row["landing_run_id"]) == (before[source_id]["captured_at"], first.run_id)
    captured = pd.Timestamp(str(before[source_id]["captured_at"]))
    assert row["expires_at"] == captured + SOURCES[source_id].expires_after
    for name in rows.keys() - {source_id}:
        assert rows[name]["state"] == before[name]["state"]
        assert rows[name]["carried_items"] == before[name]["carried_items"]
    verdict = Verdict(verdict="pass", critical_failures=[])
    counts = dict.fromkeys(("models", "offers", "pairs"), 1)
    outcome = describe_completed(plan, StageResults(verdict, counts))
    assert outcome.failed_sources == (() if way == "keyless" else (source_id,))
    assert print_outcome(plan.warehouse, outcome, strict=True) == (DONE if way == "keyless" else SOURCE_FAILED)
    assert print_outcome(plan.warehouse, outcome, strict=False) == DONE


def select_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The values of the offers of a release, without their observation times."""
    columns = ["offer_id", "model_id", "input_usd_per_mtok", "output_usd_per_mtok", "offer_status", "eligible"]
    return frame[columns].sort_values("offer_id", ignore_index=True)


@pytest.mark.parametrize(("source_id", "way"), ONE_OF_EACH_KIND)
def test_whichever_source_breaks_the_tables_stay_and_the_gap_is_listed(
    source_id: str, way: str, first: RunPlan, break_source: BreakSource
) -> None:
    plan, landings = break_source(source_id, way)
    transform_run(plan, landings)
    pd.testing.assert_frame_equal(select_values(staged(plan, "offers")), select_values(staged(first, "offers")))
    gaps = staged(plan, "coverage_gaps")
    of_sources = gaps[gaps["subject_kind"] == "source"].set_index("subject_id")["detail"]
    before = staged(first, "coverage_gaps")
    already = set(before.loc[before["subject_kind"] == "source", "subject_id"])
    assert set(of_sources.index) == already | (set() if way == "keyless" else {source_id})
    if way == "keyless":
        return
    captured = log_rows(Path(plan.warehouse), "sources", plan.run_id)[source_id]["captured_at"]
    until = (pd.Timestamp(str(captured)) + SOURCES[source_id].expires_after).date()
    assert f"last known good values of {pd.Timestamp(str(captured)).date()} expire on {until}" in of_sources[source_id]


def transform_as(plan: RunPlan, suffix: str, landings: dict[str, str], **columns: str) -> RunPlan:
    """Transform a landed run under another run id, with other columns of all sources in the log."""
    other = replace(plan, run_id=f"{plan.run_id}-{suffix}")
    rows = read_log(plan.store, "sources", plan.run_id).assign(run_id=other.run_id, **columns)
    append_log(plan.store, "sources", other.run_id, rows)
    transform_run(other, landings)
    return other


def test_the_listed_loss_is_what_is_lost_without_the_source(break_source: BreakSource) -> None:
    plan, landings = break_source(*LITELLM)
    with_it = transform_as(plan, "with", landings)
    others = {name: landings[name] for name in landings if name != "litellm"}
    # What a source no longer lists is absent only in a run in which it was well.
    without = transform_as(plan, "without", others, state="ok")
    detail = staged(with_it, "coverage_gaps").set_index("subject_id")["detail"]["litellm"]
    lost = {name: int((staged(without, name)["nights_absent"] > 0).sum()) for name in ("offers", "models")}
    assert lost["offers"] > 0
    assert detail.endswith(f"; only source of offers: {lost['offers']}, of models: {lost['models']}")
