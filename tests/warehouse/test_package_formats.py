"""Packages as other tools read them: Frictionless and Croissant descriptions, CSV, Excel, and what terms leave out."""

import csv
import json
from pathlib import Path
from typing import Any

import frictionless
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

import llmpairs
from llmpairs.exports import tabular
from llmpairs.exports.descriptor import load_table_terms
from llmpairs.exports.package import PackageOptions, write_package
from llmpairs.exports.terms import withhold_indexes
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.warehouse.contracts import RELEASE_TABLES, TABLES
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import AS_OF, GLM, GPT, QWEN, RUN, frame, manifest_of, release_frames

HASH = -1234567890123456789
MODELS = ["a/five", "a/four", "a/six", GPT, QWEN, GLM]
SCORE = {
    "evaluator_class": "third_party", "unit": "percent", "metric_low": 0.0, "metric_high": 100.0, "is_comparable": True,
    "higher_is_better": True,
}  # fmt: skip


def score(model_id: str, source_id: str, benchmark: str, metric: str, harness: str, value: float) -> dict[str, Any]:
    return {
        **SCORE, "model_id": model_id, "source_id": source_id, "benchmark": benchmark, "metric": metric,
        "harness": harness, "value": value, "redistributable": source_id != "swe_bench",
    }  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A release with values that break spreadsheets, and a model whose only scores are SWE-bench's."""
    store = open_store(tmp_path_factory.mktemp("formats") / "data")
    frames = release_frames()
    frames["models"] = frame(
        "models", *({"model_id": id_, "slug": id_.replace("/", "--"), "display_name": f"=Näme {id_}"} for id_ in MODELS)
    )
    frames["model_redirects"] = frames["model_redirects"].iloc[:0]
    frames["offers"].loc[:, "provider_id"] = "openrouter"
    frames["identities"] = frame("identities", {"source_id": "cards", "provider_id": "-", "model_id": GPT})
    frames["benchmark_scores"] = frame(
        "benchmark_scores",
        *(score(id_, "aider", "aider-polyglot", "pass-rate-2", "aider", 50.0) for id_ in MODELS[:5]),
        *(score(id_, "swe_bench", "swe-bench-verified", "resolved", "mini-swe-agent", 60.0) for id_ in MODELS[1:]),
    )  # fmt: skip
    frames["model_quality"] = frame(
        "model_quality", *({"model_id": id_, "domain": "general", "index": 100.0} for id_ in MODELS)
    )
    frames["pairs"].loc[:, "content_hash"] = HASH
    frames["pairs"].loc[:, "quality_difference"] = 2.5
    for name, rows in frames.items():
        stage_table(store, RUN, name, rows)
    sources = (
        {"run_id": RUN, "source_id": "swe_bench", "title": "SWE-bench", "redistributable": False},
        {"run_id": RUN, "source_id": "aider", "title": "Aider", "redistributable": True},
    )
    append_log(store, "sources", RUN, frame("sources", *sources))
    append_log(store, "captures", RUN, frame("captures", {"run_id": RUN, "capture_id": "c1"}))
    write_manifest(store, RUN, manifest_of(store, RUN))
    publish(store, RUN)
    return store


def write(store: Store, out: Path, **options: Any) -> Path:
    write_package(store, RUN, out, PackageOptions(workloads=list_workloads(load_scenarios()), **options))
    return out


@pytest.fixture(scope="module")
def csv_folder(published: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(published, tmp_path_factory.mktemp("csv") / "out", format="csv")


def test_frictionless_validates_types_keys_and_foreign_keys_of_every_table(csv_folder: Path) -> None:
    report = frictionless.Package(str(csv_folder / "datapackage.json")).validate()
    assert report.flatten(["title", "rowNumber", "fieldName", "message"]) == []
    descriptor = json.loads((csv_folder / "datapackage.json").read_text("utf-8"))
    tables = {resource["name"]: resource for resource in descriptor["resources"]}
    assert set(tables) >= {table.name.replace("_", "-") for table in RELEASE_TABLES}
    # A card's row has no provider, so the column is no foreign key; its model is one.
    assert [key["fields"] for key in tables["identities"]["schema"]["foreignKeys"]] == [["model_id"]]
    assert tables["offers"]["schema"]["foreignKeys"][1]["reference"] == {
        "resource": "providers",
        "fields": ["provider_id"],
    }


def test_frictionless_accepts_the_descriptor_of_parquet_files(published: Store, tmp_path: Path) -> None:
    descriptor = json.loads((write(published, tmp_path / "out") / "datapackage.json").read_text("utf-8"))
    package = frictionless.Package.from_descriptor(descriptor)
    assert len(package.resources) == len(descriptor["resources"])


def test_csv_has_utc_times_without_zone_whole_integers_and_no_formula(csv_folder: Path) -> None:
    text = (csv_folder / "pairs" / f"pairs-{RUN}-0000.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    with (csv_folder / "pairs" / f"pairs-{RUN}-0000.csv").open(encoding="utf-8-sig", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert {int(row["content_hash"], 16) - (1 << 64) for row in pairs} == {HASH}
    models = pd.read_csv(csv_folder / "models" / f"models-{RUN}-0000.csv")
    assert set(models["first_seen_at"]) == {AS_OF.strftime("%Y-%m-%d %H:%M:%S")}
    assert set(models["display_name"]) == {f"'=Näme {id_}" for id_ in MODELS}
    identities = pd.read_csv(csv_folder / "identities" / f"identities-{RUN}-0000.csv")
    assert identities["provider_id"].tolist() == ["-"]


def test_a_workbook_opens_and_goes_on_in_a_further_sheet(
    published: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "SHEET_ROWS", 3)
    out = write(published, tmp_path / "out", format="xlsx", tables=["models", "pairs", "price_history"])
    book = openpyxl.load_workbook(out / "models" / f"models-{RUN}-0000.xlsx")
    assert book.sheetnames == ["models", "models 2", "models 3", "columns"]
    head, *first = book["models"].iter_rows(values_only=True)
    rows = [dict(zip(head, row, strict=True)) for row in first]
    rows += [dict(zip(head, row, strict=True)) for row in list(book["models 2"].iter_rows(values_only=True))[1:]]
    assert [row["model_id"] for row in rows] == MODELS[:4]
    assert rows[0]["first_seen_at"] == AS_OF.replace(tzinfo=None)
    assert rows[0]["display_name"] == f"=Näme {MODELS[0]}"
    assert book["models"]["C2"].data_type == "s"
    notes = [str(row[0]) for row in book["columns"].iter_rows(values_only=True)]
    assert "A sheet holds 3 rows: the table is on 3 sheets." in notes
    pairs = openpyxl.load_workbook(out / "pairs" / f"pairs-{RUN}-0000.xlsx")["pairs"]
    names = [cell.value for cell in pairs[1]]
    assert int(str(pairs.cell(2, names.index("content_hash") + 1).value), 16) - (1 << 64) == HASH
    again = write(published, tmp_path / "again", format="xlsx", tables=["models"])
    name = f"models/models-{RUN}-0000.xlsx"
    assert (again / name).read_bytes() == (out / name).read_bytes()


def test_an_index_that_rests_on_withheld_scores_alone_is_left_out(published: Store, tmp_path: Path) -> None:
    def read(folder: Path, table: str) -> list[dict[str, Any]]:
        return [row for path in (folder / table).glob("*.parquet") for row in pq.read_table(path).to_pylist()]

    out, whole = write(published, tmp_path / "out"), write(published, tmp_path / "all", include_restricted=True)
    assert {row["source_id"] for row in read(out, "benchmark_scores")} == {"aider"}
    assert {row["model_id"] for row in read(whole, "model_quality")} == set(MODELS)
    assert {row["model_id"] for row in read(out, "model_quality")} == set(MODELS) - {GLM}
    assert {(row["model_b_id"], row["quality_difference"]) for row in read(out, "pairs")} == {(QWEN, 2.5), (GLM, None)}
    assert {row["quality_difference"] for row in read(whole, "pairs")} == {2.5}


def test_every_table_has_terms_and_the_hub_finds_every_table(csv_folder: Path) -> None:
    terms = load_table_terms()
    named = [*terms["computed"]["tables"], *terms["sources"]["tables"]]
    assert sorted(named) == sorted([*(table.name for table in RELEASE_TABLES), "captures", "sources"])
    descriptor = json.loads((csv_folder / "datapackage.json").read_text("utf-8"))
    licences = {each["name"]: each.get("licenses", [{}])[0].get("name") for each in descriptor["resources"]}
    assert (licences["pairs"], licences["offers"]) == ("CC-BY-4.0", None)
    _, header, _ = (csv_folder / "README.md").read_text("utf-8").split("---\n", 2)
    card = yaml.safe_load(header)
    assert card["license"] == "other"
    for config in card["configs"]:
        assert list(csv_folder.glob(config["data_files"])), config


def test_the_croissant_description_names_every_file_column_and_key(csv_folder: Path) -> None:
    croissant = json.loads((csv_folder / "croissant.json").read_text("utf-8"))
    files = {item["contentUrl"] for item in croissant["distribution"] if item["@type"] == "cr:FileObject"}
    assert files == {path.relative_to(csv_folder).as_posix() for path in csv_folder.rglob("*.csv")}
    for records in croissant["recordSet"]:
        columns = [field["source"]["extract"]["column"] for field in records["field"]]
        assert columns == TABLES[records["@id"]].column_names
        assert [key["@id"] for key in records["key"]] == [
            f"{records['@id']}/{name}" for name in TABLES[records["@id"]].key
        ]


def test_a_connection_of_the_site_does_not_see_withheld_indexes(published: Store) -> None:
    with llmpairs.connect(published.name) as con:
        withhold_indexes(con)
        models = con.sql("SELECT model_id FROM model_quality ORDER BY ALL").fetchall()
        pairs = con.sql("SELECT DISTINCT model_b_id, quality_difference FROM pairs ORDER BY ALL").fetchall()
    assert [row[0] for row in models] == MODELS[:-1]
    assert pairs == [(QWEN, 2.5), (GLM, None)]
