from pathlib import Path

import pytest

from llmpairs.flows.nightly.landed import landing_name, read_last
from llmpairs.flows.nightly.landing import pack
from llmpairs.warehouse.store import Store, open_store

RUNS = ("20260601T000000Z", "20260602T000000Z", "20260602T000000Z-2", "20260603T000000Z")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "w")
    for run_id in RUNS:
        store.write_bytes(landing_name(run_id, "openrouter"), pack([run_id.encode()]))
    return store


def test_the_lines_of_the_last_release_are_read(store: Store) -> None:
    assert read_last(store, "openrouter", RUNS[2]) == ([RUNS[2].encode()], None)
    assert read_last(store, "openrouter", None) == ([], None)


def test_lost_and_damaged_lines_give_way_to_the_newest_older_ones_and_are_told(store: Store) -> None:
    store.delete_file(landing_name(RUNS[3], "openrouter"))
    whole = store.read_bytes(landing_name(RUNS[2], "openrouter"))
    store.write_bytes(landing_name(RUNS[2], "openrouter"), whole[: len(whole) // 2])
    lines, lost = read_last(store, "openrouter", RUNS[3])
    assert lines == [RUNS[1].encode()]
    assert lost == f"its landed lines of {RUNS[3]}, {RUNS[2]} are lost: restore landing/ from a backup"


def test_a_bit_that_flipped_in_the_lines_is_found(store: Store) -> None:
    whole = bytearray(store.read_bytes(landing_name(RUNS[1], "openrouter")))
    whole[-6] ^= 1
    store.write_bytes(landing_name(RUNS[1], "openrouter"), bytes(whole))
    lines, lost = read_last(store, "openrouter", RUNS[1])
    assert lines == [RUNS[0].encode()]
    assert RUNS[1] in str(lost)


def test_a_source_with_nothing_left_has_no_lines_and_says_so(store: Store) -> None:
    lines, lost = read_last(store, "litellm", RUNS[1])
    assert lines == []
    assert RUNS[1] in str(lost)
