"""Releases as an Iceberg catalog, read back by tag with pyiceberg and Polars."""

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from llmpairs.exports.iceberg import IcebergCounts, write_iceberg
from llmpairs.warehouse.releases import publish, read_arrow, rollback, stage_table, write_manifest
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import GPT, frame, manifest_of, release_frames

NAMES = ("models", "offers", "pairs", "facts")
FIRST, SECOND = "20260607T235900Z", "20260608T235900Z"


def stage(folder: Path, run_id: str, price: float, without: str | None = None) -> None:
    """Publish three models, one of them with this price; `without` a column of offers, as an older version wrote it."""
    store = open_store(folder)
    frames = release_frames()
    frames["offers"] = frame(
        "offers", {"offer_id": "a/a/gpt/-/standard", "model_id": GPT, "input_usd_per_mtok": price, "price_tiers": []}
    )
    for name in NAMES:
        stage_table(store, run_id, name, frames[name])
    write_manifest(store, run_id, manifest_of(store, run_id, tables=NAMES))
    publish(store, run_id)
    if without is not None:
        (path,) = (folder / "releases" / run_id / "offers").glob("*.parquet")
        pq.write_table(pq.read_table(path).drop_columns([without]), path)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, IcebergCounts]:
    """Two releases in one catalog, the first written without a column; the folder has a blank in its name."""
    folder = tmp_path_factory.mktemp("ice berg")
    stage(folder / "data", FIRST, 0.25, without="max_output_tokens")
    stage(folder / "data", SECOND, 0.125)
    return folder, write_iceberg(str(folder / "data"), folder / "iceberg")


def load(folder: Path, name: str) -> Table:
    catalog = SqlCatalog("llmpairs", uri=f"sqlite:///{folder}/iceberg/catalog.db", warehouse=f"file://{folder}/iceberg")
    return catalog.load_table(f"llmpairs.{name}")


def rows_at(table: Table, tag: str) -> list[dict[str, Any]]:
    snapshot = table.snapshot_by_name(tag)
    assert snapshot is not None
    rows: list[dict[str, Any]] = table.scan(snapshot_id=snapshot.snapshot_id).to_arrow().to_pylist()
    return rows


def scan_polars(table: Table, tag: str) -> pl.DataFrame:
    snapshot = table.snapshot_by_name(tag)
    assert snapshot is not None
    return pl.scan_iceberg(table, snapshot_id=snapshot.snapshot_id, reader_override="native").collect()


def test_a_tag_has_the_rows_of_its_release_in_pyiceberg_and_polars(exported: tuple[Path, IcebergCounts]) -> None:
    folder, counts = exported
    store = open_store(folder / "data")
    assert (counts.registered, counts.current) == ((FIRST, SECOND), SECOND)
    for name in NAMES:
        table = load(folder, name)
        for run_id in (FIRST, SECOND):
            theirs, ours = rows_at(table, run_id), read_arrow(store, run_id, name).to_pylist()
            assert len(theirs) == len(ours)
            assert theirs == [{field: row[field] for field in theirs[0]} for row in ours]
            assert scan_polars(table, run_id).to_dicts() == theirs
    offers = load(folder, "offers")
    assert scan_polars(offers, FIRST)["input_usd_per_mtok"].to_list() == [0.25]
    assert "max_output_tokens" not in scan_polars(offers, FIRST).columns
    assert "max_output_tokens" in scan_polars(offers, SECOND).columns
    assert offers.schema().find_field("input_usd_per_mtok").doc


def test_no_data_is_copied(exported: tuple[Path, IcebergCounts]) -> None:
    folder, _ = exported
    assert not list((folder / "iceberg").rglob("*.parquet"))
    assert [task.file.file_path for task in load(folder, "offers").scan().plan_files()] == [
        f"file://{path}" for path in sorted((folder / "data/releases" / SECOND / "offers").glob("*.parquet"))
    ]


def test_corrected_rolled_back_and_pruned_releases_are_followed(exported: tuple[Path, IcebergCounts]) -> None:
    folder, _ = exported
    data = str(folder / "data")
    assert write_iceberg(data, folder / "iceberg").registered == ()
    shutil.rmtree(folder / "data/releases" / FIRST)
    stage(folder / "data", FIRST, 0.5)
    publish(open_store(data), SECOND)
    assert write_iceberg(data, folder / "iceberg").registered == (FIRST,)
    offers = load(folder, "offers")
    assert [row["input_usd_per_mtok"] for row in rows_at(offers, FIRST)] == [0.5]
    assert [row["input_usd_per_mtok"] for row in rows_at(offers, "main")] == [0.125]
    rollback(open_store(data), FIRST)
    shutil.rmtree(folder / "data/releases" / SECOND)
    counts = write_iceberg(data, folder / "iceberg")
    assert (counts.registered, counts.removed, counts.current) == ((), (SECOND,), FIRST)
    assert [row["input_usd_per_mtok"] for row in rows_at(load(folder, "offers"), "main")] == [0.5]
