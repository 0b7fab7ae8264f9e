"""Display names lose what catalogues add; the examples are of models.dev, OpenRouter and ZenMux on 2026-05-18."""

import pandas as pd
import pytest
from pandas import Series

from llmpairs.transforms.identity.reference_data import load_identity_reference
from llmpairs.transforms.normalise.display_names import (
    clean_display_names,
    clean_repository_names,
    count_differences,
    fold_names,
    is_slug,
)

REFERENCE = load_identity_reference()


@pytest.mark.parametrize(
    ("printed", "model_id", "name"),
    [
        ("OpenAI: gpt-oss-120b", "openai/gpt-oss-120b", "gpt-oss-120b"),
        ("Qwen/Qwen3.5-4B", "qwen/qwen3.5-4b", "Qwen3.5-4B"),
        ("anthropic--claude-3.5-sonnet", "anthropic/claude-3.5-sonnet", "claude-3.5-sonnet"),
        ("Cohere Command R", "cohere/command-r", "Command R"),
        ("NVIDIA Nemotron Nano 9B v2", "nvidia/nemotron-nano-9b-v2", "Nemotron Nano 9B v2"),
        ("LiquidAI: LFM2.5-1.2B-Instruct (free)", "liquid/lfm2.5-1.2b-instruct", "LFM2.5-1.2B-Instruct"),
        ("Claude Opus 4.5 (Thinking)", "anthropic/claude-opus-4.5", "Claude Opus 4.5"),
        ("Grok 4.1 Fast (Non-Reasoning)", "x-ai/grok-4.1-fast", "Grok 4.1 Fast"),
        ("Llama 3.3 70B Instruct Turbo", "meta-llama/llama-3.3-70b-instruct", "Llama 3.3 70B Instruct"),
        ("Gemma 4 E4B Instruct (IQ4_XS)", "google/gemma-4-e4b-it", "Gemma 4 E4B Instruct"),
        ("Llama 2 7B Chat FP16", "meta-llama/llama-2-7b-chat", "Llama 2 7B Chat"),
        # part of the name
        ("Mistral Large 3", "mistralai/mistral-large-2512", "Mistral Large 3"),
        ("DeepSeek V3.2", "deepseek/deepseek-v3.2", "DeepSeek V3.2"),
        ("GPT-3.5 Turbo", "openai/gpt-3.5-turbo", "GPT-3.5 Turbo"),
        ("Kimi K2 Thinking", "moonshotai/kimi-k2-thinking", "Kimi K2 Thinking"),
        ("GPT-4o (2024-11-20)", "openai/gpt-4o-2024-11-20", "GPT-4o (2024-11-20)"),
        ("Sarvam Medium", "sarvamai/sarvan-medium", "Sarvam Medium"),
        ("Venice: Uncensored", "cognitivecomputations/dolphin-mistral-24b-venice-edition", "Venice: Uncensored"),
        # no name
        ("<b>GPT</b>", "openai/gpt-4", None),
        ("GPT\x004", "openai/gpt-4", None),
        ("x" * 121, "openai/gpt-4", None),
    ],
)
def test_a_name_without_developer_seller_tier_and_format(printed: str, model_id: str, name: str | None) -> None:
    found = clean_display_names(Series([printed], dtype="str"), Series([model_id], dtype="str"), REFERENCE).iloc[0]
    assert (None if pd.isna(found) else found) == name


def test_spellings_of_one_name_have_one_form() -> None:
    names = Series(["Qwen3.5-4B", "Qwen3.5 4b", "qwen3.5-4b", "Qwen3.5 (4B)"])
    assert fold_names(names).nunique() == 1
    assert fold_names(Series(["GLM-4.6", "GLM 46", "Command R", "Command R+"])).nunique() == 4


def test_a_bare_key_is_no_name() -> None:
    names = Series(["claude-sonnet-4.1", "qwen/qwen3-max", "o3 Pro", "Sonar", "GLM-4.6", "o1"])
    assert is_slug(names).tolist() == [True, True, False, False, False, False]


def test_a_repositorys_name_has_no_organisation_and_no_number_format() -> None:
    repositories = Series(["openai/gpt-oss-120b", "zai-org/GLM-4.6-FP8", "Qwen/Qwen3-32B-AWQ", None], dtype="str")
    names = clean_repository_names(repositories)
    assert names.tolist()[:3] == ["gpt-oss-120b", "GLM-4.6", "Qwen3-32B"]
    assert pd.isna(names.iloc[3])


def test_a_name_that_states_more_of_the_id_differs_less() -> None:
    names = Series(["GPT-4o", "GPT-4o (2024-11-20)"])
    ids = Series(["openai/gpt-4o-2024-11-20"] * 2)
    first, second = count_differences(names, ids)
    assert second < first
