"""pandas and Polars read every table with the types that the data dictionary states."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES, TABLES
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.parquet import write_whole
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.staging import stage_table
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import frame

RUN = "20260608T235900Z"
SEEN = datetime(2026, 6, 8, 20, 24, 18, 123_456, tzinfo=UTC)
POLARS: dict[pa.DataType, Any] = {
    pa.string(): pl.String(),
    pa.bool_(): pl.Boolean(),
    pa.int8(): pl.Int8(),
    pa.int16(): pl.Int16(),
    pa.int32(): pl.Int32(),
    pa.int64(): pl.Int64(),
    pa.float32(): pl.Float32(),
    pa.float64(): pl.Float64(),
    pa.date32(): pl.Date(),
    pa.timestamp("us", tz="UTC"): pl.Datetime("us", "UTC"),
}


def value_of(type_: pa.DataType, column: Column) -> Any:
    """Some value of a type."""
    if pa.types.is_list(type_):
        return [value_of(type_.value_type, column)]
    if pa.types.is_struct(type_):
        return {member.name: value_of(member.type, column) for member in type_}
    if pa.types.is_dictionary(type_) or pa.types.is_string(type_):
        return column.values[-1] if column.values else "word"
    if pa.types.is_timestamp(type_):
        return SEEN
    if pa.types.is_date(type_):
        return date(2026, 6, 8)
    return True if pa.types.is_boolean(type_) else 1 if pa.types.is_integer(type_) else 0.5


def polars_type(type_: pa.DataType) -> Any:
    """What Polars calls a type."""
    if pa.types.is_list(type_):
        return pl.List(polars_type(type_.value_type))
    if pa.types.is_struct(type_):
        return pl.Struct({member.name: polars_type(member.type) for member in type_})
    return pl.Categorical() if pa.types.is_dictionary(type_) else POLARS[type_]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table of a release and of the log with a full row, and one that is null wherever it may be."""
    folder = tmp_path_factory.mktemp("readers")
    store = open_store(folder)
    for table in (*RELEASE_TABLES, *LOG_TABLES):
        full = {column.name: value_of(column.type, column) for column in table.columns}
        rows = frame(table.name, *sorted_by_key(table, full))
        if table in RELEASE_TABLES:
            stage_table(store, RUN, table, rows)
        else:
            write_whole(store, f"log/{table.name}/part.parquet", table, to_arrow(rows, table))
    return folder


def sorted_by_key(table: Table, full: dict[str, Any]) -> list[dict[str, Any]]:
    """The full row, and one with other keys and nothing else."""
    other = {name: full[name] for name in table.key}
    for name in table.key:
        column = TABLES[table.name][name]
        other[name] = (
            column.values[0] if column.values else f"{full[name]}2" if isinstance(full[name], str) else full[name]
        )
    return [full, other]


@pytest.mark.parametrize("table", [*RELEASE_TABLES, *LOG_TABLES], ids=lambda table: table.name)
def test_pandas_and_polars_read_the_documented_types(tables: Path, table: Table) -> None:
    folder = tables / ("log" if table in LOG_TABLES else f"releases/{RUN}") / table.name
    read, exact = pd.read_parquet(folder), pd.read_parquet(folder, dtype_backend="pyarrow")
    other = pl.read_parquet(folder / "*.parquet")
    assert list(read.columns) == other.columns == table.column_names
    assert len(read) == len(other) == 2
    for column, field in zip(table.columns, schema_of(table), strict=True):
        assert exact[column.name].dtype == pd.ArrowDtype(field.type), column.name
        assert other.schema[column.name] == polars_type(column.type), column.name
        assert read[column.name].isna().sum() == other[column.name].null_count() == int(column.nullable), column.name
        full = next(value for value in other[column.name].to_list() if value is not None)
        if pa.types.is_dictionary(column.type):
            assert isinstance(read[column.name].dtype, pd.CategoricalDtype), column.name
            assert column.values is None or set(read[column.name].dropna()) <= set(column.values)
        if column.nullable:
            assert full == value_of(column.type, column), column.name


def test_every_kind_of_type_is_covered() -> None:
    types = [column.type for table in (*RELEASE_TABLES, *LOG_TABLES) for column in table.columns]
    assert {type_ for type_ in types if type_ in POLARS} == set(POLARS)
    assert any(pa.types.is_list(each) and pa.types.is_struct(each.value_type) for each in types)
    assert sum(map(pa.types.is_dictionary, types)) > 20
