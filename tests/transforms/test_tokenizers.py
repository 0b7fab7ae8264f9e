"""Tokenizers: the shipped rates, and which model has which."""

import pandas as pd
import pytest

from llmpairs.transforms.normalise import tokenizers
from llmpairs.transforms.normalise.reference_files import ReferenceDataError
from llmpairs.transforms.normalise.tokenizers import load_tokenizer_reference, tabulate_model_tokenizers, tabulate_rates
from llmpairs.warehouse.vocabulary import TEXT_KINDS

REFERENCE = load_tokenizer_reference()


def test_every_tokenizer_has_a_rate_in_every_language() -> None:
    rates = tabulate_rates(REFERENCE)
    assert set(rates.groupby("tokenizer").size()) == {len(TEXT_KINDS)}
    assert {"o200k", "llama-3", "unknown"} <= set(rates["tokenizer"])


def test_rates_differ_by_as_much_as_is_known() -> None:
    """The same German text takes 1.2 times as many tokens of cl100k as of o200k, Chinese 1.4 times."""
    rates = tabulate_rates(REFERENCE).set_index(["tokenizer", "language"])["chars_per_token"]
    assert rates["o200k", "de"] / rates["cl100k", "de"] == pytest.approx(1.22, abs=0.05)
    assert rates["o200k", "zh"] / rates["cl100k", "zh"] == pytest.approx(1.45, abs=0.1)


def test_an_unknown_tokenizer_has_bounds_and_no_rate() -> None:
    rates = tabulate_rates(REFERENCE)
    unknown = rates[rates["tokenizer"] == "unknown"].set_index("language")
    known = rates[rates["tokenizer"] != "unknown"].groupby("language")["chars_per_token"]
    assert unknown["chars_per_token"].isna().all()
    assert (unknown["chars_per_token_low"] == known.min()).all()
    assert (unknown["chars_per_token_high"] == known.max()).all()


@pytest.mark.parametrize(
    ("model_id", "tokenizer"),
    [
        ("openai/gpt-5.4-mini", "o200k"),
        ("openai/gpt-4-turbo", "cl100k"),
        ("openai/gpt-audio-mini", "unknown"),
        ("openai/gpt-4-o-preview", "unknown"),
        ("openai/gpt-4.1", "o200k"),
        ("google/gemini-2.5-pro", "gemma-3"),
        ("google/gemini-3.1-pro-preview", "unknown"),  # the vocabulary of Gemma 4, which no package ships
        ("google/gemma-2-9b-it", "unknown"),
        ("anthropic/claude-sonnet-4.5", "unknown"),
        ("meta-llama/llama-3.3-70b-instruct", "llama-3"),
        ("meta-llama/llama-2-70b", "unknown"),
        ("nousresearch/hermes-3-llama-3.1-70b", "llama-3"),
        ("nousresearch/nous-hermes-llama2-13b", "unknown"),
        ("deepseek/deepseek-r1", "deepseek-v3"),
        ("deepseek/deepseek-r1-distill-llama-70b", "llama-3"),
        ("deepseek/deepseek-r1-0528-qwen3-8b", "qwen-2"),
        ("deepseek/deepseek-v2.5", "unknown"),
        ("qwen/qwen3-32b", "qwen-2"),
        ("qwen/qwen3.5-4b", "qwen-3.5"),
        ("qwen/qwen-max", "unknown"),
        ("mistralai/mixtral-8x22b-instruct-v0.1", "mistral-v3"),
        ("mistralai/mistral-nemo-instruct-2407", "tekken"),
    ],
)
def test_a_model_has_the_tokenizer_that_its_maker_states(model_id: str, tokenizer: str) -> None:
    models = pd.DataFrame({"model_id": [model_id], "is_text_generating": [True]})
    (row,) = tabulate_model_tokenizers(models, REFERENCE).to_dict("records")
    assert row["tokenizer"] == tokenizer
    assert pd.isna(row["evidence"]) == (tokenizer == "unknown")


def test_a_model_that_generates_no_text_has_no_tokenizer() -> None:
    models = pd.DataFrame({"model_id": ["openai/whisper", "openai/o3"], "is_text_generating": [False, True]})
    assert tabulate_model_tokenizers(models, REFERENCE)["model_id"].tolist() == ["openai/o3"]


def test_a_family_without_rates_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"models": ["a/*"], "tokenizer": "gpt2", "reason": "r", "date": "2026-11-29", "evidence": "e"}
    monkeypatch.setattr(tokenizers, "read_reference_file", lambda _: {"family": [entry]})
    with pytest.raises(ReferenceDataError, match="no rates of gpt2"):
        load_tokenizer_reference()
