"""Releases written under an earlier version of the contracts open, compare and verify."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import llmpairs
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.diff import compare_releases
from llmpairs.warehouse.manifest import Manifest
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import publish, stage_table, verify_release, verify_staged, write_manifest
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import GPT, RUN, publish_sample, release_frames

LATER = "20260609T235900Z"
VERSION_1 = Path(__file__).parents[2] / "docs" / "contracts" / "1.json"
"""Columns that releases of version 1 have, as they were published."""


def tables_of_version_1() -> list[Table]:
    """The contracts as far as version 1 had their tables and columns."""
    listed = json.loads(VERSION_1.read_text(encoding="utf-8"))
    return [
        replace(table, columns=tuple(column for column in table.columns if column.name in listed[table.name]))
        for table in RELEASE_TABLES
        if table.name in listed
    ]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder."""
    return tmp_path_factory.mktemp("earlier") / "data"


@pytest.fixture(scope="module")
def published(warehouse: Path) -> Store:
    """A release of version 1, and one of today on top of it, whose model costs more."""
    store = open_store(warehouse)
    tables, frames = tables_of_version_1(), release_frames()
    for table in tables:
        stage_table(store, RUN, table, to_arrow(frames[table.name][table.column_names], table))
    manifest = Manifest(
        run_id=RUN, as_of=datetime(2026, 6, 8, 23, 59, tzinfo=UTC), parent_run_id=None, rules_version="3",
        code_version="0.1.0", decisions_digest="0" * 64, landings={}, tables=verify_staged(store, RUN, tables),
        contracts_version="1",
    )  # fmt: skip
    write_manifest(store, RUN, manifest)
    publish(store, RUN)
    publish_sample(store, LATER, RUN, cost=99.0)
    return store


def test_it_opens_with_its_rows_and_empty_new_tables(published: Store, warehouse: Path) -> None:
    con = connect(warehouse, RUN)
    assert con.execute("SELECT count(*) FROM models").fetchall() == [(3,)]
    assert con.execute("SELECT count(*) FROM models_wide WHERE model_id = $1", [GPT]).fetchall() == [(1,)]
    assert con.execute("SELECT count(*), count(zero_retention) FROM offers").fetchall() == [(2, 0)]
    assert con.execute("SELECT count(*) FROM tokenizer_rates").fetchall() == [(0,)]
    assert con.execute("SELECT count(*) FROM usd_per_mchar").fetchall() == [(0,)]
    assert con.execute("SELECT count(*) FROM pairs_of($1)", [GPT]).fetchall() == [(2,)]


def test_it_opens_in_python(published: Store, warehouse: Path) -> None:
    release = llmpairs.open(warehouse, release=RUN)
    assert release.run_id == RUN


def test_it_verifies_and_a_damaged_file_of_it_is_found(published: Store) -> None:
    assert verify_release(published, RUN) == []
    name = next(name for name in published.list_files(f"releases/{RUN}/offers") if name.endswith(".parquet"))
    whole = published.read_bytes(name)
    published.write_bytes(name, whole[:-1] + b"x")
    try:
        assert any("offers" in problem for problem in verify_release(published, RUN))
    finally:
        published.write_bytes(name, whole)


def test_it_is_compared_with_a_release_of_today(published: Store) -> None:
    """Only the cost differs: a column that version 1 did not have is null on both sides of the sample."""
    diffs = {diff.table: diff for diff in compare_releases(published, RUN, LATER, [], 5)}
    assert diffs["model_scenario_costs"].columns == {"cheapest_usd": 1}
    assert not {"models", "pairs"} & diffs.keys()
