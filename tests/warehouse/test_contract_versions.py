from pathlib import Path

import pytest

from llmpairs.warehouse.contract_versions import (
    FOLDER,
    Columns,
    add_columns,
    find_breaking_changes,
    list_columns,
    read_published,
    record,
)
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

ROOT = Path(__file__).resolve().parents[2]

STAYING = {
    "offers": """offer_id model_id provider_id operator_id provider_model_key route_tag route_kind is_first_party
        service_tier region quantization context_tokens max_output_tokens price_kind input_usd_per_mtok
        output_usd_per_mtok cache_read_usd_per_mtok cache_write_usd_per_mtok blended_3to1_usd_per_mtok price_tiers
        currency held price_missing_reason eligible ineligible_reason offer_status first_seen_at last_seen_at
        retire_on price_source_id price_capture_id price_observed_at""",
    "identities": "source_id provider_id provider_model_key model_id method confidence",
    "models": "model_id slug display_name license_spdx identity_basis",
    "model_capabilities": "model_id capability state",
    "benchmark_scores": "model_id benchmark",
    "offer_scenario_costs": "offer_id scenario_id cost_usd eligible",
    "pairs": "model_a_id model_b_id",
}
"""What the design promises for good."""


def test_permanent_columns_exist() -> None:
    lacking = [
        f"{table}.{column}"
        for table, columns in STAYING.items()
        for column in columns.split()
        if column not in TABLES[table].column_names
    ]
    assert lacking == []


def test_no_published_column_was_removed_without_notice() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    published = read_published(ROOT / FOLDER)
    assert find_breaking_changes(published, list_columns(), int(CONTRACTS_VERSION), changelog) == [], (
        f"a column that was in no release yet may be taken out of {FOLDER} by hand"
    )


def test_every_published_column_is_in_the_list_of_its_version() -> None:
    published = read_published(ROOT / FOLDER)[int(CONTRACTS_VERSION)]
    assert add_columns(published, list_columns()) == published, "run `make docs`"


OLD: Columns = {"offers": {"offer_id": "text", "watts": "int64"}, "laws": {"law": "text"}}
NOW: Columns = {"offers": {"offer_id": "text", "joules": "int64"}}
ANNOUNCED = "# Changelog\n\n## 0.3.0\n\n- {gone}\n\n## 0.2.0\n\n- `offers.watts` goes in 0.3.0, `laws.law` too\n"


def test_a_column_removed_without_notice_is_found() -> None:
    assert [problem.split()[0] for problem in find_breaking_changes({1: OLD}, NOW, 2, "# Changelog\n")] == [
        "offers.watts",
        "laws.law",
    ]
    (problem, _) = find_breaking_changes({1: OLD}, NOW, 2, ANNOUNCED.format(gone="faster"))
    assert "names it in 1 versions" in problem


def test_a_column_may_be_removed_after_notice_in_two_versions() -> None:
    assert (
        find_breaking_changes({1: OLD}, NOW, 2, ANNOUNCED.format(gone="`offers.watts` and `laws.law` are gone")) == []
    )


def test_removing_or_retyping_a_column_requires_a_new_version() -> None:
    text = ANNOUNCED.format(gone="`offers.watts` and `laws.law` are gone")
    assert all("raise CONTRACTS_VERSION" in problem for problem in find_breaking_changes({1: OLD}, NOW, 1, text))
    retyped = {**OLD, "offers": {"offer_id": "text", "watts": "double"}}
    assert find_breaking_changes({1: OLD}, retyped, 1, text) == [
        "offers.watts was int64 within version 1 of the contracts: raise CONTRACTS_VERSION"
    ]


def test_recording_adds_columns_and_removes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "contracts")
    (listed,) = read_published(tmp_path / "contracts").values()
    assert listed == list_columns()
    fewer = {name: table for name, table in TABLES.items() if name != "offers"}
    monkeypatch.setattr("llmpairs.warehouse.contract_versions.TABLES", fewer)
    record(tmp_path / "contracts")
    assert read_published(tmp_path / "contracts") == {int(CONTRACTS_VERSION): listed}
