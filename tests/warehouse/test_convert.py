from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.convert import empty_frame, from_arrow, to_arrow
from llmpairs.warehouse.errors import ContractError
from llmpairs.warehouse.schema import schema_of
from tests.warehouse.samples import frame


@pytest.mark.parametrize("name", TABLES)
def test_a_table_without_rows_keeps_every_type(name: str) -> None:
    empty = empty_frame(name)
    table = to_arrow(empty, name)
    assert table.schema.equals(schema_of(TABLES[name]), check_metadata=True)
    assert from_arrow(table).dtypes.to_dict() == empty.dtypes.to_dict()


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_nulls_keeps_every_type_and_reads_back(name: str) -> None:
    table = to_arrow(frame(name, {}), name)
    assert table.schema.equals(schema_of(TABLES[name]), check_metadata=True)
    again = to_arrow(from_arrow(table), name)
    assert again.equals(table)
    assert from_arrow(table).dtypes.to_dict() == empty_frame(name).dtypes.to_dict()


def test_fields_have_the_texts_of_the_contract() -> None:
    field = schema_of(OFFERS).field("input_usd_per_mtok")
    assert field.metadata[b"unit"] == b"USD per 1,000,000 tokens"
    assert field.metadata[b"null_means"].startswith(b"no usable price")
    assert schema_of(OFFERS).field("route_kind").metadata[b"values"] == b"direct,via_aggregator,aggregate"
    assert schema_of(PAIRS).field("friction_kinds_a_to_b").metadata[b"bits"].startswith(b"no_shared_provider,")
    assert schema_of(OFFERS).metadata[b"key"] == b"offer_id"
    assert not schema_of(OFFERS).field("offer_id").nullable


def test_rows_are_sorted_bytewise_by_key() -> None:
    rows = [{"offer_id": key, "model_id": key} for key in ("b", "B", "a/1", "a", "a-1", "é", "Z")]
    tables = [to_arrow(frame("offers", *order), "offers") for order in (rows, rows[::-1], rows[3:] + rows[:3])]
    keys = tables[0]["offer_id"].to_pylist()
    assert keys == sorted(keys, key=str.encode)
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_enums_in_a_key_are_sorted_by_value_not_by_code() -> None:
    rows = [{"model_id": "m", "capability": word} for word in ("vision", "audio_input", "reasoning")]
    table = to_arrow(frame("model_capabilities", *rows), "model_capabilities")
    assert table["capability"].to_pylist() == ["audio_input", "reasoning", "vision"]
    assert table["capability"].chunk(0).dictionary.to_pylist()[0] == "vision"


def test_pandas_types_are_the_documented_ones() -> None:
    row = {"offer_id": "o", "price_tiers": [{"min_prompt_tokens": 5, "is_marginal": False}], "context_tokens": 8}
    back = from_arrow(to_arrow(frame("offers", row, {"offer_id": "p"}), "offers"))
    assert back["offer_id"].dtype == "str"
    assert back["route_kind"].dtype == "str"
    assert back["context_tokens"].dtype == "Int64"
    assert back["nights_absent"].dtype == "int64"
    assert back["eligible"].dtype == "bool"
    assert back["input_usd_per_mtok"].dtype == "float64"
    assert str(back["first_seen_at"].dtype) == "datetime64[us, UTC]"
    assert str(back["retire_on"].dtype) == "datetime64[us]"
    assert back["price_tiers"].tolist() == [
        [
            {
                "min_prompt_tokens": 5,
                "input_usd_per_mtok": None,
                "output_usd_per_mtok": None,
                "cache_read_usd_per_mtok": None,
                "cache_write_usd_per_mtok": None,
                "is_marginal": False,
            }
        ],
        None,
    ]
    assert from_arrow(to_arrow(frame("models", {}), "models"))["is_open_weights"].dtype == "boolean"


@pytest.mark.parametrize(
    ("table", "column", "values", "read"),
    [
        ("offers", "input_usd_per_mtok", [Decimal("0.039"), None], [0.039, None]),
        ("offers", "input_usd_per_mtok", [1, 2], [1.0, 2.0]),
        ("offers", "context_tokens", [8192.0, float("nan")], [8192, None]),
        ("offers", "quantization", pd.Series(["fp8", None], dtype="category"), ["fp8", None]),
        ("offers", "quantization", [np.nan, np.nan], [None, None]),
        ("models", "input_modalities", [("image", "text"), np.array(["text"])], [["image", "text"], ["text"]]),
        ("models", "is_open_weights", [True, pd.NA], [True, None]),
        ("offers", "retire_on", pd.to_datetime(["2026-07-01", None]), [datetime(2026, 7, 1).date(), None]),  # noqa: DTZ001
        (
            "offers",
            "first_seen_at",
            pd.to_datetime(["2026-07-01 02:00", "2026-07-01 03:00"]).tz_localize("Europe/Rome"),
            [datetime(2026, 7, 1, 0, tzinfo=UTC), datetime(2026, 7, 1, 1, tzinfo=UTC)],
        ),
    ],
)
def test_lossless_conversions_are_accepted(table: str, column: str, values: Any, read: list[Any]) -> None:
    key = TABLES[table].key[0]
    rows = frame(table, {key: "a"}, {key: "b"}).assign(**{column: values})
    assert to_arrow(rows, table)[column].to_pylist() == read


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("context_tokens", [8192.5, 1.0], "truncated"),
        ("context_tokens", [True, 5], "do not fit"),
        ("context_tokens", ["8192", 1], "do not fit"),
        ("input_usd_per_mtok", ["0.039", None], "not a number"),
        ("input_usd_per_mtok", [float("inf"), 1.0], "infinite"),
        ("quantization", [8, None], "not text"),
        ("quantization", [b"fp8", None], "not text"),
        ("eligible", [1, 0], "not true or false"),
        ("first_seen_at", [datetime(2026, 1, 1)] * 2, "not a time with its zone"),  # noqa: DTZ001
        ("first_seen_at", ["2026-01-01T00:00:00Z"] * 2, "not a time with its zone"),
        ("retire_on", pd.to_datetime(["2026-07-01 12:00", None]), "time of day"),
        ("retire_on", pd.to_datetime(["2026-07-01", None], utc=True), "not a date"),
        ("price_tiers", ["fp8", None], "where a list is expected"),
        ("price_tiers", [{"a", "b"}, None], "where a list is expected"),
        ("price_tiers", [[{"min_prompt_tokens": 1, "is_marginal": True, "price": 2}], None], "unknown field price"),
        ("price_tiers", [[{"min_prompt_tokens": 1}], None], "field is_marginal is null or missing"),
        ("route_kind", ["direct", "sideways"], "not in the list of values: 'sideways'"),
        ("offer_status", ["active", None], "null"),
        ("offer_id", ["o1", None], "null"),
        ("offer_id", ["o1", "o1"], "repeat the key"),
    ],
)
def test_a_broken_contract_is_an_error_with_table_column_and_key(column: str, values: Any, expected: str) -> None:
    rows = frame("offers", {"offer_id": "o1"}, {"offer_id": "o2"}).assign(**{column: values})
    with pytest.raises(ContractError, match="table offers") as refused:
        to_arrow(rows, "offers")
    text = str(refused.value)
    assert expected in text
    assert column in text
    assert "o1" in text or "o2" in text or "null in row 1" in text


def test_an_error_counts_all_rows_and_names_five() -> None:
    rows = frame("offers", *({"offer_id": f"o{number}"} for number in range(40)))
    rows.loc[3:30, "context_tokens"] = 0.5
    with pytest.raises(ContractError, match=r"column context_tokens: 28 rows .*o3; .*o7; \.\.\.") as refused:
        to_arrow(rows, "offers")
    assert "o8" not in str(refused.value)


def test_missing_and_surplus_columns_are_named() -> None:
    rows = frame("offers", {"offer_id": "o1"}).rename(columns={"model_id": "modelid"})
    with pytest.raises(ContractError, match=r"missing: model_id; not in the contract: modelid"):
        to_arrow(rows, "offers")


def test_numbers_too_large_for_the_column_are_rejected() -> None:
    rows = frame("pairs", {"model_a_id": "a", "model_b_id": "b", "open_issue_count": 40_000})
    with pytest.raises(ContractError, match=r"open_issue_count.*model_a_id=a, model_b_id=b"):
        to_arrow(rows, "pairs")
    with pytest.raises(ContractError, match=r"context_ratio.*infinite"):
        to_arrow(rows.assign(open_issue_count=1, context_ratio=1e300), "pairs")


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(ContractError, match="no table 'offer'"):
        to_arrow(pd.DataFrame(), "offer")


def test_input_is_not_changed() -> None:
    rows = frame("offers", {"offer_id": "b"}, {"offer_id": "a"})
    before = rows.copy(deep=True)
    assert isinstance(to_arrow(rows, "offers"), pa.Table)
    pd.testing.assert_frame_equal(rows, before)
