"""pandas columns to Arrow columns and back, one at a time; values that do not fit are rejected with their rows."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.errors import ContractError
from llmpairs.warehouse.schema import MOST_KEYS, schema_of

NULLABLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


class _UnfitError(Exception):
    """Values that the column's type cannot hold."""


class MisfitError(Exception):
    """Values of a column that its contract does not allow: positions of the rows, and what is wrong with them."""

    def __init__(self, rows: Sequence[int], problem: str) -> None:
        super().__init__(problem)
        self.rows = rows
        self.problem = problem


def column_to_arrow(frame: pd.DataFrame, column: Column, contract: Table) -> pa.Array:
    """One column of a frame in its contract's type; ContractError names the rows that do not fit."""
    try:
        return convert_column(frame[column.name], column, contract)
    except MisfitError as misfit:
        raise _reject(frame, contract, column, misfit.rows, misfit.problem) from misfit


def convert_column(series: pd.Series, column: Column, contract: Table) -> pa.Array:
    """The values in the contract's type; MisfitError names the rows of values that do not fit."""
    type_ = schema_of(contract).field(column.name).type
    try:
        values = _fit(series, type_)
    except _UnfitError as unfit:
        raise MisfitError(_bad_rows(series, type_), f"do not fit: {unfit}") from unfit
    if not column.nullable and values.null_count:
        raise MisfitError(pc.indices_nonzero(values.is_null()).to_pylist(), "are null, and the column may not be")
    if column.values is not None:
        return _encode(values, column)
    return values.dictionary_encode() if pa.types.is_dictionary(type_) else values


def check_range(values: pa.Array, column: Column) -> None:
    """MisfitError for converted values outside the contract's range, which the conversion itself lets pass."""
    if column.minimum is None and column.maximum is None:
        return
    outside = pa.nulls(len(values), pa.bool_()).fill_null(False)
    for bound, is_beyond in ((column.minimum, pc.less), (column.maximum, pc.greater)):
        if bound is not None:
            outside = pc.or_(outside, is_beyond(values, bound).fill_null(False))
    rows = pc.indices_nonzero(outside).to_pylist()
    if rows:
        limits = [f"at least {column.minimum:g}"] if column.minimum is not None else []
        limits += [f"at most {column.maximum:g}"] if column.maximum is not None else []
        raise MisfitError(rows, f"are not {' and '.join(limits)}")


def _reject(frame: pd.DataFrame, contract: Table, column: Column, rows: Sequence[int], what: str) -> ContractError:
    names = [name for name in contract.key if name in frame.columns]
    keys = []
    for row in rows[:MOST_KEYS]:
        values = {name: frame[name].iloc[row] for name in names}
        texts = (f"{name}={f'null in row {row}' if _is_null(key) else key}" for name, key in values.items())
        keys.append(", ".join(texts))
    shown = f" ({'; '.join(keys)}{'; ...' if len(rows) > MOST_KEYS else ''})" if names else ""
    return ContractError(f"table {contract.name}, column {column.name}: {len(rows)} rows {what}{shown}")


def _encode(values: pa.Array, column: Column) -> pa.DictionaryArray:
    allowed = pa.array(column.values, pa.string())
    codes = pc.index_in(values, allowed)
    unknown = pc.and_(codes.is_null(), values.is_valid())
    rows = pc.indices_nonzero(unknown).to_pylist()
    if rows:
        found = sorted(pc.unique(values.filter(unknown)).to_pylist())
        listed = ", ".join(repr(value) for value in found[:MOST_KEYS])
        raise MisfitError(rows, f"are not in the list of values: {listed}")
    return pa.DictionaryArray.from_arrays(codes.cast(column.type.index_type), allowed)


def _bad_rows(series: pd.Series, type_: pa.DataType) -> list[int]:
    """Positions of the values that do not fit, found by bisection."""
    bad, spans = [], [(0, len(series))]
    while spans:
        start, end = spans.pop()
        try:
            _fit(series.iloc[start:end], type_)
        except _UnfitError:
            if end - start == 1:
                bad.append(start)
            else:
                middle = (start + end) // 2
                spans += [(middle, end), (start, middle)]
    return bad


def _fit(series: pd.Series, type_: pa.DataType) -> pa.Array:
    """The values in exactly that type (enumerations as plain strings); _UnfitError where the conversion loses data."""
    target = type_.value_type if pa.types.is_dictionary(type_) else type_
    if series.isna().all():
        return pa.nulls(len(series), target)
    try:
        natural = _natural(series, target)
        fits, expected = _find_rule(target)
        if not fits(natural.type):
            raise _UnfitError(f"{natural.type} is not {expected}")
        return _cast(natural, target)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, OverflowError) as error:
        raise _UnfitError(str(error).splitlines()[0][:200]) from error


def _natural(series: pd.Series, target: pa.DataType) -> pa.Array:
    """The values in the type that Arrow infers."""
    if pa.types.is_list(target):
        kinds = {type(value).__name__ for value in series if not _is_null(value)}
        if not kinds <= {"list", "tuple", "ndarray"}:
            raise _UnfitError(f"{', '.join(sorted(kinds))} where a list is expected")
    values = pa.array(series, from_pandas=True)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(values.type):
        return values.cast(values.type.value_type)
    if pa.types.is_decimal(values.type) and pa.types.is_floating(target):
        # float() of a Decimal is the nearest double; Arrow's own cast may be one unit off.
        return pa.array([None if value is None else float(value) for value in values.to_pylist()], pa.float64())
    return values


def _is_null(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _cast(natural: pa.Array, target: pa.DataType) -> pa.Array:
    if pa.types.is_list(target):
        return _cast_list(natural, target)
    cast = natural.cast(target)
    if pa.types.is_floating(target) and pc.any(pc.is_inf(cast)).as_py():
        raise _UnfitError("infinite")
    if pa.types.is_date(target) and not cast.cast(natural.type).equals(natural):
        raise _UnfitError("a time of day would be lost")
    return cast


def _cast_list(natural: pa.Array, target: pa.DataType) -> pa.Array:
    member, found = target.value_type, natural.type.value_type
    if pa.types.is_null(found):
        return natural.cast(target)
    if not pa.types.is_struct(member):
        if _is_text(found) != _is_text(member):
            raise _UnfitError(f"list of {found}, expected a list of {member}")
        return natural.cast(target)
    names = {field.name for field in found}
    unknown = sorted(names - {field.name for field in member})
    if unknown:
        raise _UnfitError(f"unknown field {', '.join(unknown)}")
    built = pa.array(natural.to_pylist(), target)
    for field in member:
        if not field.nullable and pc.struct_field(built.flatten(), field.name).null_count:
            raise _UnfitError(f"field {field.name} is null or missing")
    return built


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _is_date(type_: pa.DataType) -> bool:
    return bool(pa.types.is_date(type_) or (pa.types.is_timestamp(type_) and type_.tz is None))


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


_Test = Callable[[pa.DataType], bool]
_RULES: tuple[tuple[_Test, _Test, str], ...] = (
    (_is_text, _is_text, "text"),
    (pa.types.is_boolean, pa.types.is_boolean, "true or false"),
    (pa.types.is_integer, _is_number, "a whole number"),
    (pa.types.is_floating, _is_number, "a number"),
    (pa.types.is_timestamp, lambda t: pa.types.is_timestamp(t) and t.tz is not None, "a time with its zone"),
    (pa.types.is_date, _is_date, "a date"),
    (pa.types.is_list, lambda t: pa.types.is_list(t) or pa.types.is_large_list(t), "a list"),
)
"""Test of a contract's type, of the types that Arrow may infer for its values, and a description of those."""


def _find_rule(target: pa.DataType) -> tuple[_Test, str]:
    for is_kind, fits, expected in _RULES:
        if is_kind(target):
            return fits, expected
    raise TypeError(f"contracts have no columns of type {target}")


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a pandas frame of the types that `convert.py` lists."""
    return pd.DataFrame({field.name: _to_pandas(table[field.name], field) for field in table.schema})


def _to_pandas(values: pa.ChunkedArray, field: pa.Field) -> pd.Series:
    type_ = field.type
    if pa.types.is_dictionary(type_):
        values, type_ = values.cast(type_.value_type), type_.value_type
    if pa.types.is_list(type_):
        return pd.Series(values.to_pylist(), dtype=object)
    if pa.types.is_date(type_):
        return values.cast(pa.timestamp("us")).to_pandas()
    if field.nullable and type_ in NULLABLE:
        return values.to_pandas(types_mapper=NULLABLE.get)
    return values.to_pandas()
