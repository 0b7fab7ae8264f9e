"""Schema evolution: tables of an earlier contract read by the present one. Missing columns are null.

So a new column never prevents a run from building on its parent, nor a reader from opening an old release. Columns
that the contract no longer has are kept, after the contract's columns.
"""

from collections.abc import Iterable

import pyarrow as pa

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.schema import contract_of, schema_of


def missing_columns(present: Iterable[str], table: Table | str) -> list[str]:
    """Columns of the contract that are not among the `present` names, in the contract's order."""
    names = set(present)
    return [name for name in contract_of(table).column_names if name not in names]


def add_missing(rows: pa.Table, table: Table | str, columns: Iterable[str] | None = None) -> pa.Table:
    """The rows with the contract's columns that they lack, or those of them in `columns`, as nulls."""
    schema = schema_of(contract_of(table))
    wanted = set(schema.names if columns is None else columns)
    missing = [name for name in missing_columns(rows.column_names, table) if name in wanted]
    for name in missing:
        # Nulls even where the contract allows none: the old rows have no value.
        field = schema.field(name).with_nullable(True)
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    if columns is not None or not missing:
        return rows
    removed = [name for name in rows.column_names if name not in schema.names]
    return rows.select([*schema.names, *removed])
