"""Keys of score tables: they join models that other keys stand on, and move none of those."""

from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.identity.reference_types import IdentityBooks
from tests.transforms.identity.frames import key, lead, resolve

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
def test_a_name_of_a_score_leads_where_the_catalogues_stand(
    name: str, read_as: str | None, same_as: str, books: IdentityBooks
) -> None:
    resolution = resolve([*CATALOGUE, score(name, read_as)], books)
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
def test_a_name_that_no_other_key_stands_for_makes_no_model(
    name: str, reason: str, books: IdentityBooks
) -> None:
    identities = resolve([*CATALOGUE, score(name)], books).identities
    found = identities[identities["source_id"] == "arena"].iloc[0]
    assert pd.isna(found["model_id"])
    assert (found["method"], found["reason"]) == ("unresolved", reason)
    assert not identities["model_id"].fillna("").str.contains("dream|totally").any()


def test_scores_move_no_key_of_a_catalogue(books: IdentityBooks) -> None:
    """Not even where a table of scores would be a second witness of a spelling."""
    alone = resolve(CATALOGUE, books)
    names = [
        "gpt-5.1",
        "gpt-5.1-high",
        "kimi-k2",
        "kimi-k2-0905-preview",
        "qwen3-32b-thinking",
        "qwen3",
        "grok-4-1-fast",
    ]
    beside = resolve([*CATALOGUE, *map(score, names)], books)
    columns = ["source_id", "provider_id", "provider_model_key", "model_id", "method", "confidence", "reason"]
    own = beside.identities[beside.identities["source_id"] != "arena"].reset_index(drop=True)
    assert own[columns].equals(alone.identities[columns].reset_index(drop=True))
    assert len(beside.identities) == len(CATALOGUE) + len(names)
    assert beside.models.equals(alone.models)


def test_a_mode_in_a_name_is_read_with_it(books: IdentityBooks) -> None:
    """kimi-k2-thinking is other weights; to cut the mode would give its scores to kimi-k2."""
    resolution = resolve([*CATALOGUE, score("kimi-k2-thinking-score", "kimi-k2-thinking")], books)
    assert (
        lead(resolution, "kimi-k2-thinking-score")["model_id"]
        == lead(resolution, "kimi-k2-thinking")["model_id"]
    )
    assert lead(resolution, "kimi-k2-thinking")["model_id"] != lead(resolution, "kimi-k2-0905")["model_id"]
