import errno
from pathlib import Path

import pandas as pd
import pytest

from llmpairs.warehouse.errors import ContractError, ReleaseError, StoreError
from llmpairs.warehouse.log import append_log, log_name, read_log
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import RUN, frame

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
    assert pd.read_parquet(str(local.local_path("log/runs")))["run_id"].tolist() == [RUN, LATER]


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
