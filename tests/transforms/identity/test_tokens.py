"""Separators, compact dates and `p` for dot are spelling."""

import pytest

from llmpairs.transforms.identity.tokens import cut_tokens


@pytest.mark.parametrize(
    ("name", "words", "date"),
    [
        ("claude-3-5-sonnet-20241022", "claude 3.5 sonnet", "2024-10-22"),
        ("claude-sonnet-4-5@20250929", "claude sonnet 4.5", "2025-09-29"),
        ("gemini-2.5-flash-preview-09-2025", "gemini 2.5 flash preview", "2025-09"),
        ("gemini-2.5-pro-preview-05-06", "gemini 2.5 pro preview", "--05-06"),
        ("deepseek-v3-2-251201", "deepseek 3.2", "2025-12-01"),
        ("codestral 25.01", "codestral", "2025-01"),
        ("mistral-small-2503", "mistral small", "2025-03"),
        ("kimi-k2-0905", "kimi k2", "--09-05"),
        ("command-r-08-2024", "command r", "2024-08"),
        ("glm-5p3", "glm 5.3", ""),
        ("kimi-k2p6", "kimi k2.6", ""),
        ("qwen2p5-coder-1p5b", "qwen 2.5 coder 1.5b", ""),
        ("llama3-3-70b-instruct", "llama 3.3 70b instruct", ""),
        ("Llama-3_3-Nemotron-Super-49B-v1_5".lower(), "llama 3.3 nemotron super 49b 1.5", ""),
        ("gpt-oss:120b", "gpt oss 120b", ""),
        ("gemma3n", "gemma 3 n", ""),
        ("gpt-4o", "gpt 4 o", ""),
        ("grok-4-20-beta-0309-non-reasoning", "grok 4.20 beta non reasoning", "--03-09"),
        ("mixtral-8x7b-32768", "mixtral 8x7b 32768", ""),
        ("qwen3-30b-a3b", "qwen 3 30b a3b", ""),
        ("mistral-7b-instruct-v03", "mistral 7b instruct 0.3", ""),
        ("gemini-2.0-flash", "gemini 2 flash", ""),
        ("command-r+", "command r plus", ""),
        ("v0-1.0-md", "v0 1 md", ""),
    ],
)
def test_a_name_is_cut_into_tokens_and_a_date(name: str, words: str, date: str) -> None:
    assert cut_tokens(name) == (tuple(words.split()), date)


@pytest.mark.parametrize("name", ["llama3-8b-8192", "granite-ttm-1024-96-r2", "qwen-2507b", "model-1330"])
def test_what_is_no_date_stays_in_the_name(name: str) -> None:
    assert cut_tokens(name).date == ""
