"""Score lists of many agents or benchmarks: the model of a result, its harness, and its evaluator."""

from typing import Any

import pytest

from llmpairs.spiders.benchmarks.models_dev_lab import parse_models
from llmpairs.spiders.benchmarks.swe_bench import parse_leaderboards
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import ScoreClaim
from llmpairs.spiders.page import Parser
from tests.spiders.pages import findings, items, the_model


def scores(parser: Parser, content: Any) -> list[ScoreClaim]:
    return [each for each in items(parser, content) if isinstance(each, ScoreClaim)]


# SWE-bench


def board(name: str, *results: dict[str, Any]) -> dict[str, Any]:
    common = {"resolved": 65.2, "date": "2025-10-01"}
    return {"leaderboards": [{"name": name, "results": [common | result for result in results]}]}


def submission(name: str, model: str | None, org: str | None = None, **fields: Any) -> dict[str, Any]:
    tags = [f"Model: {model}"] * (model is not None) + [f"Org: {org}"] * (org is not None)
    return {"name": name, "tags": tags, **fields}


@pytest.mark.parametrize(
    ("name", "bare", "setting"),
    [
        ("GPT-5 mini (2025-08-07) (medium reasoning)", "GPT-5 mini (2025-08-07)", "medium"),
        ("Claude 4.5 Opus medium (20251101)", None, "medium"),
        ("DeepSeek V3.2 Reasoner", None, "Reasoner"),
        ("GLM-4.6 (T=1)", "GLM-4.6", "T=1"),
        ("Kimi K2 Instruct", None, None),
    ],
)
def test_an_own_run_is_named_after_the_model_and_its_setting(name: str, bare: str | None, setting: str | None) -> None:
    own = {"name": name, "tags": [], "mini-swe-agent_version": "1.13.3"}
    (score,) = scores(parse_leaderboards, board("bash-only", own))
    assert (score.model_key, score.model_name, score.effort) == (name, bare, setting)
    assert (score.benchmark, score.harness) == ("SWE-bench Verified", "mini-SWE-agent 1.13.3")
    assert (score.evaluator_class, score.unit, score.value) == ("third_party", "percent", "65.2")


def test_the_tag_names_the_model_unless_the_name_has_a_date_of_its_own() -> None:
    dated = submission("Gemini 2.5 Pro (2025-05-06)", "gemini/gemini-2.5-pro", date="2025-07-20")
    by_run = submission("GLM-4.5 (2025-08-22)", "zai/glm-4.5", date="2025-08-22")
    found = scores(parse_leaderboards, board("bash-only", dated, by_run))
    assert [each.model_name or each.model_key for each in found] == ["Gemini 2.5 Pro (2025-05-06)", "zai/glm-4.5"]


def test_a_submission_counts_where_its_own_name_confirms_the_model() -> None:
    content = board(
        "Verified",
        submission("Agent + Claude 3.5 Haiku", "claude-3-5-haiku-20241022"),
        submission("Tools + Claude 3.5 Haiku", "claude-3-haiku-20240307"),
        submission("Skywork-SWE-32B", "https://huggingface.co/Qwen/Qwen2.5-Coder-32B-Instruct"),
        submission("Agent + GPT-4o", "gpt-4o-2025-11-20"),
        submission("Agent", "claude-sonnet-4-20250514"),
        submission("Mixer (Claude 4 + GPT-5)", None),
    )
    (score,) = scores(parse_leaderboards, content)
    assert (score.model_key, score.harness) == ("claude-3-5-haiku-20241022", "Agent")
    assert score.effort is None
    (left_out,) = findings(parse_leaderboards, content, "remark")
    assert left_out == "5 of 6 results of Verified name no single model, or not in their own name"


def test_a_name_without_tags_may_end_with_the_version_of_the_model() -> None:
    names = ("Agent-1.5 + GPT 4o (2024-05-13)", "Agent 1.0 (Claude 3.7 Sonnet)", "RAG + SWE-Llama 7B")
    content = board("Lite", *({"name": name, "resolved": 1, "date": "2025-01-01"} for name in names))
    found = scores(parse_leaderboards, content)
    assert [each.model_key for each in found] == ["GPT 4o (2024-05-13)", "Claude 3.7 Sonnet"]


def test_several_attempts_are_another_harness() -> None:
    tries = submission("Agent + Claude 4 Sonnet", "claude-4-sonnet-20250514")
    many = tries | {"tags": [*tries["tags"], "System: Attempts - 2+"]}
    once = tries | {"tags": [*tries["tags"], "System: Attempts - 1"]}
    found = scores(parse_leaderboards, board("Verified", many, once))
    assert [each.harness for each in found] == ["Agent, attempts 2+", "Agent"]


@pytest.mark.parametrize(
    ("org", "evaluator"), [("Anthropic", "lab_claimed"), ("Some startup", "community"), (None, None)]
)
def test_the_submitter_decides_the_evaluator_class(org: str | None, evaluator: str | None) -> None:
    (score,) = scores(parse_leaderboards, board("Lite", submission("A + Claude 4 Opus", "claude-4-opus-20250514", org)))
    assert (score.benchmark, score.evaluator_class) == ("SWE-bench Lite", evaluator)


def test_an_own_run_that_is_listed_again_among_the_submissions_counts_once() -> None:
    again = submission("mini-SWE-agent + Claude 4 Opus", "claude-4-opus", **{"mini-swe-agent_version": "1"})
    assert scores(parse_leaderboards, board("Verified", again)) == []


def test_an_unknown_list_is_named_and_left_out() -> None:
    content = board("Multilingual", submission("A + Claude 4 Opus", "claude-4-opus"))
    assert scores(parse_leaderboards, content) == []
    assert findings(parse_leaderboards, content, "remark") == [
        "1 results of the list Multilingual, which the parser does not know, are left out"
    ]


def test_a_file_without_lists_is_refused() -> None:
    with pytest.raises(LayoutChangedError):
        scores(parse_leaderboards, {"boards": []})


# models.dev


def lab(*results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lab/m": {"id": "lab/m", "name": "M", "benchmarks": list(results), **fields}}


def result(**fields: Any) -> dict[str, Any]:
    return {"name": "SWE-Bench Pro", "score": 54.2, "source": "https://www.anthropic.com/news/m"} | fields


def test_a_lab_model_states_its_licence_and_its_weights() -> None:
    urls = ["https://example.com/m.gguf", "https://huggingface.co/lab/M/", "https://huggingface.co/lab/M-FP8"]
    fields = {"license": "MIT", "open_weights": True, "weights": [{"url": url} for url in urls]}
    model = the_model(parse_models, lab(**fields, modalities={"input": ["text", "image"], "output": ["text"]}))
    assert (model.model_key, model.license, model.open_weights) == ("lab/m", "MIT", True)
    assert (model.hugging_face_id, model.developer) == ("lab/M", "lab")
    assert model.input_modalities == ("text", "image")


@pytest.mark.parametrize(
    ("fields", "harness", "effort"),
    [
        ({}, None, None),
        ({"variant": "High"}, None, "High"),
        ({"variant": "Claude Code"}, "Claude Code", None),
        ({"variant": "max", "harness": "Terminus-2"}, "Terminus-2", "max"),
        ({"variant": "thinking on", "harness": "Terminus-2"}, "Terminus-2", "thinking on"),
    ],
)
def test_a_variant_is_an_effort_or_the_agent(fields: dict[str, Any], harness: str | None, effort: str | None) -> None:
    (score,) = scores(parse_models, lab(result(**fields)))
    assert (score.harness, score.effort, score.model_key, score.model_name) == (harness, effort, "lab/m", None)


@pytest.mark.parametrize(
    ("metric", "unit"), [("percent resolved", "percent"), ("accuracy", "unstated"), (None, "unstated")]
)
def test_the_unit_is_percent_only_where_the_source_states_it(metric: str | None, unit: str) -> None:
    (score,) = scores(parse_models, lab(result(metric=metric, score=0.54)))
    assert (score.unit, score.value) == (unit, "0.54")


@pytest.mark.parametrize(
    ("url", "evaluator"),
    [
        ("https://www.anthropic.com/news/m", "lab_claimed"),
        ("https://artificialanalysis.ai/models/m", "third_party"),
        ("https://stranger.example/m", None),
        (None, None),
    ],
)
def test_the_publisher_decides_the_evaluator_class(url: str | None, evaluator: str | None) -> None:
    content = lab(result(source=url))
    (score,) = scores(parse_models, content)
    assert score.evaluator_class == evaluator
    assert bool(findings(parse_models, content, "remark")) == (evaluator is None)


def test_version_and_data_set_make_the_edition() -> None:
    (score,) = scores(parse_models, lab(result(version="2.1", dataset="public", date="2026-05")))
    assert (score.version, score.evaluated_on) == ("2.1, public", "2026-05")


def test_unknown_keys_are_named() -> None:
    content = lab(result(judge="gpt"), colour="red")
    assert {"benchmarks.judge", "colour"} <= {
        word for text in findings(parse_models, content, "unknown_key") for word in text.split()
    }
