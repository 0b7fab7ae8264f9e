"""`export pairs` and `export sitemap` over releases with known changes between them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

import llmpairs
import llmpairs.exports.pairs
import llmpairs.site.sitemap
from llmpairs.exports.pair_rows import PUBLISHED_PAIRS
from llmpairs.flows.cli import app
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.vocabulary import CHANGE_CAUSES, PAIR_BLOCKS
from tests.cookbook.release import DEEPSEEK, DOUBAO, NOVA, publish_release, rows
from tests.pages.example_release import Row, change
from tests.warehouse.samples import GPT

FIRST, SECOND, THIRD = "20260601T235900Z", "20260608T235900Z", "20260614T235900Z"
GLM, GLM_NEW = "z-ai/glm-5", "z-ai/glm-5-turbo"
VOLCENGINE = f"volcengine/volcengine/{DOUBAO.partition('/')[2]}/-/standard"
GROQ = f"groq/groq/{DEEPSEEK.partition('/')[2]}/-/standard"
SWE = {"source_id": "closed", "title": "Closed", "homepage": "https://closed.example", "terms": "For you alone."}
Pair = tuple[str, str]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def priced(tables: dict[str, list[Row]], price: float) -> dict[str, list[Row]]:
    """The tables with another input price of Groq's route."""
    return change(tables, "offers", {"offer_id": GROQ}, input_usd_per_mtok=price)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three releases: a price changes and changes back, another is corrected; then a model is renamed."""
    folder = tmp_path_factory.mktemp("exports") / "w"
    tables = rows() | {
        "sources": [{**SWE, "redistributable": False}, {"source_id": "models_dev", "redistributable": True}],
        "facts": [
            {"fact_id": "f1", "subject_kind": "model", "subject_id": GPT, "field": "license_spdx", "value": "MIT",
             "source_id": "closed", "is_chosen": True},
        ],
    }  # fmt: skip
    tables = change(tables, "models", {"model_id": GLM}, completeness=0.1)
    tables = change(tables, "models", {"model_id": GPT}, license_spdx="MIT", license_class="open")
    tables = change(
        tables, "models", {"model_id": NOVA}, display_name='Nova </script> "Lite"', license_spdx="LicenseRef-nova",
        released_date=date(2026, 6, 1), released_precision="month", released_basis="declared",
    )  # fmt: skip
    publish_release(folder, tables, FIRST)
    moved = {"subject_kind": "offer", "subject_id": GROQ, "field": "input_usd_per_mtok", "cause": "source"}
    right = {**moved, "subject_id": VOLCENGINE, "cause": "correction"}
    last = change(tables, "offers", {"offer_id": VOLCENGINE}, input_usd_per_mtok=0.021)
    changes = [{"change_id": "c0", **right}, {"change_id": "c1", **moved}]
    publish_release(folder, priced(last, 3.0), SECOND, FIRST, changes)
    for table in last.values():
        for row in table:
            for name, value in row.items():
                row[name] = GLM_NEW if value == GLM else value
    last["model_redirects"].append({"old_model_id": GLM, "model_id": GLM_NEW, "reason": "renamed"})
    last = change(last, "models", {"model_id": GLM_NEW}, slug="z-ai--glm-5-turbo", display_name="GLM-5 Turbo")
    gone = {"subject_kind": "model", "subject_id": GLM, "field": "model_id", "cause": "decision"}
    publish_release(folder, last, THIRD, SECOND, [{"change_id": "c2", **moved}, {"change_id": "c3", **gone}])
    return str(folder)


def export(warehouse: str, out: Path, *more: str) -> tuple[dict[str, Any], dict[Pair, Row]]:
    """Descriptor and rows of an export as JSON lines, by pair."""
    result = run("export", "pairs", "--out", str(out), "--warehouse", warehouse, *more)
    assert result.exit_code == 0, result.output
    package = json.loads((out / "datapackage.json").read_text("utf-8"))
    lines = [json.loads(line) for path in package["resources"][0]["path"] for line in (out / path).open("rb")]
    return package, {(row["model_a_id"], row["model_b_id"]): row for row in lines}


def hashes(warehouse: str, run_id: str) -> dict[Pair, int]:
    with llmpairs.connect(warehouse, run_id) as con:
        found = con.execute("SELECT (model_a_id, model_b_id), content_hash FROM pairs").fetchall()
    return dict(found)


@pytest.mark.parametrize(("since", "until"), [(FIRST, SECOND), (SECOND, THIRD), (FIRST, THIRD), (THIRD, THIRD)])
def test_exactly_the_pairs_whose_content_differs_are_exported(
    warehouse: str, tmp_path: Path, since: str, until: str
) -> None:
    package, found = export(warehouse, tmp_path / "out", "--since", since, "--release", until)
    before, after = hashes(warehouse, since), hashes(warehouse, until)
    kinds = {pair: "changed" for pair in before.keys() & after.keys() if before[pair] != after[pair]}
    kinds |= dict.fromkeys(after.keys() - before.keys(), "added") | dict.fromkeys(
        before.keys() - after.keys(), "removed"
    )
    assert {pair: row["kind"] for pair, row in found.items()} == kinds
    assert bool(kinds) is (since != until)
    assert {pair: row["content_hash"] for pair, row in found.items() if row["content_hash"]} == {
        pair: str(after[pair]) for pair in kinds.keys() & after.keys()
    }
    for row in found.values():
        assert row["causes"]
        assert row["blocks"]
        assert set(row["causes"]) <= set(CHANGE_CAUSES)
        assert set(row["blocks"]) <= set(PAIR_BLOCKS)
    assert (package["since"], package["version"], package["resources"][0]["rows"]) == (since, until, len(kinds))


def test_each_pair_has_its_changed_blocks_and_causes(warehouse: str, tmp_path: Path) -> None:
    _, found = export(warehouse, tmp_path / "one", "--since", FIRST, "--release", SECOND)
    assert len(found) == 7
    for pair, row in found.items():
        of_sides = [("source", DEEPSEEK), ("correction", DOUBAO)]
        assert row["causes"] == [cause for cause, model in of_sides if model in pair]
    assert all("routes" in row["blocks"] for row in found.values())
    _, found = export(warehouse, tmp_path / "two", "--since", FIRST)
    gone = found[GPT, GLM]
    assert (gone["kind"], gone["causes"], gone["json_ld"]) == ("removed", ["decision"], None)
    assert gone["moved_to"] == found[GPT, GLM_NEW]["address"]
    assert found[GPT, GLM_NEW]["kind"] == "added"
    assert found[DOUBAO, GPT]["causes"] == ["correction"]  # of the run before


def test_a_pair_has_its_address_redirects_and_names(warehouse: str, tmp_path: Path) -> None:
    _, found = export(warehouse, tmp_path / "out", "--base-url", "https://llm.example/")
    assert len(found) == 10
    row = found[DOUBAO, GPT]
    stem = "https://llm.example/pairs/bytedance-seed--doubao-seed-2.0-pro-vs-openai--gpt-oss-120b.html"
    assert row["address"] == stem
    doubao = "bytedance-seed--doubao-seed-2.0-pro"
    assert sorted(row["redirects"]) == sorted(
        f"https://llm.example/pairs/{left}-vs-{right}.html"
        for left, right in (
            ("openai--gpt-oss-120b", doubao), (doubao, "openai--gpt-oss-120"), ("openai--gpt-oss-120", doubao),
        )
    )  # fmt: skip
    assert (row["a_display_name"], row["b_display_name"]) == ("Doubao Seed 2.0 Pro", "gpt-oss-120b")
    assert (row["kind"], row["blocks"], row["causes"]) == (None, None, None)
    assert len(found[GPT, GLM_NEW]["redirects"]) == 2 * 2 * 2 - 1
    addresses = [row["address"] for row in found.values()]
    redirects = [address for row in found.values() for address in row["redirects"]]
    assert len(set(addresses + redirects)) == len(addresses + redirects)
    assert all(row["indexable"] == (row["noindex_reason"] is None) for row in found.values())


def test_changed_at_is_the_last_change_of_the_content(warehouse: str, tmp_path: Path) -> None:
    for run_id, expected in ((SECOND, "2026-06-08T23:59:00Z"), (THIRD, "2026-06-14T23:59:00Z")):
        _, found = export(warehouse, tmp_path / run_id, "--release", run_id)
        assert found[DEEPSEEK, GPT]["changed_at"] == expected  # and back to what it was in the third
        assert found[DOUBAO, GPT]["changed_at"] == "2026-06-08T23:59:00Z"
        assert found[NOVA, GPT]["changed_at"] == "2026-06-01T23:59:00Z"
    assert found[DEEPSEEK, GPT]["content_hash"] == str(hashes(warehouse, FIRST)[DEEPSEEK, GPT])


def test_json_ld_has_only_known_values(warehouse: str, tmp_path: Path) -> None:
    _, found = export(warehouse, tmp_path / "out", "--base-url", "https://llm.example")
    text = found[NOVA, GPT]["json_ld"]
    page = json.loads(text)
    nova, gpt = page["about"]
    assert (page["@type"], page["url"]) == ("WebPage", found[NOVA, GPT]["address"])
    assert page["name"] == 'Nova </script> "Lite" vs gpt-oss-120b'
    assert (nova["datePublished"], nova["featureList"]) == ("2026-06", ["vision"])
    assert "license" not in nova  # not one that SPDX lists
    assert gpt["featureList"] == ["function_calling"]  # vision is a known no
    assert "datePublished" not in gpt
    prices = [each["price"] for each in nova["offers"]["priceSpecification"]]
    assert (prices, nova["offers"]["seller"]["name"]) == ([0.06, 0.24], "amazon-bedrock")
    assert "offers" in gpt
    assert "<" not in text


def test_restricted_values_are_left_out_unless_included(warehouse: str, tmp_path: Path) -> None:
    package, found = export(warehouse, tmp_path / "out")
    assert "license" not in json.loads(found[NOVA, GPT]["json_ld"])["about"][1]
    assert package["left_out_sources"] == ["closed"]
    assert [(each["source_id"], each["redistributable"]) for each in package["sources"]] == [
        ("closed", False), ("models_dev", True),
    ]  # fmt: skip
    package, found = export(warehouse, tmp_path / "whole", "--include-restricted")
    assert json.loads(found[NOVA, GPT]["json_ld"])["about"][1]["license"] == "https://spdx.org/licenses/MIT.html"
    assert package["left_out_sources"] == []


def test_a_pair_stays_in_the_same_shard(warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llmpairs.exports.pairs, "ROWS_PER_BATCH", 3)
    places = []
    for number, run_id in enumerate((FIRST, THIRD)):
        out = tmp_path / str(number)
        package, found = export(warehouse, out, "--shards", "3", "--release", run_id)
        assert len(found) == 10
        parts = package["resources"][0]["parts"]
        where: dict[Pair, str] = {}
        for part in parts:
            text = (out / part["path"]).read_bytes()
            assert part["hash"] == f"sha256:{hashlib.sha256(text).hexdigest()}"
            lines = [json.loads(line) for line in text.splitlines()]
            keys = [(row["model_a_id"], row["model_b_id"]) for row in lines]
            assert (keys, len(keys)) == (sorted(keys), part["rows"])
            where |= dict.fromkeys(keys, part["path"])
        places.append(where)
    both = places[0].keys() & places[1].keys()
    assert len(both) == 6
    assert {pair: places[0][pair] for pair in both} == {pair: places[1][pair] for pair in both}
    assert len(set(places[0].values())) == 3


def test_parquet_has_the_same_values_and_the_documented_types(warehouse: str, tmp_path: Path) -> None:
    _, found = export(warehouse, tmp_path / "lines", "--since", FIRST)
    result = run(
        "export", "pairs", "--out", str(tmp_path / "p"), "--warehouse", warehouse, "--since", FIRST,
        "--format", "parquet", "--shards", "2",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    table = pq.read_table(tmp_path / "p" / "pairs")
    assert pq.read_schema(next((tmp_path / "p").rglob("*.parquet"))).equals(
        schema_of(PUBLISHED_PAIRS), check_metadata=True
    )
    frame = pl.read_parquet(tmp_path / "p" / "pairs" / "*.parquet")
    assert frame.height == table.num_rows == len(found)
    for row in table.to_pylist():
        other = found[row["model_a_id"], row["model_b_id"]]
        for name in ("json_ld", "kind", "blocks", "causes", "address", "redirects", "moved_to", "a_only_capabilities"):
            assert row[name] == other[name], name
    fields = json.loads((tmp_path / "p" / "datapackage.json").read_text("utf-8"))["resources"][0]["schema"]["fields"]
    assert [field["name"] for field in fields] == table.column_names == PUBLISHED_PAIRS.column_names


def listed(out: Path) -> Iterator[tuple[str, str, str]]:
    """File, address and moment of every page of a site map, by its index."""
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    for entry in ElementTree.parse(out / "sitemap.xml").getroot():  # noqa: S314  (our own file)
        name = str(entry.findtext(f"{space}loc")).rpartition("/")[2]
        pages = [
            (str(page.findtext(f"{space}loc")), str(page.findtext(f"{space}lastmod")))
            for page in ElementTree.parse(out / name).getroot()  # noqa: S314  (our own file)
        ]
        assert entry.findtext(f"{space}lastmod") == max(moment for _, moment in pages)
        yield from ((name, *page) for page in pages)


def test_the_site_map_lists_indexable_pairs_with_their_last_change(
    warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llmpairs.site.sitemap, "ADDRESSES_PER_FILE", 2)
    _, found = export(warehouse, tmp_path / "lines", "--base-url", "https://llm.example")
    wanted = {row["address"]: row["changed_at"] for row in found.values() if row["indexable"]}
    out = tmp_path / "map"
    for _ in range(2):  # the second one replaces the first
        result = run("sitemap", "--base-url", "https://llm.example", "--out", str(out), "--warehouse", warehouse)
        assert result.exit_code == 0, result.output
        pages = list(listed(out))
        assert {address: moment for _, address, moment in pages} == wanted
        assert len(pages) == len(wanted) < len(found)
        files = [name for name, *_ in pages]
        assert max(map(files.count, files)) == 2
        assert {path.name for path in out.iterdir()} == {*files, "sitemap.xml"}
    (out / "index.html").write_text("mine", "utf-8")
    refused = run("export", "sitemap", "--base-url", "https://llm.example", "--out", str(out), "--warehouse", warehouse)
    assert (refused.exit_code, "holds index.html" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("export", "pairs", "--format", "csv"), 2, "is not one of 'jsonl'"),
        (("export", "pairs", "--since", "20260101T000000Z"), 1, "no release 20260101T000000Z"),
        (("export", "pairs", "--since", THIRD, "--release", FIRST), 1, "--since takes an earlier release"),
        (("export", "sitemap", "--base-url", "llm.example"), 2, "write https://llm.example"),
    ],
)
def test_invalid_arguments_are_errors(
    warehouse: str, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = run(*arguments, "--out", str(tmp_path / "out"), "--warehouse", warehouse)
    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr
    assert not (tmp_path / "out").exists()


def test_a_bucket_is_exported_like_a_folder(s3_uri: str, tmp_path: Path) -> None:
    publish_release(s3_uri, run_id=FIRST)
    publish_release(s3_uri, priced(rows(), 3.0), SECOND, FIRST)
    _, found = export(s3_uri, tmp_path / "out", "--since", FIRST)
    assert {pair for pair in found if DEEPSEEK in pair} == set(found)
    assert len(found) == 4
    result = run("sitemap", "--base-url", "https://llm.example", "--out", str(tmp_path / "map"), "--warehouse", s3_uri)
    assert (result.exit_code, "10 pairs in 1 file" in result.stdout) == (0, True), result.output
