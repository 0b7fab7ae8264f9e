"""The check that what is published as a source's word is one: a published claim with an archived response."""

import pandas as pd

from llmpairs.expectations.rules import Rule, among, critical, that
from llmpairs.warehouse.claim_values import find_unstated, stated_columns
from llmpairs.warehouse.contract import Table

CLAIM = ("subject_kind", "subject_id", "field", "value", "is_chosen")


def states_only_claims(table: Table) -> Rule:
    """Every stated value of a row of `models` or `offers` is a published claim on it."""
    [key] = table.key

    def is_claimed(**frames: pd.DataFrame) -> pd.Series:
        rows = frames[table.name]
        return ~among(rows[key], find_unstated(rows, frames["facts"], table)["subject_id"])

    stated = tuple(column.name for column in stated_columns(table))
    return critical(
        that(
            "every stated value is a published claim",
            is_claimed,
            **{table.name: (key, *stated), "facts": CLAIM},
        ),
        why="a value without a claim leads back to no archived response: `llmpairs explain` could not show it",
        check_id="Q58",
    )
