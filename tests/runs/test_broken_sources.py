"""Any one source fails in any way: its last good values stay, the night goes on, and all that is said of it is true.

The crawls are real and live, against a server that fails them; the night stops before its pairs.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from llmpairs.flows.commands.output import DONE, SOURCE_FAILED
from llmpairs.flows.commands.refresh import print_outcome
from llmpairs.flows.nightly.crawl_process import start_wave, wait_for_crawls
from llmpairs.flows.nightly.gate_process import Verdict
from llmpairs.flows.nightly.landing import land_sources, landing_name
from llmpairs.flows.nightly.pipeline import StageResults
from llmpairs.flows.nightly.plan import RunPlan, plan_run
from llmpairs.flows.nightly.run import describe_completed
from llmpairs.flows.nightly.stages import publish_run, stage_pairs, transform_run
from llmpairs.spiders.inputs import collect_inputs
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import list_frozen
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.staging import read_staged
from tests.runs.conftest import FIRST_NIGHT, log_rows

ROOT = Path(__file__).resolve().parents[2]
NEXT_NIGHT = FIRST_NIGHT + timedelta(days=1)
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
"""How all pages of a source fail, and what its night may be called then."""
EVERY_WAY = [("zenmux", way) for way in WAYS]
EVERY_SOURCE = [
    (source_id, list(WAYS)[number % len(WAYS)]) for number, source_id in enumerate(list_frozen(), 1)
]
"""Each source fails in another way."""

ONE_OF_EACH_KIND = [
    *{(SOURCES[each].kind, SOURCES[each].wave): (each, way) for each, way in EVERY_SOURCE}.values()
]
WITH_LITELLM = dict(EVERY_SOURCE)["litellm"]

BreakNight = Callable[[str, str], tuple[RunPlan, dict[str, str]]]


def staged(night: RunPlan, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = read_staged(night.store, night.run_id, name)
    return frame


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> RunPlan:
    """A published night on which every source that has a sample was well."""
    night = plan_run(str(tmp_path_factory.mktemp("broken") / "warehouse"), [samples])
    assert wait_for_crawls(start_wave(night, 1)) == {}
    collect_inputs(night.work / "landing").write(night.work / "inputs.json")
    assert wait_for_crawls(start_wave(night, 2, night.work / "inputs.json")) == {}
    landings = land_sources(night, {})
    transform_run(night, landings)
    stage_pairs(night)
    publish_run(night, landings)
    return night


@pytest.fixture(scope="module")
def well(first: RunPlan) -> RunPlan:
    """The next night, crawled: every source is well again, and says what it said."""
    moment = NEXT_NIGHT.strftime("%Y-%m-%dT%H:%M:%SZ")
    run_id = NEXT_NIGHT.strftime("%Y%m%dT%H%M%SZ")
    night = replace(first, run_id=run_id, as_of=moment, parent=first.run_id)
    shutil.copytree(first.work, night.work)
    return night


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the crawls of all broken sources leave behind, in a folder for each source and way."""
    out = tmp_path_factory.mktemp("crawls")
    cases = [f"{source_id}:{way}" for source_id, way in dict.fromkeys(EVERY_WAY + EVERY_SOURCE)]
    command = [sys.executable, "-m", "tests.runs.failing_crawls", "--out", str(out)]
    command += ["--as-of", NEXT_NIGHT.isoformat(), *cases]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def break_source(well: RunPlan, broken: Path) -> BreakNight:
    """A night that differs from a good one in one source, landed; with the landing of each source."""
    nights: dict[tuple[str, str], tuple[RunPlan, dict[str, str]]] = {}

    def land_broken(source_id: str, way: str) -> tuple[RunPlan, dict[str, str]]:
        if (source_id, way) not in nights:
            nights[source_id, way] = land(source_id, way)
        return nights[source_id, way]

    def land(source_id: str, way: str) -> tuple[RunPlan, dict[str, str]]:
        crawl = broken / source_id / way
        archives = (*well.archives, *([str(crawl / "archive")] if (crawl / "archive").exists() else []))
        suffix = f"{source_id}-{way}".replace("_", "")
        night = replace(well, run_id=f"{well.run_id}-{suffix}", archives=archives)
        shutil.copytree(well.work, night.work)
        for lost in night.work.glob(f"*/{source_id}.*"):
            lost.unlink()
        shutil.copytree(crawl, night.work, dirs_exist_ok=True)
        return night, land_sources(night, {})

    return land_broken


def landed(night: RunPlan, source_id: str) -> bytes:
    return night.store.read_bytes(landing_name(night.run_id, source_id))


@pytest.mark.parametrize(("source_id", "way"), dict.fromkeys(EVERY_WAY + EVERY_SOURCE))
def test_however_a_source_breaks_its_last_good_values_stay(
    source_id: str, way: str, first: RunPlan, break_source: BreakNight
) -> None:
    night, _ = break_source(source_id, way)
    rows, before = (log_rows(Path(each.warehouse), "sources", each.run_id) for each in (night, first))
    row = rows[source_id]
    assert row["state"] in WAYS[way].split()
    assert row["cause"]
    assert landed(night, source_id) == landed(first, source_id)
    assert row["carried_items"] == before[source_id]["items"]
    assert (row["captured_at"], row["landing_run_id"]) == (before[source_id]["captured_at"], first.run_id)
    captured = pd.Timestamp(str(before[source_id]["captured_at"]))
    assert row["expires_at"] == captured + SOURCES[source_id].expires_after
    for name in rows.keys() - {source_id}:
        assert rows[name]["state"] == before[name]["state"]
        assert rows[name]["carried_items"] == before[name]["carried_items"]
    verdict = Verdict(verdict="pass", critical_failures=[])
    counts = dict.fromkeys(("models", "offers", "pairs"), 1)
    outcome = describe_completed(night, StageResults(verdict, counts))
    assert outcome.failed_sources == (() if way == "keyless" else (source_id,))
    assert print_outcome(night.warehouse, outcome, strict=True) == (
        DONE if way == "keyless" else SOURCE_FAILED
    )
    assert print_outcome(night.warehouse, outcome, strict=False) == DONE


def said(frame: pd.DataFrame) -> pd.DataFrame:
    """What a release says of its offers, without when it was looked at last."""
    columns = [
        "offer_id",
        "model_id",
        "input_usd_per_mtok",
        "output_usd_per_mtok",
        "offer_status",
        "eligible",
    ]
    return frame[columns].sort_values("offer_id", ignore_index=True)


@pytest.mark.parametrize(("source_id", "way"), ONE_OF_EACH_KIND)
def test_whichever_source_breaks_the_tables_stay_and_the_gap_is_told(
    source_id: str, way: str, first: RunPlan, break_source: BreakNight
) -> None:
    night, landings = break_source(source_id, way)
    transform_run(night, landings)
    pd.testing.assert_frame_equal(
        said(staged(night, "offers")),
        said(staged(first, "offers")),
    )
    gaps = staged(night, "coverage_gaps")
    of_sources = gaps[gaps["subject_kind"] == "source"].set_index("subject_id")["detail"]
    before = staged(first, "coverage_gaps")
    already = set(before.loc[before["subject_kind"] == "source", "subject_id"])
    assert set(of_sources.index) == already | (set() if way == "keyless" else {source_id})
    if way == "keyless":
        return
    captured = log_rows(Path(night.warehouse), "sources", night.run_id)[source_id]["captured_at"]
    until = (pd.Timestamp(str(captured)) + SOURCES[source_id].expires_after).date()
    assert (
        f"its values in use, of {pd.Timestamp(str(captured)).date()}, expire on {until}"
        in of_sources[source_id]
    )


def transform_as(night: RunPlan, suffix: str, landings: dict[str, str], **told: str) -> RunPlan:
    """Transform a landed night under another run id, with other words on all sources in the log."""
    other = replace(night, run_id=f"{night.run_id}-{suffix}")
    rows = read_log(night.store, "sources", night.run_id).assign(run_id=other.run_id, **told)
    append_log(night.store, "sources", other.run_id, rows)
    transform_run(other, landings)
    return other


def test_what_would_be_lost_is_what_is_lost_without_the_source(break_source: BreakNight) -> None:
    night, landings = break_source("litellm", WITH_LITELLM)
    with_it = transform_as(night, "with", landings)
    others = {name: landings[name] for name in landings if name != "litellm"}
    # What a source no longer lists is absent only on a night on which it was well.
    without = transform_as(night, "without", others, state="ok")
    told = staged(with_it, "coverage_gaps").set_index("subject_id")["detail"]["litellm"]
    lost = {name: int((staged(without, name)["nights_absent"] > 0).sum()) for name in ("offers", "models")}
    assert lost["offers"] > 0
    assert told.endswith(
        f"and with them what only it names: offers {lost['offers']}, models {lost['models']}"
    )
