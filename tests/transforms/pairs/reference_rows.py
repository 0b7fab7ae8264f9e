"""Check rows of pairs against the reference implementation."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pytest

from llmpairs.warehouse.contracts.pairs import OUTCOME_COLUMNS, PAIRS
from llmpairs.warehouse.vocabulary import SCENARIOS
from tests.transforms.pairs.reference import compare, read_sides

SINGLE = 1e-6
"""Relative; single precision holds seven digits."""
OF_WORKLOADS = {f"{name}_{scenario}" for scenario in SCENARIOS for name in ("verdict", "lead", "cost_ratio")}
NULL_COLUMNS = {f"{name}_seed_chat" for name in ("reason", "margin", "coverage", "robust")}


def decode_bit_sets(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of pairs with bit sets as sets of names."""
    sets = {column.name: column.bits for column in PAIRS.columns if column.bits}
    return [
        dict(row)
        | {
            name: {member for bit, member in enumerate(members) if row[name] >> bit & 1}
            for name, members in sets.items()
        }
        for row in rows
    ]


def check_rows(rows: Iterable[Mapping[str, Any]], tables: Mapping[str, pd.DataFrame], open_issues: pd.Series) -> None:
    """Assert that every column but ids, digest and outcomes equals the reference; bit sets come as sets of names.

    Outcomes have an oracle of their own in test_outcomes.py.
    """
    sides = read_sides(tables, open_issues)
    others = {"model_a_id", "model_b_id", "content_hash", "overall_verdict", *OUTCOME_COLUMNS, *OF_WORKLOADS}
    for row in rows:
        a, b = row["model_a_id"], row["model_b_id"]
        expected = compare(sides[a], sides[b], row) | dict.fromkeys(NULL_COLUMNS)
        assert expected.keys() == row.keys() - others
        found = {name: row[name] for name in expected}
        assert found == {name: near(value) for name, value in expected.items()}, (a, b)


def near(value: Any) -> Any:
    """A figure within the precision of its type; anything else unchanged."""
    return pytest.approx(value, rel=SINGLE, abs=SINGLE) if isinstance(value, float) else value
