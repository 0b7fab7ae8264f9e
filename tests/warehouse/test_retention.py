from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from llmpairs.warehouse.manifest import Manifest, manifest_to_json
from llmpairs.warehouse.releases import list_releases, publish
from llmpairs.warehouse.retention import clean_staged, prune
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import RUN

NIGHTS = [datetime(2026, 6, 8, 23, 59, tzinfo=UTC) - timedelta(days=days) for days in range(400)]
RUNS = sorted(night.strftime("%Y%m%dT%H%M%SZ") for night in NIGHTS)


def bare_release(store: Store, run_id: str, parent: str | None = None) -> None:
    """A release with a manifest and no tables."""
    manifest = Manifest(
        run_id=run_id,
        as_of=NIGHTS[0],
        parent_run_id=parent,
        rules_version="1",
        code_version="1",
        decisions_digest="",
        landings={},
        tables={},
    )
    store.write_bytes(f"releases/{run_id}/manifest.json", manifest_to_json(manifest))


@pytest.fixture
def long_kept(local: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Four hundred nights, the last one current."""
    monkeypatch.setattr("llmpairs.warehouse.store._sync", lambda path: None)
    for run_id, parent in zip(RUNS, [None, *RUNS], strict=False):
        bare_release(local, run_id, parent)
    publish(local, RUNS[-1])
    return local


def test_days_weeks_and_months_are_kept(long_kept: Store) -> None:
    long_kept.write_bytes("log/runs/run_id=x/part.parquet", b"")
    long_kept.write_bytes("archive/x/openrouter.warc.gz", b"")
    foreseen = prune(long_kept, dry_run=True)
    assert list_releases(long_kept) == RUNS
    assert prune(long_kept) == foreseen
    kept = list_releases(long_kept)
    assert kept[-14:] == RUNS[-14:]
    sundays = [run_id for run_id in RUNS if datetime.strptime(run_id[:8], "%Y%m%d").weekday() == 6]  # noqa: DTZ007
    assert set(sundays[-7:]) <= set(kept)
    ends_of_months = [a for a, b in pairwise(RUNS) if a[4:6] != b[4:6]]
    assert set(ends_of_months[-11:]) <= set(kept)
    assert set(kept) == {*RUNS[-14:], *sundays[-7:], *ends_of_months[-11:]}
    assert long_kept.exists("log/runs/run_id=x/part.parquet")
    assert long_kept.exists("archive/x/openrouter.warc.gz")
    assert prune(long_kept) == []


def test_the_live_release_and_its_parent_are_never_pruned(local: Store) -> None:
    for run_id, parent in zip(RUNS[:10], [None, *RUNS], strict=False):
        bare_release(local, run_id, parent)
    publish(local, RUNS[7])
    prune(local, 0, 0, 0)
    assert list_releases(local) == [RUNS[6], RUNS[7]]


def test_pruning_deletes_the_whole_folder(store: Store) -> None:
    for run_id in (RUN, "20260609T235900Z"):
        bare_release(store, run_id)
        store.write_bytes(f"releases/{run_id}/offers/part.parquet", b"")
    publish(store, "20260609T235900Z")
    assert prune(store, 1, 0, 0) == [RUN]
    assert store.list("releases") == ["20260609T235900Z/"]


def test_unfinished_folders_are_deleted_unless_in_use(store: Store) -> None:
    bare_release(store, RUN)
    for run_id in ("20260609T235900Z", "20260610T235900Z"):
        store.write_bytes(f"releases/{run_id}/offers/part.parquet", b"half")
    assert clean_staged(store, in_use={"20260610T235900Z"}) == ["20260609T235900Z"]
    assert store.list("releases") == [f"{RUN}/", "20260610T235900Z/"]


def test_temporary_files_of_killed_writers_are_deleted_except_in_decisions(local: Store) -> None:
    bare_release(local, RUN)
    publish(local, RUN)
    litter = [".CURRENT." + "0" * 32, "log/runs/run_id=x/.part.parquet." + "a" * 32]
    kept = ["decisions/.holds.jsonl." + "b" * 32, "archive/.keep", "log/runs/run_id=x/part.parquet"]
    for name in (*litter, *kept):
        local.write_bytes(name, b"")
    clean_staged(local)
    assert [name for name in (*litter, *kept) if local.exists(name)] == kept
    assert local.read_bytes("CURRENT") == f"{RUN}\n".encode()
