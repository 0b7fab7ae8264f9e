"""What cards state beyond the licence: scaled positions, sizes, gates, number formats, results."""

from collections.abc import Mapping
from typing import Any

import pytest
from scrapy.settings import Settings

from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.cards.huggingface_cards import (
    HuggingFaceCardsSpider,
    parse_config,
    parse_model,
    parse_quant,
    parse_readme,
)
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.inputs import Inputs
from llmpairs.spiders.items import ModelClaim, ScoreClaim
from llmpairs.spiders.page import Finding, Page, Parser
from llmpairs.spiders.registry import SOURCES
from tests.spiders.pages import page

REPO = "https://huggingface.co/lab/m-30B"


def claim(parser: Parser, content: Any) -> ModelClaim:
    (found,) = [each for each in parser(page(content, f"{REPO}/raw/main/x")) if isinstance(each, ModelClaim)]
    return found


def card(front: str, text: str = "# M\n") -> Page:
    return page(f"---\n{front}\n---\n{text}", f"{REPO}/raw/main/README.md")


# Positions


@pytest.mark.parametrize(
    ("positions", "scaling", "shipped", "unscaled"),
    [
        # openai/gpt-oss-120b, moonshotai/Kimi-K2.5, meta-llama/Llama-3.1-8B (2026-08-21)
        (131072, {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096}, 131072, 4096),
        (262144, {"type": "yarn", "factor": 64, "original_max_position_embeddings": 4096}, 262144, 4096),
        (131072, {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192}, 131072, 8192),
        # Only here is the printed one unscaled: yarn stretches its original by the factor.
        (32768, {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}, 131072, 32768),
        (32768, {"type": "yarn", "factor": "4", "original_max_position_embeddings": 32768}, 32768, None),
        (32768, {"type": "linear", "factor": 4.0, "original_max_position_embeddings": 32768}, 32768, None),
        (40960, {"rope_type": "default", "original_max_position_embeddings": 32768}, 40960, None),
        (40960, {"full_attention": {"rope_type": "yarn", "factor": 4}}, 40960, None),
        (40960, None, 40960, None),
        (None, {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}, None, None),
    ],
)
def test_the_context_before_scaling_is_separate(
    positions: int | None, scaling: Mapping[str, Any] | None, shipped: int | None, unscaled: int | None
) -> None:
    for key in ("rope_scaling", "rope_parameters"):
        found = claim(parse_config, {"max_position_embeddings": positions, key: scaling})
        assert (found.context_tokens, found.unscaled_context_tokens) == (shipped, unscaled)


# Sizes


@pytest.mark.parametrize(
    ("text", "total", "active"),
    [
        ("(117B parameters with 5.1B active parameters)", 117_000_000_000, 5_100_000_000),
        ("- Number of Parameters: 30.5B in total and 3.3B activated", 30_500_000_000, 3_300_000_000),
        (
            "a MoE model (230 billion total parameters with 10 billion active parameters)",
            230_000_000_000,
            10_000_000_000,
        ),
        ("| **Total Parameters** | 1T |\n| **Activated Parameters** | 32B |", 1_000_000_000_000, 32_000_000_000),
        ("- Number of Parameters: 32.8B", 32_800_000_000, None),
        ("Total parameters: 7B\nm-30B: total parameters 30B", 30_000_000_000, None),
        ("Total parameters: 7B\nTotal parameters: 30B", None, None),
        ("It beats models of 70B parameters.", None, None),
    ],
)
def test_sizes_are_read_where_the_text_declares_them(text: str, total: int | None, active: int | None) -> None:
    found = claim(parse_readme, f"---\nlicense: mit\n---\n# M\n{text}\n")
    assert (found.parameters_total, found.parameters_active) == (total, active)


def test_a_size_counts_without_front_matter_too() -> None:
    assert claim(parse_readme, "# M\nNumber of Parameters: 32.8B\n").parameters_total == 32_800_000_000


@pytest.mark.parametrize(
    ("types", "total"), [({"BF16": 5}, 5), (None, 5), ({"U8": 4, "BF16": 1}, None), ({"I32": 5}, None)]
)
def test_packed_weights_are_not_counted_as_weights(types: dict[str, int] | None, total: int | None) -> None:
    """nvidia/Qwen3-235B-A22B-NVFP4: two weights of four bits are one U8 (2026-08-21)."""
    tensors = {"total": 5} | ({"parameters": types} if types else {})
    found = claim(parse_model, {"safetensors": tensors})
    assert found.parameters_total == total


# Gates, number formats, origins


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({"gated": "manual"}, (("gated", True),)),
        ({"gated": "auto"}, (("gated", True),)),
        ({"gated": False}, (("gated", False),)),
        ({}, ()),
    ],
)
def test_a_gate_is_a_flag_and_an_absent_gate_is_none(fields: dict[str, Any], flags: tuple[Any, ...]) -> None:
    assert claim(parse_model, fields).capabilities == flags


def test_the_quantisation_file_names_the_number_format() -> None:
    assert claim(parse_quant, {"quantization": {"quant_algo": "NVFP4"}}).quantization == "NVFP4"
    assert claim(parse_quant, {"producer": {"name": "modelopt"}}).quantization is None


def test_the_quantisation_file_is_requested_only_where_the_name_suggests_one() -> None:
    repos = ("lab/m", "lab/m-NVFP4", "lab/m-w4a16")
    as_of = parse_timestamp("2026-05-18T23:59:00Z")
    inputs = Inputs(hugging_face_repos=repos)
    spider = HuggingFaceCardsSpider(
        CrawlJob(source=SOURCES["huggingface_cards"], run_id="r", as_of=as_of, inputs=inputs)
    )
    spider.settings = Settings({"HUB_PAGES_PER_DAY": 20, "HUB_REVISIT_DAYS": 30})
    asked = [url for page_name, url in spider.pages() if page_name == "quant"]
    assert [url.split("/raw/")[0].removeprefix("https://huggingface.co/") for url in asked] == [
        "lab/m-NVFP4",
        "lab/m-w4a16",
    ]


@pytest.mark.parametrize("relation", ["quantized", "finetune", "merge", "adapter"])
def test_the_relation_to_the_base_model_is_read(relation: str) -> None:
    tags = ["base_model:lab/base", f"base_model:{relation}:lab/base"]
    found = claim(parse_model, {"tags": tags})
    assert (found.base_model, found.base_relation) == ("lab/base", relation)
    declared = claim(parse_readme, f"---\nbase_model: lab/base\nbase_model_relation: {relation}\n---\n")
    assert declared.base_relation == relation


# Results of the model-index

INDEX = """model-index:
- name: zephyr
  results:
  - task: {type: text-generation}
    dataset: {name: ARC, type: ai2_arc, revision: 210d026, args: {num_few_shot: 25}}
    metrics:
    - {type: acc_norm, name: normalized accuracy, value: 62.03}
    - {type: acc_norm, value: 20.0 ± 1.2}
  - dataset: {type: gsm8k}
    metrics: [{type: acc, value: 0.4}]
    source: {name: Open LLM Leaderboard, url: https://huggingface.co}
  - metrics: [{type: acc, value: 1}]
"""


def test_results_of_a_card_are_the_labs_own_claims_unless_another_source_is_named() -> None:
    found = list(parse_readme(card(INDEX)))
    own, other = (each for each in found if isinstance(each, ScoreClaim))
    assert (own.benchmark, own.version, own.metric, own.value, own.effort, own.evaluator_class) == (
        "ARC",
        "210d026",
        "normalized accuracy",
        "62.03",
        "25-shot",
        "lab_claimed",
    )
    assert (other.benchmark, other.value, other.effort, other.evaluator_class) == ("gsm8k", "0.4", None, "third_party")
    assert {each.unit for each in (own, other)} == {"unstated"}
    (rejected,) = [each for each in found if isinstance(each, Finding)]
    assert (rejected.kind, "neither name nor type" in rejected.text) == ("rejected", True)


@pytest.mark.parametrize("index", ["model-index: none", "model-index: [1]", "model-index:\n- results: {a: 1}"])
def test_a_malformed_index_leaves_the_rest_of_the_card_readable(index: str) -> None:
    found = list(parse_readme(card(f"license: mit\n{index}")))
    assert [each.license for each in found if isinstance(each, ModelClaim)] == ["mit"]
    assert not [each for each in found if isinstance(each, ScoreClaim)]


def test_the_results_of_a_card_are_read_up_to_a_limit() -> None:
    results = "\n".join(f"  - dataset: {{name: d{n}}}\n    metrics: [{{type: a, value: 1}}]" for n in range(501))
    found = list(parse_readme(card(f"model-index:\n- name: m\n  results:\n{results}")))
    assert sum(isinstance(each, ScoreClaim) for each in found) == 500
    assert [each.text for each in found if isinstance(each, Finding)] == [
        "results of the model-index after the first 500 are left out"
    ]
