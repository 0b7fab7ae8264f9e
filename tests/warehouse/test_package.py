"""A release handed on: read with nothing but the package and what it says of itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from llmpairs.exports.package import PackageOptions, write_package
from llmpairs.transforms.pairs.costs import cost_offers
from llmpairs.transforms.pairs.scenarios import list_workloads
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import Store, open_store
from tests.conftest import bucket_uri
from tests.transforms.pairs.rows import NO_CAPABILITIES, NO_STATES, offers
from tests.transforms.pairs.test_costs import SCENARIOS, tier
from tests.warehouse.samples import GPT, RUN, frame, manifest_of, release_frames

ROUTES = offers(
    {},
    {"cache_read_usd_per_mtok": 0.01},
    {"service_tier": "batch", "input_usd_per_mtok": 0.02},
    {"input_usd_per_mtok": None, "price_kind": "unknown"},
    {"price_tiers": [tier(10_000, 0.08, None), tier(100_000, 0.16, 0.4, cache_read_usd_per_mtok=0.02)]},
    {"price_tiers": [tier(10_000, 0.08, 0.5, is_marginal=True)], "cache_read_usd_per_mtok": 0.01},
)


@pytest.fixture(scope="module", params=["folder", "s3"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A release with routes of every kind of price, and a source that may not be passed on; tests only read it."""
    folder = tmp_path_factory.mktemp("package") / "data"
    in_bucket = request.param == "s3"
    store = open_store(bucket_uri(request.getfixturevalue("s3_address"), "package") if in_bucket else folder)
    frames = release_frames()
    rows = [{**row, "price_source_id": "openrouter"} for row in ROUTES.to_dict("records")]
    rows[0]["price_source_id"] = "closed"
    frames["offers"] = frame("offers", *rows)
    frames["offer_scenario_costs"] = cost_offers(ROUTES, NO_CAPABILITIES, NO_STATES, SCENARIOS)
    facts = ({"fact_id": "f1", "source_id": "closed"}, {"fact_id": "f2", "source_id": "openrouter", "capture_id": "c2"})
    frames["facts"] = frame("facts", *facts)
    for name, rows in frames.items():
        stage_table(store, RUN, name, rows)
    sources = (
        {"run_id": RUN, "source_id": "closed", "title": "Closed", "redistributable": False},
        {"run_id": RUN, "source_id": "openrouter", "title": "OpenRouter", "redistributable": None},
    )
    append_log(store, "sources", RUN, frame("sources", *sources))
    captures = (
        {"run_id": RUN, "capture_id": "c1"},
        {"run_id": RUN, "capture_id": "c2", "url": "https://example.test/"},
    )
    append_log(store, "captures", RUN, frame("captures", *captures))
    write_manifest(store, RUN, manifest_of(store, RUN))
    publish(store, RUN)
    return store


def read(folder: Path, resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a resource as plain Python values."""
    rows: list[dict[str, Any]] = []
    for path in resource["path"]:
        rows += pq.ParquetFile(folder / path).read().to_pylist()
    return rows


def cost_by_the_readme(offer: dict[str, Any], work: dict[str, Any]) -> float | None:
    """The README's formula in plain Python."""
    price_in, price_out = offer["input_usd_per_mtok"], offer["output_usd_per_mtok"]
    cache = offer["cache_read_usd_per_mtok"]
    if price_in is None or price_out is None or (work["service_tier"] == "batch") > (offer["service_tier"] == "batch"):
        return None
    cached_share = work["cached_tokens"] / work["prompt_tokens"]
    spans, start = [], 0
    for step in sorted(offer["price_tiers"] or [], key=lambda each: each["min_prompt_tokens"]):
        if step["min_prompt_tokens"] > work["prompt_tokens"]:
            break
        if step["is_marginal"]:
            spans.append((step["min_prompt_tokens"] - start, price_in, cache))
            start = step["min_prompt_tokens"]
        price_in = price_in if step["input_usd_per_mtok"] is None else step["input_usd_per_mtok"]
        price_out = price_out if step["output_usd_per_mtok"] is None else step["output_usd_per_mtok"]
        cache = step["cache_read_usd_per_mtok"]
    spans.append((work["prompt_tokens"] - start, price_in, cache))
    total = work["output_tokens"] * price_out
    for tokens, usd, cached_usd in spans:
        total += tokens * ((1 - cached_share) * usd + cached_share * (usd if cached_usd is None else cached_usd))
    return float(work["requests_per_month"] * total / 1e6)


def test_the_costs_follow_from_the_package_and_its_readme_alone(published: Store, tmp_path: Path) -> None:
    options = PackageOptions(workloads=list_workloads(SCENARIOS), include_restricted=True)
    write_package(published, RUN, tmp_path / "out", options)
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text("utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    routes = {row["offer_id"]: row for row in read(tmp_path / "out", resources["offers"])}
    works = {row["scenario_id"]: row for row in resources["workloads"]["data"]}
    costs = read(tmp_path / "out", resources["offer-scenario-costs"])
    assert len(costs) == len(ROUTES) * len(works)
    for row in costs:
        expected = cost_by_the_readme(routes[row["offer_id"]], works[row["scenario_id"]])
        assert row["cost_usd"] == (None if expected is None else pytest.approx(expected, abs=1e-5))


def test_restricted_sources_are_left_out_and_named(published: Store, tmp_path: Path) -> None:
    package = write_package(published, RUN, tmp_path / "out", PackageOptions())
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert package["left_out_sources"] == ["closed"]
    assert [row["fact_id"] for row in read(tmp_path / "out", resources["facts"])] == ["f2"]
    left = {row["offer_id"] for row in read(tmp_path / "out", resources["offers"])}
    assert left == set(ROUTES["offer_id"][1:])
    assert {row["offer_id"] for row in read(tmp_path / "out", resources["offer-scenario-costs"])} == left
    assert "Closed" in (tmp_path / "out" / "README.md").read_text("utf-8")
    whole = write_package(published, RUN, tmp_path / "whole", PackageOptions(include_restricted=True))
    facts = next(resource for resource in whole["resources"] if resource["name"] == "facts")
    assert [row["fact_id"] for row in read(tmp_path / "whole", facts)] == ["f1", "f2"]


def test_every_column_has_type_unit_and_null_meaning(published: Store, tmp_path: Path) -> None:
    package = write_package(published, RUN, tmp_path / "out", PackageOptions())
    for resource in package["resources"]:
        if "parts" not in resource:
            continue
        contract = TABLES[resource["table"]]
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        schema = pq.read_schema(tmp_path / "out" / resource["path"][0])
        assert list(fields) == contract.column_names == schema.names
        for column in contract.columns:
            field = fields[column.name]
            assert field["description"] == column.about
            assert field.get("unit") == column.unit
            assert field.get("null_means") == column.null_means
            assert field["constraints"]["required"] is (column.null_means is None)
        assert resource["rows"] == sum(pq.read_metadata(tmp_path / "out" / path).num_rows for path in resource["path"])


def test_a_table_has_its_foreign_keys(published: Store, tmp_path: Path) -> None:
    package = write_package(published, RUN, tmp_path / "out", PackageOptions())
    pairs = next(resource for resource in package["resources"] if resource["name"] == "pairs")
    assert pairs["schema"]["foreignKeys"] == [
        {"fields": [side], "reference": {"resource": "models", "fields": ["model_id"]}}
        for side in ("model_a_id", "model_b_id")
    ]


def test_captures_of_the_facts_are_included(published: Store, tmp_path: Path) -> None:
    package = write_package(published, RUN, tmp_path / "out", PackageOptions())
    captures = next(resource for resource in package["resources"] if resource["name"] == "captures")
    assert [(row["capture_id"], row["url"]) for row in read(tmp_path / "out", captures)] == [
        ("c2", "https://example.test/")
    ]


def test_the_package_opens_in_a_bare_duckdb(published: Store, tmp_path: Path) -> None:
    write_package(published, RUN, tmp_path / "out", PackageOptions())
    with duckdb.connect() as bare:
        bare.execute(f"SET file_search_path = '{tmp_path / 'out'}'")
        bare.execute((tmp_path / "out" / "views.sql").read_text("utf-8"))
        assert bare.sql("SELECT count(*) FROM models_wide").fetchall() == [(3,)]
        assert bare.sql(f"SELECT count(*) FROM pairs_of('{GPT}')").fetchall() == [(2,)]


def test_a_folder_that_is_not_empty_is_rejected(published: Store, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", "utf-8")
    with pytest.raises(StoreError, match="not empty"):
        write_package(published, RUN, tmp_path, PackageOptions())
