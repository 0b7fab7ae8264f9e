"""Check rows of pairs against the reference implementation."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.contracts.pairs import OUTCOME_COLUMNS, PAIRS
from tests.transforms.pairs.reference import compare, read_sides
from tests.transforms.pairs.reference_decisions import decide_pair, read_candidates, read_tables

SINGLE = 1e-6
"""Relative; single precision holds seven digits."""
HALF_OF_A_THOUSANDTH = 0.0005 + SINGLE
"""Margins have three decimals."""


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
    read = read_tables(tables)
    scenarios = load_scenarios()
    candidates = {scenario.scenario_id: read_candidates(read, scenario) for scenario in scenarios}
    for row in rows:
        a, b = row["model_a_id"], row["model_b_id"]
        expected = compare(sides[a], sides[b], decide_pair(scenarios, candidates, a, b))
        assert expected.keys() == row.keys() - {"model_a_id", "model_b_id", "content_hash", *OUTCOME_COLUMNS}
        found = {name: row[name] for name in expected}
        assert found == {name: near(name, value) for name, value in expected.items()}, (a, b)


def near(name: str, value: Any) -> Any:
    """A figure within the precision of its type; anything else unchanged."""
    if name.startswith("margin_") and value is not None:
        return pytest.approx(value, abs=HALF_OF_A_THOUSANDTH)
    return pytest.approx(value, rel=SINGLE, abs=SINGLE) if isinstance(value, float) else value
