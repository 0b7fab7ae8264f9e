"""Score tables of one benchmark: model names separated from efforts, and no guess about the meaning of a score."""

import json
from functools import partial
from typing import Any

import pytest

from llmpairs.spiders.benchmarks.aider import parse_leaderboard
from llmpairs.spiders.benchmarks.livebench import parse_table
from llmpairs.spiders.benchmarks.lmarena import parse_ratings
from llmpairs.spiders.benchmarks.names import split_dashed
from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, SchemaChangedError
from llmpairs.spiders.items import ScoreClaim
from llmpairs.spiders.page import Finding, NextPage, Page, Parser
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.registry.source import SCORES
from tests.spiders.pages import findings, page

TABLE = "https://livebench.ai/table_2026_01_08.csv"
parse_text_arena = partial(parse_ratings, arena="text")


def scores(parser: Parser, asked: Page) -> list[ScoreClaim]:
    return [each for each in parser(asked) if isinstance(each, ScoreClaim)]


def run(model: str, **fields: Any) -> str:
    """A leaderboard of one run; JSON is YAML."""
    return json.dumps([{"model": model, "pass_rate_2": 84.9, "date": "2025-06-25", **fields}])


def test_benchmarks_are_slow_sources_of_their_own_kind() -> None:
    known = {source.id: source for source in SOURCES.values() if source.kind == "benchmark"}
    assert {"aider", "livebench", "lmarena", "models_dev_lab", "swe_bench"} <= known.keys()
    assert {source.lateness for source in known.values()} == {SCORES}
    assert known["swe_bench"].redistributable is False


# Names


@pytest.mark.parametrize(
    ("key", "name", "setting"),
    [
        ("gpt-5.1-high", "gpt-5.1", "high"),
        ("gpt-5.4-xhigh", "gpt-5.4", "xhigh"),
        ("o3-mini-medium", "o3-mini", "medium"),
        ("claude-opus-4-5-20251101-high-32k", "claude-opus-4-5-20251101", "high-32k"),
        ("claude-opus-4-1-20250805-thinking-16k", "claude-opus-4-1-20250805", "thinking-16k"),
        ("claude-opus-4-5-20251101-thinking-64k-high-effort", "claude-opus-4-5-20251101", "thinking-64k-high-effort"),
        ("claude-opus-4-6-thinking-auto-low-effort", "claude-opus-4-6", "thinking-auto-low-effort"),
        ("claude-4-sonnet-20250514-base", "claude-4-sonnet-20250514", "base"),
        ("gemini-2.5-pro-06-05-highthinking", "gemini-2.5-pro-06-05", "highthinking"),
    ],
)
def test_an_effort_after_a_name_is_cut_from_it(key: str, name: str, setting: str) -> None:
    assert split_dashed(key) == (name, setting)


@pytest.mark.parametrize("key", ["mistral-medium", "mistral-large", "qwen-max", "gpt-5-mini", "llama-2-base"])
def test_a_size_in_a_name_is_not_an_effort(key: str) -> None:
    assert split_dashed(key) == (key, None)


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        ("kimi-k2-thinking", "thinking"),
        ("deepseek-v3.2-thinking", "thinking"),
        ("grok-4-1-fast-non-reasoning", "non-reasoning"),
        ("grok-4-1-fast-reasoning", "reasoning"),
        ("qwen3-30b-a3b-no-thinking", "no-thinking"),
    ],
)
def test_a_mode_is_a_setting_and_stays_in_the_name(key: str, mode: str) -> None:
    """It may name other weights; the spelling does not decide which."""
    assert split_dashed(key) == (key, mode)


# Aider


@pytest.mark.parametrize(
    ("key", "name", "setting"),
    [
        ("o3 (high)", "o3", "high"),
        ("claude-3-7-sonnet-20250219 (32k thinking tokens)", "claude-3-7-sonnet-20250219", "32k thinking tokens"),
        ("gemini-2.5-pro-preview-06-05 (32k think)", "gemini-2.5-pro-preview-06-05", "32k think"),
        ("Gemini 2.5 Pro Preview 0506 (default think)", None, "default think"),
        ("Qwen3 235B A22B diff, no think, Alibaba API", "Qwen3 235B A22B", "no think"),
        ("DeepSeek R1 (0528)", None, None),
        ("DeepSeek V3 (prev)", None, None),
    ],
)
def test_aiders_settings_are_distinguished_from_dates(key: str, name: str | None, setting: str | None) -> None:
    (score,) = scores(parse_leaderboard, page(run(key)))
    expected = name or (key.partition(" (")[0] if setting else None)
    assert (score.model_key, score.model_name, score.effort) == (key, expected, setting)


def test_a_run_states_its_harness_its_effort_and_its_day() -> None:
    fields = {
        "versions": "0.84.1.dev",
        "edit_format": "diff",
        "reasoning_effort": "high",
        "percent_cases_well_formed": 97.3,
        "total_cost": 49.8,
    }
    found = scores(parse_leaderboard, page(run("gpt-5", **fields)))
    assert {each.metric: (each.value, each.unit) for each in found} == {
        "pass_rate_2": ("84.9", "percent"),
        "percent_cases_well_formed": ("97.3", "percent"),
        "total_cost": ("49.8", "usd"),
    }
    assert {(each.harness, each.effort, each.evaluated_on) for each in found} == {
        ("aider 0.84.1.dev, diff", "high", "2025-06-25")
    }


def test_a_cost_of_zero_is_unknown() -> None:
    found = scores(parse_leaderboard, page(run("gpt-5", total_cost=0.0, completion_tokens=0)))
    assert [(each.metric, each.value) for each in found] == [("pass_rate_2", "84.9"), ("completion_tokens", "0")]


def test_a_run_with_a_broken_score_costs_only_itself() -> None:
    runs = json.dumps([*json.loads(run("a")) * 12, *json.loads(run("b", pass_rate_2="much"))])
    assert [each.model_key for each in scores(parse_leaderboard, page(runs))] == ["a"] * 12
    (rejected,) = findings(parse_leaderboard, runs, "rejected")
    assert "pass_rate_2" in rejected


def test_an_unknown_key_is_named() -> None:
    assert "tau" in str(findings(parse_leaderboard, run("a", tau=1), "unknown_key"))


LAUGHS = "- &a0 [x, x]\n" + "".join(f"- &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<!doctype html><p>Sign in", NotTextError),
        (b"\xff\xfe\x00", NotTextError),
        (LAUGHS, LayoutChangedError),
        ("- " + "[" * 60 + "]" * 60, LayoutChangedError),
        ("a: [", LayoutChangedError),
        ("model: gpt-5", LayoutChangedError),
        ("", LayoutChangedError),
    ],
)
def test_a_body_without_a_list_of_runs_is_refused(body: str | bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(parse_leaderboard(page(body)))


def test_an_object_in_yaml_is_not_built() -> None:
    body = "- model: !!python/object/apply:os.system [ls]\n  pass_rate_2: 1.0\n"
    with pytest.raises(SchemaChangedError, match="expected text"):
        list(parse_leaderboard(page(body)))


# LiveBench


def test_every_filled_cell_is_a_score_of_the_dated_edition() -> None:
    table = "model,AMPS_Hard,zebra_puzzle\no3-high,90.5,\nclaude-4-sonnet-20250514-base,1.0,0\n"
    found = scores(parse_table, page(table, TABLE))
    assert [(each.model_key, each.model_name, each.metric, each.value, each.effort) for each in found] == [
        ("o3-high", "o3", "AMPS_Hard", "90.5", "high"),
        ("claude-4-sonnet-20250514-base", "claude-4-sonnet-20250514", "AMPS_Hard", "1.0", "base"),
        ("claude-4-sonnet-20250514-base", "claude-4-sonnet-20250514", "zebra_puzzle", "0", "base"),
    ]
    assert {(each.version, each.unit, each.harness) for each in found} == {("2026-01-08", "percent", None)}
    assert found[0].locator == "row 1/AMPS_Hard"


def test_the_switch_of_hybrid_weights_is_distinguished_from_weights_that_only_think() -> None:
    table = "model,x\nqwen3-32b-thinking,1\nqwen3-235b-a22b-thinking-2507,2\nkimi-k2-thinking,3\n"
    named = {each.model_key: (each.model_name, each.effort) for each in scores(parse_table, page(table, TABLE))}
    assert named == {
        "qwen3-32b-thinking": ("qwen3-32b", "thinking"),
        "qwen3-235b-a22b-thinking-2507": (None, None),
        "kimi-k2-thinking": (None, "thinking"),
    }


def test_a_row_of_another_length_is_refused_and_not_shifted() -> None:
    """Seen 2026-08-21: the row of nemotron-3-super-120b-a12b has three cells fewer than the header."""
    read = list(parse_table(page("model,a,b\nshort,1\n" + "whole,1,2\n" * 12, TABLE)))
    assert {each.model_key for each in read if isinstance(each, ScoreClaim)} == {"whole"}
    assert [(each.kind, each.locator) for each in read if isinstance(each, Finding)] == [("rejected", "row 1")]


@pytest.mark.parametrize(
    ("body", "url", "error"),
    [
        ("<html><body>", TABLE, NotTextError),
        ("name,a\nx,1\n", TABLE, LayoutChangedError),
        ("model,a,a\nx,1,2\n", TABLE, LayoutChangedError),
        ("", TABLE, LayoutChangedError),
        ("model,a\nx,1\n", "https://livebench.ai/table.csv", LayoutChangedError),
    ],
)
def test_a_body_without_a_table_of_an_edition_is_refused(body: str, url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(parse_table(page(body, url)))


# LMArena


def test_a_rating_keeps_its_category_its_interval_and_its_unit() -> None:
    rating = {"rating": 1451.3, "rating_q025": 1443.1, "rating_q975": 1459.6}
    found = scores(parse_text_arena, page({"full": {"gpt-5.1-high": rating}, "math": {"mistral-medium": rating}}))
    assert [(each.model_key, each.model_name, each.effort) for each in found] == [
        ("gpt-5.1-high", "gpt-5.1", "high"),
        ("mistral-medium", None, None),
    ]
    assert len({each.metric for each in found}) == 2
    assert {(each.unit, each.value, each.interval_low, each.interval_high) for each in found} == {
        ("elo", "1451.3", "1443.1", "1459.6")
    }
    assert {each.evaluator_class for each in found} == {"community"}


def test_the_two_arenas_are_different_benchmarks() -> None:
    body = {"full": {"m": {"rating": 1}}}
    text = scores(partial(parse_ratings, arena="text"), page(body))
    vision = scores(partial(parse_ratings, arena="vision"), page(body))
    assert (text[0].benchmark, text[0].metric) != (vision[0].benchmark, vision[0].metric)


def test_an_unknown_key_of_a_rating_is_named() -> None:
    body = {"full": {"m": {"rating": 1, "votes": 3}}}
    assert "votes" in str(findings(parse_text_arena, body, "unknown_key"))


@pytest.mark.parametrize("body", [{}, {"full": {}}])
def test_an_arena_without_ratings_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(LayoutChangedError):
        list(parse_text_arena(page(body)))


# A row as public clients of the dataset quote it (2026-10-02); the page around it by the viewer's documentation.
ROW = {
    "model_name": "gemini-4-argon-high", "organization": "google", "license": "Proprietary",
    "rating": 1525.2150000155266, "rating_lower": 1516.3851952929315, "rating_upper": 1534.0448047381217,
    "variance": 20.295792582536265, "vote_count": 4932.0, "rank": 1, "category": "overall",
    "leaderboard_publish_date": "2026-10-02",
}  # fmt: skip


def dataset_page(*rows: dict[str, Any], total: int = 1, offset: int = 0) -> Page:
    """A page of rows at the registry's address."""
    listed = [{"row_idx": number, "row": row, "truncated_cells": []} for number, row in enumerate(rows)]
    body = {"features": [], "rows": listed, "num_rows_total": total, "num_rows_per_page": 100, "partial": False}
    return page(body, SOURCES["lmarena"].urls["text"] + (f"&offset={offset}" if offset else ""))


def test_the_dataset_states_the_day_and_the_style_control_of_a_rating() -> None:
    (high,) = scores(parse_text_arena, dataset_page(ROW))
    assert (high.model_name, high.effort, high.metric) == ("gemini-4-argon", "high", "overall")
    assert (high.value, high.unit, high.interval_low) == ("1525.2150000155266", "elo", "1516.3851952929315")
    assert (high.version, high.evaluated_on) == ("style-controlled 2026-10", "2026-10-02")
    (inside,) = scores(parse_text_arena, dataset_page({**ROW, "model_name": "glm-5.2 (max)"}))
    assert (inside.model_name, inside.effort) == ("glm-5.2", "max")
    (named,) = scores(parse_text_arena, dataset_page({**ROW, "model_name": "qwen3-max"}))
    assert (named.model_name, named.effort) == (None, None)


def test_the_dataset_is_read_to_its_last_row() -> None:
    first = SOURCES["lmarena"].urls["text"]
    found = [each.url for each in parse_text_arena(dataset_page(ROW, total=250)) if isinstance(each, NextPage)]
    assert found == [f"{first}&offset=100", f"{first}&offset=200"]
    assert {SOURCES["lmarena"].page_at(url) for url in found} == {"text"}
    assert not [
        each for each in parse_text_arena(dataset_page(ROW, total=250, offset=200)) if isinstance(each, NextPage)
    ]


def test_a_rating_of_the_dataset_without_its_day_is_refused() -> None:
    with pytest.raises(SchemaChangedError, match="the day of publication is 'soon'"):
        list(parse_text_arena(dataset_page({**ROW, "leaderboard_publish_date": "soon"})))
