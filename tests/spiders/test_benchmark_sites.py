"""Leaderboards of single benchmarks: Vectara, GSO, BigCodeBench, EvalPlus, MMMU."""

from functools import partial

import pytest

from llmpairs.spiders.base import find_parser
from llmpairs.spiders.benchmarks.bigcodebench import parse_results
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.page import Finding, NextPage, Page
from llmpairs.spiders.samples import read_frozen
from llmpairs.transforms.normalise.benchmarks import load_benchmark_reference
from tests.spiders.pages import items
from tests.spiders.provider_pages import Found, parse, rejected

BEFORE = "Last updated on November 1st, 2023\n\n|Model|Accuracy|Hallucination Rate|\n|--|--:|--:|\n"


def scores(found: Found | list[Item | Finding | NextPage]) -> list[ScoreClaim]:
    return [each for each in found if isinstance(each, ScoreClaim)]


def values(found: Found, key: str) -> dict[str, str]:
    return {f"{each.benchmark} {each.metric}": each.value for each in scores(found) if each.model_key == key}


def test_vectara_is_read_by_its_headers_and_dated_by_the_page() -> None:
    found = parse("vectara")
    assert values(found, "openai/gpt-5.4-2026-03-05") == {"Vectara hallucination hallucination rate": "7.0"}
    assert {each.evaluated_on for each in scores(found)} == {"March 10, 2026"}
    first = parse("vectara", f"{BEFORE}|GPT 4|97.0 %|3.0 %|\n|Cohere |91.5 % |8.5 % |\n|Odd|n/a|n/a|\n")
    assert [(each.model_key, each.value, each.evaluated_on) for each in scores(first)] == [
        ("GPT 4", "3.0", "November 1, 2023"),
        ("Cohere", "8.5", "November 1, 2023"),
    ]
    assert len(rejected(first)) == 1
    with pytest.raises(LayoutChangedError, match="Hallucination Rate"):
        parse("vectara", BEFORE.replace("Hallucination Rate", "Rate") + "|GPT 4|97.0 %|3.0 %|\n")


def test_gso_tells_attempts_and_efforts_apart() -> None:
    found = parse("gso")
    assert values(found, "Claude Opus 4.7") == {"GSO Opt@1": "44.12", "GSO Opt@1 hack control": "42.16"}
    assert {each.effort for each in scores(found) if each.model_key == "Claude Opus 4.7"} == {"high"}
    assert "GSO Opt@10" in values(found, "Claude-3.5-V2-Sonnet")
    named = [each for each in scores(found) if each.model_key == "O4-Mini-high"]
    assert {(each.model_name, each.effort) for each in named} == {("O4-Mini", "high")}


def test_a_missing_pass_rate_is_no_score() -> None:
    assert values(parse("evalplus"), "OpenCoder-8B-Instruct")["HumanEval+ pass@1"] == "77.4"
    listed = {"m": {"pass@1": {"complete": 10.5, "instruct": None}, "date": "2024-12-04", "new": 1}}
    (score,) = items(partial(parse_results, benchmark="BigCodeBench-Hard"), listed)
    assert isinstance(score, ScoreClaim)
    assert (score.benchmark, score.metric, score.value, score.evaluated_on) == (
        "BigCodeBench-Hard", "complete", "10.5", None,
    )  # fmt: skip


def test_mmmu_leaves_people_and_chance_out_and_marks_results_of_developers() -> None:
    found = scores(parse("mmmu"))
    assert not any("Human" in each.model_key or "Random" in each.model_key for each in found)
    by_key = {(each.model_key, each.metric): each for each in found}
    assert by_key["Muse Spark Thinking", "overall"].evaluator_class == "lab_claimed"
    assert by_key["LLaMA-Adapter2-7B", "test"].evaluator_class == "third_party"
    assert by_key["NVILA", "standard"].value == "38.7"


@pytest.mark.parametrize("source_id", ["vectara", "gso", "evalplus", "bigcodebench", "mmmu"])
def test_every_score_of_a_sample_has_a_reviewed_benchmark_and_metric(source_id: str) -> None:
    reference = load_benchmark_reference()
    for sample in read_frozen(source_id):
        read = find_parser(source_id, sample.url)(
            Page(url=sample.url, body=sample.body, captured_at="2026-05-15T05:30:00Z")
        )
        for score in scores(list(read)):
            definition, _ = reference.find(score.benchmark)
            assert definition is not None, score.benchmark
            assert definition.name_metric(score.metric), (score.benchmark, score.metric)
