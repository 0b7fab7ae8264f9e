"""The list of unresolved names, and that the rendered entries resolve them."""

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.identity.reference_data import REFERENCE_FILES, build_identity_reference
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.review import list_unresolved_names, render_alias_entry
from tests.transforms.identity.frames import identity_of, key, resolve

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


def list_names(reference: IdentityReference, offers: DataFrame | None = None, **rest: Any) -> DataFrame:
    models = models_of("mistralai/mistral-large-2411", "z-ai/glm-4.7-flash", "moonshotai/kimi-k2.6")
    return list_unresolved_names(
        resolve(KEYS, reference).identities, offers_of() if offers is None else offers, models, reference, **rest
    )


def paste(text: str) -> IdentityReference:
    raw = {
        name: tomllib.loads((files("llmpairs.transforms.identity") / name).read_text("utf-8"))
        for name in REFERENCE_FILES
    }
    for table, entries in tomllib.loads(text).items():
        raw["aliases.toml"].setdefault(table, []).extend(entries)
    return build_identity_reference(*(raw[name] for name in REFERENCE_FILES), version="test")


def test_names_are_ranked_by_impact(reference: IdentityReference) -> None:
    offers = offers_of(
        ("mistral", "mistral-large-latest"), ("venice", "qwen3-next-80b"), ("ollama-cloud", "qwen3-next:80b"),
    )  # fmt: skip
    unresolved = list_names(reference, offers)
    top = unresolved.set_index("name").iloc[:2]
    assert top["offers"].to_dict() == {"qwen3-next-80b": 2, "mistral-large-latest": 1}
    assert top["pairs"].to_dict() == {"qwen3-next-80b": 3, "mistral-large-latest": 2}
    assert (unresolved["offers"].iloc[2:] == 0).all()
    assert "openrouter/auto" not in set(unresolved["name"])


def test_an_offer_is_found_by_its_key_without_the_source_prefix(reference: IdentityReference) -> None:
    rows = [key("mistral/mistral-large-latest", "mistral"), key("mistral-large-2411", "mistral")]
    identities = resolve(rows, reference).identities
    offers = offers_of(("mistral", "mistral-large-latest"), ("other", "mistral-large-latest"))
    assert list_unresolved_names(identities, offers, models_of(), reference)["offers"].tolist() == [1]


def test_a_candidate_has_the_axes_that_differ(reference: IdentityReference) -> None:
    unresolved = list_names(reference).set_index("name")
    assert unresolved.loc["glm-4.7-flash-heretic", "candidates"][0] == "z-ai/glm-4.7-flash (words heretic/none)"
    assert "nothing that both state" in unresolved.loc["mistral-large-latest", "candidates"][0]


def test_one_reason_alone(reference: IdentityReference) -> None:
    assert set(list_names(reference, reason="two_candidates")["reason"]) == {"two_candidates"}
    assert set(list_names(reference, reason="router")["name"]) == {"openrouter/auto"}


def test_the_rendered_entries_resolve_every_name(reference: IdentityReference) -> None:
    unresolved = list_names(reference)
    assert len(unresolved) >= 5
    pasted = paste("\n".join(render_alias_entry(row, DAY, reference) for row in unresolved.to_dict("records")))
    left = list_unresolved_names(resolve(KEYS, pasted).identities, offers_of(), models_of(), pasted)
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
def test_the_entry_for_a_chosen_model_resolves_the_name_to_it(
    name: str, model_id: str, reference: IdentityReference
) -> None:
    row = list_names(reference).set_index("name", drop=False).loc[name]
    before = resolve(KEYS, reference).identities
    got = resolve(KEYS, paste(render_alias_entry(row.to_dict(), DAY, reference, model_id)), previous=before)
    for spelled in row["keys"]:
        found = identity_of(got, spelled)
        assert (found["model_id"], found["method"]) == (model_id, "alias")
    others = "provider_model_key not in @row['keys']"
    assert got.identities.query(others)["model_id"].equals(before.query(others)["model_id"])


def test_an_alias_of_one_seller_does_not_apply_to_another(reference: IdentityReference) -> None:
    row = list_names(reference).set_index("name", drop=False).loc["umans-coder"]
    pasted = paste(render_alias_entry(row.to_dict(), DAY, reference, "moonshotai/kimi-k2.6"))
    elsewhere = resolve([*KEYS, key("umans-coder", "elsewhere")], pasted).identities
    assert pd.isna(elsewhere.set_index("provider_id").loc["elsewhere", "model_id"])
