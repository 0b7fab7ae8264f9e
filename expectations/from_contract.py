"""Checks computed from a table's contract; nothing here is stated twice."""

from collections.abc import Iterator, Mapping

from llmpairs.expectations.rules import (
    Check,
    Rule,
    at_least,
    at_most,
    between,
    critical,
    never_null,
    one_of,
    unique_key,
)
from llmpairs.warehouse.contract import Column, Table


def from_contract(table: Table, check_ids: Mapping[str, str] | None = None) -> tuple[Rule, ...]:
    """What the contract promises of every row: key, nulls, words and ranges; all of it critical.

    `check_ids` has the ids of the checks that cover a line of `quality_checks.toml`, by their words.
    """
    ids = check_ids or {}
    return tuple(critical(check, check_id=ids.get(check.says)) for check in _checks(table))


def _checks(table: Table) -> Iterator[Check]:
    yield unique_key(*table.key)
    for column in table.columns:
        if not column.nullable:
            yield never_null(column.name)
        if column.values is not None:
            yield one_of(column.name, column.values)
        yield from _range(column)


def _range(column: Column) -> Iterator[Check]:
    if column.minimum is not None and column.maximum is not None:
        yield between(column.name, column.minimum, column.maximum)
    elif column.minimum is not None:
        yield at_least(column.name, column.minimum)
    elif column.maximum is not None:
        yield at_most(column.name, column.maximum)
