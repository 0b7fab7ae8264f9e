"""Keys of score tables match models of other keys, and change no assignment of those."""

from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.identity.reference_types import IdentityReference
from tests.transforms.identity.frames import identity_of, key, resolve

CATALOGUE = [
    key("gpt-5.1", "openai"),
    key("openai/gpt-5.1", "router"),
    key("claude-opus-4-5-20251101", "anthropic"),
    key("anthropic/claude-opus-4.5", "router"),
    key("kimi-k2-thinking", "moonshotai"),
    key("kimi-k2-0905", "moonshotai"),
    key("grok-4-1-fast-non-reasoning", "xai"),
    key("mistral-medium-latest", "mistral"),
    key("mistral-medium-2508", "mistral"),
    key("qwen3-32b", "host"),
]


def score(name: str, read_as: str | None = None) -> dict[str, Any]:
    return key(name, "-", source_id="arena", lineage="arena", joins_only=True, read_as=read_as)


@pytest.mark.parametrize(
    ("name", "read_as", "same_as"),
    [
        ("gpt-5.1-high", "gpt-5.1", "openai/gpt-5.1"),
        ("Claude 4.5 Opus medium (20251101)", "claude-opus-4-5-20251101", "claude-opus-4-5-20251101"),
        ("kimi-k2-thinking", None, "kimi-k2-thinking"),
        ("Qwen3 32B", None, "qwen3-32b"),
    ],
)
def test_a_benchmark_key_matches_the_model_of_catalogue_keys(
    name: str, read_as: str | None, same_as: str, reference: IdentityReference
) -> None:
    resolution = resolve([*CATALOGUE, score(name, read_as)], reference)
    identities = resolution.identities
    joined = identities[identities["source_id"] == "arena"]["model_id"].item()
    own = identities.query("source_id == 'catalogue' and provider_model_key == @same_as")["model_id"].item()
    assert isinstance(own, str)
    assert joined == own


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gpt-9-dream", "no_such_model"),
        ("totally-unknown-thing", "ambiguous_developer"),
        ("mistral-medium-latest", "floating_alias"),
    ],
)
def test_a_benchmark_key_without_a_match_makes_no_model(name: str, reason: str, reference: IdentityReference) -> None:
    identities = resolve([*CATALOGUE, score(name)], reference).identities
    found = identities[identities["source_id"] == "arena"].iloc[0]
    assert pd.isna(found["model_id"])
    assert (found["method"], found["reason"]) == ("unresolved", reason)
    assert not identities["model_id"].fillna("").str.contains("dream|totally").any()


def test_benchmark_keys_change_no_catalogue_key(reference: IdentityReference) -> None:
    """Not even where a score table would be a second source of a spelling."""
    alone = resolve(CATALOGUE, reference)
    names = [
        "gpt-5.1",
        "gpt-5.1-high",
        "kimi-k2",
        "kimi-k2-0905-preview",
        "qwen3-32b-thinking",
        "qwen3",
        "grok-4-1-fast",
    ]
    beside = resolve([*CATALOGUE, *map(score, names)], reference)
    columns = ["source_id", "provider_id", "provider_model_key", "model_id", "method", "confidence", "reason"]
    own = beside.identities[beside.identities["source_id"] != "arena"].reset_index(drop=True)
    assert own[columns].equals(alone.identities[columns].reset_index(drop=True))
    assert len(beside.identities) == len(CATALOGUE) + len(names)
    assert beside.models.equals(alone.models)


def test_a_mode_in_a_name_is_part_of_it(reference: IdentityReference) -> None:
    """kimi-k2-thinking has weights of its own; without the mode its scores would go to kimi-k2."""
    resolution = resolve([*CATALOGUE, score("kimi-k2-thinking-score", "kimi-k2-thinking")], reference)
    assert (
        identity_of(resolution, "kimi-k2-thinking-score")["model_id"]
        == identity_of(resolution, "kimi-k2-thinking")["model_id"]
    )
    assert (
        identity_of(resolution, "kimi-k2-thinking")["model_id"] != identity_of(resolution, "kimi-k2-0905")["model_id"]
    )
