"""`compare` and `export site` over a published release of three models."""

import json
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner, Result

from llmpairs.flows.cli import app
from llmpairs.flows.commands.compare import read_page
from llmpairs.warehouse.vocabulary import MIRRORED_VALUES
from tests.pages.example_release import LLAMA, example_rows, publish_pages
from tests.warehouse.samples import GPT, QWEN

EVIL = '</script><script>alert("x")</script>'


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    return publish_pages(tmp_path_factory.mktemp("warehouse") / "data")


@pytest.fixture(scope="module")
def site(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    result = run(
        "export",
        "site",
        "--out",
        str(folder),
        "--models",
        "3",
        "--base-url",
        "https://llm.example/",
        "--warehouse",
        warehouse,
    )
    assert result.exit_code == 0, result.output
    assert "3 models and 3 pairs" in result.stdout
    assert "--serve" in result.stdout
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("openai/gpt-oss-120b", GPT), ("gpt-oss-120b", GPT), ("GPT OSS 120b", GPT), ("gptoss120b", GPT),
        ("openai--gpt-oss-120b", GPT), ("qwen3.5 4b", QWEN), ("Llama-4-Scout", LLAMA),
    ],
)  # fmt: skip
def test_a_model_is_found_however_its_name_is_written(warehouse: str, name: str, model_id: str) -> None:
    other = GPT if model_id != GPT else QWEN
    page = read_page(warehouse, None, name, other)
    assert page["sides"][0]["model_id"] == model_id


@pytest.mark.parametrize(
    ("name", "nearest"), [("gpt-oss", GPT), ("qwen", QWEN), ("lama 4 scout", LLAMA), ("qwen3.5-4", QWEN)]
)
def test_a_miss_suggests_the_nearest(warehouse: str, name: str, nearest: str) -> None:
    result = run("compare", name, GPT, "--warehouse", warehouse)
    assert result.exit_code == 2
    assert f"no model {name!r} in this release" in result.stderr
    assert result.stderr.partition("nearest: ")[2].strip().split(", ")[0] == nearest


def test_a_model_is_not_compared_with_itself(warehouse: str) -> None:
    result = run("compare", GPT, "gpt oss 120b", "--warehouse", warehouse)
    assert (result.exit_code, "cannot be compared with itself" in result.stderr) == (2, True)


def test_the_page_goes_to_a_file_or_to_standard_output(warehouse: str, tmp_path: Path) -> None:
    out = tmp_path / "pair.html"
    result = run("compare", GPT, QWEN, "--format", "html", "--out", str(out), "--warehouse", warehouse)
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert json.loads(run("compare", GPT, QWEN, "--format", "json", "--warehouse", warehouse).stdout)["release"]
    assert run("compare", GPT, QWEN, "--format", "pdf", "--warehouse", warehouse).exit_code == 2


@cache
def read_once(warehouse: str, a: str, b: str) -> Any:
    """The page of two models, read once for all tests that only look at it."""
    return read_page(warehouse, None, a, b)


@pytest.mark.parametrize(("a", "b"), list(permutations((GPT, QWEN, LLAMA), 2))[:4])
def test_swapped_models_give_the_mirrored_page(warehouse: str, a: str, b: str) -> None:
    page, turned = read_once(warehouse, a, b), read_once(warehouse, b, a)
    assert [side["model_id"] for side in turned["sides"]] == [b, a]
    assert turned["sides"] == page["sides"][::-1]
    for name in ("tradeoffs", "one_sided"):
        assert [told(rows) for rows in turned[name]] == [told(rows) for rows in page[name][::-1]]
    assert turned["moves"] == page["moves"][::-1]
    for name in ("specs", "capabilities"):
        assert [
            {k: v[::-1] if isinstance(v, list) and k != "capability" else v for k, v in row.items()}
            for row in page[name]
        ] == turned[name]
    for row, back in zip(page["decisions"], turned["decisions"], strict=True):
        assert (back["outcome"], back["reason"]) == (MIRRORED_VALUES.get(row["outcome"], row["outcome"]), row["reason"])
        assert back["sides"] == row["sides"][::-1]
    for row, back in zip(page["costs"], turned["costs"], strict=True):
        assert back["sides"] == row["sides"][::-1]
        assert back["difference_usd"] == (None if row["difference_usd"] is None else -row["difference_usd"])
    rows, backs = (sorted(p["benchmarks"]["comparable"], key=lambda r: r["benchmark"]) for p in (page, turned))
    assert [row["sides"][::-1] for row in rows] == [row["sides"] for row in backs]


def test_what_a_page_decides_is_what_the_row_says(warehouse: str) -> None:
    for a, b in ((GPT, QWEN), (LLAMA, GPT), (LLAMA, QWEN), (QWEN, LLAMA)):
        page = read_once(warehouse, a, b)
        record = page["record"]
        for row in page["decisions"]:
            assert row["outcome"] == record[f"outcome_{row['scenario_id']}"]
        benchmarks = page["benchmarks"]
        assert len(benchmarks["comparable"]) == record["shared_benchmark_count"]
        assert len(benchmarks["indicative"]) == record["indicative_benchmark_count"]


def test_an_outcome_is_explained_by_what_it_compares(warehouse: str) -> None:
    shown = run("explain", "gpt-oss-120b", "vision", "--against", "llama-4-scout", "--warehouse", warehouse)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("vision: leans to Llama 4 Scout (lean_b; rule requirement_failed)")
    assert "because a requirement is not met; gpt-oss-120b does not support vision" in shown.stdout
    found = run("explain", "gpt-oss-120b", "--against", "llama-4-scout", "--format", "json", "--warehouse", warehouse)
    rows = {row["scenario_id"]: row for row in json.loads(found.stdout)}
    chat, overall = rows["seed_chat"], rows["overall"]
    costs = [(side["cost_usd"], side["offer_id"]) for side in chat["sides"]]
    assert costs == [
        (76.2, "openrouter/dekallm/gpt-oss-120b/-/standard"),
        (173.0, "groq/groq/llama-4-scout/-/standard"),
    ]
    assert chat["cost_ratio"] == pytest.approx(76.2 / 173)
    record = read_once(warehouse, "gpt-oss-120b", "llama-4-scout")["record"]
    assert overall["outcome"] == record["overall_outcome"]
    for name in ("", "_low95", "_high95"):
        assert overall[f"difference{name}"] == pytest.approx(record[f"quality_difference{name}"], abs=1e-5)
    lost = run("explain", "gpt-oss-120b", "vison", "--against", "llama-4-scout", "--warehouse", warehouse)
    assert (lost.exit_code, "did you mean vision" in lost.stderr) == (2, True)


def test_a_pair_is_read_from_a_bucket_too(warehouse: str, s3_uri: str) -> None:
    assert read_page(publish_pages(s3_uri), None, GPT, QWEN) == read_page(warehouse, None, GPT, QWEN)


@pytest.mark.slow
def test_one_pair_needs_neither_pandas_nor_scipy(warehouse: str) -> None:
    told = (
        "import sys; from llmpairs.flows.commands.compare import format_page, read_page; "
        f"page = read_page({warehouse!r}, None, {GPT!r}, {QWEN!r}); format_page(page, 'html'); "
        "print(sorted({'pandas', 'scipy', 'prefect', 'great_expectations', 'scrapy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def told(rows: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    return [(row["kind"], row["text"], row["strength"]) for row in rows]


class Links(HTMLParser):
    """Addresses and anchors of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and value:
                self.links.append(value)
            if name == "id" and value:
                self.ids.add(value)


def test_no_link_of_the_site_is_dead(site: Path) -> None:
    pages = {path: Links(path.read_text("utf-8")) for path in site.rglob("*.html")}
    assert len(pages) == 3 + 3 + 3 + 3 + len(list((site / "providers").iterdir()))
    followed = 0
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"https?:|data:", link):
                continue
            address, _, anchor = unquote(link).partition("#")
            target = (path.parent / address).resolve() if address else path
            assert target.is_file(), (path, link)
            assert not anchor or anchor in pages[target].ids, (path, link)
            followed += 1
    assert followed > 100
    reached = {site / "index.html"}
    while (
        new := {
            (path.parent / link.partition("#")[0]).resolve()
            for path in reached
            for link in pages[path].links
            if not re.match(r"https?:|data:|#", link) and link.partition("#")[0].endswith(".html")
        }
        - reached
    ):
        reached |= new
    assert {p for p in pages if "-vs-" not in p.name} <= reached
    assert sum("-vs-" in path.name for path in reached) == 3


def test_the_other_order_of_a_pair_leads_to_its_page(site: Path) -> None:
    turned = (site / "pairs" / "qwen--qwen3.5-4b-vs-openai--gpt-oss-120b.html").read_text("utf-8")
    assert 'content="0; url=openai--gpt-oss-120b-vs-qwen--qwen3.5-4b.html"' in turned
    canonical = 'rel="canonical" href="https://llm.example/pairs/openai--gpt-oss-120b-vs-qwen--qwen3.5-4b.html"'
    assert canonical in turned
    assert canonical in (site / "pairs" / "openai--gpt-oss-120b-vs-qwen--qwen3.5-4b.html").read_text("utf-8")


def test_a_model_page_has_offers_capabilities_scores_and_gaps(site: Path) -> None:
    text = (site / "models" / "openai--gpt-oss-120b.html").read_text("utf-8")
    for words in (
        "DekaLLM",
        "$0.039/$0.18",
        "Capabilities",
        "aider-polyglot",
        "the lab&#39;s own score",
        "Price history",
    ):
        assert words in text
    assert "26.125" not in text
    assert "Released: sources disagree" in (site / "models" / "qwen--qwen3.5-4b.html").read_text("utf-8")


def test_the_search_has_every_model_and_every_pair_in_the_page(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', index, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert {row[0] for row in data["models"]} == {GPT, QWEN, LLAMA}
    assert len(data["pairs"]) == 3
    assert "src=" not in index
    assert "<loc>https://llm.example/index.html</loc>" in (site / "sitemap.xml").read_text("utf-8")


def test_an_export_is_the_same_twice_and_takes_away_what_it_no_longer_has(warehouse: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        assert run("export", "site", "--out", str(folder), "--models", "3", "--warehouse", warehouse).exit_code == 0
    files = {str(path.relative_to(one)): path.read_bytes() for path in one.rglob("*") if path.is_file()}
    assert files == {str(path.relative_to(two)): path.read_bytes() for path in two.rglob("*") if path.is_file()}
    chosen = tmp_path / "pairs.txt"
    chosen.write_text("# the example pair\ngpt-oss-120b\tQwen3.5-4B\n\n", "utf-8")
    assert run("export", "site", "--out", str(one), "--pairs", str(chosen), "--warehouse", warehouse).exit_code == 0
    assert len(list((one / "pairs").iterdir())) == 2
    assert len(list((one / "models").iterdir())) == 3


def test_a_folder_with_other_files_is_left_alone(warehouse: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    result = run("export", "site", "--out", str(tmp_path), "--warehouse", warehouse)
    assert result.exit_code == 2
    assert "is not empty and holds no exported site" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["../thesis.txt", "/thesis.txt", "pairs/../../thesis.txt"])
def test_no_file_outside_the_folder_is_taken_away(warehouse: str, tmp_path: Path, name: str) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "site.json").write_text(json.dumps({"files": ["index.html", name]}), "utf-8")
    result = run("export", "site", "--out", str(tmp_path / "s"), "--warehouse", warehouse)
    assert result.exit_code == 2
    assert "which is not in the folder" in result.stderr
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("line", "says"),
    [("gpt-oss-120b nobody", "line 2: no model 'nobody' in this release"), ("one two three", "line 2: write two")],
)
def test_a_bad_line_of_the_pairs_file_is_named(warehouse: str, tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "pairs.txt").write_text(f"gpt-oss-120b Qwen3.5-4B\n{line}\n", "utf-8")
    result = run(
        "export", "site", "--out", str(tmp_path / "s"), "--pairs", str(tmp_path / "pairs.txt"), "--warehouse", warehouse
    )
    assert (result.exit_code, says in result.stderr) == (2, True)


def test_a_name_cannot_end_the_script_of_the_index(tmp_path: Path) -> None:
    rows = example_rows()
    rows["models"][0]["display_name"] = EVIL
    warehouse = publish_pages(tmp_path / "data", rows)
    assert run("export", "site", "--out", str(tmp_path / "s"), "--models", "2", "--warehouse", warehouse).exit_code == 0
    for path in (tmp_path / "s").rglob("*.html"):
        assert EVIL not in path.read_text("utf-8")
