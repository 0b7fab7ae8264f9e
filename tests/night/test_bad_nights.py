"""Nights on which something is wrong: what is good stays, and the cause has a name."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import llmpairs
import llmpairs.flows.nightly.stages
from llmpairs.flows.commands.console import SOURCE_FAILED
from llmpairs.flows.commands.refresh import conclude
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.override import Override, OverrideError, StillBlockedError, publish_over
from llmpairs.flows.nightly.plan import PlanError, plan_night
from llmpairs.flows.nightly.run import Outcome, run_night
from llmpairs.progress import Stages
from llmpairs.spiders.samples import read_frozen
from llmpairs.transforms.pairs.costs import cost_offers
from llmpairs.warehouse.errors import ReleaseError, StoreError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import read_manifest, verify_release
from llmpairs.warehouse.store import Store, open_store
from tests.night.conftest import FIRST_NIGHT, RunNight, log_rows, sample_bodies, write_warc

MODELS_DEV = "https://models.dev/api.json"
LITELLM = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
NEXT_NIGHT = FIRST_NIGHT + timedelta(days=1)
LATER = "2026-05-16T20:00:00Z"


GROQ = "groq/groq/openai%2Fgpt-oss-120b/-/standard"
EARLIER = "2026-05-15T20:00:00Z"


def odd_bodies(printed: str) -> dict[str, bytes]:
    """Samples in which only models.dev speaks of Groq's gpt-oss-120b, with that cost."""
    usual = b'"limit": {"context": 131072, "output": 65536}, "cost": {"input": 0.15, "output": 0.6}'
    body = sample_bodies()[MODELS_DEV]
    assert usual in body
    odd = body.replace(
        usual, b'"limit": {"context": 131072, "output": 65536}, "cost": {' + printed.encode() + b"}"
    )
    speaking = ("models_dev", "openrouter", "openrouter_endpoints", "huggingface_cards", "zenmux")
    bodies = {page.url: page.body for source in speaking for page in read_frozen(source)}
    return bodies | {MODELS_DEV: odd}


def price_of(folder: Path, offer_id: str) -> tuple[object, ...]:
    with llmpairs.connect(folder) as con:
        rows = con.execute(
            "SELECT input_usd_per_mtok, output_usd_per_mtok, price_missing_reason, held FROM offers WHERE offer_id = ?",
            [offer_id],
        ).fetchall()
    return tuple(rows[0])


@pytest.fixture(scope="module")
def good_night(tmp_path_factory: pytest.TempPathFactory, samples: Path, gate: Gate) -> tuple[Path, Outcome]:
    """A published first night over the samples, to be copied."""
    folder = tmp_path_factory.mktemp("good") / "w"
    return folder, run_night(plan_night(str(folder), [samples]), Stages(), gate)


@pytest.fixture
def good(good_night: tuple[Path, Outcome], tmp_path: Path) -> Outcome:
    """A first night of the test's own, in `tmp_path / "w"`."""
    folder, outcome = good_night
    shutil.copytree(folder, tmp_path / "w", symlinks=True)
    return outcome


def test_a_source_that_breaks_costs_only_itself(tmp_path: Path, good: Outcome, run: RunNight) -> None:
    bodies = sample_bodies() | {LITELLM: b"<html><body>Sign in</body></html>"}
    broken = write_warc(tmp_path / "broken.warc.gz", bodies, LATER)
    second = run(tmp_path / "w", broken, as_of=NEXT_NIGHT)
    assert (good.state, second.state) == ("published", "published")
    assert second.failed_sources == ("litellm",)
    assert conclude(str(tmp_path / "w"), second, strict=True) == SOURCE_FAILED
    row = log_rows(tmp_path / "w", "sources", second.run_id)["litellm"]
    assert row["state"] == "not_text"
    assert "HTML where JSON was expected" in str(row["cause"])
    assert row["carried_items"] > 0  # type: ignore[operator]
    before = log_rows(tmp_path / "w", "sources", good.run_id)["litellm"]
    assert row["captured_at"] == before["captured_at"], "the age of a kept value is its own"


def test_a_night_without_a_source_keeps_its_values_and_its_history(
    tmp_path: Path, good: Outcome, run: RunNight
) -> None:
    folder = tmp_path / "w"
    with llmpairs.connect(folder) as con:
        history = con.execute("SELECT * EXCLUDE capture_id FROM price_history ORDER BY ALL").fetchall()
        offers = con.execute(
            "SELECT offer_id, input_usd_per_mtok, offer_status FROM offers ORDER BY ALL"
        ).fetchall()
    bodies = {url: body for url, body in sample_bodies().items() if "openrouter.ai" not in url}
    second = run(folder, write_warc(tmp_path / "hole.warc.gz", bodies, LATER), as_of=NEXT_NIGHT)
    assert second.state == "published"
    assert log_rows(folder, "sources", second.run_id)["openrouter"]["state"] == "not_archived"
    with llmpairs.connect(folder) as con:
        assert (
            con.execute("SELECT * EXCLUDE capture_id FROM price_history ORDER BY ALL").fetchall() == history
        )
        kept = con.execute(
            "SELECT offer_id, input_usd_per_mtok, offer_status FROM offers ORDER BY ALL"
        ).fetchall()
        assert kept == offers
        changed = con.execute("SELECT count(*) FROM changes WHERE run_id = ?", [second.run_id]).fetchall()
    assert changed == [(0,)]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ('"input": -1, "output": -1', (None, None, "dynamic", False)),
        ('"input": 1e9, "output": 1e9', (None, None, "held", True)),
        ('"input": 0, "output": 0', (None, None, "zero_of_unknown_kind", False)),
    ],
)
def test_an_odd_price_is_never_published_as_a_number(
    printed: str, expected: tuple[object, ...], tmp_path: Path, run: RunNight
) -> None:
    archive = write_warc(tmp_path / "odd.warc.gz", odd_bodies(printed), EARLIER)
    outcome = run(tmp_path / "w", archive, as_of=FIRST_NIGHT)
    assert outcome.state == "published"
    assert price_of(tmp_path / "w", GROQ) == expected


def test_a_price_that_is_no_number_is_refused_by_name_and_costs_no_other_source(
    tmp_path: Path, run: RunNight
) -> None:
    bodies = odd_bodies('"input": "free", "output": "free"')
    outcome = run(tmp_path / "w", write_warc(tmp_path / "odd.warc.gz", bodies, EARLIER), as_of=FIRST_NIGHT)
    assert outcome.state == "published"
    row = log_rows(tmp_path / "w", "sources", outcome.run_id)["models_dev"]
    # One entry of seven is more than a tenth: the page counts as changed, and its cause names the place.
    assert (row["state"], row["rejected_entries"]) == ("schema_changed", 1)
    assert "/groq/models/openai~1gpt-oss-120b" in str(row["cause"])
    with llmpairs.connect(tmp_path / "w") as con:
        others = con.execute("SELECT count(*) FROM offers WHERE price_source_id <> 'models_dev'").fetchall()
        groq = con.execute("SELECT count(*) FROM offers WHERE offer_id = ?", [GROQ]).fetchall()
    assert others[0][0] > 0
    assert groq == [(0,)]


def test_a_cut_archive_gives_what_it_holds_and_says_where_it_is_cut(
    tmp_path: Path, good: Outcome, run: RunNight
) -> None:
    folder = tmp_path / "w"
    whole = write_warc(tmp_path / "whole.warc.gz", sample_bodies(), LATER).read_bytes()
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    outcome = run(folder, cut, as_of=NEXT_NIGHT)
    assert outcome.state == "published"
    rows = log_rows(folder, "sources", outcome.run_id)
    damaged = [row for row in rows.values() if row["state"] == "archive_damaged"]
    assert damaged
    assert all("cut.warc.gz" in str(row["cause"]) for row in damaged)


def test_a_file_that_is_no_archive_is_refused_before_anything_runs(tmp_path: Path) -> None:
    from llmpairs.spiders.archive import ArchiveError

    text = tmp_path / "notes.warc"
    text.write_text("nothing of the kind\n" * 50)
    with pytest.raises((ArchiveError, PlanError), match=r"notes\.warc"):
        plan_night(str(tmp_path / "w"), [text])


def test_a_critical_failure_blocks_and_names_the_rows(
    tmp_path: Path,
    samples: Path,
    good: Outcome,
    run: RunNight,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "w"

    def dearer(*arguments: object) -> object:
        costs = cost_offers(*arguments)  # type: ignore[arg-type]
        return costs.assign(cost_usd=costs["cost_usd"] * 1.01)

    monkeypatch.setattr(llmpairs.flows.nightly.stages, "cost_offers", dearer)
    blocked = run(folder, samples, as_of=NEXT_NIGHT)
    assert blocked.state == "blocked"
    checks = {check["check"]: check for check in blocked.critical}
    assert checks["the cost recomputes to the cent"]["failing_keys"]
    assert (folder / "CURRENT").read_text().strip() == good.run_id
    report = (folder / "runs" / blocked.run_id / "report.md").read_text()
    assert report.startswith("# Blocked")
    assert "the cost recomputes to the cent" in report
    assert f"Readers have release {good.run_id}" in report
    assert "24 h" in report or "1 d old" in report
    publish_over_it(folder, blocked, gate, report)


def publish_over_it(folder: Path, blocked: Outcome, gate: Gate, report: str) -> None:
    """Publish the night over the checks that blocked it, by the command that its report says."""
    checks = tuple(f"{check['suite']}: {check['check']}" for check in blocked.critical)
    for check in checks:
        assert f"--override '{check}'" in report
    decided = Override(
        run_id=blocked.run_id, checks=checks, reason="judged", evidence="the sheet", decided_by="ann"
    )
    with pytest.raises(StillBlockedError, match="other critical checks"):
        publish_over(str(folder), replace(decided, checks=checks[1:]), Stages(), gate)
    with pytest.raises(OverrideError, match="did you mean"):
        publish_over(str(folder), replace(decided, checks=(*checks, "offers: price")), Stages(), gate)
    outcome = publish_over(str(folder), decided, Stages(), gate)
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
        publish_over(str(folder), replace(decided, run_id=outcome.run_id), Stages(), gate)
    with pytest.raises(ReleaseError, match="readers have release"):
        publish_over(str(folder), decided, Stages(), gate)


def test_a_full_disk_leaves_the_last_release_and_the_next_night_succeeds(
    tmp_path: Path, samples: Path, good: Outcome, run: RunNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    with monkeypatch.context() as patch:

        def full(self: Store, rel: str) -> object:
            raise StoreError(f"{folder}/{rel}: no space left on the device; free some and run again")

        patch.setattr(Store, "open_output", full)
        failed = run(folder, samples, as_of=NEXT_NIGHT)
    assert failed.state == "failed"
    assert "no space left" in str(failed.error)
    assert (folder / "CURRENT").read_text().strip() == good.run_id
    again = run(folder, samples, as_of=NEXT_NIGHT)
    assert again.state == "published"
    assert sorted(path.name for path in (folder / "releases").iterdir()) == [good.run_id, again.run_id]


def test_a_warehouse_that_cannot_be_written_is_one_clear_line(tmp_path: Path, samples: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(StoreError, match="file"):
        plan_night(str(taken / "w"), [samples])
