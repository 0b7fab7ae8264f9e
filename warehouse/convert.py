"""pandas to Arrow and back: frames become tables of exactly the contract's schema, or are rejected.

In pandas a contract's columns are: text and enumerations `str`, whole numbers `Int64` (or narrower) where
nulls are allowed and NumPy integers where not, booleans `boolean` or `bool` likewise, floats NumPy floats with
NaN for null, timestamps `datetime64[us, UTC]`, dates `datetime64[us]` at midnight, lists Python lists (of dicts
for structs) or None. `to_arrow` also accepts types that convert without loss: categories, objects, `Decimal`
for a float, a float column of whole numbers for an integer.
"""

from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.errors import ContractError
from llmpairs.warehouse.schema import ENCODED, MOST_KEYS, contract_of, encoded_schema, schema_of


def to_arrow(frame: Any, table: Table | str) -> pa.Table:
    """A pandas frame as the contract's table, sorted bytewise by its key.

    ContractError names table, column, number of rows and the keys of up to five of them.
    """
    contract = contract_of(table)
    _check_names(list(frame.columns), contract)
    return _empty_table(contract) if frame.empty else _convert(frame, contract)


def _convert(frame: Any, contract: Table) -> pa.Table:
    from llmpairs.warehouse.pandas_columns import column_to_arrow  # pandas stays out of the import of this module

    arrays = [column_to_arrow(frame, column, contract) for column in contract.columns]
    return sort_by_key(pa.Table.from_arrays(arrays, schema=schema_of(contract)), contract)


def from_arrow(table: pa.Table) -> Any:
    """An Arrow table as a pandas frame of the types named at the head of this module."""
    from llmpairs.warehouse.pandas_columns import to_frame

    return to_frame(table)


def empty_frame(table: Table | str) -> Any:
    """A pandas frame without rows, of the contract's columns and types."""
    return _empty_frame(contract_of(table)).copy()


@cache
def _empty_frame(contract: Table) -> Any:
    return from_arrow(schema_of(contract).empty_table())


@cache
def _empty_table(contract: Table) -> pa.Table:
    return _convert(_empty_frame(contract), contract)


def conform(table: pa.Table, contract: Table, *, encoded: frozenset[str] = frozenset()) -> pa.Table:
    """An Arrow table in the contract's column order and types; nothing is sorted.

    The text columns named in `encoded` become dictionaries, so that `parquet.py` writes their codes.
    """
    _check_names(table.column_names, contract)
    schema = encoded_schema(contract, encoded)
    columns = [
        _conform_column(table[column.name], column, field, contract)
        for column, field in zip(contract.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _conform_column(values: pa.ChunkedArray, column: Column, field: pa.Field, contract: Table) -> pa.ChunkedArray:
    where = f"table {contract.name}, column {column.name}"
    if values.null_count and not column.nullable:
        raise ContractError(f"{where}: {values.null_count} rows are null, and the column may not be")
    if column.values is not None:
        return _as_enum(values, column, where)
    if values.type == field.type:
        return values
    plain = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    is_text = pa.types.is_string(plain) or pa.types.is_large_string(plain)
    if not is_text or field.type not in (pa.string(), ENCODED):
        raise ContractError(f"{where}: type is {values.type}, the contract has {column.type}")
    if field.type == ENCODED and values.type == plain:
        values = values.dictionary_encode()
    return values.cast(field.type)


def _as_enum(values: pa.ChunkedArray, column: Column, where: str) -> pa.ChunkedArray:
    """An enumeration with the contract's dictionary, whatever dictionary it came with."""
    allowed = pa.array(column.values, pa.string())
    encoded = [chunk for chunk in values.chunks if pa.types.is_dictionary(chunk.type)]
    if values.type == column.type and all(chunk.dictionary.equals(allowed) for chunk in encoded):
        return values
    plain = values.cast(pa.string())
    codes = pc.index_in(plain, allowed).cast(column.type.index_type)
    unknown = pc.and_(codes.is_null(), plain.is_valid())
    if pc.any(unknown).as_py():
        found = sorted(pc.unique(plain.filter(unknown)).to_pylist())
        raise ContractError(f"{where}: not in the list of values: {', '.join(found[:MOST_KEYS])}")
    chunks = [pa.DictionaryArray.from_arrays(chunk, allowed) for chunk in codes.chunks]
    return pa.chunked_array(chunks, column.type)


def _check_names(names: list[str], contract: Table) -> None:
    missing = [name for name in contract.column_names if name not in names]
    surplus = [str(name) for name in names if name not in contract.column_names]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    problems = [
        f"{label}: {', '.join(found)}"
        for label, found in (("missing", missing), ("not in the contract", surplus), ("twice", twice))
        if found
    ]
    if problems:
        raise ContractError(f"table {contract.name}: columns {'; '.join(problems)}")


def sort_by_key(table: pa.Table, contract: Table) -> pa.Table:
    """The table sorted by its key bytewise; ContractError when two rows have one key."""
    keys = _plain_keys(table, contract)
    if not pc.all(_ascends(keys), min_count=0).as_py():
        order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in contract.key])
        table, keys = table.take(order), keys.take(order)
        _check_unique(keys, contract)
    return table.combine_chunks()


def is_sorted_by_key(table: pa.Table, contract: Table) -> bool:
    """Whether rows ascend strictly by the key, which implies that keys are unique."""
    return bool(pc.all(_ascends(_plain_keys(table, contract)), min_count=0).as_py())


def _plain_keys(table: pa.Table, contract: Table) -> pa.Table:
    """The key columns without dictionaries, which would sort by code."""
    columns = [table[name] for name in contract.key]
    plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in columns]
    return pa.table(plain, names=list(contract.key)).combine_chunks()


def _ascends(keys: pa.Table) -> pa.ChunkedArray:
    """For each row but the first, whether it comes after the one before."""
    before, after = keys.slice(0, max(keys.num_rows - 1, 0)), keys.slice(1)
    later = None
    for name in reversed(keys.column_names):
        greater = pc.greater(after[name], before[name])
        later = greater if later is None else pc.or_(greater, pc.and_(pc.equal(after[name], before[name]), later))
    return later


def _check_unique(keys: pa.Table, contract: Table) -> None:
    again = pc.invert(_ascends(keys))
    if pc.any(again).as_py():
        rows = pc.add(pc.indices_nonzero(again), 1)
        repeated = keys.take(rows.slice(0, MOST_KEYS)).to_pylist()
        keys_text = "; ".join(", ".join(f"{name}={row[name]}" for name in contract.key) for row in repeated)
        raise ContractError(
            f"table {contract.name}: {len(rows)} rows repeat the key of another row: {keys_text}; "
            f"the key is {', '.join(contract.key)}"
        )
