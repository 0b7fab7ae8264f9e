"""Identities from release to release: former ids lead on, absent keys are remembered, holds name their decision."""

from datetime import UTC, datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.release import (
    carry_absent_keys,
    doubt_moves,
    follow_redirects,
    read_confirmed,
    trace_redirects,
)
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.identity.frames import NOTHING, key, resolve
from tests.transforms.identity.night import frame_keys

AS_OF = datetime(2026, 5, 19, tzinfo=UTC)


def release(identities: DataFrame, *model_ids: str, **tables: DataFrame) -> dict[str, DataFrame]:
    names = ("models", "offers", "benchmark_scores", "model_capabilities", "model_redirects")
    models = DataFrame({"model_id": list(model_ids), "first_seen_at": range(len(model_ids))})
    return {name: empty_frame(name) for name in names} | {"identities": identities, "models": models} | tables


def trace(night: Resolution, last: dict[str, DataFrame]) -> DataFrame:
    return trace_redirects(night.identities, night.models, night.moves, last, AS_OF)


def redirects(*pairs: tuple[str, str]) -> DataFrame:
    rows = [
        {"old_model_id": old, "model_id": new, "reason": "renamed", "since": pd.Timestamp(AS_OF)}
        for old, new in pairs
    ]
    return DataFrame(rows, columns=["old_model_id", "model_id", "reason", "since"])


def test_a_model_that_turns_out_to_be_another_leads_there(books: IdentityBooks) -> None:
    rows = [key("gpt-4.1", "one"), key("gpt-4.1", "two")]
    night = resolve(rows, books)
    before = night.identities.assign(model_id=["openai/gpt-4.1", "openai/gpt-41-copilot"])
    night = resolve(rows, books, previous=before)
    got = trace(night, release(before, "openai/gpt-4.1", "openai/gpt-41-copilot"))
    assert got[["old_model_id", "model_id", "reason"]].to_numpy().tolist() == [
        ["openai/gpt-41-copilot", "openai/gpt-4.1", "the same model"]
    ]
    assert got["since"].tolist() == [pd.Timestamp(AS_OF)]


def test_a_model_of_another_developer_gets_another_id_and_the_old_one_leads_on(books: IdentityBooks) -> None:
    before = resolve([key("gpt-4.1", "one")], books).identities.assign(model_id="acme/gpt-4.1")
    night = resolve([key("gpt-4.1", "one")], books, previous=before)
    assert night.models["model_id"].tolist() == ["openai/gpt-4.1"]
    got = trace(night, release(before, "acme/gpt-4.1"))
    assert got[["old_model_id", "model_id", "reason"]].to_numpy().tolist() == [
        ["acme/gpt-4.1", "openai/gpt-4.1", "renamed"]
    ]


def test_a_model_that_nobody_lists_is_absent_not_gone(books: IdentityBooks) -> None:
    before = resolve([key("gpt-4.1", "one"), key("gpt-5", "one")], books).identities
    night = resolve([key("gpt-5", "one")], books, previous=before)
    assert trace(night, release(before, "openai/gpt-4.1", "openai/gpt-5")).empty


def test_a_moved_alias_takes_no_model_along(books: IdentityBooks) -> None:
    def listed(repository: str) -> DataFrame:
        rows = [
            key("acme-ai/one-latest", "openrouter", hugging_face_id=repository),
            key("acme-ai/One-70B", "host"),
        ]
        return frame_keys(rows)

    first = resolve_identities(listed("acme-ai/One-33B"), NOTHING, NOTHING, books)
    [old] = first.identities.query("provider_id == 'openrouter'")["model_id"]
    moved = ("catalogue", "openrouter", "acme-ai/one-latest")
    second = resolve_identities(
        listed("acme-ai/One-70B"), first.identities, NOTHING, books, lambda moves: {moved}
    )
    assert old not in set(second.models["model_id"])
    assert trace(second, release(first.identities, *first.models["model_id"])).empty


def test_a_former_id_leads_to_where_its_model_is_now(books: IdentityBooks) -> None:
    before = resolve([key("gpt-4.1", "one")], books).identities.assign(model_id="acme/gpt-4.1")
    night = resolve([key("gpt-4.1", "one")], books, previous=before)
    last = release(before, "acme/gpt-4.1", model_redirects=redirects(("gpt/4.1", "acme/gpt-4.1")))
    got = trace(night, last).set_index("old_model_id")["model_id"]
    assert got.to_dict() == {"acme/gpt-4.1": "openai/gpt-4.1", "gpt/4.1": "openai/gpt-4.1"}


def test_an_id_that_is_a_model_again_is_no_former_one(books: IdentityBooks) -> None:
    night = resolve([key("gpt-4.1", "one")], books)
    last = release(night.identities, "openai/gpt-4.1", model_redirects=redirects(("openai/gpt-4.1", "x/y")))
    assert trace(night, last).empty


def test_the_last_release_is_read_in_tonights_ids() -> None:
    identities = DataFrame({"model_id": ["old/one", "new/two", None]})
    offers = DataFrame({"offer_id": ["a", "b", "c"], "model_id": ["old/one", "old/two", None]})
    last = release(identities, "old/one", "old/two", "new/two", offers=offers)
    got = follow_redirects(last, redirects(("old/one", "new/one"), ("old/two", "new/two")))
    assert got["offers"]["model_id"].tolist()[:2] == ["new/one", "new/two"]
    assert got["offers"]["model_id"].isna().tolist() == [False, False, True]
    models = got["models"].set_index("model_id")["first_seen_at"]
    assert models.to_dict() == {"new/one": 0, "new/two": 2}


def test_a_key_that_is_listed_no_more_is_remembered_with_its_nights(books: IdentityBooks) -> None:
    last = resolve([key("gpt-4.1", "one"), key("mystery", "one")], books).identities
    tonight = resolve([key("gpt-5", "one")], books, previous=last).identities
    once = carry_absent_keys(tonight, last)
    assert once.set_index("provider_model_key")["nights_absent"].to_dict() == {"gpt-4.1": 1, "gpt-5": 0}
    twice = carry_absent_keys(tonight, once)
    assert twice.set_index("provider_model_key")["nights_absent"].to_dict() == {"gpt-4.1": 2, "gpt-5": 0}


def test_a_model_that_comes_back_has_its_id_although_its_keys_were_gone(books: IdentityBooks) -> None:
    rows = [key("llama-3.3-70b-versatile", "groq")]
    first = resolve(rows, books).identities.assign(model_id="meta-llama/llama-3.3-versatile")
    away = carry_absent_keys(resolve([key("gpt-5", "one")], books, previous=first).identities, first)
    back = resolve(rows, books, previous=away)
    assert back.models["model_id"].tolist() == ["meta-llama/llama-3.3-versatile"]


def test_an_id_of_an_absent_model_passes_to_no_other(books: IdentityBooks) -> None:
    first = resolve([key("acme-ai/thing-a", "one")], books).identities.assign(model_id="acme-ai/thing-b-7b")
    away = carry_absent_keys(resolve([], books, previous=first).identities, first)
    rows = [key("acme-ai/thing-b:7b", "two"), key("acme-ai/thing-a", "one")]
    other = resolve(rows, books, previous=away).identities.set_index("provider_model_key")["model_id"]
    assert other["acme-ai/thing-a"] == "acme-ai/thing-b-7b"
    assert other["acme-ai/thing-b:7b"] != other["acme-ai/thing-a"]


def test_a_held_move_is_a_doubted_value_with_the_capture_that_says_so() -> None:
    moves = DataFrame(
        [
            ("openrouter", "openrouter", "~a|b", "a/old", "a/new", True),
            ("openrouter", "openrouter", "~c", "a/old", "a/new", False),
        ],
        columns=["source_id", "provider_id", "provider_model_key", "old_model_id", "new_model_id", "is_held"],
    )
    captures = DataFrame(
        {
            "source_id": ["openrouter"] * 2,
            "provider_id": ["openrouter"] * 2,
            "provider_model_key": ["~a|b", "~c"],
            "capture_id": ["c1", "c2"],
        }
    )
    row, confirmed = doubt_moves(moves, captures).to_dict("records")
    assert row["subject_id"] == "openrouter|openrouter|~a|b"
    assert (row["published_value"], row["candidate_value"], row["capture_id"]) == ("a/old", "a/new", "c1")
    assert (confirmed["published_value"], confirmed["candidate_value"]) == ("a/new", "a/new")
    holds = DataFrame([row | {"state": "accepted"}, row | {"state": "held", "subject_id": "x|y|z"}])
    assert read_confirmed(holds) == {("openrouter", "openrouter", "~a|b")}
