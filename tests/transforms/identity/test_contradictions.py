"""A key that its own display name or context contradicts is unresolved, with the veto named; no phantoms."""

from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.identity.reference_types import IdentityReference
from tests.transforms.identity.frames import identity_of, key, resolve


def others(*names: str, context: int | None = None) -> list[dict[str, Any]]:
    """Keys of three other sellers, which support each model and state its context."""
    return [key(name, f"seller {n}", context_tokens=context) for name in names for n in range(3)]


@pytest.mark.parametrize(
    ("name", "shown", "model", "other", "veto"),
    [
        # models.dev, 2026-05-18 unless another day is given
        ("deepseek.v3-v1:0", "DeepSeek-V3.1", "deepseek-v3", "deepseek-v3.1", "generation 3/3.1"),
        ("databricks-claude-sonnet-4", "Claude Sonnet 4.5", "claude-sonnet-4", "claude-sonnet-4.5", "generation 4/4.5"),
        ("llama3-8b-instruct", "Llama 3.1 Instruct (8B)", "llama-3-8b-instruct", "llama-3.1-8b-instruct", "3/3.1"),
        ("Kimi-K2.5", "Kimi K2 Instruct", "kimi-k2.5", "kimi-k2-instruct", "generation k2.5/k2"),
        ("grok-code-fast-1", "Grok 4.1 Fast (Reasoning)", "grok-code-fast-1", "grok-4.1-fast", "generation 1/4.1"),
        ("deepseek-v3.2", "DeepSeek-V3.2-Exp", "deepseek-v3.2", "deepseek-v3.2-exp", "stage none/exp"),
        ("glm-4.6v-flash", "GLM 4.6V FlashX", "glm-4.6v-flash", "glm-4.6v-flashx", "flashx"),
        ("qwen3-max", "Qwen3-Max-Thinking", "qwen3-max", "qwen3-max-thinking", "thinking"),
        # 2025-12-21, Amazon Bedrock
        ("mistral.mistral-7b-instruct-v0:2", "Mistral-7B-Instruct-v0.3", "mistral-7b-instruct-v0.2",
         "mistral-7b-instruct-v0.3", "generation 0.2/0.3"),
        # 2025-10-26, Hugging Face's own list
        ("Qwen/Qwen3-Embedding-8B", "Qwen 3 Embedding 4B", "qwen3-embedding-8b", "qwen3-embedding-4b", "size 8b/4b"),
        # a date of the key and another of the name
        ("gpt-4o-2024-08-06", "GPT-4o (2024-11-20)", "gpt-4o-2024-08-06", "gpt-4o-2024-11-20",
         "date 2024-08-06/2024-11-20"),
    ],
)  # fmt: skip
def test_a_display_name_of_another_model_vetoes_the_key(
    name: str, shown: str, model: str, other: str, veto: str, reference: IdentityReference
) -> None:
    rows = [key(name, "odd", display_name=shown), *others(model, other)]
    got = identity_of(resolve(rows, reference), name) if name != model else _odd(rows, reference)
    assert (got["model_id"] != got["model_id"], got["reason"]) == (True, "contradicted")
    assert veto in got["vetoes"]
    assert shown in got["vetoes"]


def _odd(rows: list[dict[str, Any]], reference: IdentityReference) -> pd.Series:
    """The identity of the key of the seller `odd`."""
    return resolve(rows, reference).identities.set_index("provider_id").loc["odd"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt-5.2-pro", "GPT 5.2"),  # Vercel shortens the name
        ("claude-sonnet-4", "Claude Sonnet 4 (Thinking)"),
        ("gemini-2.5-flash-preview-09-2025", "Gemini 2.5 Flash Preview 09-25"),  # September 2025
        ("gemma-3n-e4b-it", "Gemma 3n 4B"),
        ("qwen3-32b", "Qwen 3.32B"),  # Vercel, a lost blank
        ("minimax-m2.5", "MiniMax 2.5"),
        ("aion-labs/aion-rp-llama-3.1-8b", "Aion-RP 1.0 (8B)"),
        ("sao10k/l3.1-euryale-70b", "Sao10K: Llama 3.1 Euryale 70B v2.2"),
        ("command-r-plus-08-2024", "Command R+"),
    ],
)
def test_a_shorter_or_misspelt_display_name_is_no_veto(name: str, shown: str, reference: IdentityReference) -> None:
    rows = [key(name, "odd", display_name=shown), *others(name, "gpt-5.2", "command-r", "claude-sonnet-4")]
    assert isinstance(_odd(rows, reference)["model_id"], str)


def test_another_size_is_a_veto_although_no_model_has_it(reference: IdentityReference) -> None:
    rows = [key("acme/qwen3-14b", "odd", display_name="Qwen3 97B"), *others("qwen3-14b")]
    got = _odd(rows, reference)
    assert (got["reason"], got["vetoes"]) == ("contradicted", "display name 'Qwen3 97B': size 14b/97b")


def test_a_vetoed_name_of_a_seller_is_vetoed_in_sources_that_print_no_name(reference: IdentityReference) -> None:
    # LiteLLM repeats Bedrock's key without a display name (2026-05-18)
    rows = [
        key("deepseek.v3-v1:0", "amazon-bedrock", display_name="DeepSeek-V3.1"),
        key("deepseek.v3-v1:0", "amazon-bedrock", source_id="prices", lineage="prices"),
        *others("deepseek-v3", "deepseek-v3.1"),
    ]
    found = resolve(rows, reference).identities.query("provider_id == 'amazon-bedrock'")
    assert found["reason"].tolist() == ["contradicted", "contradicted"]


def test_a_context_beyond_what_a_host_can_set_is_a_veto(reference: IdentityReference) -> None:
    # Helicone, 2026-05-18: Hermes 2 Pro at 131,072 tokens, which others sell with 8,192
    name = "hermes-2-pro-llama-3-8b"
    rows = [key(name, "odd", context_tokens=131_072), *others(name, context=8_192)]
    got = _odd(rows, reference)
    assert (got["reason"], got["vetoes"]) == ("contradicted", "context 131072: other sellers state at most 8192")


@pytest.mark.parametrize(
    ("name", "context", "usual"),
    [
        ("qwen2.5-72b-instruct", 131_072, 32_768),  # rope scaling
        ("claude-sonnet-4", 1_000_000, 200_000),  # a beta
        ("gpt-oss-120b", 8_000, 131_072),  # a host's cap
        ("veo-3.1", 400_000, 1_024),  # characters of a prompt
    ],
)
def test_a_context_that_a_host_can_set_is_no_veto(
    name: str, context: int, usual: int, reference: IdentityReference
) -> None:
    rows = [key(name, "odd", context_tokens=context), *others(name, context=usual)]
    assert isinstance(_odd(rows, reference)["model_id"], str)


def test_a_context_that_a_seller_prints_for_most_models_says_nothing(reference: IdentityReference) -> None:
    # Cloudflare's gateway prints 128,000 beside Llama 2 and Llama 3 8B (2026-05-18)
    names = ("llama-3-8b-instruct", "gpt-4o", "gpt-4o-mini")
    rows = [key(name, "odd", context_tokens=128_000) for name in names]
    rows += others("llama-3-8b-instruct", context=8_192)
    found = resolve(rows, reference).identities.query("provider_id == 'odd'")
    assert found["model_id"].notna().all()


def test_a_decision_outranks_a_contradiction(reference: IdentityReference) -> None:
    rows = [key("llama3-8b-instruct", "odd", display_name="Llama 3.1 Instruct (8B)")]
    rows += others("llama-3-8b-instruct", "llama-3.1-8b-instruct")
    keys = resolve(rows, reference).identities
    decided = keys[keys["provider_id"] == "odd"].assign(model_id="meta-llama/llama-3.1-8b-instruct")
    got = resolve(rows, reference, decisions=decided).identities.set_index("provider_id").loc["odd"]
    assert got["model_id"] == "meta-llama/llama-3.1-8b-instruct"


@pytest.mark.parametrize(
    ("name", "provider", "model_id"),
    [
        ("github_copilot/gpt-41-copilot", "github-copilot", "openai/gpt-4.1"),
        ("github_copilot/gpt-4-o-preview", "github-copilot", None),
        ("github_copilot/claude-3.7-sonnet-thought", "github-copilot", None),
        ("acme/gpt-4.1-snappy", "acme", None),
        ("gpt-4.1-snappy", "acme", None),
        ("vertex_ai/meta/llama-4-scout-17b-128e-instruct-maas", "google-vertex", None),
        ("vertex_ai/meta/llama-4-maverick-17b-16e-instruct-maas", "google-vertex", None),
        ("palm/text-bison-safety-off", "google-vertex", "google/text-bison"),
    ],
)
def test_a_name_of_one_client_or_misspelt_is_no_model_of_its_own(
    name: str, provider: str, model_id: str | None, reference: IdentityReference
) -> None:
    """LiteLLM price file of 2026-05-18, and models.dev of 2025-07-06 for GitHub Copilot."""
    known = ("openai/gpt-4.1", "anthropic/claude-3.7-sonnet", "text-bison")
    experts = ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "meta-llama/Llama-4-Maverick-17B-128E-Instruct")
    got = resolve([key(name, provider), *others(*known, *experts)], reference)
    found = identity_of(got, name)["model_id"]
    assert found == model_id if model_id else found != found
    assert len(got.models) == len(known) + len(experts)


def test_closed_weights_that_two_sellers_and_sources_list_are_a_model(reference: IdentityReference) -> None:
    rows = [key("gpt-4.1-snappy", "acme"), key("gpt-4.1-snappy", "other", source_id="prices", lineage="prices")]
    assert resolve(rows, reference).identities["model_id"].tolist() == ["openai/gpt-4.1-snappy"] * 2


def test_two_sources_that_disagree_on_a_sellers_alias_decide_for_no_third(reference: IdentityReference) -> None:
    """Before, the last source in the alphabet decided."""
    targets = {"a": "mistral-large-2411", "z": "mistral-large-2512"}
    rows = [
        key(name, "host", source_id=source, lineage=source, alias_target=target if name != target else None)
        for source, target in targets.items()
        for name in ("mistral-large-latest", target)
    ]
    rows.append(key("mistral-large-latest", "host", source_id="m", lineage="m"))
    found = resolve(rows, reference).identities.query("provider_model_key == 'mistral-large-latest'")
    found = found.set_index("source_id")
    assert found.loc[["a", "z"], "model_id"].nunique() == 2
    assert found.loc["m", "reason"] == "floating_alias"
