import errno
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from llmpairs.warehouse.errors import ContractError, ReleaseError, StoreError
from llmpairs.warehouse.log import append_log, correct_log, is_logged, log_files, log_name, read_log
from llmpairs.warehouse.log_compaction import compact_log
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import AS_OF, RUN, frame, publish_sample

LATER = "20260609T235900Z"


def test_runs_are_added_and_read_in_order(store: Store) -> None:
    assert read_log(store, "changes").empty
    append_log(store, "changes", LATER, frame("changes", {"run_id": LATER, "change_id": "b"}))
    append_log(
        store, "changes", RUN, frame("changes", {"run_id": RUN, "change_id": "z"}, {"run_id": RUN, "change_id": "a"})
    )
    log = read_log(store, "changes")
    assert log["change_id"].tolist() == ["a", "z", "b"]
    assert log["run_id"].dtype == "str"
    assert read_log(store, "changes", LATER)["change_id"].tolist() == ["b"]
    assert read_log(store, "changes", "20200101T000000Z").dtypes.equals(log.dtypes)


def test_a_run_is_written_once(store: Store) -> None:
    rows = frame("runs", {"run_id": RUN})
    append_log(store, "runs", RUN, rows)
    append_log(store, "runs", RUN, rows)
    assert len(read_log(store, "runs")) == 1
    with pytest.raises(ReleaseError, match="append-only"):
        append_log(store, "runs", RUN, rows.assign(seconds=5.0))


def test_rows_of_another_run_and_other_tables_are_rejected(local: Store) -> None:
    with pytest.raises(ReleaseError, match=f"holds rows of {LATER}"):
        append_log(local, "runs", RUN, frame("runs", {"run_id": LATER}))
    with pytest.raises(ReleaseError, match="offers is not a log table"):
        append_log(local, "offers", RUN, frame("offers"))
    with pytest.raises(ContractError, match="table runs, column state"):
        append_log(local, "runs", RUN, frame("runs", {"run_id": RUN, "state": "half"}))


def test_the_folder_of_a_log_table_is_read_as_a_whole_by_pandas(local: Store) -> None:
    for run_id in (RUN, LATER):
        append_log(local, "runs", run_id, frame("runs", {"run_id": run_id}))
    assert log_name("runs", RUN) == f"log/runs/run_id={RUN}/part.parquet"
    folder = str(local.local_path("log/runs"))
    assert pd.read_parquet(folder, partitioning=None)["run_id"].tolist() == [RUN, LATER]
    compact_log(local, AS_OF + timedelta(days=60))
    assert pd.read_parquet(folder, partitioning=None)["run_id"].tolist() == [RUN, LATER]


def test_a_disk_that_fills_up_leaves_no_half_part_in_the_log(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    append_log(local, "runs", RUN, frame("runs", {"run_id": RUN}))

    def fill_up(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(memoryview(data)[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fill_up)
        with pytest.raises(StoreError, match="the disk is full"):
            append_log(local, "runs", LATER, frame("runs", {"run_id": LATER}))
    assert local.list_files("log") == [log_name("runs", RUN)]
    assert read_log(local, "runs")["run_id"].tolist() == [RUN]
    append_log(local, "runs", LATER, frame("runs", {"run_id": LATER}))


MAY, LATE_MAY, JUNE = "20260501T235900Z", "20260531T235900Z", "20260601T235900Z"


def log_changes(store: Store, run_id: str, *change_ids: str) -> None:
    rows = [{"run_id": run_id, "change_id": change_id} for change_id in change_ids]
    append_log(store, "changes", run_id, frame("changes", *rows))


@pytest.fixture
def two_months(local: Store) -> Store:
    log_changes(local, LATE_MAY)
    log_changes(local, MAY, "b", "a")
    log_changes(local, f"{MAY}-2", "c")
    log_changes(local, JUNE, "d")
    return local


def read_changes(store: Store) -> list[str]:
    return list(read_log(store, "changes")["change_id"])


def moment_of(run_id: str) -> datetime:
    return datetime.strptime(run_id, "%Y%m%dT%H%M%S%z")


def test_a_past_month_becomes_one_file_with_the_same_rows(two_months: Store) -> None:
    before = read_log(two_months, "changes")
    assert compact_log(two_months, moment_of("20260607T235959Z")) == [], "a week has to pass"
    month = "log/changes/month=2026-05/part.parquet"
    assert compact_log(two_months, moment_of("20260608T000000Z")) == [month]
    assert two_months.list_files("log") == [month, log_name("changes", JUNE)]
    pd.testing.assert_frame_equal(read_log(two_months, "changes"), before)
    assert list(read_log(two_months, "changes", MAY)["change_id"]) == ["a", "b"]
    assert list(read_log(two_months, "changes", [f"{MAY}-2", JUNE])["change_id"]) == ["c", "d"]
    assert is_logged(two_months, "changes", LATE_MAY), "a run without rows"
    assert not is_logged(two_months, "changes", "20260502T235900Z")
    assert compact_log(two_months, moment_of("20260609T000000Z")) == []
    with pytest.raises(ReleaseError, match="older than a week"):
        correct_log(two_months, "changes", MAY, frame("changes"))


def test_a_part_that_comes_late_is_read_and_merged(two_months: Store) -> None:
    later = moment_of("20260610T000000Z")
    compact_log(two_months, later)
    log_changes(two_months, "20260502T235900Z", "late")
    assert read_changes(two_months) == ["a", "b", "c", "late", "d"]
    assert len(compact_log(two_months, later)) == 1
    assert read_changes(two_months) == ["a", "b", "c", "late", "d"]
    assert len(log_files(two_months, "changes")) == 2


def test_a_compaction_that_is_killed_loses_and_repeats_nothing(
    two_months: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_sample(two_months)
    delete_dir, left = Store.delete_dir, [1]

    def die(self: Store, rel: str) -> None:
        if not left:
            raise KeyboardInterrupt
        delete_dir(self, rel)
        left.pop()

    later = moment_of("20260610T000000Z")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "delete_dir", die)
        with pytest.raises(KeyboardInterrupt):
            compact_log(two_months, later)
    assert len(two_months.list_files("log/changes")) == 4, "the file of May, two of its three parts, June"
    assert read_changes(two_months) == ["a", "b", "c", "d"]
    with connect(two_months.address) as con:
        assert con.execute("SELECT count(*) FROM changes").fetchall() == [(4,)]
    assert compact_log(two_months, later) == []
    assert read_changes(two_months) == ["a", "b", "c", "d"]
    assert len(two_months.list_files("log/changes")) == 2
