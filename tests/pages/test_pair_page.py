"""First screen, calculator, operators and benchmarks of a pair's page."""

import json
import re
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import llmpairs.render
from llmpairs.flows.commands.compare import format_page
from llmpairs.pages.content.benchmark_rows import summarise_benchmarks
from llmpairs.pages.content.pair_schema import PairPage, SharedRow
from llmpairs.pages.layout.first_screen import lead_blocks
from llmpairs.pages.layout.offer_tables import describe_status, operator_blocks
from llmpairs.render.document import Cards, Chips, Fold, TableBlock
from llmpairs.transforms.pairs.costs import monthly_costs, unnest_tiers
from llmpairs.transforms.pairs.scenarios import Scenarios, load_scenarios
from tests.pages.example_release import LLAMA, Rows, example_rows, make_page, offer
from tests.warehouse.samples import GPT

SCRIPT = Path(llmpairs.render.__file__).parent / "templates" / "calculator.js"
NODE = shutil.which("node")
RATES = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok")
MAX_WORDS = 900


@pytest.fixture(scope="module")
def page() -> PairPage:
    return make_page(example_rows())


@pytest.fixture(scope="module")
def scored() -> PairPage:
    return make_page(example_rows(), LLAMA, GPT)


def run_script(expression: str, data: object) -> Any:
    """Value of an expression of the page's script, in which `data` is the given value."""
    if NODE is None:
        pytest.skip("node is not installed")
    code = f"{SCRIPT.read_text('utf-8')}\nconst data = {json.dumps(data)};\nconsole.log(JSON.stringify({expression}));"
    return json.loads(subprocess.run([NODE, "-"], input=code, capture_output=True, text=True, check=True).stdout)


def test_the_first_screen_has_the_headline_four_figures_and_every_outcome(scored: PairPage) -> None:
    headline, _, chips, cards = lead_blocks(scored)
    assert scored["headline"] in str(headline)
    assert isinstance(cards, Cards)
    figures = {card.title: [bar.value.text for bar in card.bars] for card in cards.cards}
    assert figures == {
        "List price per 1M tokens, 3:1": ["$0.17", "$0.0975"],
        "Quality index, 95% interval": ["92", "101"],
        "Context window, tokens": ["1.05M", "131K"],
        "Max output, tokens": ["unknown", "33K"],
    }
    quality = cards.cards[1]
    assert [bar.value.note for bar in quality.bars] == ["87–97, estimated", "96–106"]
    assert quality.bars[0].interval
    assert quality.bars[0].interval[1] < 100
    assert isinstance(chips, Chips)
    assert [label for label, _ in chips.items] == ["Overall", *(each.label for each in load_scenarios())]
    assert all(cell.note for _, cell in chips.items)


def test_speed_is_shown_where_both_sides_have_one() -> None:
    rows = example_rows()
    for row in rows["offers"]:
        row["throughput_tokens_per_s"] = {"groq": 300.0, "deepinfra": 100.0}.get(row["provider_id"])
    cards = next(block for block in lead_blocks(make_page(rows, LLAMA, GPT)) if isinstance(block, Cards))
    assert (cards.cards[3].title, [bar.value.text for bar in cards.cards[3].bars]) == (
        "Output speed, tokens per second", ["300", "200"],
    )  # fmt: skip


def test_what_is_stated_of_prompts_and_of_hours_is_beside_the_price(page: PairPage) -> None:
    first, *others = (deepcopy(each) for each in page["sides"][0]["routes"])
    first |= {"trains_on_prompts": False, "zero_retention": True, "price_hours_utc": ["22:00-06:00"]}
    table = next(iter(operator_blocks({**page["sides"][0], "routes": [first, *others]}, None)))
    assert isinstance(table, TableBlock)
    prompts = table.head.index("Prompts")
    assert [row[prompts].text for row in table.rows].count("no training, zero retention") == 1
    assert "price of 22:00-06:00 UTC" in describe_status(first)
    assert "Prompts" not in next(iter(operator_blocks(page["sides"][0], None))).head  # type: ignore[union-attr]


def test_the_script_has_the_costs_of_the_tables_for_every_preset_and_basis(scored: PairPage) -> None:
    expression = """data.presets.map((preset) => data.sides.map((side) => ["list", "best", "any"].map(
      (basis) => { const cost = costOf(side, preset, basis); return cost && formatUsd(cost.usd); })))"""
    found = run_script(expression, scored["calculator"])
    expected = [
        [
            [
                None if usd is None else f"${usd:,.2f}"
                for usd in (
                    side["list_usd"],
                    side["best"] and side["best"]["usd"],
                    side["cheapest"] and side["cheapest"]["usd"],
                )
            ]
            for side in row["sides"]
        ]
        for row in scored["costs"]
    ]
    assert found == expected
    assert len({cost for row in expected for side in row for cost in side}) > 10


def test_the_script_prices_tiers_and_cached_tokens_as_the_tables_do() -> None:
    def tier(start: int, marginal: bool, *rates: float | None) -> dict[str, object]:
        return {"min_prompt_tokens": start, "is_marginal": marginal, **dict(zip(RATES, rates, strict=True))}

    rates = [
        (0.039, 0.18, None, []),
        (1.25, 10.0, 0.125, [tier(100_000, False, 2.5, 15.0, None)]),
        (1.25, 10.0, 0.125, [tier(5_000, True, 2.5, None, 0.25), tier(100_000, True, 5.0, 20.0, None)]),
        (3.0, 15.0, 0.3, [tier(1_000, False, None, 22.5, 0.6), tier(11_000, True, 6.0, 30.0, 1.2)]),
    ]
    offers = [dict(zip((*RATES, "price_tiers"), each, strict=True)) for each in rates]
    frame = pd.DataFrame(offers)
    frame["price_tiers"] = pd.Series([each["price_tiers"] or None for each in offers], dtype=object)
    scenarios: Scenarios = load_scenarios()
    presets = [
        {name: getattr(each, name) for name in ("prompt_tokens", "output_tokens", "cached_share", "requests_per_month")}
        for each in scenarios
    ]
    found = run_script("data[0].map((p) => data[1].map((offer) => monthlyCost(offer, p)))", [presets, offers])
    expected = [monthly_costs(frame, unnest_tiers(frame), each) for each in scenarios]
    assert np.array_equal(np.array(found), np.array(expected))


def test_the_script_rounds_to_the_cent_as_python_does() -> None:
    amounts = [0.0, 0.125, 0.375, 61.625, 2.675, 1_234_567.895, 999.995, 0.005]
    assert run_script("data.map(formatUsd)", amounts) == [f"${usd:,.2f}" for usd in amounts]


def add_offers(rows: Rows, model_id: str, count: int) -> Rows:
    """The release with more offers of a model, each by an operator of its own."""
    more = [offer(model_id, f"host{n}", f"host{n}", (1.0 + n, 2.0 + n)) for n in range(count)]
    return rows | {"offers": rows["offers"] + more}


def test_an_operator_has_one_row_the_best_first_and_unknown_ones_last(page: PairPage) -> None:
    table = next(iter(operator_blocks(page["sides"][0], None)))
    assert isinstance(table, TableBlock)
    assert [(row[0].text, row[0].note) for row in table.rows] == [
        ("DekaLLM", "via OpenRouter, bf16"), ("Deep Infra", "fp4"), ("Groq", ""), ("Helicone", "operator unknown"),
    ]  # fmt: skip
    assert "Uptime" not in table.head


def test_operators_after_the_tenth_are_folded() -> None:
    side = make_page(add_offers(example_rows(), GPT, 12))["sides"][0]
    first, second, *_ = operator_blocks(side, None)
    assert isinstance(first, TableBlock)
    assert isinstance(second, Fold)
    assert len(first.rows) == 10
    assert second.summary.startswith("6 other operators")


def shared(metric: str, left: float, right: float) -> SharedRow:
    """A row of LiveBench that both sides have."""
    return {
        "benchmark": "livebench", "version": "2026-01-08", "metric": metric, "harness": "livebench", "unit": "percent",
        "higher_is_better": True, "effort_differs": False, "ahead": int(right > left),
        "sides": [
            {"value": value, "standard_error": None, "effort": "high", "evaluator_class": "third_party",
             "evaluated_on": None, "is_withheld": False, "evidence": None}
            for value in (left, right)
        ],
    }  # fmt: skip


def test_a_benchmark_of_many_metrics_is_one_row() -> None:
    tasks = [shared("python", 80.0, 60.0), shared("typos", 50.0, 70.0), shared("zebra-puzzle", 90.0, 80.0)]
    (row,) = summarise_benchmarks(tasks)
    assert (row["metric"], row["values"], row["won"]) == ("mean of 3 metrics", [73.33, 70.0], [2, 1])
    (whole,) = summarise_benchmarks([*tasks, shared("full", 10.0, 20.0)])
    assert (whole["metric"], whole["values"], whole["won"]) == ("full", [10.0, 20.0], [2, 2])


def count_visible_words(html: str) -> int:
    """Words of the main part that a reader sees with scripts: closed details show their summary only."""
    main = html[html.index("<main") : html.index("</main>")]
    main = re.sub(r"<script.*?</script>|<(title|desc)\b.*?</\1>|<sup.*?</sup>", " ", main, flags=re.DOTALL)
    inner = re.compile(
        r"<details[^>]*>\s*<summary>((?:(?!</summary>).)*)</summary>(?:(?!<details).)*?</details>", re.DOTALL
    )
    while inner.search(main):
        main = inner.sub(r" \1 ", main)
    return len(re.sub(r"<[^>]+>", " ", main).split())


def test_a_page_with_many_offers_has_at_most_900_visible_words() -> None:
    rows = add_offers(add_offers(example_rows(), GPT, 30), LLAMA, 30)
    html = format_page(make_page(rows, LLAMA, GPT), "html")
    assert 400 < count_visible_words(html) <= MAX_WORDS


def test_the_page_describes_both_models_to_search_engines(scored: PairPage) -> None:
    html = format_page(scored, "html")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert (data["@type"], data["name"]) == ("WebPage", "Llama 4 Scout vs gpt-oss-120b")
    assert [each["identifier"] for each in data["about"]] == [LLAMA, GPT]
    assert data["about"][1]["offers"]["seller"]["name"] == "OpenRouter"


def test_compare_prints_the_first_screen_in_fewer_than_forty_lines(scored: PairPage) -> None:
    text = format_page(scored, "text", full=False)
    assert len(text.splitlines()) < 40
    for part in ("Last updated 8 June 2026", "Quality index", "Short chat", "--full"):
        assert part in text
    assert scored["headline"] in " ".join(text.split())
    brief = json.loads(format_page(scored, "json", full=False))
    assert brief["headline"] == scored["headline"]
    assert [side["monthly_usd"]["seed_chat"] for side in brief["sides"]] == [173.0, 76.2]
    assert len(brief["outcomes"]) == len(scored["costs"])
