"""Backfill: the runs of an archive again in the same bytes, and a month-old price corrected."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import llmpairs
import llmpairs.flows.nightly.backfill
from llmpairs.flows.cli import app
from llmpairs.flows.nightly.backfill import list_archived_runs
from llmpairs.flows.nightly.plan import plan_run
from llmpairs.flows.nightly.run import execute_run
from llmpairs.warehouse.errors import ReleaseError
from tests.forked_crawls import forked_crawls
from tests.runs.archives import digests, sample_bodies, write_warc
from tests.runs.conftest import LentGate, OpenGate, RunOnce, execute

SOURCES = ("models_dev", "openrouter", "openrouter_endpoints", "huggingface_cards", "zenmux")
FIRST = datetime(2026, 5, 15, 21, tzinfo=UTC)
DAYS = (0, 30, 31)
"""Days of the runs after the first."""
HIGHER = (b'"completion": "0.0000006"', b'"completion": "0.00000066"')
"""Of OpenRouter's endpoint at Fireworks, which no other source lists."""


@pytest.fixture(scope="module", autouse=True)
def in_process(run: RunOnce) -> Iterator[None]:
    """Backfills run in this process, with the session's gate."""
    with pytest.MonkeyPatch.context() as patch, forked_crawls():
        patch.setattr(llmpairs.flows.nightly.backfill, "start_gate", lambda: LentGate(run.gate))
        patch.setattr(llmpairs.flows.nightly.backfill, "execute_run", partial(execute_run, use_prefect=False))
        yield


def backfill(archive: Path, target: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["backfill", "--archive", str(archive), "--warehouse", str(target), *more])


def moment(number: int) -> datetime:
    return FIRST + timedelta(days=DAYS[number])


def write_run_archive(folder: Path, number: int) -> Path:
    """One run of catalogue samples as any tool archives them; every second one has a higher price."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = {url: body.replace(*HIGHER) if number % 2 else body for url, body in sample_bodies(SOURCES).items()}
    return write_warc(folder / f"run-{number}.warc.gz", bodies, moment(number).strftime("%Y-%m-%dT%H:%M:%SZ"))


def released(target: Path) -> dict[str, str]:
    """Digest of every file of every release, manifests included."""
    return digests(target, "")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: a WARC file, and a folder with one."""
    folder = tmp_path_factory.mktemp("archives") / "archive"
    write_run_archive(folder, 0)
    write_run_archive(folder / "second", 1)
    return folder


@pytest.fixture(scope="module")
def one_by_one(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of both runs, each executed alone; unchecked, because the backfilled ones are the same bytes."""
    target = tmp_path_factory.mktemp("one") / "w"
    for path in (archive / "run-0.warc.gz", archive / "second"):
        assert execute(plan_run(str(target), [path]), OpenGate()).state == "published"
    return target


@pytest.fixture(scope="module")
def backfilled(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The warehouse that the command makes of the archive, and what it printed."""
    target = tmp_path_factory.mktemp("again") / "w"
    return target, backfill(archive, target)


def test_a_backfilled_history_is_the_same_bytes_as_the_runs_one_by_one(
    backfilled: tuple[Path, Result], one_by_one: Path
) -> None:
    target, done = backfilled
    assert done.exit_code == 0, done.stderr
    assert released(target) == released(one_by_one)
    assert "2 runs published, 0 kept, 0 blocked" in done.stdout
    with llmpairs.connect(target) as con:
        moved = con.execute("SELECT old_usd_per_mtok, new_usd_per_mtok FROM price_changes").fetchall()
    assert (0.6, 0.66) in moved


def test_a_month_old_price_is_corrected_and_both_time_axes_are_answered(
    backfilled: tuple[Path, Result], archive: Path, tmp_path: Path
) -> None:
    target, more = tmp_path / "w", tmp_path / "archive"
    shutil.copytree(backfilled[0], target)
    shutil.copytree(archive, more)
    before = released(target)
    with llmpairs.connect(target) as con:
        (route,) = con.execute("SELECT offer_id FROM price_changes WHERE old_usd_per_mtok = 0.6").fetchall()[0]
    options = "--usd-per-mtok 0.06 --valid-from 2026-05-20 --reason misread --evidence https://example.org --by ana"
    command = ["review", "correct", route, "output", *options.split(), "--warehouse", str(target)]
    assert CliRunner().invoke(app, command).exit_code == 0
    write_run_archive(more, 2)
    done = backfill(more, target)
    assert "1/3  2026-05-15  run-0.warc.gz: kept unchanged" in done.stdout
    assert "1 runs published, 2 kept" in done.stdout
    assert before.items() < released(target).items(), "earlier releases are unchanged"
    query = "SELECT * FROM price_history WHERE known_to IS NULL ORDER BY ALL"
    that_day = date(2026, 6, 14)
    with llmpairs.connect(target, as_of=that_day) as then, llmpairs.connect(target, known_at=that_day) as now:
        known = then.execute(query).fetchall()
        assert now.execute(query).fetchall() == known
    of_route = f"known_to IS NULL AND offer_id = '{route}' AND field = 'output_usd_per_mtok'"
    prices = f"SELECT usd_per_mtok, reason FROM price_history WHERE {of_route} ORDER BY valid_from"
    with llmpairs.connect(target, as_of=that_day) as con:
        assert con.execute(prices).fetchall() == [(0.6, "change"), (0.66, "change")]
    with llmpairs.connect(target) as con:
        assert con.execute(prices).fetchall() == [
            (0.6, "correction"), (0.06, "correction"), (0.66, "change"), (0.6, "change"),
        ]  # fmt: skip
        found = con.execute(
            "SELECT subject_id, field, old_value, new_value FROM changes WHERE cause = 'correction'"
        ).fetchall()
    assert found == [(route, "price_history:output_usd_per_mtok", "0.6", "0.06")]


def test_the_same_command_keeps_what_is_there(backfilled: tuple[Path, Result], archive: Path) -> None:
    before = released(backfilled[0])
    assert "0 runs published, 2 kept" in backfill(archive, backfilled[0]).stdout
    assert released(backfilled[0]) == before


def test_other_bytes_under_a_release_are_refused(
    backfilled: tuple[Path, Result], archive: Path, tmp_path: Path
) -> None:
    other = tmp_path / "archive"
    shutil.copytree(archive, other)
    write_warc(other / "run-0.warc.gz", {"https://example.org/": b"{}"}, "2026-05-15T21:00:00Z")
    refused = backfill(other, backfilled[0])
    assert refused.exit_code == 2
    assert "run-0.warc.gz has the as-of time 2026-05-15T21:00:00Z, before the live release" in refused.stderr
    assert backfill(other, backfilled[0], "--from", "2026-06-14").exit_code == 0


def test_the_archive_of_a_warehouse_gives_its_runs_again(backfilled: tuple[Path, Result], archive: Path) -> None:
    kept = list_archived_runs(backfilled[0] / "archive")
    assert [each.moment for each in kept] == [moment(0), moment(1)]
    assert [each.digests for each in kept] == [each.digests for each in list_archived_runs(archive)]
    assert "0 runs published, 2 kept" in backfill(backfilled[0] / "archive", backfilled[0]).stdout


def test_dates_select_runs(backfilled: tuple[Path, Result], archive: Path) -> None:
    found = backfill(archive, backfilled[0], "--from", "2026-06-14", "--to", "2026-06-14")
    assert "1/1  2026-06-14  second: kept unchanged" in found.stdout
    refused = backfill(archive, backfilled[0], "--from", "2026-07-01")
    assert (refused.exit_code, "the archive has 2026-05-15 to 2026-06-14" in refused.stderr) == (2, True)


def test_an_archive_without_runs_is_an_error(tmp_path: Path) -> None:
    target = tmp_path / "w"
    empty, twice, replayed = (tmp_path / name for name in ("empty", "twice", "replayed"))
    empty.mkdir()
    write_run_archive(twice, 0)
    write_run_archive(twice / "again", 0)
    write_run_archive(replayed / "by-digest", 0)
    for archive, message in (
        (tmp_path / "nowhere", "no folder at"),
        (empty, "holds no .warc or .warc.gz file"),
        (twice, "again and run-0.warc.gz both have the as-of time 2026-05-15T21:00:00Z"),
        (replayed, "give the folder of the original archives"),
    ):
        refused = backfill(archive, target)
        assert (refused.exit_code, message in refused.stderr) == (2, True), refused.stderr
    assert not target.exists()


def test_a_pruned_run_is_named_and_its_known_history_is_still_answered(
    backfilled: tuple[Path, Result], tmp_path: Path
) -> None:
    target = tmp_path / "w"
    shutil.copytree(backfilled[0], target)
    query = "SELECT count(*), max(usd_per_mtok) FROM price_history WHERE known_to IS NULL"
    first, last = date(2026, 5, 15), date(2026, 6, 14)
    with llmpairs.connect(target, as_of=first) as then, llmpairs.connect(target, known_at=first) as now:
        everything = "SELECT * FROM price_history ORDER BY ALL"
        assert then.execute(everything).fetchall() == now.execute(everything).fetchall()
    with llmpairs.connect(target, as_of=last) as con:
        assert con.execute("SELECT as_of()").fetchall() == [(moment(1),)]
    with llmpairs.connect(target, known_at=first) as con:
        found = con.execute(query).fetchall()
    shutil.rmtree(target / "releases" / f"{moment(0):%Y%m%dT%H%M%SZ}")
    with pytest.raises(ReleaseError, match="was pruned"):
        llmpairs.connect(target, as_of=first)
    with llmpairs.connect(target, known_at=first) as con:
        assert con.execute(query).fetchall() == found
