"""Files of `api/v1/`: their schemas, and that they have the figures and sentences of the pages."""

import json
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import jsonschema
import numpy as np
import pytest
from openapi_spec_validator import validate
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.pages.content.outcomes import HEADLINE_COLUMNS, encode_headlines, format_headline, render_headline
from llmpairs.pages.content.schema import Neighbour
from llmpairs.pages.layout.pair import neighbour_cell, pair_key
from llmpairs.site.serve import create_server, format_address
from llmpairs.site.write import Site, is_written
from llmpairs.warehouse.query import connect, fetch_rows
from tests.pages.example_release import LLAMA, example_rows, make_page, publish_pages
from tests.warehouse.samples import GPT

FORMER = {"old_model_id": "openai/gpt-oss", "model_id": GPT, "reason": "renamed"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    return publish_pages(tmp_path_factory.mktemp("warehouse") / "data", example_rows() | {"model_redirects": [FORMER]})


@pytest.fixture(scope="module")
def site(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "site"
    result = CliRunner().invoke(app, ["export", "site", "--out", str(out), "--models", "2", "--warehouse", warehouse])
    assert result.exit_code == 0, result.output
    return out


def read(site: Path, name: str) -> Any:
    return json.loads((site / "api" / "v1" / name).read_text("utf-8"))


def test_every_file_has_its_schema_and_the_description_names_them_all(site: Path) -> None:
    folder = site / "api" / "v1"
    validate(read(site, "openapi.json"), base_uri=(folder / "openapi.json").as_uri())
    schemas = {
        "index.json": "index",
        "phrases.json": "phrases",
        "models/{slug}.json": "profile",
        "pairs/{slug}.json": "pairs",
    }
    checked = 0
    for name, schema in schemas.items():
        for path in folder.glob(name.replace("{slug}", "*")):
            jsonschema.validate(json.loads(path.read_text("utf-8")), read(site, f"{schema}.schema.json"))
            checked += 1
    assert checked == 1 + 1 + 3 + 2
    assert {path.strip("/") for path in read(site, "openapi.json")["paths"]} == set(schemas)


def test_codes_and_numbers_give_the_sentences_and_outcomes_of_the_table(site: Path, warehouse: str) -> None:
    phrases, models = read(site, "phrases.json"), read(site, "index.json")["models"]
    compared = sorted((each for each in models if each["position"] is not None), key=lambda each: each["position"])
    with connect(warehouse) as con:
        rows = fetch_rows(con, "SELECT * FROM pairs")
    names = {each["model_id"]: each["name"] for each in models}
    for row in rows:
        side = next(each for each in compared if each["model_id"] == row["model_a_id"])
        shard = read(site, f"pairs/{side['slug']}.json")
        at = next(each["position"] for each in compared if each["model_id"] == row["model_b_id"]) - shard["first"]
        both = {"a": names[row["model_a_id"]], "b": names[row["model_b_id"]]}
        headline = format_headline(row, list(both.values()))
        cost = phrases["cost"][ord(shard["cost"][at]) - ord("a")].format(**both, number=shard["cost_number"][at])
        assert headline.startswith(f"{cost}; ")
        outcome = phrases["outcome_ids"][ord(shard["outcomes"]["seed_chat"][at]) - ord("a")]
        reason = phrases["reason_ids"][ord(shard["reasons"]["overall"][at]) - ord("a")]
        assert (outcome, reason) == (row["outcome_seed_chat"], row["overall_outcome_reason"])
    assert len(rows) == 3


def test_many_headlines_are_those_of_one_at_a_time() -> None:
    ratios = {0.02: "a", 0.34: "a", 0.97: "same", 3.1: "b", None: "unknown"}
    differences = {-30.0: "b", -1.2: "open", 0.0: "open", 4.4: "a", None: "unknown"}
    rows = [
        {
            "cost_ratio_best": ratio, "cheaper": cheaper, "stronger": stronger, "quality_difference": difference,
            "quality_difference_low95": None if difference is None else difference - 6.0,
            "quality_difference_high95": None if difference is None else difference + 6.0,
            "quality_basis": "unknown" if difference is None else "measured",
        }
        for ratio, cheaper in ratios.items() for difference, stronger in differences.items()
    ]  # fmt: skip
    columns = {name: np.array([row[name] for row in rows]) for name in HEADLINE_COLUMNS}
    codes = encode_headlines(columns)
    found = [render_headline(codes, at, ("A", "B")) for at in range(len(rows))]
    assert found == [format_headline(row, ("A", "B")) for row in rows]  # type: ignore[arg-type]
    assert len(set(found)) == len(rows)


def test_former_slugs_and_whole_pages_are_listed(site: Path) -> None:
    models = {each["model_id"]: each for each in read(site, "index.json")["models"]}
    assert models[GPT]["former_slugs"] == ["openai--gpt-oss"]
    pages = {path.stem for path in (site / "pairs").iterdir() if "http-equiv" not in path.read_text("utf-8")}
    listed = {
        f"{each['slug']}-vs-{other}"
        for each in models.values()
        for other in read(site, f"models/{each['slug']}.json")["full_pages"]
    }
    assert listed == pages
    assert len(listed) == 1


def test_a_proposed_pair_leads_to_its_whole_page_or_else_to_its_first_screen() -> None:
    own = make_page(example_rows())["sides"][0]
    row: Neighbour = {"model_id": LLAMA, "display_name": "Llama", "slug": "meta-llama--llama-4-scout", "why": []}
    short = f"../compare/index.html?a={own['slug']}&b={row['slug']}"
    assert neighbour_cell(own, row, {own["model_id"]: "../models/x.html"}).href == short
    assert neighbour_cell(own, row, {pair_key(own["model_id"], LLAMA): "../pairs/x.html"}).href == "../pairs/x.html"
    assert neighbour_cell({**own, "is_live": False}, row, {"other": "x"}).href == ""
    assert neighbour_cell(own, row, {}).href == ""


def test_keys_are_sorted_and_positions_follow_them(site: Path) -> None:
    models = read(site, "index.json")["models"]
    assert all(a["model_id"].encode() < b["model_id"].encode() for a, b in pairwise(models))
    positions = [each["position"] for each in models if each["position"] is not None]
    assert positions == list(range(len(positions)))


def test_a_complete_export_is_kept_and_an_incomplete_one_is_not(site: Path, warehouse: str) -> None:
    with connect(warehouse) as con:
        run_id = fetch_rows(con, "SELECT max(run_id) AS run_id FROM runs")[0]["run_id"]
    profiles = [read(site, f"models/{path.stem}.json") for path in (site / "api" / "v1" / "models").iterdir()]
    slug = {each["slug"]: each["model_id"] for each in profiles}
    pairs = [(each["model_id"], slug[other]) for each in profiles for other in each["full_pages"]]
    assert is_written(run_id, pairs, Site(site, ""))
    assert not is_written("20990101T000000Z", pairs, Site(site, ""))
    assert not is_written(run_id, pairs, Site(site, "https://llm.example"))
    moved = (site / "changes.html").rename(site / "elsewhere.html")
    assert not is_written(run_id, pairs, Site(site, ""))
    moved.rename(site / "changes.html")


def test_the_site_is_served_on_loopback_alone(site: Path) -> None:
    with create_server(site, 0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = format_address(server)
        with urlopen(f"{address}compare/?a=x&b=y") as answer:  # noqa: S310  (our own server)
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
            assert b'id="phrases"' in answer.read()
        assert server.server_address[0] == "127.0.0.1"
        with pytest.raises(OSError, match="in use"):
            create_server(site, server.server_port)
        server.shutdown()
