from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.errors import ContractError, ReleaseError, StoreError
from llmpairs.warehouse.releases import open_parts, stage_table, verify_staged, write_manifest
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import RUN, frame, manifest_of, release_frames

MODELS = [f"dev/model-{number:03d}" for number in range(60)]


def many_pairs(models: list[str] = MODELS) -> pa.Table:
    """All pairs of the models, with ids as positions in one list, as the pair blocks have them."""
    pairs = [(a, b) for a in range(len(models)) for b in range(a + 1, len(models))]
    rows = to_arrow(frame("pairs", *({"model_a_id": models[a], "model_b_id": models[b]} for a, b in pairs)), PAIRS)
    for side, name in enumerate(PAIRS.key):
        codes = pa.array([pair[side] for pair in pairs], pa.int32())
        rows = rows.set_column(side, name, pa.DictionaryArray.from_arrays(codes, pa.array(models)))
    return rows


def write_blocks(store: Store, run_id: str, rows: pa.Table, size: int) -> list[str]:
    with open_parts(store, run_id, "pairs") as parts:
        for start in range(0, rows.num_rows, size):
            parts.write(rows.slice(start, size))
    return parts.parts


def digests(store: Store, run_id: str) -> list[str]:
    return [entry.sha256 for entry in verify_staged(store, run_id, ["pairs"])["pairs"]]


def test_the_same_rows_give_the_same_bytes_for_any_block_size(local: Store) -> None:
    rows = many_pairs()
    run_ids = ["20260101T000000Z", "20260102T000000Z", "20260103T000000Z"]
    for run_id, size in zip(run_ids, (7, 333, 10_000), strict=True):
        write_blocks(local, run_id, rows, size)
    assert len({tuple(digests(local, run_id)) for run_id in run_ids}) == 1


def test_ids_may_come_as_plain_text(local: Store) -> None:
    rows = many_pairs()
    (name,) = write_blocks(local, RUN, rows.cast(schema_of(PAIRS)), 333)
    assert pq.read_table(str(local.local_path(name))).equals(rows.cast(schema_of(PAIRS)))


def test_a_frame_in_any_order_gives_the_same_bytes(local: Store) -> None:
    rows = frame("offers", *({"offer_id": f"o{number}"} for number in range(50)))
    stage_table(local, "20260101T000000Z", "offers", rows)
    stage_table(local, "20260102T000000Z", "offers", rows.sample(frac=1, random_state=1))
    stage_table(local, "20260103T000000Z", "offers", to_arrow(rows, OFFERS).take(list(range(49, -1, -1))))
    found = [verify_staged(local, f"2026010{day}T000000Z", ["offers"])["offers"][0].sha256 for day in (1, 2, 3)]
    assert len(set(found)) == 1


def test_ids_that_were_written_as_codes_are_plain_text_to_every_reader(local: Store) -> None:
    write_blocks(local, RUN, many_pairs(), 500)
    path = str(local.local_path(f"releases/{RUN}/pairs/pairs-{RUN}-0000.parquet"))
    schema = pq.read_schema(path)
    assert schema.equals(schema_of(PAIRS), check_metadata=True)
    assert pq.read_table(path).schema.field("model_a_id").type == pa.string()
    assert pd.read_parquet(path)["model_a_id"].dtype == "str"
    assert pl.read_parquet(path).schema["model_b_id"] == pl.String
    assert duckdb.execute(f"SELECT typeof(model_a_id), count(*) FROM '{path}' GROUP BY 1").fetchall() == [
        ("VARCHAR", 1770)
    ]
    first = ("dev/model-000", "dev/model-001")
    assert duckdb.execute(f"SELECT model_a_id, model_b_id FROM '{path}' LIMIT 1").fetchall() == [first]
    assert pl.read_parquet(path).select("model_a_id", "model_b_id").row(0) == first
    noted = dict(duckdb.execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall())
    assert noted[b"grain"].startswith(b"an unordered pair")


@pytest.mark.parametrize("name", ["offers", "pairs", "models"])
def test_tables_read_the_same_in_pandas_polars_and_duckdb(local: Store, name: str) -> None:
    stage_table(local, RUN, name, release_frames()[name])
    path = str(local.local_path(f"releases/{RUN}/{name}"))
    keys = pd.read_parquet(path).iloc[:, 0].tolist()
    assert keys
    assert pl.read_parquet(f"{path}/*.parquet").to_series(0).to_list() == keys
    assert [row[0] for row in duckdb.execute(f"FROM '{path}/*.parquet'").fetchall()] == keys


def test_blocks_go_to_numbered_parts(store: Store) -> None:
    rows = many_pairs()
    with open_parts(store, RUN, "pairs") as parts:
        parts.write(rows.slice(0, 100).to_batches()[0])
        parts.next_part()
        parts.next_part()
        parts.write(rows.slice(100))
    assert parts.rows == 1770
    assert [name.rpartition("/")[2] for name in parts.parts] == [
        f"pairs-{RUN}-0000.parquet",
        f"pairs-{RUN}-0001.parquet",
    ]
    entries = verify_staged(store, RUN, ["pairs"])["pairs"]
    assert [entry.rows for entry in entries] == [100, 1670]


def test_parallel_tasks_write_their_own_parts(store: Store) -> None:
    rows = many_pairs()
    with open_parts(store, RUN, "pairs", first_part=1) as later:
        later.write(rows.slice(100))
    with open_parts(store, RUN, "pairs", first_part=0) as earlier:
        earlier.write(rows.slice(0, 100))
    assert sum(entry.rows or 0 for entry in verify_staged(store, RUN, ["pairs"])["pairs"]) == 1770


def test_a_table_without_rows_has_one_file(store: Store) -> None:
    with open_parts(store, RUN, "pairs"):
        pass
    stage_table(store, RUN, "offers", frame("offers"))
    entries = verify_staged(store, RUN, ["pairs", "offers"])
    assert [entry.rows for entry in (*entries["pairs"], *entries["offers"])] == [0, 0]


def test_more_rows_than_a_row_group_keep_their_order(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmpairs.warehouse.parquet.ROW_GROUP_ROWS", 100)
    rows = many_pairs()
    (name,) = write_blocks(local, RUN, rows, 333)
    with local.open_input(name) as file:
        sizes = pq.ParquetFile(file).metadata
        assert [sizes.row_group(group).num_rows for group in range(sizes.num_row_groups)] == [100] * 17 + [70]
    verify_staged(local, RUN, ["pairs"])


def test_blocks_with_different_dictionaries_are_unified(local: Store) -> None:
    halves = [many_pairs(MODELS[:30]), many_pairs(MODELS[30:])]
    with open_parts(local, RUN, "pairs") as parts:
        for half in halves:
            parts.write(half)
    read = pq.read_table(str(local.local_path(parts.parts[0])))
    assert read["model_a_id"].to_pylist() == [key for half in halves for key in half["model_a_id"].to_pylist()]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: rows.drop_columns(["relation"]), "missing: relation"),
        (lambda rows: rows.append_column("x", pa.nulls(rows.num_rows)), "not in the contract: x"),
        (lambda rows: rows.set_column(5, "same_license", pa.array([1] * rows.num_rows)), "same_license: type is int64"),
        (lambda rows: rows.set_column(2, "relation", pa.array(["cousin"] * rows.num_rows)), "relation.*cousin"),
        (lambda rows: rows.set_column(0, "model_a_id", pa.nulls(rows.num_rows, pa.string())), "model_a_id.*null"),
    ],
)
def test_blocks_that_break_the_contract_are_rejected(
    local: Store, change: Callable[[pa.Table], pa.Table], expected: str
) -> None:
    with pytest.raises(ContractError, match=expected), open_parts(local, RUN, "pairs") as parts:
        parts.write(change(many_pairs()))


def test_a_full_disk_is_a_one_line_error_of_the_writer(local: Store) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    place = local.local_path(f"releases/{RUN}/pairs/pairs-{RUN}-0000.parquet")
    assert place is not None
    place.parent.mkdir(parents=True)
    place.symlink_to("/dev/full")
    with (
        pytest.raises(StoreError, match=r"writing .*pairs-.*: the disk is full: free some space"),
        open_parts(local, RUN, "pairs", first_part=0) as parts,
    ):
        parts.write(many_pairs())


def plant(store: Store, rows: pa.Table, name: str = f"pairs-{RUN}-0001.parquet") -> None:
    with store.open_output(f"releases/{RUN}/pairs/{name}") as file:
        pq.write_table(rows, file)


def test_a_staged_part_out_of_order_is_found(local: Store) -> None:
    rows = many_pairs()
    with open_parts(local, RUN, "pairs") as parts:
        parts.write(rows.slice(900))
        parts.next_part()
        parts.write(rows.slice(0, 900))
    with pytest.raises(ReleaseError, match=r"0001\.parquet does not ascend strictly by model_a_id, model_b_id"):
        verify_staged(local, RUN, ["pairs"])


def test_a_key_repeated_over_two_parts_is_found(local: Store) -> None:
    rows = many_pairs()
    with open_parts(local, RUN, "pairs") as parts:
        parts.write(rows.slice(0, 900))
        parts.next_part()
        parts.write(rows.slice(899))
    with pytest.raises(ReleaseError, match="does not ascend strictly"):
        verify_staged(local, RUN, ["pairs"])


def test_a_staged_part_of_another_schema_is_found(local: Store) -> None:
    write_blocks(local, RUN, many_pairs().slice(0, 5), 5)
    plant(local, many_pairs().slice(5).cast(schema_of(PAIRS)).replace_schema_metadata({"table": "pairs"}))
    with pytest.raises(ReleaseError, match=r"0001\.parquet does not have the contract's schema"):
        verify_staged(local, RUN, ["pairs"])


def test_a_damaged_staged_file_is_found(store: Store) -> None:
    (name,) = write_blocks(store, RUN, many_pairs(), 500)
    data = bytearray(store.read_bytes(name))
    data[200] ^= 0xFF
    store.write_bytes(name, bytes(data))
    with pytest.raises(ReleaseError, match="cannot be read"):
        verify_staged(store, RUN, ["pairs"])
    store.write_bytes(name, bytes(data[:100]))
    with pytest.raises(ReleaseError, match="cannot be read"):
        verify_staged(store, RUN, ["pairs"])


def test_a_table_that_was_not_staged_is_named(store: Store) -> None:
    stage_table(store, RUN, "offers", frame("offers"))
    with pytest.raises(ReleaseError, match="table models was not staged"):
        verify_staged(store, RUN, ["offers", "models"])


def test_staging_again_replaces_the_table(store: Store) -> None:
    stage_table(store, RUN, "offers", frame("offers", {"offer_id": "a"}, {"offer_id": "b"}))
    stage_table(store, RUN, "offers", frame("offers", {"offer_id": "c"}))
    with open_parts(store, RUN, "pairs") as parts:
        parts.write(many_pairs().slice(0, 5))
        parts.next_part()
        parts.write(many_pairs().slice(5, 5))
    write_blocks(store, RUN, many_pairs().slice(0, 7), 7)
    entries = verify_staged(store, RUN, ["offers", "pairs"])
    assert [entry.rows for entry in (*entries["offers"], *entries["pairs"])] == [1, 7]


def test_a_finished_release_cannot_be_changed(store: Store) -> None:
    for name, rows in release_frames().items():
        stage_table(store, RUN, name, rows)
    manifest = manifest_of(store, RUN)
    write_manifest(store, RUN, manifest)
    with pytest.raises(ReleaseError, match="is finished and cannot be changed"):
        stage_table(store, RUN, "offers", frame("offers"))
    with pytest.raises(ReleaseError, match="is finished"), open_parts(store, RUN, "pairs"):
        pass
    with pytest.raises(ReleaseError, match="is finished"):
        write_manifest(store, RUN, manifest)


@pytest.mark.parametrize("run_id", ["", "..", "2026-06-08", "20260608T235900Z/x", "20260608T235900"])
def test_malformed_run_ids_are_rejected(local: Store, run_id: str) -> None:
    with pytest.raises(ReleaseError, match="is not a run id"):
        stage_table(local, run_id, "offers", frame("offers"))


def test_a_manifest_needs_a_time_with_its_zone(local: Store) -> None:
    for name, rows in release_frames().items():
        stage_table(local, RUN, name, rows)
    manifest = manifest_of(local, RUN)
    with pytest.raises(ReleaseError, match="no time zone"):
        write_manifest(local, RUN, replace(manifest, as_of=datetime(2026, 6, 8)))  # noqa: DTZ001
    with pytest.raises(ReleaseError, match="does not belong"):
        write_manifest(local, RUN, replace(manifest, run_id="20260609T000000Z", as_of=datetime(2026, 6, 9, tzinfo=UTC)))
