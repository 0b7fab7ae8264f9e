"""The reviewed names of benchmarks: one spelling, one benchmark."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from llmpairs.transforms.normalise.benchmarks import (
    BenchmarkReference,
    load_benchmark_reference,
    parse_benchmark_reference,
)
from llmpairs.transforms.normalise.reference_files import ReferenceDataError
from llmpairs.warehouse.vocabulary import SCORE_UNITS

REVIEW = {"reason": "r", "date": "2026-05-18", "evidence": "e"}


@pytest.fixture(scope="module")
def reference() -> BenchmarkReference:
    return load_benchmark_reference()


def entry(**fields: Any) -> dict[str, Any]:
    return {"unit": "percent", "low": 0, "high": 100, "higher_is_better": True, "any_metric": True, **REVIEW} | fields


def read(**benchmarks: dict[str, Any]) -> BenchmarkReference:
    return parse_benchmark_reference({"benchmark": benchmarks, "harness": {}, "effort": {}})


@pytest.mark.parametrize(
    ("printed", "benchmark", "edition"),
    [
        ("SWE-Bench Pro", "swe-bench-pro", None),
        ("SWE Bench Pro", "swe-bench-pro", None),
        ("swe_bench_pro", "swe-bench-pro", None),
        ("SWE-bench Verified", "swe-bench-verified", None),
        ("SWE-bench", "swe-bench", None),
        ("Terminal-Bench 2.0", "terminal-bench", "2.0"),
        ("Terminal-Bench 2.1", "terminal-bench", "2.1"),
        ("Humanity’s Last Exam", "humanitys-last-exam", None),
    ],
)
def test_spellings_lead_to_one_benchmark_and_editions_stay_apart(
    printed: str, benchmark: str, edition: str | None, reference: BenchmarkReference
) -> None:
    found, stated = reference.find(printed)
    assert found is not None
    assert (found.id, stated) == (benchmark, edition)


@pytest.mark.parametrize("printed", ["SWE-bench Extra", "HellaSwag", ""])
def test_an_unreviewed_name_is_no_benchmark(printed: str, reference: BenchmarkReference) -> None:
    assert reference.find(printed) == (None, None)


@pytest.mark.parametrize(
    ("printed", "effort"),
    [
        ("high", "high"),
        ("High", "high"),
        ("low-effort", "low-effort"),
        ("none", "no-thinking"),
        ("32K", "thinking-32k"),
        ("32k thinking tokens", "thinking-32k"),
        ("32k think", "thinking-32k"),
        ("thinking-32k", "thinking-32k"),
        ("thinking-64k-high-effort", "thinking-64k-high"),
        ("thinking-auto-low-effort", "thinking-auto-low"),
        ("no think", "no-thinking"),
        ("nothinking", "no-thinking"),
        ("non-reasoning", "no-thinking"),
        ("Reasoner", "thinking"),
        ("25-shot", "25-shot"),
    ],
)
def test_efforts_have_one_spelling(printed: str, effort: str, reference: BenchmarkReference) -> None:
    assert reference.name_effort(printed) == effort


@pytest.mark.parametrize(
    ("printed", "harness"),
    [
        ("aider", "aider"),
        ("aider 0.86.2.dev, diff", "aider"),
        ("mini-SWE-agent 1.17.2", "mini-swe-agent"),
        ("mini-SWE-agent", "mini-swe-agent"),
        ("mini-SWE-agent, attempts 4", "mini-swe-agent-attempts-4"),
        ("Codex", "codex-cli"),
        ("Codex CLI", "codex-cli"),
        ("Claude Code", "claude-code"),
        ("SWE-agent 1.0", "swe-agent-1.0"),
    ],
)
def test_harnesses_have_one_spelling(printed: str, harness: str, reference: BenchmarkReference) -> None:
    assert reference.name_harness(printed) == harness


def test_two_measures_of_one_benchmark_are_two_columns(reference: BenchmarkReference) -> None:
    atlas, _ = reference.find("SWE-Atlas Codebase QnA")
    assert atlas is not None
    assert atlas.name_metric("score") != atlas.name_metric("pass@1")
    assert atlas.name_metric("speed") is None


def test_what_a_run_costs_has_a_unit_of_its_own(reference: BenchmarkReference) -> None:
    aider, _ = reference.find("Aider polyglot")
    assert aider is not None
    assert aider.name_metric("total_cost") == "total-cost"
    assert aider.measures["total-cost"] == "usd"


def test_every_entry_is_reviewed_and_has_a_unit_and_a_range(reference: BenchmarkReference) -> None:
    assert len(reference.benchmarks) > 20
    for each in reference.benchmarks.values():
        assert each.unit in SCORE_UNITS
        assert each.unit not in ("percent", "fraction") or (each.low, each.high) in ((0, 100), (0, 1))


def test_scores_that_workloads_ask_for_are_spelled_as_published(reference: BenchmarkReference) -> None:
    raw = tomllib.loads((files("llmpairs.warehouse.contracts") / "scenarios.toml").read_text("utf-8"))
    asked = {each["benchmark"] for basket in raw["baskets"].values() for each in basket}
    published = {"livebench", "lmarena-text", "lmarena-vision", "aider-polyglot", "swe-bench-verified"}
    assert published <= asked & reference.benchmarks.keys()
    assert {"gpqa-diamond", "livecodebench", "mrcr", "terminal-bench"} <= asked & reference.benchmarks.keys()


@pytest.mark.parametrize(
    ("benchmarks", "why"),
    [
        ({"a": {"unit": "percent"}}, "a lacks its reason, date or evidence"),
        ({"a": entry(names=["Exam"]), "b": entry(names=["exam"])}, "'exam' names a and b"),
        ({"a": entry(), "b": entry(editions={"A": "2"})}, "'a' names a and b"),
        ({"a": entry(any_metric=False)}, "a must have either metrics or any_metric"),
        ({"a": entry(metrics={"x": ["X"]})}, "a must have either metrics or any_metric"),
        ({"a": entry(any_metric=False, metrics={"x": ["Score"], "y": ["score"]})}, "a: 'score' names x and y"),
    ],
)
def test_contradicting_entries_are_rejected(benchmarks: dict[str, Any], why: str) -> None:
    with pytest.raises(ReferenceDataError, match=why):
        read(**benchmarks)
