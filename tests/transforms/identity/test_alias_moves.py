"""A source that leads a key to another model: the move is recorded and held until accepted."""

import pandas as pd
import pytest

from llmpairs.transforms.identity.key_rows import Key
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from tests.transforms.identity.frames import NOTHING, identity_of, key
from tests.transforms.identity.recorded_keys import frame_keys

CATALOGUE = [
    key("anthropic/claude-sonnet-4.5", "openrouter"),
    key("claude-sonnet-4-5", "anthropic", is_first_party=True),
    key("anthropic/claude-sonnet-4.6", "openrouter"),
    key("claude-sonnet-4-6", "anthropic", is_first_party=True),
]
ALIAS = "~anthropic/claude-sonnet-latest"
OLD, NEW = "anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.6"


def run(
    rows: list[dict[str, object]],
    reference: IdentityReference,
    last: Resolution | None = None,
    accepted: tuple[Key, ...] = (),
) -> Resolution:
    previous = last.identities if last else NOTHING
    return resolve_identities(frame_keys(rows), previous, NOTHING, reference, accepted)


def alias(target: str | None) -> dict[str, object]:
    return key(ALIAS, "openrouter", alias_target=target)


def test_an_alias_that_moves_stays_where_it_was(reference: IdentityReference) -> None:
    first = run([*CATALOGUE, alias(OLD)], reference)
    second = run([*CATALOGUE, alias(NEW)], reference, first)
    assert identity_of(first, ALIAS)[["model_id", "is_pointer"]].tolist() == [OLD, True]
    assert identity_of(second, ALIAS)[["model_id", "is_pointer"]].tolist() == [OLD, True]
    assert f"moves to {NEW}" in identity_of(second, ALIAS)["vetoes"]
    assert second.moves[["provider_model_key", "old_model_id", "new_model_id", "is_held"]].to_numpy().tolist() == [
        [ALIAS, OLD, NEW, True]
    ]


def test_a_move_stays_held_and_closes_when_the_alias_moves_back(reference: IdentityReference) -> None:
    first = run([*CATALOGUE, alias(OLD)], reference)
    second = run([*CATALOGUE, alias(NEW)], reference, first)
    third = run([*CATALOGUE, alias(NEW)], reference, second)
    back = run([*CATALOGUE, alias(OLD)], reference, third)
    assert third.moves["is_held"].tolist() == [True]
    assert identity_of(third, ALIAS)["model_id"] == OLD
    assert back.moves.empty
    pd.testing.assert_frame_equal(back.identities, first.identities)


def test_only_an_accepted_move_is_made(reference: IdentityReference) -> None:
    first = run([*CATALOGUE, alias(OLD)], reference)
    other = run([*CATALOGUE, alias(NEW)], reference, first, (("catalogue", "elsewhere", ALIAS),))
    assert identity_of(other, ALIAS)["model_id"] == OLD
    made = run([*CATALOGUE, alias(NEW)], reference, first, (("catalogue", "openrouter", ALIAS),))
    assert identity_of(made, ALIAS)["model_id"] == NEW
    assert made.moves["is_held"].tolist() == [False]
    assert run([*CATALOGUE, alias(NEW)], reference, made).moves.empty


def test_an_alias_without_target_in_one_run_keeps_its_model(reference: IdentityReference) -> None:
    first = run([*CATALOGUE, alias(OLD)], reference)
    without_target = run([*CATALOGUE, alias(None)], reference, first)
    assert identity_of(without_target, ALIAS)["model_id"] == OLD
    assert without_target.moves.empty
    moved = run([*CATALOGUE, alias(NEW)], reference, without_target)
    assert identity_of(moved, ALIAS)["model_id"] == OLD
    assert moved.moves["is_held"].tolist() == [True]


def test_a_changed_repository_moves_neither_its_key_nor_other_keys(reference: IdentityReference) -> None:
    """As deepseek/deepseek-chat, which changed its model."""
    others = [
        key("deepseek-ai/DeepSeek-V3", "host"), key("deepseek-ai/DeepSeek-V3.1", "host"),
        key("novaorg/zephon", "host"), key("novaorg/Zephon-33B-Instruct", "other"),
        key("novaorg/Zephon-70B-Instruct", "other"),
    ]  # fmt: skip

    def listed(chat: str, zephon: str) -> list[dict[str, object]]:
        return [
            *others,
            key("deepseek/deepseek-chat", "openrouter", hugging_face_id=chat),
            key("novaorg/zephon", "openrouter", hugging_face_id=zephon),
        ]

    first = run(listed("deepseek-ai/DeepSeek-V3", "novaorg/Zephon-33B-Instruct"), reference)
    second = run(listed("deepseek-ai/DeepSeek-V3.1", "novaorg/Zephon-70B-Instruct"), reference, first)
    assert identity_of(first, "deepseek/deepseek-chat")["model_id"] == "deepseek/deepseek-v3"
    assert second.moves["is_held"].tolist() == [True, True]
    pd.testing.assert_series_equal(second.identities["model_id"], first.identities["model_id"])


def test_an_id_does_not_follow_the_only_key_that_leads_to_it(reference: IdentityReference) -> None:
    """Otherwise the id of one model would become the id of another."""
    first = run([key("acme-ai/one-latest", "openrouter", hugging_face_id="acme-ai/One-33B")], reference)
    second = run([key("acme-ai/one-latest", "openrouter", hugging_face_id="acme-ai/One-70B")], reference, first)
    assert identity_of(second, "acme-ai/one-latest")["model_id"] == identity_of(first, "acme-ai/one-latest")["model_id"]
    [move] = second.moves.to_dict("records")
    assert move["is_held"]
    assert move["new_model_id"] != move["old_model_id"]


def test_added_evidence_is_no_move(reference: IdentityReference) -> None:
    bare = [key("novaorg/zephon-large", "openrouter"), key("novaorg/Zephon-Large-33B-Instruct", "host")]
    stated = [key("novaorg/zephon-large", "openrouter", hugging_face_id="novaorg/Zephon-Large-33B-Instruct"), bare[1]]
    first = run(bare, reference)
    second = run(stated, reference, first)
    assert second.moves.empty
    assert second.identities["model_id"].nunique() == 1


def test_a_previous_release_without_evidence_holds_nothing(reference: IdentityReference) -> None:
    first = run([*CATALOGUE, alias(OLD)], reference)
    last = first.identities.drop(columns="evidence")
    second = resolve_identities(frame_keys([*CATALOGUE, alias(NEW)]), last, NOTHING, reference)
    assert second.moves.empty
    assert identity_of(second, ALIAS)["model_id"] == NEW


@pytest.mark.parametrize("kind", ["hugging_face_id", "display_name"])
def test_identities_record_the_evidence_of_a_key(kind: str, reference: IdentityReference) -> None:
    rows = [key("Qwen/Qwen3-Next-80B-A3B-Instruct", "host"), key("Qwen/Qwen3-Next-80B-A3B-Thinking", "host")]
    stated = {"hugging_face_id": "Qwen/Qwen3-Next-80B-A3B-Instruct", "display_name": "Qwen3 Next 80B A3B Instruct"}
    got = run([*rows, key("qwen3-next:80b", "ollama", **{kind: stated[kind]})], reference)
    assert identity_of(got, "qwen3-next:80b")["evidence"] == f"{kind}={stated[kind]}"
    assert pd.isna(identity_of(got, "Qwen/Qwen3-Next-80B-A3B-Instruct")["evidence"])
