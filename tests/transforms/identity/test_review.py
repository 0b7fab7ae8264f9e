"""What a reviewer is asked, and that the printed lines settle it."""

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.identity.reference_data import BOOKS, build_books
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.review import list_questions, write_toml
from tests.transforms.identity.frames import key, lead, resolve

DAY = date(2026, 5, 18)
KEYS = [
    key("glm-4.7-flash", "maker"),
    key("glm-4.7-flash-heretic", "venice"),
    key("Qwen/Qwen3-Next-80B-A3B-Instruct", "host"),
    key("Qwen/Qwen3-Next-80B-A3B-Thinking", "host"),
    key("qwen3-next-80b", "venice"),
    key("qwen3-next:80b", "ollama-cloud"),
    key("mistral-large-2411", "mistral"),
    key("mistral-large-latest", "mistral"),
    key("qwen-max", "alibaba"),
    key("qwen-max-latest", "alibaba"),
    key("kimi-k2.6", "moonshotai"),
    key("umans-coder", "umans-ai"),
    key("meta-llama/Llama-3.1-8B", "-", source_id="cards", lineage="huggingface"),
    key("meta-llama/Llama-3.1-8B-Instruct", "host"),
    key("llama3.1-uncensored", "ollama"),
    key("openrouter/auto", "openrouter"),
]


def offers_of(*routes: tuple[str, str]) -> DataFrame:
    rows = [
        {"offer_id": f"o{n}", "provider_id": provider, "provider_model_key": name, "model_id": None}
        for n, (provider, name) in enumerate(routes)
    ]
    return DataFrame(rows, columns=["offer_id", "provider_id", "provider_model_key", "model_id"])


def models_of(*live: str) -> DataFrame:
    return DataFrame({"model_id": list(live), "is_live": True, "is_text_generating": True})


def ask(books: IdentityBooks, offers: DataFrame | None = None, **rest: Any) -> DataFrame:
    models = models_of("mistralai/mistral-large-2411", "z-ai/glm-4.7-flash", "moonshotai/kimi-k2.6")
    return list_questions(
        resolve(KEYS, books).identities, offers_of() if offers is None else offers, models, books, **rest
    )


def paste(text: str) -> IdentityBooks:
    raw = {
        name: tomllib.loads((files("llmpairs.transforms.identity") / name).read_text("utf-8"))
        for name in BOOKS
    }
    for table, entries in tomllib.loads(text).items():
        raw["aliases.toml"].setdefault(table, []).extend(entries)
    return build_books(*(raw[name] for name in BOOKS), version="test")


def test_names_are_ranked_by_what_hangs_on_them(books: IdentityBooks) -> None:
    offers = offers_of(
        ("mistral", "mistral-large-latest"), ("venice", "qwen3-next-80b"), ("ollama-cloud", "qwen3-next:80b"),
    )  # fmt: skip
    asked = ask(books, offers)
    top = asked.set_index("name").iloc[:2]
    assert top["offers"].to_dict() == {"qwen3-next-80b": 2, "mistral-large-latest": 1}
    assert top["pairs"].to_dict() == {"qwen3-next-80b": 3, "mistral-large-latest": 2}
    assert (asked["offers"].iloc[2:] == 0).all()
    assert "openrouter/auto" not in set(asked["name"])


def test_a_route_is_found_by_its_key_without_the_words_of_the_source(books: IdentityBooks) -> None:
    rows = [key("mistral/mistral-large-latest", "mistral"), key("mistral-large-2411", "mistral")]
    identities = resolve(rows, books).identities
    offers = offers_of(("mistral", "mistral-large-latest"), ("other", "mistral-large-latest"))
    assert list_questions(identities, offers, models_of(), books)["offers"].tolist() == [1]


def test_a_candidate_says_in_what_it_differs(books: IdentityBooks) -> None:
    asked = ask(books).set_index("name")
    assert asked.loc["glm-4.7-flash-heretic", "candidates"][0] == "z-ai/glm-4.7-flash (words heretic/none)"
    assert "nothing that both state" in asked.loc["mistral-large-latest", "candidates"][0]


def test_one_reason_alone(books: IdentityBooks) -> None:
    assert set(ask(books, reason="two_candidates")["reason"]) == {"two_candidates"}
    assert set(ask(books, reason="router")["name"]) == {"openrouter/auto"}


def test_the_printed_lines_settle_every_name(books: IdentityBooks) -> None:
    asked = ask(books)
    assert len(asked) >= 5
    pasted = paste("\n".join(write_toml(row, DAY, books) for row in asked.to_dict("records")))
    left = list_questions(resolve(KEYS, pasted).identities, offers_of(), models_of(), pasted)
    assert left.empty


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("glm-4.7-flash-heretic", "z-ai/glm-4.7-flash"),
        ("qwen3-next-80b", "qwen/qwen3-next-80b-a3b-thinking"),
        ("mistral-large-latest", "mistralai/mistral-large-2411"),
        ("qwen-max-latest", "qwen/qwen-max"),
        ("umans-coder", "moonshotai/kimi-k2.6"),
        ("llama3.1-uncensored", "meta-llama/llama-3.1-8b"),
    ],
)
def test_the_lines_for_a_chosen_model_lead_the_name_to_it(
    name: str, model_id: str, books: IdentityBooks
) -> None:
    question = ask(books).set_index("name", drop=False).loc[name]
    before = resolve(KEYS, books).identities
    got = resolve(KEYS, paste(write_toml(question.to_dict(), DAY, books, model_id)), previous=before)
    for spelled in question["keys"]:
        found = lead(got, spelled)
        assert (found["model_id"], found["method"]) == (model_id, "alias")
    others = "provider_model_key not in @question['keys']"
    assert got.identities.query(others)["model_id"].equals(before.query(others)["model_id"])


def test_an_alias_of_one_seller_says_nothing_of_another(books: IdentityBooks) -> None:
    question = ask(books).set_index("name", drop=False).loc["umans-coder"]
    pasted = paste(write_toml(question.to_dict(), DAY, books, "moonshotai/kimi-k2.6"))
    elsewhere = resolve([*KEYS, key("umans-coder", "elsewhere")], pasted).identities
    assert pd.isna(elsewhere.set_index("provider_id").loc["elsewhere", "model_id"])
