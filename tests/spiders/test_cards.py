from typing import Any

import pytest

from llmpairs.spiders.cards.card_text import read_front_matter
from llmpairs.spiders.cards.huggingface_cards import parse_config, parse_model, parse_readme
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import ModelClaim
from llmpairs.spiders.page import Finding, Parser
from tests.spiders.pages import page

REPO = "https://huggingface.co/lab/m"


def claim(parser: Parser, content: Any) -> ModelClaim:
    (found,) = [each for each in parser(page(content, f"{REPO}/raw/main/x")) if isinstance(each, ModelClaim)]
    assert (found.model_key, found.provider_key) == ("lab/m", None)
    return found


def test_the_shipped_context_counts_not_the_one_before_scaling() -> None:
    scaling = {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096}
    assert claim(parse_config, {"max_position_embeddings": 131072, "rope_scaling": scaling}).context_tokens == 131072


def test_the_text_side_of_a_model_with_pictures_counts() -> None:
    content = {"vision_config": {"max_position_embeddings": 1}, "text_config": {"max_position_embeddings": 262144}}
    assert claim(parse_config, content).context_tokens == 262144


@pytest.mark.parametrize(
    ("fields", "architecture"),
    [
        ({"num_local_experts": 128, "num_experts_per_tok": 4}, "moe"),
        ({"n_routed_experts": 256}, "moe"),
        ({"num_experts": 896, "num_experts_per_token": 16}, "moe"),
        ({}, "dense"),
        ({"num_experts": None}, "dense"),
        ({"moe_layers": "all"}, None),
    ],
)
def test_expert_counts_distinguish_mixtures_from_dense_models(fields: dict[str, Any], architecture: str | None) -> None:
    content = {"max_position_embeddings": 4096, **fields}
    assert claim(parse_config, content).architecture == architecture


def test_a_model_without_text_has_no_architecture() -> None:
    assert claim(parse_config, {"model_type": "vae"}).architecture is None


@pytest.mark.parametrize(
    ("quantized", "name"),
    [
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "NVFP4"),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"type": "int", "num_bits": 4}}},
            },
            "int4",
        ),
        (None, None),
    ],
)
def test_the_number_format_is_the_one_that_is_named(quantized: Any, name: str | None) -> None:
    """torch_dtype is not: nvidia/Qwen3-235B-A22B-NVFP4 prints bfloat16 (2026-08-21)."""
    content = {"torch_dtype": "bfloat16", "quantization_config": quantized}
    assert claim(parse_config, content).quantization == name


def test_infinity_in_a_configuration_is_harmless() -> None:
    content = '{"max_position_embeddings": 262144, "time_step_limit": [0.0, Infinity]}'
    assert claim(parse_config, content).context_tokens == 262144


@pytest.mark.parametrize(
    ("front", "licence"),
    [
        ("license: apache-2.0", "apache-2.0"),
        ("license: other\nlicense_name: modified-mit", "modified-mit"),
        ("license: other", "other"),
        ("license:\n- mit\n- apache-2.0", "mit"),
        ("license: null", None),
        ("tags: []", None),
    ],
)
def test_licences_are_read_as_declared(front: str, licence: str | None) -> None:
    assert claim(parse_readme, f"---\n{front}\n---\n# M\n").license == licence


def test_norwegian_is_a_language() -> None:
    card = claim(parse_readme, "---\nlanguage:\n- no\n- en\nbase_model: lab/base\npipeline_tag: text-generation\n---\n")
    assert (card.languages, card.base_model, card.task) == (("no", "en"), "lab/base", "text-generation")


def test_a_card_without_front_matter_is_remarked() -> None:
    (found,) = parse_readme(page("# M\n", f"{REPO}/raw/main/README.md"))
    assert isinstance(found, Finding)
    assert found.text == "the card has no front matter"


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("front", "why"),
    [
        (LAUGHS, "neither deep nor full of aliases"),
        ("a: " + "[" * 60 + "]" * 60, "neither deep nor full of aliases"),
        ("a: " + "x" * 600_000, "at most 500000 characters"),
        ("a: [", "YAML"),
        ("- a\n- b", "a mapping"),
        ("a: !!python/object/apply:os.system [ls]\nb: 1", None),
    ],
)
def test_hostile_front_matter_is_refused(front: str, why: str | None) -> None:
    hostile = page(f"---\n{front}\n---\n", f"{REPO}/raw/main/README.md")
    if why is None:
        read = read_front_matter(hostile)
        assert read is not None
        assert read.fields["a"] == ["ls"]
    else:
        with pytest.raises(LayoutChangedError, match=why):
            read_front_matter(hostile)


def test_the_models_api_states_size_and_openness() -> None:
    content = {
        "tags": ["safetensors", "license:mit", "base_model:lab/base", "base_model:quantized:lab/base"],
        "safetensors": {"total": 120412337472},
        "gated": "manual",
        "private": False,
        "pipeline_tag": "text-generation",
    }
    (found,) = parse_model(page(content, "https://huggingface.co/api/models/lab/m"))
    assert isinstance(found, ModelClaim)
    assert (found.model_key, found.parameters_total, found.license, found.base_model, found.open_weights) == (
        "lab/m",
        120412337472,
        "mit",
        "lab/base",
        True,
    )


@pytest.mark.parametrize("fields", [{}, {"tags": ["gguf"], "private": True}, {"tags": ["license:mit"]}])
def test_weights_that_cannot_be_seen_are_neither_open_nor_closed(fields: dict[str, Any]) -> None:
    (found,) = parse_model(page(fields, "https://huggingface.co/api/models/lab/m"))
    assert isinstance(found, ModelClaim)
    assert found.open_weights is None
