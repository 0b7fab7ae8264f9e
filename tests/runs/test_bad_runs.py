"""Runs in which something is wrong: good values stay, and the cause is named."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pandas import DataFrame

import llmpairs
import llmpairs.flows.nightly.stages
from llmpairs.flows.commands.output import SOURCE_FAILED
from llmpairs.flows.commands.refresh import print_outcome
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.override import OverrideError, StillBlockedError, publish_over
from llmpairs.flows.nightly.plan import Override, PlanError, plan_run
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.progress import Progress
from llmpairs.transforms.pairs.costs import cost_offers
from llmpairs.transforms.state import build_state
from llmpairs.warehouse.errors import ReleaseError, StoreError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import read_manifest, verify_release
from llmpairs.warehouse.store import open_store
from tests.runs.archives import EARLIER, FIRST_AS_OF, MODELS_DEV, NEXT_AS_OF, log_rows, sample_bodies, write_warc
from tests.runs.conftest import RunOnce, SecondRun, SharedRelease, copy_warehouse

GROQ = "groq/groq/openai%2Fgpt-oss-120b/-/standard"


def test_a_full_disk_leaves_the_live_release_and_the_next_run_succeeds(second_run: SecondRun) -> None:
    assert second_run.failed.state == "failed"
    assert "no space left" in str(second_run.failed.error)
    assert second_run.live_after_failure == second_run.first.run_id
    assert second_run.outcome.state == "published"
    releases = sorted(path.name for path in (second_run.warehouse / "releases").iterdir())
    assert releases == [second_run.first.run_id, second_run.outcome.run_id]


def test_a_source_that_breaks_affects_no_other(second_run: SecondRun) -> None:
    folder, good, second = second_run.warehouse, second_run.first, second_run.outcome
    assert (good.state, second.state) == ("published", "published")
    assert second.failed_sources == ("litellm",)
    assert print_outcome(str(folder), second, strict=True) == SOURCE_FAILED
    row = log_rows(folder, "sources", second.run_id)["litellm"]
    assert row["state"] == "not_text"
    assert "HTML where JSON was expected" in str(row["cause"])
    assert row["carried_items"] > 0  # type: ignore[operator]
    before = log_rows(folder, "sources", good.run_id)["litellm"]
    assert row["captured_at"] == before["captured_at"], "a carried value keeps its capture time"


OF_OFFERS = "SELECT offer_id, input_usd_per_mtok, offer_status FROM offers ORDER BY ALL"
OF_HISTORY = "SELECT * EXCLUDE capture_id FROM price_history ORDER BY ALL"


def test_a_run_without_a_source_keeps_its_values_and_its_history(
    sample_run: SharedRelease, second_run: SecondRun
) -> None:
    folder, second = second_run.warehouse, second_run.outcome
    assert second.state == "published"
    assert log_rows(folder, "sources", second.run_id)["openrouter"]["state"] == "not_archived"
    with llmpairs.connect(sample_run.warehouse) as con:
        history, offers = (con.execute(query).fetchall() for query in (OF_HISTORY, OF_OFFERS))
    with llmpairs.connect(folder) as con:
        assert con.execute(OF_HISTORY).fetchall() == history
        assert con.execute(OF_OFFERS).fetchall() == offers
        changed = con.execute("SELECT count(*) FROM changes WHERE run_id = ?", [second.run_id]).fetchall()
    assert changed == [(0,)]


@dataclass(frozen=True)
class BadRun:
    """A first run over an archive with a price that is no number and one that is cut; three of its rows are bad."""

    folder: Path
    outcome: RunOutcome
    rows: dict[str, dict[str, object]]


def lose_evidence(*args: Any) -> dict[str, DataFrame]:
    """The state with a gap without a text and two facts without a lineage."""
    state = build_state(*args)
    gaps = state["coverage_gaps"].copy()
    gaps["detail"] = gaps["detail"].astype("object").mask(gaps.index == gaps.index[0], 5)
    facts = state["facts"]
    unsure = facts.index[~facts["is_chosen"]][:2]
    return state | {"coverage_gaps": gaps, "facts": facts.assign(lineage=facts["lineage"].drop(unsure))}


@pytest.fixture(scope="module")
def bad_run(tmp_path_factory: pytest.TempPathFactory, run: RunOnce) -> BadRun:
    place = tmp_path_factory.mktemp("bad-run")
    body = sample_bodies(["models_dev"])[MODELS_DEV]
    usual = b'"limit": {"context": 131072, "output": 65536}, "cost": {"input": 0.15, "output": 0.6}'
    assert usual in body
    odd = body.replace(usual, usual.replace(b"0.15", b'"free"').replace(b"0.6", b'"free"'))
    whole = write_warc(place / "odd.warc.gz", {MODELS_DEV: odd} | sample_bodies(["litellm"]), EARLIER)
    cut = write_warc(place / "cut.warc.gz", sample_bodies(["zenmux", "openrouter"]), EARLIER)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llmpairs.flows.nightly.stages, "build_state", lose_evidence)
        sources = ["models_dev", "litellm", "zenmux", "openrouter"]
        outcome = run(place / "w", whole, cut, as_of=FIRST_AS_OF, only=sources)
    return BadRun(place / "w", outcome, log_rows(place / "w", "sources", outcome.run_id))


def test_a_price_that_is_no_number_is_refused_by_name_and_affects_no_other_source(bad_run: BadRun) -> None:
    assert bad_run.outcome.state == "published"
    row = bad_run.rows["models_dev"]
    assert (row["state"], row["rejected_entries"]) == ("partial", 1)
    assert "/groq/models/openai~1gpt-oss-120b" in str(row["cause"])
    with llmpairs.connect(bad_run.folder) as con:
        others = con.execute("SELECT count(*) FROM offers WHERE price_source_id <> 'models_dev'").fetchall()
        groq = con.execute("SELECT price_source_id FROM offers WHERE offer_id = ?", [GROQ]).fetchall()
    assert others[0][0] > 0
    assert groq == [("litellm",)]


def test_a_row_that_breaks_its_contract_costs_the_row_and_not_the_run(bad_run: BadRun) -> None:
    assert bad_run.outcome.state == "published"
    broken = read_log(open_store(bad_run.folder), "quarantine", bad_run.outcome.run_id)
    assert broken[["table_name", "field", "set_aside"]].to_numpy().tolist() == [
        ["coverage_gaps", "detail", "row"],
        ["facts", "lineage", "row"],
        ["facts", "lineage", "row"],
    ]
    report = (bad_run.folder / "runs" / bad_run.outcome.run_id / "report.md").read_text("utf-8")
    assert report.splitlines()[0].endswith("; 3 rows set aside")
    with llmpairs.connect(bad_run.folder) as con:
        [(logged,)] = con.execute("SELECT count(*) FROM quarantine").fetchall()
        [(kept,)] = con.execute(
            "SELECT count(*) FROM facts JOIN quarantine ON row_key = 'fact_id=' || fact_id"
        ).fetchall()
    assert (logged, kept) == (3, 0)


def test_a_cut_archive_gives_what_it_holds_and_the_place_of_the_cut_is_named(bad_run: BadRun) -> None:
    assert bad_run.outcome.state == "published"
    assert {bad_run.rows[name]["state"] for name in ("zenmux", "openrouter")} == {"ok", "archive_damaged"}
    damaged = [row for row in bad_run.rows.values() if row["state"] == "archive_damaged"]
    assert all("cut.warc.gz" in str(row["cause"]) for row in damaged)


def test_a_file_that_is_no_archive_is_refused_before_anything_runs(tmp_path: Path) -> None:
    from llmpairs.spiders.archive import ArchiveError

    text = tmp_path / "notes.warc"
    text.write_text("nothing of the kind\n" * 50)
    with pytest.raises((ArchiveError, PlanError), match=r"notes\.warc"):
        plan_run(str(tmp_path / "w"), [text])


def test_a_critical_failure_blocks_and_names_the_rows(
    tmp_path: Path, samples: Path, sample_run: SharedRelease, run: RunOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    good = copy_warehouse(sample_run, folder)

    def raise_costs(*arguments: object) -> object:
        costs = cost_offers(*arguments)  # type: ignore[arg-type]
        return costs.assign(cost_usd=costs["cost_usd"] * 1.01)

    monkeypatch.setattr(llmpairs.flows.nightly.stages, "cost_offers", raise_costs)
    blocked = run(folder, samples, as_of=NEXT_AS_OF, only=["zenmux"])
    assert blocked.state == "blocked"
    checks = {check["check"]: check for check in blocked.critical}
    assert checks["the cost recomputes to the cent"]["failing_keys"]
    assert (folder / "CURRENT").read_text().strip() == good.run_id
    report = (folder / "runs" / blocked.run_id / "report.md").read_text()
    assert report.startswith("# Blocked")
    assert "the cost recomputes to the cent" in report
    assert f"Live release: {good.run_id}" in report
    assert "24 h" in report or "1 d old" in report
    publish_over_it(folder, blocked, run.gate, report)


def publish_over_it(folder: Path, blocked: RunOutcome, gate: Gate, report: str) -> None:
    """Publish the run over the checks that blocked it, by the command that its report prints."""
    checks = tuple(f"{check['suite']}: {check['check']}" for check in blocked.critical)
    for check in checks:
        assert f"--override '{check}'" in report
    decided = Override(run_id=blocked.run_id, checks=checks, reason="judged", evidence="the sheet", decided_by="ann")
    with pytest.raises(StillBlockedError, match="other critical checks"):
        publish_over(str(folder), replace(decided, checks=checks[1:]), Progress(), gate)
    with pytest.raises(OverrideError, match="did you mean"):
        publish_over(str(folder), replace(decided, checks=(*checks, "offers: price")), Progress(), gate)
    outcome = publish_over(str(folder), decided, Progress(), gate)
    assert (outcome.state, outcome.error, outcome.critical) == ("published", None, ())
    assert outcome.run_id == f"{blocked.run_id}-2"
    assert (folder / "CURRENT").read_text().strip() == outcome.run_id
    store = open_store(folder)
    states = read_log(store, "runs").set_index("run_id")["state"].astype("object").to_dict()
    assert (states[blocked.run_id], states[outcome.run_id]) == ("blocked", "published")
    manifest = read_manifest(store, outcome.run_id)
    assert {made["check"] for made in manifest.overrides} == set(checks)
    assert all((made["decided_by"], made["reason"]) == ("ann", "judged") for made in manifest.overrides)
    assert set(manifest.landings.values()) == {blocked.run_id}
    assert verify_release(store, outcome.run_id) == []
    page = (folder / "runs" / outcome.run_id / "report.html").read_text()
    assert "overridden by ann" in page
    assert "judged" in page
    with pytest.raises(OverrideError, match="was not blocked"):
        publish_over(str(folder), replace(decided, run_id=outcome.run_id), Progress(), gate)
    with pytest.raises(ReleaseError, match="the live release is"):
        publish_over(str(folder), decided, Progress(), gate)


def test_a_warehouse_that_cannot_be_written_is_one_clear_line(tmp_path: Path, samples: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(StoreError, match="file"):
        plan_run(str(taken / "w"), [samples])
