"""Cost of any traffic, and of a usage log at the prices of each line's time."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import llmpairs
from llmpairs.cost.traffic import BASES, Traffic
from llmpairs.flows.cli import app
from llmpairs.transforms.pairs.costs import monthly_costs, unnest_tiers
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.views import read_cost_macros
from tests.flows.priced import IN, ROUTE, day, publish_priced, span, spans
from tests.pages.example_release import LLAMA, example_rows, publish_pages, score
from tests.warehouse.samples import GPT, QWEN, frame

RATES = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_write_usd_per_mtok")
OUT = "output_usd_per_mtok"
DIRECT = "groq/groq/gpt-oss-120b/-/standard"


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The example release, with runs that state their cost."""
    rows, own = example_rows(), {"benchmark": "aider-polyglot", "version": "2024-12", "harness": "aider"}
    total: dict[str, Any] = {**own, "metric": "total-cost", "unit": "usd", "is_comparable": False, "value": 4.5}
    solved: dict[str, Any] = {**own, "metric": "pass-rate-2", "value": 40.0}
    rows["benchmark_scores"] += [
        score(GPT, **solved),
        score(GPT, **total),
        # A run of another day, one of unknown cost, and one that solved nothing.
        score(LLAMA, **solved, evaluated_on=date(2026, 5, 1)),
        score(LLAMA, **total, evaluated_on=date(2026, 5, 2)),
        score(QWEN, **solved),
        score(QWEN, **(total | {"value": 0.0})),
        score(GPT, **(solved | {"value": 0.0, "effort": "low"})),
        score(GPT, **(total | {"effort": "low"})),
        score(GPT, **(solved | {"benchmark": "tau2-bench-retail", "metric": "pass-1"})),
        score(GPT, **(total | {"benchmark": "tau2-bench-retail", "metric": "cost"})),
    ]
    return publish_pages(tmp_path_factory.mktemp("example") / "w", rows)


def offer_row(offer_id: str, **more: Any) -> dict[str, Any]:
    """An active offer of gpt-oss-120b at 0.05 and 0.18, as published after the history of `priced.py`."""
    provider, operator, key, tag, tier = offer_id.split("/")
    return {
        "offer_id": offer_id, "model_id": GPT, "provider_id": provider, "operator_id": operator,
        "provider_model_key": key, "route_tag": tag, "service_tier": tier, "route_kind": "direct",
        "operator_known": True, "price_kind": "metered", IN: 0.05, OUT: 0.18, "offer_status": "active", **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The history of `priced.py`, and one of Groq: 0.4/0.8 from 1 June, tiers from 100,000 tokens, no cache price."""
    tier = {"min_prompt_tokens": 100_000, IN: 0.8, OUT: 1.6, "is_marginal": False}
    tiers = [dict.fromkeys(RATES) | tier]
    offers = frame("offers", offer_row(ROUTE), offer_row(DIRECT, **{IN: 0.4, OUT: 0.8, "price_tiers": tiers}))
    june: dict[str, Any] = {"valid_from_kind": "left_censored", "known_from": day(1, 6)}
    history = pd.concat(
        [
            spans(),
            frame(
                "price_history",
                span(0.4, day(1, 6), offer_id=DIRECT, **june),
                span(0.8, day(1, 6), offer_id=DIRECT, field=OUT, **june),
            ),
        ],
        ignore_index=True,
    )
    return publish_priced(tmp_path_factory.mktemp("priced") / "w", history, offers)


def test_published_workloads_cost_what_the_tables_have(example: str) -> None:
    release = llmpairs.open(example)
    columns = {"list": "list_usd", "best": "best_usd", "any": "cheapest_usd"}
    with release.connect() as con:
        rows = con.sql("SELECT * FROM model_scenario_costs").to_arrow_table().to_pylist()
    published = {(row["model_id"], row["scenario_id"]): row for row in rows}
    known = 0
    for scenario in load_scenarios():
        for cost in release.cost([GPT, QWEN], Traffic.of_workload(scenario.scenario_id)):
            row = published[cost.model_id, scenario.scenario_id]
            assert cost.cost_usd == pytest.approx(row[columns[cost.basis]], abs=1e-6)
            assert cost.offer_count == row["eligible_offer_count"]
            assert (cost.reason is None) == (cost.cost_usd is not None)
            if cost.basis == "best":
                assert (cost.offer_id or cost.batch_offer_id) == row["best_offer_id"]
            known += cost.cost_usd is not None
    assert known >= 6


def test_the_cost_of_a_solved_task_is_that_of_one_run(example: str) -> None:
    with llmpairs.connect(example) as con:
        rows = con.sql(
            "SELECT model_id, benchmark, cost_per_solved_usd, blended_3to1_usd_per_mtok FROM cost_per_solved ORDER BY 2"
        ).fetchall()
    blended = (3 * 0.039 + 0.18) / 4
    assert [row[:2] for row in rows] == [(GPT, "aider-polyglot"), (GPT, "tau2-bench-retail")]
    assert [round(row[2], 9) for row in rows] == [round(4.5 / (225 * 0.4), 9), round(4.5 / 0.4, 9)]
    assert [row[3] for row in rows] == [pytest.approx(blended)] * 2


def test_any_traffic_is_computed_to_the_cent(example: str) -> None:
    traffic = Traffic(requests=1_000_000, input_tokens=800, output_tokens=250)
    [best] = llmpairs.open(example).cost(["gpt-oss-120b"], traffic, basis="best")
    assert Decimal(str(best.cost_usd)) == (800 * Decimal("0.039") + 250 * Decimal("0.18"))
    assert best.offer_id == "openrouter/dekallm/gpt-oss-120b/-/standard"
    [half] = llmpairs.open(example).cost([GPT], traffic.replace(batch_share=0.5), basis="best")
    assert (half.cost_usd, half.reason) == (None, "no_eligible_offer")  # nobody sells it at batch prices


@pytest.mark.parametrize("prompt", [800, 5_000, 12_000, 100_000, 250_000])
def test_the_macro_prices_tiers_and_cached_tokens_as_the_tables_do(prompt: int) -> None:
    def tier(start: int, marginal: bool, *rates: float | None) -> dict[str, object]:
        return {"min_prompt_tokens": start, **dict(zip(RATES, rates, strict=True)), "is_marginal": marginal}

    rates: list[tuple[Any, ...]] = [
        (0.039, 0.18, None, None, None),
        (1.25, 10.0, 0.125, None, [tier(100_000, False, 2.5, 15.0, None, None)]),
        (1.25, 10.0, 0.125, 1.5, [tier(100_000, True, 5.0, 20.0, None, 9.0), tier(5_000, True, 2.5, None, 0.25, 3.0)]),
        (3.0, 15.0, 0.3, None, [tier(1_000, False, None, 22.5, 0.6, None), tier(11_000, True, 6.0, 30.0, 1.2, None)]),
    ]
    offers = [dict(zip((*RATES, "price_tiers"), each, strict=True)) for each in rates]
    table = pd.DataFrame(offers)
    table["price_tiers"] = pd.Series([each["price_tiers"] for each in offers], dtype=object)
    scenario = next(each for each in load_scenarios() if each.scenario_id == "coding")
    scenario = type(scenario)(**{**vars(scenario), "input_tokens": prompt, "requests_per_month": 1_000_000})
    expected = monthly_costs(table, unnest_tiers(table.drop(columns=RATES[3])), scenario)
    with duckdb.connect() as con:
        con.execute(read_cost_macros())
        kind = (
            "STRUCT(min_prompt_tokens BIGINT, "
            + ", ".join(f"{name} DOUBLE" for name in RATES)
            + ", is_marginal BOOLEAN)[]"
        )
        con.execute(f"CREATE TABLE offers ({', '.join(f'{name} DOUBLE' for name in RATES)}, price_tiers {kind})")
        con.executemany("INSERT INTO offers VALUES (?, ?, ?, ?, ?)", [list(each.values()) for each in offers])
        cached, output = scenario.cached_tokens, scenario.output_tokens
        query = f"SELECT 1e6 * request_cost_usd(offers, {prompt}, {output}, {cached}) FROM offers"
        found = [row[0] for row in con.execute(query).fetchall()]
        [written] = con.execute(
            f"SELECT 1e6 * request_cost_usd(offers, {prompt}, 0, 0, {prompt}) FROM offers WHERE {RATES[3]} IS NOT NULL"
        ).fetchall()
    assert np.allclose(found, expected, rtol=1e-12)
    # All tokens written to the cache: 1.5 for the first 5,000, 3 up to 100,000, then 9.
    steps = [(0, 1.5), (5_000, 3.0), (100_000, 9.0)]
    ends = [5_000, 100_000, prompt]
    assert written[0] == pytest.approx(
        sum(max(0, min(end, prompt) - start) * rate for (start, rate), end in zip(steps, ends, strict=True))
    )


def test_the_command_prices_a_workload_and_names_near_models(example: str) -> None:
    shown = ask(
        "cost", "gpt-oss-120b", "--workload", "seed_chat", "--basis", "all", "--format", "json", "--warehouse", example
    )
    assert {row["basis"]: row["cost_usd"] for row in json.loads(shown.stdout)} == dict(
        zip(BASES, (100.0, 76.2, 72.0), strict=True)
    )
    lost = ask("cost", "gpt-oss-20b", "--workload", "rag", "--warehouse", example)
    assert lost.exit_code == 2
    assert "nearest: openai/gpt-oss-120b" in lost.stderr
    assert "give --input, --output, or --workload" in ask("cost", GPT, "--requests", "5", "--warehouse", example).stderr
    over = ask("cost", GPT, "--workload", "rag", "--cached", "0.9", "--cache-write", "0.2", "--warehouse", example)
    assert (over.exit_code, "exceed 1 together" in over.stderr) == (2, True)


def price(
    warehouse: str, folder: Path, *lines: Mapping[str, Any] | str, name: str = "log.jsonl"
) -> list[dict[str, Any]]:
    """The priced lines of a log."""
    log, out = folder / name, folder / "priced.parquet"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    log.write_text("\n".join(texts) + "\n", encoding="utf-8")
    llmpairs.open(warehouse).price_usage(log, out)
    rows: list[dict[str, Any]] = duckdb.read_parquet(str(out)).to_arrow_table().to_pylist()
    return rows


def line(time: str, provider: str = "openrouter", **more: Any) -> dict[str, Any]:
    """A line of a million tokens each way."""
    return {
        "time": time, "provider": provider, "model": "gpt-oss-120b", "input_tokens": 1_000_000, "cached_tokens": 0,
        "output_tokens": 1_000_000, **more,
    }  # fmt: skip


def test_each_line_has_the_price_of_its_time(priced: str, tmp_path: Path) -> None:
    times = ["2026-04-30T23:59:59Z", "2026-05-01", "2026-05-10T02:00:00+02:00", "2026-05-19T23:59:59.9Z", "1779235200"]
    rows = price(priced, tmp_path, *(line(time) for time in times), line("2026-06-09T00:00:00Z"))
    assert [row["cost_usd"] and round(row["cost_usd"], 2) for row in rows] == [None, 0.58, 0.22, 0.22, 0.23, 0.23]
    assert [row["reason"] for row in rows] == ["before_first_price", None, None, None, None, "after_release"]
    assert {row["offer_id"] for row in rows} == {ROUTE}


def test_a_line_of_unknown_price_has_bounds_and_a_reason(priced: str, tmp_path: Path) -> None:
    june = "2026-06-02T00:00:00Z"
    rows = price(
        priced,
        tmp_path,
        line(june, "groq", input_tokens=1000, output_tokens=0),
        line(june, "groq", input_tokens=100_000, output_tokens=0),
        line(june, "groq", input_tokens=1000, cached_tokens=500, output_tokens=0),
        line(june, "groq", input_tokens=200_000, output_tokens=0, requests=4),
        line(june, "groq", input_tokens=1000, output_tokens=0, service_tier="batch"),
        line(june, "nobody", input_tokens=1000, output_tokens=0),
        line(june, "groq", model="no-such-model"),
        line(june, "groq", input_tokens="many"),
        line(june, "groq", cached_tokens=2_000_000),
        line("yesterday"),
        "{broken",
    )
    told = [[row[name] for name in ("cost_usd", "low_usd", "high_usd", "reason")] for row in rows]
    assert [
        [value if value is None else value if isinstance(value, str) else round(value, 9) for value in row]
        for row in told
    ] == [
        [0.0004, 0.0004, 0.0004, None],
        [0.08, 0.08, 0.08, None],
        [0.0004, 0.0002, 0.0004, "cache_price_unlisted"],
        [None, 0.08, 0.16, "tier_price_unknown"],
        [None, 0.0, 0.0004, "no_price_for_tier"],
        [None, 0.00005, 0.0004, "provider_unknown"],
        [None, None, None, "model_unknown"],
        [None, None, None, "unreadable_tokens"],
        [None, None, None, "unreadable_tokens"],
        [None, None, None, "unreadable_time"],
        [None, None, None, "unreadable_time"],
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "export.csv",
            "usage_date_utc,model_version,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
            "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,provider\n"
            "2026-06-02,gpt-oss-120b,standard,600,100,100,200,0,groq",
        ),
        (
            "report.jsonl",
            '{"starting_at": "2026-06-02T00:00:00Z", "provider": "Groq", "model": "GPT OSS 120B", '
            '"uncached_input_tokens": 600, "cache_read_input_tokens": 200, "output_tokens": 0, '
            '"cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 100}}',
        ),
        (
            "messages.jsonl",
            '{"created_at": "2026-06-02T00:00:00Z", "provider": "groq", "model": "openai/gpt-oss-120b", "usage": '
            '{"input_tokens": 600, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 200, '
            '"output_tokens": 0, "cache_creation": {"ephemeral_1h_input_tokens": 100}}}',
        ),
    ],
)
def test_exports_that_count_cached_tokens_apart_are_recognised(
    priced: str, tmp_path: Path, name: str, text: str
) -> None:
    [row] = price(priced, tmp_path, text, name=name)
    assert (row["input_tokens"], row["cached_tokens"], row["cache_write_tokens"]) == (1000, 200, 200)
    # 1,000 tokens at 0.4, and 100 of them, kept for an hour, at twice that; no cache price is listed.
    assert round(row["cost_usd"], 9) == 0.00044
    assert row["model_id"] == GPT


def test_the_usage_api_of_openai_counts_cached_tokens_as_input(priced: str, tmp_path: Path) -> None:
    [row] = price(
        priced,
        tmp_path,
        '{"start_time": 1780358400, "provider": "groq", "model": "gpt-oss-120b", "input_tokens": 1000, '
        '"input_cached_tokens": 200, "output_tokens": 0, "num_model_requests": 5, "batch": false}',
    )
    assert (row["input_tokens"], row["cached_tokens"], row["requests"]) == (1000, 200, 5)
    assert round(row["cost_usd"], 9) == 0.0004


def test_a_summary_has_a_row_for_each_model_and_month(priced: str, tmp_path: Path) -> None:
    log = tmp_path / "log.parquet"
    rows = [line("2026-05-02"), line("2026-05-03"), line("2026-06-02"), line("2026-04-02")]
    pd.DataFrame(rows).to_parquet(log)
    shown = ask("cost", "--usage", str(log), "--format", "json", "--warehouse", priced)
    found = {
        row["month"]: (row["lines"], round(row["cost_usd"], 2), row["reasons"]) for row in json.loads(shown.stdout)
    }
    assert found == {
        "2026-05": (2, 1.16, None),
        "2026-06": (1, 0.23, None),
        "2026-04": (1, 0.0, "before_first_price: 1"),
    }


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.txt", "x", "name it .jsonl, .csv or .parquet"),
        ("log.csv", "time,model\n2026-06-02,x", "no columns for tokens"),
        ("log.csv", "input_tokens,output_tokens\n1,2", "no column for time and model"),
        ("log.parquet", "x", "cannot be read"),
    ],
)
def test_a_file_that_is_no_usage_log_is_refused(
    priced: str, tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    refused = ask("cost", "--usage", str(tmp_path / name), "--warehouse", priced)
    assert refused.exit_code == 2
    assert message in refused.stderr
