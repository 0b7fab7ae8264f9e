"""Rows of pages have the columns and nulls of the tables that they are read from."""

from typing import Any, get_args, get_type_hints

import pytest

from llmpairs.pages import rows
from llmpairs.warehouse.contracts import TABLES

ROWS: list[tuple[Any, str, set[str]]] = [
    (rows.ModelRow, "models", set()),
    (rows.OfferRow, "offers", {"model_id"}),
    (rows.CapabilityRow, "model_capabilities", set()),
    (rows.ModelCostRow, "model_scenario_costs", set()),
    (rows.OfferCostRow, "offer_scenario_costs", {"model_id"}),
    (rows.ScoreRow, "benchmark_scores", {"value"}),
    (rows.Gap, "coverage_gaps", set()),
    (rows.Disagreement, "disagreements", set()),
    (rows.HoldColumns, "holds", set()),
    (rows.ProviderRow, "providers", set()),
    (rows.SourceRow, "sources", set()),
    (rows.CaptureRow, "captures", set()),
    (rows.PairRow, "pairs", set()),
]
"""Row type, table, and columns whose nulls a query removes or content adds."""


@pytest.mark.parametrize(("kind", "table", "exempt"), ROWS, ids=[table for _, table, _ in ROWS])
def test_a_row_has_columns_and_nulls_of_its_table(kind: Any, table: str, exempt: set[str]) -> None:
    columns = {column.name: column for column in TABLES[table].columns}
    hints = get_type_hints(kind)
    assert hints.keys() <= columns.keys()
    nullable = {name for name, hint in hints.items() if type(None) in get_args(hint)}
    assert nullable - exempt == {name for name in hints if columns[name].nullable} - exempt
