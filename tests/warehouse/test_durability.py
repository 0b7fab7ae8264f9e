"""What is on disk when `CURRENT` moves, by a recording layer below the store."""

from pathlib import Path

import pytest

from bench.faults.power_cut import Operation, find_volatile, record_operations
from llmpairs.warehouse import store as store_module
from llmpairs.warehouse.lease import hold_lease
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import RUN, publish_sample


def record_publication(store: Store) -> tuple[list[Operation], Path, Path]:
    """The operations of a first publication, its pointer and its release."""
    folder = store.local_path("")
    assert folder is not None
    with record_operations() as operations, hold_lease(store, "refresh"):
        publish_sample(store)
    return operations, folder / "CURRENT", folder / "releases" / RUN


def test_everything_is_on_disk_before_the_pointer_moves(tmp_path: Path) -> None:
    operations, pointer, release = record_publication(open_store(tmp_path / "new" / "warehouse"))
    assert find_volatile(operations, pointer, release) == []
    moved = find_move(operations, pointer)
    before = [each.path for each in operations[:moved] if each.kind == "sync"]
    last = {path: place for place, path in enumerate(before)}
    assert last[release / "pairs"] < last[release] < last[release.parent] < last[pointer.parent]
    after = [each.path for each in operations[moved + 1 :] if each.kind == "sync"]
    assert after[0] == pointer.parent, "the move itself"


def find_move(operations: list[Operation], pointer: Path) -> int:
    """Number of the operation that moves the pointer."""
    return next(n for n, each in enumerate(operations) if (each.kind, each.path) == ("rename", pointer))


@pytest.mark.parametrize("forgotten", ["releases", "pairs", f"pairs-{RUN}-0000.parquet", RUN])
def test_a_forgotten_sync_is_found(local: Store, forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = store_module._sync
    monkeypatch.setattr(store_module, "_sync", lambda path: None if forgotten in path.name else sync(path))
    assert find_volatile(*record_publication(local)) != []
