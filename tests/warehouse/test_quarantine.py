"""Rows that break a contract are set aside with their evidence; only a broken key costs the table."""

import json
from typing import Any

import pandas as pd
import pytest

from llmpairs.warehouse.contracts.evidence import HOLDS
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.errors import ContractError
from llmpairs.warehouse.landing import RejectedLine, read_landing
from llmpairs.warehouse.quarantine import quarantine_lines, screen_rows
from tests.warehouse.samples import frame

TWO_HOLDS: list[dict[str, Any]] = [
    {"hold_id": "h1", "source_id": "litellm", "capture_id": "c1"},
    {"hold_id": "h2", "source_id": "models_dev", "capture_id": "c2"},
]


def holds(**second: Any) -> pd.DataFrame:
    """Two holds; the second with these values."""
    return frame("holds", TWO_HOLDS[0], TWO_HOLDS[1] | second)


def test_whole_rows_pass_as_they_are() -> None:
    made = holds().assign(working_column=1)
    screened = screen_rows(made, HOLDS)
    assert screened.frame is made
    assert screened.rows.equals(to_arrow(made.drop(columns="working_column"), HOLDS))
    assert screened.quarantine.empty


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        # A price that lost its tiers left a hold without candidate: two weekly runs of 2025 failed on such rows.
        ("candidate_value", None, "are null, and the column may not be"),
        ("state", "waiting", "are not in the list of values: 'waiting'"),
        ("nights", -1, "are not at least 0"),
        ("nights", "three", "do not fit: "),
        ("since", "yesterday", "do not fit: "),
    ],
)
def test_a_row_that_breaks_its_contract_is_set_aside_with_its_evidence(column: str, value: Any, problem: str) -> None:
    made = holds().astype({column: "object"})
    made.loc[1, column] = value
    screened = screen_rows(made, HOLDS)
    assert screened.rows["hold_id"].to_pylist() == screened.frame["hold_id"].tolist() == ["h1"]
    [row] = screened.quarantine.to_dict("records")
    assert (row["table_name"], row["row_key"], row["field"]) == ("holds", "hold_id=h2", column)
    assert row["problem"].startswith(problem)
    assert (row["set_aside"], row["source_id"], row["capture_id"]) == ("row", "models_dev", "c2")
    assert row["table_rows"] == 2
    assert pd.isna(row["value"]) if value is None else row["value"] == str(value)
    assert json.loads(row["evidence"])["rule"] == made.loc[1, "rule"]
    to_arrow(screened.quarantine.assign(run_id="20260518T235900Z"), "quarantine")


def test_a_row_that_others_refer_to_loses_the_value_alone() -> None:
    made = frame("offers", {"offer_id": "o1", "context_tokens": 4_096}, {"offer_id": "o2", "context_tokens": 0})
    screened = screen_rows(made, OFFERS)
    assert screened.rows["context_tokens"].to_pylist() == [4_096, None]
    assert screened.quarantine[["row_key", "field", "value", "set_aside"]].to_numpy().tolist() == [
        ["offer_id=o2", "context_tokens", "0", "value"]
    ]


def test_a_row_is_set_aside_where_its_value_may_not_be_null() -> None:
    made = frame("offers", {"offer_id": "o1"}, {"offer_id": "o2"}).astype({"eligible": "object"})
    made.loc[1, "eligible"] = None
    screened = screen_rows(made, OFFERS)
    assert screened.rows["offer_id"].to_pylist() == ["o1"]
    assert screened.quarantine["set_aside"].tolist() == ["row"]


@pytest.mark.parametrize("ids", [["h1", "h1"], ["h1", None]])
def test_a_table_without_its_keys_is_no_table(ids: list[str | None]) -> None:
    with pytest.raises(ContractError, match="hold_id"):
        screen_rows(holds().assign(hold_id=ids), HOLDS)


def test_a_landed_line_that_breaks_its_contract_is_set_aside() -> None:
    rejected: list[RejectedLine] = []
    line = b'{"kind": "offer", "rebate": 1}'
    assert len(read_landing({"landing/r/zenmux.jsonl.gz": [line, b"cut off"]}, rejected)) == 0
    found = quarantine_lines(rejected, 2)
    assert found["row_key"].tolist() == [f"landing/r/zenmux.jsonl.gz, line {number}" for number in (1, 2)]
    assert found["problem"].str.contains("unknown field 'rebate'|not JSON").all()
    assert set(found["source_id"]) == {"zenmux"}
    assert found["evidence"].tolist() == [line.decode(), "cut off"]
