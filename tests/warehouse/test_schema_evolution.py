"""A release and a log of yesterday's contract, read by tomorrow's."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest

import llmpairs.warehouse.query
import llmpairs.warehouse.releases
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES, TABLES
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import publish, read_arrow, read_manifest, read_table, rollback, verify_release
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import AS_OF, GPT, RUN, frame, publish_sample

LATER = "20260609T235900Z"
WATTS = Column(name="watts", type=pa.int64(), about="Power while serving.", unit="watts", minimum=0)
COUNTRIES = Table(
    name="countries",
    grain="a country",
    key=("country",),
    columns=(
        Column(name="country", type=pa.string(), about="Its code."),
        Column(name="law", type=pa.string(), about="Its law.", null_means="none"),
    ),
)


def widen(name: str) -> Table:
    """The table with a column that may not be null put before its last one."""
    table = contract_of(name)
    return replace(table, columns=(*table.columns[:-1], WATTS, table.columns[-1]))


@pytest.fixture
def tomorrow() -> dict[str, Table]:
    """Contracts with a column more in `models` and in `runs`, and with a table more."""
    return {name: widen(name) for name in ("models", "runs")} | {"countries": COUNTRIES}


def move_on(wider: dict[str, Table], patch: pytest.MonkeyPatch) -> None:
    """Contracts become tomorrow's; what is written before this is of an earlier one."""
    for name, table in wider.items():
        patch.setitem(TABLES, name, table)
    tables = (*(wider.get(table.name, table) for table in RELEASE_TABLES), COUNTRIES)
    patch.setattr(llmpairs.warehouse.query, "RELEASE_TABLES", tables)
    patch.setattr(llmpairs.warehouse.releases, "RELEASE_NAMES", frozenset(table.name for table in tables))
    patch.setattr(llmpairs.warehouse.query, "LOG_TABLES", (wider["runs"], *LOG_TABLES[1:]))


def run_row(run_id: str, **more: object) -> dict[str, object]:
    return {"run_id": run_id, "started_at": AS_OF, "state": "published", "mode": "live", **more}


def test_a_new_column_is_null_and_a_new_table_empty_in_an_old_release(
    store: Store, uri: str, tomorrow: dict[str, Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_sample(store)
    append_log(store, "runs", RUN, frame("runs", run_row(RUN)))
    before = read_table(store, RUN, "models")
    move_on(tomorrow, monkeypatch)

    models = read_table(store, RUN, "models")
    assert models.columns.tolist() == tomorrow["models"].column_names
    assert models["watts"].isna().all()
    assert str(models["watts"].dtype) == "Int64"
    assert models.drop(columns="watts").equals(before)
    assert read_arrow(store, RUN, "models", ["watts", "model_id"]).column_names == ["watts", "model_id"]
    assert read_table(store, RUN, "countries").columns.tolist() == ["country", "law"]
    assert read_table(store, RUN, "countries", ["law"]).columns.tolist() == ["law"]

    con = connect(uri)
    assert con.execute("SELECT count(*), count(watts) FROM models").fetchall() == [(3, 0)]
    assert con.execute("SELECT watts FROM models_wide WHERE model_id = ?", [GPT]).fetchall() == [(None,)]
    assert con.execute("FROM countries").fetchall() == []
    assert con.execute("SELECT run_id, watts FROM runs").fetchall() == [(RUN, None)]


def test_a_log_over_two_contracts_is_one_table(
    store: Store, uri: str, tomorrow: dict[str, Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_sample(store)
    append_log(store, "runs", RUN, frame("runs", run_row(RUN)))
    move_on(tomorrow, monkeypatch)
    append_log(store, "runs", LATER, frame("runs", run_row(LATER, watts=7)))
    assert read_log(store, "runs")["watts"].tolist()[1] == 7
    rows = connect(uri).execute("SELECT run_id, watts, state FROM runs ORDER BY run_id").fetchall()
    assert rows == [(RUN, None, "published"), (LATER, 7, "published")]


def test_a_column_removed_from_the_contract_is_still_read(
    store: Store, uri: str, tomorrow: dict[str, Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_sample(store)
    slim = replace(contract_of("models"), columns=tuple(c for c in contract_of("models").columns if c.name != "slug"))
    monkeypatch.setitem(TABLES, "models", slim)
    assert read_table(store, RUN, "models", ["slug"])["slug"].tolist()[0] == "gpt-oss-120b"
    assert "slug" in read_table(store, RUN, "models").columns
    assert connect(uri).execute("SELECT slug FROM models WHERE model_id = ?", [GPT]).fetchall() == [("gpt-oss-120b",)]


def rewrite_manifest(store: Store, run_id: str, **changes: object) -> None:
    name = f"releases/{run_id}/manifest.json"
    record = json.loads(store.read_bytes(name))
    store.write_bytes(name, json.dumps({**record, **changes}).encode())


def test_a_release_of_a_newer_llmpairs_is_an_error_of_its_own(store: Store, uri: str) -> None:
    publish_sample(store)
    publish_sample(store, LATER, RUN)
    rewrite_manifest(store, LATER, contracts_version="3", signed_by="somebody")
    for look in (
        lambda: connect(uri),
        lambda: read_manifest(store, LATER),
        lambda: verify_release(store, LATER),
        lambda: rollback(store),
    ):
        with pytest.raises(ReleaseError, match=r"newer llmpairs \(contracts version 3, .* up to 2\): upgrade llmpairs"):
            look()
    publish(store, RUN)
    assert connect(uri).execute("SELECT count(*) FROM models").fetchall() == [(3,)]


def test_unknown_fields_of_a_manifest_are_ignored(store: Store) -> None:
    publish_sample(store)
    rewrite_manifest(store, RUN, signed_by="somebody")
    assert read_manifest(store, RUN).run_id == RUN
