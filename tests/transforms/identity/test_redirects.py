"""Identities across releases: former ids redirect, absent keys are carried, holds carry their decision."""

from datetime import UTC, datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.alias_moves import list_candidates, publish_accepted, read_accepted_keys
from llmpairs.transforms.identity.redirects import carry_absent_keys, follow_redirects, trace_redirects
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.identity.frames import NOTHING, key, resolve
from tests.transforms.identity.recorded_keys import frame_keys

AS_OF = datetime(2026, 5, 19, tzinfo=UTC)


def release(identities: DataFrame, *model_ids: str, **tables: DataFrame) -> dict[str, DataFrame]:
    names = ("models", "offers", "benchmark_scores", "model_capabilities", "facts", "model_redirects")
    models = DataFrame({"model_id": list(model_ids), "first_seen_at": range(len(model_ids))})
    return {name: empty_frame(name) for name in names} | {"identities": identities, "models": models} | tables


def trace(resolution: Resolution, last: dict[str, DataFrame]) -> DataFrame:
    return trace_redirects(resolution, last, AS_OF)


def redirects(*pairs: tuple[str, str]) -> DataFrame:
    rows = [
        {"old_model_id": old, "model_id": new, "reason": "renamed", "since": pd.Timestamp(AS_OF)} for old, new in pairs
    ]
    return DataFrame(rows, columns=["old_model_id", "model_id", "reason", "since"])


def test_a_merged_model_redirects(reference: IdentityReference) -> None:
    rows = [key("gpt-4.1", "one"), key("gpt-4.1", "two")]
    resolution = resolve(rows, reference)
    before = resolution.identities.assign(model_id=["openai/gpt-4.1", "openai/gpt-41-copilot"])
    resolution = resolve(rows, reference, previous=before)
    got = trace(resolution, release(before, "openai/gpt-4.1", "openai/gpt-41-copilot"))
    assert got[["old_model_id", "model_id", "reason"]].to_numpy().tolist() == [
        ["openai/gpt-41-copilot", "openai/gpt-4.1", "the same model"]
    ]
    assert got["since"].tolist() == [pd.Timestamp(AS_OF)]


def test_a_model_of_another_developer_gets_a_new_id_and_the_old_one_redirects(reference: IdentityReference) -> None:
    before = resolve([key("gpt-4.1", "one")], reference).identities.assign(model_id="acme/gpt-4.1")
    resolution = resolve([key("gpt-4.1", "one")], reference, previous=before)
    assert resolution.models["model_id"].tolist() == ["openai/gpt-4.1"]
    got = trace(resolution, release(before, "acme/gpt-4.1"))
    assert got[["old_model_id", "model_id", "reason"]].to_numpy().tolist() == [
        ["acme/gpt-4.1", "openai/gpt-4.1", "renamed"]
    ]


def test_an_unlisted_model_is_absent_and_has_no_redirect(reference: IdentityReference) -> None:
    before = resolve([key("gpt-4.1", "one"), key("gpt-5", "one")], reference).identities
    resolution = resolve([key("gpt-5", "one")], reference, previous=before)
    assert trace(resolution, release(before, "openai/gpt-4.1", "openai/gpt-5")).empty


def test_a_moved_alias_redirects_no_model(reference: IdentityReference) -> None:
    def listed(repository: str) -> DataFrame:
        rows = [key("acme-ai/one-latest", "openrouter", hugging_face_id=repository), key("acme-ai/One-70B", "host")]
        return frame_keys(rows)

    first = resolve_identities(listed("acme-ai/One-33B"), NOTHING, NOTHING, reference)
    [old] = first.identities.query("provider_id == 'openrouter'")["model_id"]
    moved = ("catalogue", "openrouter", "acme-ai/one-latest")
    second = resolve_identities(listed("acme-ai/One-70B"), first.identities, NOTHING, reference, {moved})
    assert old not in set(second.models["model_id"])
    assert trace(second, release(first.identities, *first.models["model_id"])).empty


def test_a_former_id_redirects_to_the_current_id(reference: IdentityReference) -> None:
    before = resolve([key("gpt-4.1", "one")], reference).identities.assign(model_id="acme/gpt-4.1")
    resolution = resolve([key("gpt-4.1", "one")], reference, previous=before)
    last = release(before, "acme/gpt-4.1", model_redirects=redirects(("gpt/4.1", "acme/gpt-4.1")))
    got = trace(resolution, last).set_index("old_model_id")["model_id"]
    assert got.to_dict() == {"acme/gpt-4.1": "openai/gpt-4.1", "gpt/4.1": "openai/gpt-4.1"}


def test_an_id_that_is_in_use_again_has_no_redirect(reference: IdentityReference) -> None:
    resolution = resolve([key("gpt-4.1", "one")], reference)
    last = release(resolution.identities, "openai/gpt-4.1", model_redirects=redirects(("openai/gpt-4.1", "x/y")))
    assert trace(resolution, last).empty


def test_the_previous_release_gets_the_ids_of_the_run() -> None:
    identities = DataFrame({"model_id": ["old/one", "new/two", None]})
    offers = DataFrame({"offer_id": ["a", "b", "c"], "model_id": ["old/one", "old/two", None]})
    last = release(identities, "old/one", "old/two", "new/two", offers=offers)
    got = follow_redirects(last, redirects(("old/one", "new/one"), ("old/two", "new/two")))
    assert got["offers"]["model_id"].tolist()[:2] == ["new/one", "new/two"]
    assert got["offers"]["model_id"].isna().tolist() == [False, False, True]
    models = got["models"].set_index("model_id")["first_seen_at"]
    assert models.to_dict() == {"new/one": 0, "new/two": 2}


def test_claims_and_capabilities_follow_the_new_id_and_those_of_a_merged_model_end() -> None:
    """A renamed model that no list names any more is carried with its facts and the states that cite them."""
    states = DataFrame({"model_id": ["old/one", "old/two", "new/two"], "capability": "vision"})
    claims = [("model", "old/one"), ("model", "old/two"), ("model", "new/two"), ("offer", "old/one")]
    facts = DataFrame(claims, columns=["subject_kind", "subject_id"])
    last = release(
        DataFrame({"model_id": ["old/one"]}), "old/one", "old/two", "new/two", model_capabilities=states, facts=facts
    )
    got = follow_redirects(last, redirects(("old/one", "new/one"), ("old/two", "new/two")))
    assert got["model_capabilities"]["model_id"].tolist() == ["new/one", "new/two"]
    assert got["facts"].to_numpy().tolist() == [["model", "new/one"], ["model", "new/two"], ["offer", "old/one"]]


def test_an_absent_key_is_carried_with_its_number_of_runs(reference: IdentityReference) -> None:
    last = resolve([key("gpt-4.1", "one"), key("mystery", "one")], reference).identities
    current = resolve([key("gpt-5", "one")], reference, previous=last).identities
    once = carry_absent_keys(current, last)
    assert once.set_index("provider_model_key")["nights_absent"].to_dict() == {"gpt-4.1": 1, "gpt-5": 0}
    twice = carry_absent_keys(current, once)
    assert twice.set_index("provider_model_key")["nights_absent"].to_dict() == {"gpt-4.1": 2, "gpt-5": 0}


def test_a_returning_model_has_its_id_although_its_keys_were_absent(reference: IdentityReference) -> None:
    rows = [key("llama-3.3-70b-versatile", "groq")]
    first = resolve(rows, reference).identities.assign(model_id="meta-llama/llama-3.3-versatile")
    away = carry_absent_keys(resolve([key("gpt-5", "one")], reference, previous=first).identities, first)
    back = resolve(rows, reference, previous=away)
    assert back.models["model_id"].tolist() == ["meta-llama/llama-3.3-versatile"]


def test_the_id_of_an_absent_model_is_not_reused(reference: IdentityReference) -> None:
    first = resolve([key("acme-ai/thing-a", "one")], reference).identities.assign(model_id="acme-ai/thing-b-7b")
    away = carry_absent_keys(resolve([], reference, previous=first).identities, first)
    rows = [key("acme-ai/thing-b:7b", "two"), key("acme-ai/thing-a", "one")]
    other = resolve(rows, reference, previous=away).identities.set_index("provider_model_key")["model_id"]
    assert other["acme-ai/thing-a"] == "acme-ai/thing-b-7b"
    assert other["acme-ai/thing-b:7b"] != other["acme-ai/thing-a"]


def test_a_move_is_a_hold_candidate_with_the_capture_that_states_it() -> None:
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
    candidates = list_candidates(moves, captures)
    row, accepted = publish_accepted(candidates.assign(state=["held", "accepted"])).to_dict("records")
    assert row["subject_id"] == "openrouter|openrouter|~a|b"
    assert (row["published_value"], row["candidate_value"], row["capture_id"]) == ("a/old", "a/new", "c1")
    assert (accepted["published_value"], accepted["candidate_value"]) == ("a/new", "a/new")
    holds = DataFrame([row | {"state": "accepted"}, row | {"state": "held", "subject_id": "x|y|z"}])
    assert read_accepted_keys(holds) == {("openrouter", "openrouter", "~a|b")}
