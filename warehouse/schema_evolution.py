"""What was written under an earlier contract, read by today's: what it lacks is null, or a table without rows.

So a column that is new never stops a night from building on its parent, nor a reader from opening an old release.
What an old table has beyond the contract stays in it, behind the contract's columns.
"""

from collections.abc import Iterable

import pyarrow as pa

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.schema import contract_of, schema_of


def missing_columns(there: Iterable[str], table: Table | str) -> list[str]:
    """Columns of the contract that are not among these names, in the contract's order."""
    names = set(there)
    return [name for name in contract_of(table).column_names if name not in names]


def add_missing(rows: pa.Table, table: Table | str, columns: Iterable[str] | None = None) -> pa.Table:
    """The rows with the contract's columns that they lack, or those of them in `columns`, as nulls."""
    schema = schema_of(contract_of(table))
    wanted = set(schema.names if columns is None else columns)
    lacking = [name for name in missing_columns(rows.column_names, table) if name in wanted]
    for name in lacking:
        # Nulls also where the contract allows none: the old rows do not say.
        field = schema.field(name).with_nullable(True)
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    if columns is not None or not lacking:
        return rows
    beyond = [name for name in rows.column_names if name not in schema.names]
    return rows.select([*schema.names, *beyond])
