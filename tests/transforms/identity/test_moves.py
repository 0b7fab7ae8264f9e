"""A source that leads a key to another model: told, and held until confirmed."""

import pandas as pd
import pytest

from llmpairs.transforms.identity.key_nodes import Key
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from tests.transforms.identity.frames import NOTHING, key, lead
from tests.transforms.identity.night import frame_keys

CATALOGUE = [
    key("anthropic/claude-sonnet-4.5", "openrouter"),
    key("claude-sonnet-4-5", "anthropic", is_first_party=True),
    key("anthropic/claude-sonnet-4.6", "openrouter"),
    key("claude-sonnet-4-6", "anthropic", is_first_party=True),
]
ALIAS = "~anthropic/claude-sonnet-latest"
OLD, NEW = "anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.6"


def night(
    rows: list[dict[str, object]],
    books: IdentityBooks,
    last: Resolution | None = None,
    confirmed: tuple[Key, ...] = (),
) -> Resolution:
    previous = last.identities if last else NOTHING
    return resolve_identities(frame_keys(rows), previous, NOTHING, books, lambda moves: confirmed)


def alias(target: str | None) -> dict[str, object]:
    return key(ALIAS, "openrouter", alias_target=target)


def test_an_alias_that_moves_stays_where_it_was(books: IdentityBooks) -> None:
    first = night([*CATALOGUE, alias(OLD)], books)
    second = night([*CATALOGUE, alias(NEW)], books, first)
    assert lead(first, ALIAS)[["model_id", "is_pointer"]].tolist() == [OLD, True]
    assert lead(second, ALIAS)[["model_id", "is_pointer"]].tolist() == [OLD, True]
    assert f"moves to {NEW}" in lead(second, ALIAS)["vetoes"]
    assert second.moves[
        ["provider_model_key", "old_model_id", "new_model_id", "is_held"]
    ].to_numpy().tolist() == [[ALIAS, OLD, NEW, True]]


def test_it_goes_on_being_held_and_is_let_go_when_it_moves_back(books: IdentityBooks) -> None:
    first = night([*CATALOGUE, alias(OLD)], books)
    second = night([*CATALOGUE, alias(NEW)], books, first)
    third = night([*CATALOGUE, alias(NEW)], books, second)
    back = night([*CATALOGUE, alias(OLD)], books, third)
    assert third.moves["is_held"].tolist() == [True]
    assert lead(third, ALIAS)["model_id"] == OLD
    assert back.moves.empty
    pd.testing.assert_frame_equal(back.identities, first.identities)


def test_a_confirmed_move_is_made_and_no_other(books: IdentityBooks) -> None:
    first = night([*CATALOGUE, alias(OLD)], books)
    other = night([*CATALOGUE, alias(NEW)], books, first, (("catalogue", "elsewhere", ALIAS),))
    assert lead(other, ALIAS)["model_id"] == OLD
    made = night([*CATALOGUE, alias(NEW)], books, first, (("catalogue", "openrouter", ALIAS),))
    assert lead(made, ALIAS)["model_id"] == NEW
    assert made.moves["is_held"].tolist() == [False]
    assert night([*CATALOGUE, alias(NEW)], books, made).moves.empty


def test_an_alias_whose_target_is_silent_for_a_night_is_not_forgotten(books: IdentityBooks) -> None:
    first = night([*CATALOGUE, alias(OLD)], books)
    silent = night([*CATALOGUE, alias(None)], books, first)
    assert lead(silent, ALIAS)["model_id"] == OLD
    assert silent.moves.empty
    moved = night([*CATALOGUE, alias(NEW)], books, silent)
    assert lead(moved, ALIAS)["model_id"] == OLD
    assert moved.moves["is_held"].tolist() == [True]


def test_a_repository_that_changes_under_a_key_moves_neither_it_nor_the_names_beside_it(
    books: IdentityBooks,
) -> None:
    """deepseek/deepseek-chat came to mean another model."""
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

    first = night(listed("deepseek-ai/DeepSeek-V3", "novaorg/Zephon-33B-Instruct"), books)
    second = night(listed("deepseek-ai/DeepSeek-V3.1", "novaorg/Zephon-70B-Instruct"), books, first)
    assert lead(first, "deepseek/deepseek-chat")["model_id"] == "deepseek/deepseek-v3"
    assert second.moves["is_held"].tolist() == [True, True]
    pd.testing.assert_series_equal(second.identities["model_id"], first.identities["model_id"])


def test_an_id_does_not_follow_the_only_key_that_leads_to_it(books: IdentityBooks) -> None:
    """Were it the key's, the id of one model would pass to another without a trace."""
    first = night([key("acme-ai/one-latest", "openrouter", hugging_face_id="acme-ai/One-33B")], books)
    second = night([key("acme-ai/one-latest", "openrouter", hugging_face_id="acme-ai/One-70B")], books, first)
    assert lead(second, "acme-ai/one-latest")["model_id"] == lead(first, "acme-ai/one-latest")["model_id"]
    [move] = second.moves.to_dict("records")
    assert move["is_held"]
    assert move["new_model_id"] != move["old_model_id"]


def test_what_a_source_adds_is_no_move(books: IdentityBooks) -> None:
    bare = [key("novaorg/zephon-large", "openrouter"), key("novaorg/Zephon-Large-33B-Instruct", "host")]
    told = [
        key("novaorg/zephon-large", "openrouter", hugging_face_id="novaorg/Zephon-Large-33B-Instruct"),
        bare[1],
    ]
    first = night(bare, books)
    second = night(told, books, first)
    assert second.moves.empty
    assert second.identities["model_id"].nunique() == 1


def test_a_release_that_did_not_say_its_evidence_holds_nothing(books: IdentityBooks) -> None:
    first = night([*CATALOGUE, alias(OLD)], books)
    last = first.identities.drop(columns="evidence")
    second = resolve_identities(frame_keys([*CATALOGUE, alias(NEW)]), last, NOTHING, books)
    assert second.moves.empty
    assert lead(second, ALIAS)["model_id"] == NEW


@pytest.mark.parametrize("kind", ["hugging_face_id", "display_name"])
def test_identities_say_what_led_a_key_to_its_model(kind: str, books: IdentityBooks) -> None:
    rows = [
        key("Qwen/Qwen3-Next-80B-A3B-Instruct", "host"),
        key("Qwen/Qwen3-Next-80B-A3B-Thinking", "host"),
    ]
    said = {
        "hugging_face_id": "Qwen/Qwen3-Next-80B-A3B-Instruct",
        "display_name": "Qwen3 Next 80B A3B Instruct",
    }
    got = night([*rows, key("qwen3-next:80b", "ollama", **{kind: said[kind]})], books)
    assert lead(got, "qwen3-next:80b")["evidence"] == f"{kind}={said[kind]}"
    assert pd.isna(lead(got, "Qwen/Qwen3-Next-80B-A3B-Instruct")["evidence"])
