from pathlib import Path

import pytest

from llmpairs.flows.nightly.landing import landing_name, pack, read_previous_lines
from llmpairs.warehouse.store import Store, open_store

RUNS = ("20260601T000000Z", "20260602T000000Z", "20260602T000000Z-2", "20260603T000000Z")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "w")
    for run_id in RUNS:
        store.write_bytes(landing_name(run_id, "openrouter"), pack([run_id.encode()]))
    return store


def test_the_lines_of_the_parent_release_are_read(store: Store) -> None:
    assert read_previous_lines(store, "openrouter", RUNS[2]) == ([RUNS[2].encode()], None)
    assert read_previous_lines(store, "openrouter", None) == ([], None)


def test_lost_and_damaged_lines_are_replaced_by_the_newest_older_ones_and_reported(store: Store) -> None:
    store.delete_file(landing_name(RUNS[3], "openrouter"))
    whole = store.read_bytes(landing_name(RUNS[2], "openrouter"))
    store.write_bytes(landing_name(RUNS[2], "openrouter"), whole[: len(whole) // 2])
    lines, lost = read_previous_lines(store, "openrouter", RUNS[3])
    assert lines == [RUNS[1].encode()]
    assert lost == f"its landed lines of {RUNS[3]}, {RUNS[2]} are lost: restore landing/ from a backup"


def test_a_flipped_bit_in_the_lines_is_found(store: Store) -> None:
    whole = bytearray(store.read_bytes(landing_name(RUNS[1], "openrouter")))
    whole[-6] ^= 1
    store.write_bytes(landing_name(RUNS[1], "openrouter"), bytes(whole))
    lines, lost = read_previous_lines(store, "openrouter", RUNS[1])
    assert lines == [RUNS[0].encode()]
    assert RUNS[1] in str(lost)


def test_a_source_without_any_readable_lines_has_none_and_reports_it(store: Store) -> None:
    lines, lost = read_previous_lines(store, "litellm", RUNS[1])
    assert lines == []
    assert RUNS[1] in str(lost)
