"""Contracts as Arrow schemas, with descriptions, units and null meanings as metadata."""

from collections.abc import Collection
from functools import cache

import pyarrow as pa

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.errors import ContractError
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

MOST_KEYS = 5
ENCODED = pa.dictionary(pa.int32(), pa.string())
"""Type of ids while they are written."""


def contract_of(table: Table | str) -> Table:
    """The contract itself, or the one of that name; ContractError for an unknown name."""
    if isinstance(table, Table):
        return table
    if table not in TABLES:
        raise ContractError(f"no table {table!r}; tables: {', '.join(sorted(TABLES))}")
    return TABLES[table]


@cache
def schema_of(table: Table) -> pa.Schema:
    """The Arrow schema of a contract, with its texts as metadata of the schema and of each field."""
    metadata = {
        "table": table.name,
        "grain": table.grain,
        "key": ",".join(table.key),
        "contracts_version": CONTRACTS_VERSION,
    }
    return pa.schema([_field(column) for column in table.columns], metadata=metadata)


def encoded_schema(table: Table, encoded: Collection[str]) -> pa.Schema:
    """The schema with the text columns named in `encoded` as dictionaries; without metadata of the table."""
    return pa.schema([field.with_type(ENCODED) if field.name in encoded else field for field in schema_of(table)])


def _field(column: Column) -> pa.Field:
    texts = {
        "description": column.about,
        "unit": column.unit,
        "null_means": column.null_means,
        "values": ",".join(column.values) if column.values else None,
        "bits": ",".join(column.bits) if column.bits else None,
        "rests_on": ",".join(column.rests_on) if column.rests_on else None,
    }
    metadata = {name: text for name, text in texts.items() if text is not None}
    return pa.field(column.name, _parquet_type(column.type), nullable=column.nullable, metadata=metadata)


def _parquet_type(type_: pa.DataType) -> pa.DataType:
    """The type with list members called `element`, as Parquet calls them: files then read back equal."""
    if pa.types.is_list(type_):
        member = type_.value_field
        return pa.list_(pa.field("element", _parquet_type(member.type), nullable=member.nullable))
    return type_
