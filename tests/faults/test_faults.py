"""A quick part of `make faults`: kills and full disks at the writes that publish, readers beside publications."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bench.faults.check import find_damaged, find_litter, find_lost, find_torn
from bench.faults.publishing import Publications, kill_publications, run_id_of
from bench.faults.reading import UNPROMISED, read_by_connect, read_by_glob, read_while_publishing
from bench.faults.two_hosts import HOSTS, Mode, play_rounds
from bench.faults.victim import Fault, Phase, publish_prepared
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.releases import current_run_id, publish
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import release_frames

FIRST, SECOND, THIRD = (run_id_of(number) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    frames = release_frames()
    for table in RELEASE_TABLES:
        pq.write_table(to_arrow(frames[table.name], table), folder / f"{table.name}.parquet")
    return folder


def test_publications_that_are_killed_leave_a_whole_release_and_the_next_one_succeeds(
    prepared: Path, tmp_path: Path
) -> None:
    warehouse = str(tmp_path / "w")
    kills = 4
    counts = kill_publications(warehouse, prepared, kills, seed=1)
    assert (counts.kills, counts.at_each_write, counts.problems) == (kills, kills, [])
    assert 0 < counts.new_release_current < kills
    assert find_lost(warehouse, counts.published) == []


def test_publications_into_a_bucket_that_are_killed_leave_a_whole_release_and_the_next_one_succeeds(
    prepared: Path, s3_uri: str
) -> None:
    """One is killed while it writes `CURRENT`, before the log and the return of the lease, and one right after that."""
    series = Publications(s3_uri, prepared, seed=1)
    pointer = series.publish() - 3
    series.kill_at(Fault(pointer, "half"))
    assert series.counts.new_release_current == 0
    series.kill_at(Fault(pointer, "after"))
    assert series.counts.new_release_current == 1
    series.publish()
    assert (series.counts.kills, series.counts.problems) == (2, [])
    assert find_damaged(s3_uri) + find_lost(s3_uri, series.counts.published) == []


def test_a_publication_that_is_killed_from_outside_at_some_moment_leaves_a_whole_release(
    prepared: Path, tmp_path: Path
) -> None:
    series = Publications(str(tmp_path / "w"), prepared, seed=3)
    series.publish()
    series.seconds = 0.05
    series.kill_randomly()
    assert (series.counts.kills + series.counts.missed, series.counts.problems) == (1, [])


def test_a_disk_that_is_full_at_any_write_loses_nothing(prepared: Path, tmp_path: Path) -> None:
    warehouse = str(tmp_path / "w")
    writes = publish_prepared(prepared, warehouse, FIRST, 1)
    before, done = FIRST, []
    phases: tuple[Phase, ...] = ("before", "half")
    for number in (0, *range(writes - 4, writes)):
        for tenth, phase in enumerate(phases):
            run_id = run_id_of(10 * number + 2 + tenth)
            try:
                publish_prepared(prepared, warehouse, run_id, 2, Fault(number, phase, "full disk"))
                done.append(number)
            except StoreError as error:
                assert "the disk is full" in str(error)  # noqa: PT017
            assert find_torn(warehouse, [before, run_id]) == []
            before = str(current_run_id(open_store(warehouse)))
        before = run_id_of(10 * number + 9)
        publish_prepared(prepared, warehouse, before, 3)
        assert find_torn(warehouse, [before]) + find_litter(warehouse) == []
    assert find_damaged(warehouse) == []
    assert set(done) == {0, writes - 4, writes - 1}, "the lease is written in place: taken, renewed, returned"


def test_readers_beside_publications_see_whole_nights(prepared: Path, tmp_path: Path) -> None:
    seen, problems = read_while_publishing(str(tmp_path / "w"), prepared, 4, is_local=True)
    assert problems == []
    for name, readings in seen.items():
        assert readings.torn == 0 or name in UNPROMISED
        assert readings.whole > 0


def test_the_harness_sees_what_it_is_there_to_see(prepared: Path, tmp_path: Path) -> None:
    warehouse = str(tmp_path / "w")
    publish_prepared(prepared, warehouse, FIRST, 1)
    publish_prepared(prepared, warehouse, SECOND, 2)
    assert read_by_connect(warehouse) == {2}
    assert read_by_glob(warehouse) == {2}
    store = open_store(warehouse)
    part = f"releases/{SECOND}/pairs/pairs-{SECOND}-0001.parquet"
    store.write_bytes(part, store.read_bytes(f"releases/{FIRST}/pairs/pairs-{FIRST}-0001.parquet"))
    assert read_by_connect(warehouse) >= {1, 2}
    assert read_by_glob(warehouse) == {1, 2}
    assert "does not have the digest" in find_torn(warehouse, [SECOND])[0]
    assert "not one of" in find_torn(warehouse, [FIRST])[0]
    store.delete_file(part)
    assert "is missing" in find_torn(warehouse, [SECOND])[0]
    publish(store, FIRST)
    store.delete_dir(f"releases/{SECOND}")
    assert find_lost(warehouse, [FIRST, SECOND]) == [f"release {SECOND} is lost"]
    store.write_bytes(f"releases/{THIRD}/offers/part.parquet", b"")
    store.write_bytes("log/runs/.part.parquet." + "0" * 32, b"")
    assert len(find_litter(warehouse)) == 2
    assert current_run_id(store) == FIRST


@pytest.mark.parametrize(
    ("place", "mode"), [("folder", "lease"), ("folder", "lost_lease"), ("folder", "cleaning"), ("s3", "lost_lease")]
)
def test_of_two_hosts_that_publish_at_once_one_wins(
    place: str, mode: Mode, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    warehouse = str(tmp_path / "w") if place == "folder" else str(request.getfixturevalue("s3_uri"))
    played = play_rounds(warehouse, 3, mode)
    assert (played.rounds, played.problems) == (3, [])
    winners = sum(played.won[host] for host in HOSTS)
    assert winners + played.refused == (3 if mode == "cleaning" else 6)
    assert mode == "cleaning" or winners == 3
