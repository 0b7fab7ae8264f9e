"""What is published as a source's word is held against the claims, spelled alike."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from llmpairs.warehouse.claim_values import claim_columns, find_unclaimed, find_unclaimed_capabilities, format_published
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts.models import MODELS
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.convert import empty_frame, from_arrow, to_arrow

TIER = {
    "min_prompt_tokens": 200_000, "input_usd_per_mtok": 0.1, "output_usd_per_mtok": None,
    "cache_read_usd_per_mtok": None, "cache_write_usd_per_mtok": None, "is_marginal": False,
}  # fmt: skip
TIER_TEXT = (
    '[{"min_prompt_tokens": 200000, "input_usd_per_mtok": 0.1, "output_usd_per_mtok": null, '
    '"cache_read_usd_per_mtok": null, "cache_write_usd_per_mtok": null, "is_marginal": false}]'
)


def row(table: Table, **values: Any) -> pd.DataFrame:
    """One row of a table in its types; what is left out is null, keys apart."""
    frame = empty_frame(table).reindex([0])
    [key] = table.key
    for name, value in {key: "x", **values}.items():
        frame[name] = pd.Series([value], dtype=object)
    return frame


def claims(kind: str, values: dict[str, str], chosen: bool = True) -> pd.DataFrame:
    rows = [
        {"fact_id": field, "subject_kind": kind, "subject_id": "x", "field": field, "value": value, "is_chosen": chosen}
        for field, value in values.items()
    ]
    columns = ["fact_id", "subject_kind", "subject_id", "field", "value", "is_chosen"]
    return pd.DataFrame(rows, columns=columns)


CASES: list[tuple[str, str, Any, str]] = [
    ("model", "context_tokens", 131_072, "131072"),
    ("model", "is_open_weights", False, "false"),
    ("model", "released_date", pd.Timestamp("2025-08-01"), "2025-08"),
    ("model", "released_date", pd.Timestamp("2025-01-01"), "2025"),
    ("model", "knowledge_cutoff_date", pd.Timestamp("2024-06-30"), "2024-06-30"),
    ("model", "input_modalities", ["image", "text"], "image;text"),
    ("model", "license_spdx", "Apache-2.0", "Apache-2.0"),
    ("offer", "input_usd_per_mtok", 0.039, "0.039"),
    ("offer", "latency_ms", 434.0, "434.0"),
    ("offer", "quantization", "fp8", "FP8"),
    ("offer", "price_tiers", [TIER], TIER_TEXT),
    ("offer", "retire_on", pd.Timestamp("2026-12-31"), "2026-12-31T00:00:00Z"),
]


@pytest.mark.parametrize(("kind", "field", "value", "claim"), CASES, ids=lambda case: str(case)[:20])
def test_a_published_value_without_an_equal_claim_is_found(kind: str, field: str, value: Any, claim: str) -> None:
    table = MODELS if kind == "model" else OFFERS
    frame = row(table, **{field: value})
    if isinstance(value, pd.Timestamp):
        frame[field] = pd.to_datetime(frame[field])
    assert find_unclaimed(frame, claims(kind, {field: claim}), table).empty
    for facts in (claims(kind, {}), claims(kind, {field: claim}, chosen=False), claims(kind, {field: "7"})):
        [lost] = find_unclaimed(frame, facts, table).to_dict("records")
        assert (lost["subject_id"], lost["field"]) == ("x", field)


def test_values_read_from_parquet_have_the_same_format_as_written_ones() -> None:
    models = row(MODELS, released_date=dt.date(2025, 8, 5), context_tokens=8, input_modalities=["text"])
    columns = [column for column in MODELS.columns if column.name in models and models[column.name].notna().all()]
    part = Table(name="part", grain="a model", key=("model_id",), columns=tuple(columns))
    read = from_arrow(to_arrow(models[part.column_names], part))
    spelled = format_published(read, MODELS).set_index("field")["value"].to_dict()
    assert spelled == {"released_date": "2025-08-05", "context_tokens": "8", "input_modalities": "text"}


@pytest.mark.parametrize("table", [MODELS, OFFERS], ids=lambda table: table.name)
def test_a_column_has_claims_or_existing_inputs(table: Table) -> None:
    files = {"kinds.toml", "licences.toml", "providers.toml"}
    tables = {"identities", "offers", "facts", "holds", "model_capabilities", "earlier releases"}
    stated = {column.name for column in claim_columns(table)}
    assert stated.isdisjoint(table.key)
    for column in table.columns:
        assert column.name not in column.rests_on
        words = {word for word in column.rests_on if not word.startswith("facts.")}
        assert words <= files | tables | set(table.column_names), column.name


def test_a_capability_without_an_equal_claim_is_found() -> None:
    facts = claims("offer", {"capability:vision": "yes", "capability:reasoning": "no"})
    offers = pd.DataFrame(
        {"offer_id": "x", "capability": ["vision", "reasoning", "web_search"], "state": ["yes", "yes", "unknown"]}
    )
    [lost] = find_unclaimed_capabilities(offers, facts).to_dict("records")
    assert (lost["field"], lost["value"], lost["claimed"]) == ("capability:reasoning", "yes", "no")
    models = offers.rename(columns={"offer_id": "model_id"}).assign(
        fact_id=["capability:vision", "capability:vision", None]
    )
    assert find_unclaimed_capabilities(models, facts).empty
    models["fact_id"] = [None, "capability:vision", None]
    assert find_unclaimed_capabilities(models, facts)["field"].tolist() == ["capability:vision"]
