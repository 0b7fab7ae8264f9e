"""Rules derived from a table's contract, so that no suite repeats them."""

from collections.abc import Iterator, Mapping

import pandas as pd

from llmpairs.expectations.rules import (
    Check,
    Rule,
    at_least,
    at_most,
    between,
    critical,
    is_in,
    never_null,
    one_of,
    unique_key,
)
from llmpairs.warehouse.claim_values import claim_columns, find_unclaimed
from llmpairs.warehouse.contract import Table

CLAIM = ("subject_kind", "subject_id", "field", "value", "is_chosen")


def from_contract(table: Table, check_ids: Mapping[str, str] | None = None) -> tuple[Rule, ...]:
    """Key, nulls, enum values and ranges of the contract as critical rules.

    `check_ids` has the ids of the checks that cover an entry of `quality_checks.toml`, by their titles.
    """
    ids = check_ids or {}
    return tuple(critical(check, check_id=ids.get(check.title)) for check in _checks(table))


def _checks(table: Table) -> Iterator[Check]:
    yield unique_key(*table.key)
    for column in table.columns:
        if not column.nullable:
            yield never_null(column.name)
        if column.values is not None:
            yield one_of(column.name, column.values)
        if column.minimum is not None and column.maximum is not None:
            yield between(column.name, column.minimum, column.maximum)
        elif column.minimum is not None:
            yield at_least(column.name, column.minimum)
        elif column.maximum is not None:
            yield at_most(column.name, column.maximum)


def stated_values_are_claims(table: Table) -> Rule:
    """Every stated value of a row of `models` or `offers` is a published claim on it."""
    [key] = table.key

    def is_claimed(rows: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
        return ~is_in(rows[key], find_unclaimed(rows, facts, table)["subject_id"])

    stated = tuple(column.name for column in claim_columns(table))
    return critical(
        "every stated value is a published claim",
        is_claimed,
        why="a value without a claim has no archived response: `llmpairs explain` could not show its source",
        check_id="Q58",
        rows=(key, *stated),
        facts=CLAIM,
    )
