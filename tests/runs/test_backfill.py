"""History over nights: made again from an archive in the same bytes, and a month-old price corrected."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import llmpairs
import llmpairs.flows.nightly.backfill
from llmpairs.flows.cli import app
from llmpairs.flows.nightly.backfill import list_archived_runs
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.plan import plan_run
from llmpairs.flows.nightly.run import execute_run
from llmpairs.progress import Progress
from llmpairs.warehouse.errors import ReleaseError
from tests.runs.conftest import Lent, digests, sample_bodies, write_warc

FIRST = datetime(2026, 5, 15, 21, tzinfo=UTC)
DAYS = (0, 30, 31)
"""Days of the nights after the first."""
DEARER = (b'"completion": "0.0000006"', b'"completion": "0.00000066"')
"""Of OpenRouter's route at Fireworks, which no other source names."""


@pytest.fixture(autouse=True)
def one_gate(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llmpairs.flows.nightly.backfill, "start_gate", lambda: Lent(gate))


def rebuild(archive: Path, target: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["rebuild", "--archive", str(archive), "--warehouse", str(target), *more])


def moment(number: int) -> datetime:
    return FIRST + timedelta(days=DAYS[number])


def write_night(folder: Path, number: int) -> Path:
    """One night of sample pages as any tool archives them; every second one has a dearer price."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = {url: body.replace(*DEARER) if number % 2 else body for url, body in sample_bodies().items()}
    return write_warc(
        folder / f"night-{number}.warc.gz", bodies, moment(number).strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def released(target: Path) -> dict[str, str]:
    """Digest of every file of every release, manifests included."""
    return digests(target, "*")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights: a WARC file, and a folder with one."""
    folder = tmp_path_factory.mktemp("nights") / "archive"
    write_night(folder, 0)
    write_night(folder / "second", 1)
    return folder


@pytest.fixture(scope="module")
def one_by_one(archive: Path, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of both nights, each run when it came."""
    target = tmp_path_factory.mktemp("one") / "w"
    for path in (archive / "night-0.warc.gz", archive / "second"):
        outcome = execute_run(plan_run(str(target), [path]), Progress(), gate)
        assert outcome.state == "published"
    return target


@pytest.fixture(scope="module")
def rebuilt(archive: Path, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The same nights made again by the command, and what it said."""
    target = tmp_path_factory.mktemp("again") / "w"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llmpairs.flows.nightly.backfill, "start_gate", lambda: Lent(gate))
        return target, rebuild(archive, target)


def test_a_rebuilt_history_is_the_same_bytes_as_the_nights_one_by_one(
    rebuilt: tuple[Path, Result], one_by_one: Path
) -> None:
    target, done = rebuilt
    assert done.exit_code == 0, done.stderr
    assert released(target) == released(one_by_one)
    assert "2 nights published, 0 kept, 0 blocked" in done.stdout
    with llmpairs.connect(target) as con:
        moved = con.execute("SELECT old_usd_per_mtok, new_usd_per_mtok FROM price_changes").fetchall()
    assert (0.6, 0.66) in moved


def test_a_month_old_price_is_corrected_and_what_we_believed_is_answered_both_ways(
    rebuilt: tuple[Path, Result], archive: Path, tmp_path: Path
) -> None:
    target, more = tmp_path / "w", tmp_path / "archive"
    shutil.copytree(rebuilt[0], target)
    shutil.copytree(archive, more)
    before = released(target)
    with llmpairs.connect(target) as con:
        (route,) = con.execute("SELECT offer_id FROM price_changes WHERE old_usd_per_mtok = 0.6").fetchall()[
            0
        ]
    said = (
        "--usd-per-mtok 0.06 --valid-from 2026-05-20 --reason misread --evidence https://example.org --by ana"
    )
    command = ["correct", route, "output", *said.split(), "--warehouse", str(target)]
    assert CliRunner().invoke(app, command).exit_code == 0
    write_night(more, 2)
    done = rebuild(more, target)
    assert "1/3  2026-05-15  night-0.warc.gz: kept as it is" in done.stdout
    assert "1 nights published, 2 kept" in done.stdout
    assert before.items() < released(target).items(), "the nights that were there are as they were"
    query = "SELECT * FROM price_history WHERE known_to IS NULL ORDER BY ALL"
    that_day = date(2026, 6, 14)
    with (
        llmpairs.connect(target, as_of=that_day) as then,
        llmpairs.connect(target, known_at=that_day) as now,
    ):
        believed = then.execute(query).fetchall()
        assert now.execute(query).fetchall() == believed
    of_route = f"known_to IS NULL AND offer_id = '{route}' AND field = 'output_usd_per_mtok'"
    prices = f"SELECT usd_per_mtok, reason FROM price_history WHERE {of_route} ORDER BY valid_from"
    with llmpairs.connect(target, as_of=that_day) as con:
        assert con.execute(prices).fetchall() == [(0.6, "change"), (0.66, "change")]
    with llmpairs.connect(target) as con:
        assert con.execute(prices).fetchall() == [
            (0.6, "correction"), (0.06, "correction"), (0.66, "change"), (0.6, "change"),
        ]  # fmt: skip
        told = con.execute(
            "SELECT subject_id, field, old_value, new_value FROM changes WHERE cause = 'correction'"
        ).fetchall()
    assert told == [(route, "price_history:output_usd_per_mtok", "0.6", "0.06")]


def test_the_same_command_keeps_what_is_there(rebuilt: tuple[Path, Result], archive: Path) -> None:
    before = released(rebuilt[0])
    assert "0 nights published, 2 kept" in rebuild(archive, rebuilt[0]).stdout
    assert released(rebuilt[0]) == before


def test_other_bytes_under_a_release_are_refused(
    rebuilt: tuple[Path, Result], archive: Path, tmp_path: Path
) -> None:
    other = tmp_path / "archive"
    shutil.copytree(archive, other)
    write_warc(other / "night-0.warc.gz", {"https://example.org/": b"{}"}, "2026-05-15T21:00:00Z")
    refused = rebuild(other, rebuilt[0])
    assert refused.exit_code == 2
    assert "night-0.warc.gz is of 2026-05-15T21:00:00Z, before the current release" in refused.stderr
    assert rebuild(other, rebuilt[0], "--from", "2026-06-14").exit_code == 0


def test_the_archive_of_a_warehouse_makes_its_nights_again(
    rebuilt: tuple[Path, Result], archive: Path
) -> None:
    kept = list_archived_runs(rebuilt[0] / "archive")
    assert [night.moment for night in kept] == [moment(0), moment(1)]
    assert [night.digests for night in kept] == [night.digests for night in list_archived_runs(archive)]
    assert "0 nights published, 2 kept" in rebuild(rebuilt[0] / "archive", rebuilt[0]).stdout


def test_days_choose_nights(rebuilt: tuple[Path, Result], archive: Path) -> None:
    told = rebuild(archive, rebuilt[0], "--from", "2026-06-14", "--to", "2026-06-14")
    assert "1/1  2026-06-14  second: kept as it is" in told.stdout
    refused = rebuild(archive, rebuilt[0], "--from", "2026-07-01")
    assert (refused.exit_code, "the archive has 2026-05-15 to 2026-06-14" in refused.stderr) == (2, True)


def test_what_is_no_archive_of_nights_is_told(tmp_path: Path) -> None:
    target = tmp_path / "w"
    empty, twice, replayed = (tmp_path / name for name in ("empty", "twice", "replayed"))
    empty.mkdir()
    write_night(twice, 0)
    write_night(twice / "again", 0)
    write_night(replayed / "by-digest", 0)
    for archive, says in (
        (tmp_path / "nowhere", "no folder at"),
        (empty, "holds no .warc or .warc.gz file"),
        (twice, "again and night-0.warc.gz are both of 2026-05-15T21:00:00Z"),
        (replayed, "give the folder of the original archives"),
    ):
        refused = rebuild(archive, target)
        assert (refused.exit_code, says in refused.stderr) == (2, True), refused.stderr
    assert not target.exists()


def test_a_pruned_night_is_named_and_what_was_known_then_can_still_be_asked(
    rebuilt: tuple[Path, Result], tmp_path: Path
) -> None:
    target = tmp_path / "w"
    shutil.copytree(rebuilt[0], target)
    query = "SELECT count(*), max(usd_per_mtok) FROM price_history WHERE known_to IS NULL"
    first, last = date(2026, 5, 15), date(2026, 6, 14)
    with llmpairs.connect(target, as_of=first) as then, llmpairs.connect(target, known_at=first) as now:
        everything = "SELECT * FROM price_history ORDER BY ALL"
        assert then.execute(everything).fetchall() == now.execute(everything).fetchall()
    with llmpairs.connect(target, as_of=last) as con:
        assert con.execute("SELECT as_of()").fetchall() == [(moment(1),)]
    with llmpairs.connect(target, known_at=first) as con:
        told = con.execute(query).fetchall()
    shutil.rmtree(target / "releases" / f"{moment(0):%Y%m%dT%H%M%SZ}")
    with pytest.raises(ReleaseError, match="was pruned"):
        llmpairs.connect(target, as_of=first)
    with llmpairs.connect(target, known_at=first) as con:
        assert con.execute(query).fetchall() == told
