"""Guarantees of the tables of identities and models."""

import re

import pandas as pd
import pytest

from llmpairs.transforms.coverage import list_refused_keys
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import resolve_identities
from tests.transforms.identity.frames import NOTHING, identity_of, key, resolve

SAFE_ID = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._+-]*")
HOSTILE = [
    "../x", "openai/../gpt-4o", "s3://bucket/gpt-4o", "<b>gpt-4o</b>", "gpt-4o\x00", "gpt-4o\nid", "", "   ",
    "//evil/gpt", "gpt-4o'; drop", "a" * 5000, "gpt-4о", "%2e%2e/gpt-4o", "org/", "..", "javascript:alert(1)", "-",
    "///",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_keys_never_reach_an_id(text: str, reference: IdentityReference) -> None:
    for row in (key(text), key(f"acme/{text}"), key(text, developer_hint=text, display_name=text, is_first_party=True)):
        resolution = resolve([row], reference)
        assert all(SAFE_ID.fullmatch(model_id) for model_id in resolution.models["model_id"])
        assert len(resolution.identities) == 1


@pytest.mark.parametrize("text", ["1+1", "openai/7*6", "=SUM(A1)", "x=1", "2-1", "12/4", "(3+4)*5", "gpt-4o*2", "+2"])
def test_a_formula_is_no_model(text: str, reference: IdentityReference) -> None:
    got = resolve([key(text), key("gpt-4o"), key("c4ai-command-r+"), key("llama-3.2-1b")], reference).identities
    refused = got.loc[got["reason"] == "arithmetic"]
    assert refused["provider_model_key"].tolist() == [text]
    [gap] = list_refused_keys(got).to_dict("records")
    assert (gap["subject_kind"], gap["field"], gap["detail"]) == ("source", "identity", "keys refused: 1 arithmetic")


@pytest.mark.parametrize(
    "text", ["openai/../gpt-4o", "s3://bucket/gpt-4o", "<b>gpt-4o</b>", "gpt-4o\n", "gpt-4o\x00", "gpt-4о", "gpt-4o'"]
)
def test_an_unsafe_key_joins_nothing(text: str, reference: IdentityReference) -> None:
    got = resolve([key(text), key("gpt-4o")], reference).identities.set_index("provider_model_key")
    assert got.loc[text, "reason"] == "unsafe_key"
    assert got.loc["gpt-4o", "model_id"] == "openai/gpt-4o"


def test_row_order_changes_nothing(reference: IdentityReference) -> None:
    names = ["gpt-4o", "openai/gpt-4o", "gpt-4o-2024-08-06", "qwen3-coder", "Qwen/Qwen3-Coder-480B-A35B-Instruct"]
    rows = [key(name, provider) for name in names for provider in ("one", "two", "three")]
    forward, backward = resolve(rows, reference), resolve(rows[::-1], reference)
    pd.testing.assert_frame_equal(forward.identities, backward.identities)
    pd.testing.assert_frame_equal(forward.models, backward.models)


def test_no_keys_give_empty_frames_with_all_columns(reference: IdentityReference) -> None:
    empty = resolve([], reference)
    filled = resolve([key("gpt-4o")], reference)
    assert list(empty.identities) == list(filled.identities)
    assert list(empty.models) == list(filled.models)
    assert empty.identities.empty
    assert empty.models.empty


def test_the_id_is_the_developers_own_spelling(reference: IdentityReference) -> None:
    resolution = resolve(
        [
            key("anthropic/claude-sonnet-4.5", "openrouter", canonical_slug="anthropic/claude-4.5-sonnet-20250929"),
            key("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon-bedrock"),
            key("accounts/fireworks/models/glm-5p1", "fireworks-ai"),
            key("hf:Qwen/Qwen3.5-4B", "synthetic"),
            key("databricks-meta-llama-3-3-70b-instruct", "databricks"),
        ],
        reference,
    )
    assert set(resolution.models["model_id"]) == {
        "anthropic/claude-sonnet-4.5", "z-ai/glm-5.1", "qwen/qwen3.5-4b", "meta-llama/llama-3.3-70b-instruct",
    }  # fmt: skip


def test_a_repository_joins_what_the_spelling_leaves_out(reference: IdentityReference) -> None:
    rows = [
        key("novaorg/zephon-large", "openrouter", hugging_face_id="novaorg/Zephon-Large-33B-Instruct-2601"),
        key("novaorg/Zephon-Large-33B-Instruct-2601", "host"),
    ]
    resolution = resolve(rows, reference)
    assert resolution.models["model_id"].tolist() == ["novaorg/zephon-large"] or len(resolution.models) == 1
    assert identity_of(resolution, "novaorg/zephon-large")["method"] == "hugging_face_id"


def test_a_repository_of_another_model_is_vetoed(reference: IdentityReference) -> None:
    row = key("aion-labs/aion-1.0-mini", hugging_face_id="FuseAI/FuseO1-DeepSeekR1-QwQ-SkyT1-32B-Preview")
    identity = identity_of(resolve([row], reference), "aion-labs/aion-1.0-mini")
    assert identity["model_id"] == "aion-labs/aion-1.0-mini"
    assert "developer aion-labs/fuseai" in identity["vetoes"]


def test_a_bare_repository_is_the_base_weights_of_its_family_only(reference: IdentityReference) -> None:
    rows = [
        key("meta-llama/Llama-3.1-8B", "-", source_id="cards", lineage="huggingface"),
        key("Qwen/Qwen3-8B", "-", source_id="cards", lineage="huggingface"),
        key("llama-3.1-8b", "cerebras"),
        key("meta-llama/Llama-3.1-8B-Instruct", "host"),
        key("qwen3-8b", "host"),
    ]
    got = resolve(rows, reference)
    assert identity_of(got, "llama-3.1-8b")["model_id"] == "meta-llama/llama-3.1-8b-instruct"
    assert identity_of(got, "meta-llama/Llama-3.1-8B")["model_id"] != identity_of(got, "llama-3.1-8b")["model_id"]
    assert identity_of(got, "Qwen/Qwen3-8B")["model_id"] == identity_of(got, "qwen3-8b")["model_id"]
    models = got.models.set_index("model_id")
    assert models.loc["meta-llama/llama-3.1-8b-instruct", "relation_to_base"] == "derivative"


def test_a_slug_in_a_score_table_is_no_repository(reference: IdentityReference) -> None:
    rows = [key("google/gemma-3-27b", "-", source_id="scores"), key("google/gemma-3-27b-it", "host")]
    got = resolve(rows, reference)
    assert identity_of(got, "google/gemma-3-27b")["model_id"] == "google/gemma-3-27b-it"
    assert got.models["hugging_face_id"].isna().all()
    card = resolve([key("google/gemma-3-27b", "-", lineage="huggingface"), rows[1]], reference)
    assert len(card.models) == 2


def test_a_bare_name_with_several_dates_is_a_pointer_of_its_own(reference: IdentityReference) -> None:
    got = resolve([key("gpt-4o"), key("gpt-4o-2024-08-06"), key("gpt-4o-2024-05-13")], reference)
    assert len(got.models) == 3
    assert bool(identity_of(got, "gpt-4o")["is_pointer"])
    assert not bool(identity_of(got, "gpt-4o-2024-08-06")["is_pointer"])
    snapshot = got.models.set_index("model_id").loc["openai/gpt-4o-2024-08-06"]
    assert (snapshot["base_model_id"], snapshot["relation_to_base"], snapshot["dated_on"]) == (
        "openai/gpt-4o", "snapshot", "2024-08-06",
    )  # fmt: skip


def test_dates_decide_by_all_keys_of_the_run(reference: IdentityReference) -> None:
    sole = resolve([key("sonar-max"), key("sonar-max-2026-02-01")], reference)
    several = resolve([key("sonar-max"), key("sonar-max-2026-02-01"), key("sonar-max-2026-04-01")], reference)
    assert len(sole.models) == 1
    assert len(several.models) == 3


def test_an_unknown_date_is_unresolved(reference: IdentityReference) -> None:
    got = resolve([key("claude-3-7-sonnet-20240620"), key("claude-3-7-sonnet-20250219")], reference)
    assert identity_of(got, "claude-3-7-sonnet-20240620")["reason"] == "unknown_date"
    assert identity_of(got, "claude-3-7-sonnet-20250219")["model_id"] == "anthropic/claude-3.7-sonnet"


def test_a_floating_alias_follows_its_target_and_no_other(reference: IdentityReference) -> None:
    rows = [
        key("~anthropic/claude-sonnet-latest", "openrouter", alias_target="anthropic/claude-sonnet-4.6"),
        key("anthropic/claude-sonnet-4.6", "openrouter"),
        key("~openai/gpt-latest", "openrouter"),
        key("mistral-large-latest"),
        key("deepseek-chat"),
    ]
    got = resolve(rows, reference)
    alias = identity_of(got, "~anthropic/claude-sonnet-latest")
    assert (alias["model_id"], bool(alias["is_pointer"])) == ("anthropic/claude-sonnet-4.6", True)
    assert identity_of(got, "~openai/gpt-latest")["method"] == "router"
    assert identity_of(got, "mistral-large-latest")["reason"] == "floating_alias"
    assert identity_of(got, "deepseek-chat")["reason"] == "floating_alias"


def test_an_alias_in_a_circle_leads_nowhere(reference: IdentityReference) -> None:
    rows = [
        key("~a/claude-latest", alias_target="~b/claude-latest"),
        key("~b/claude-latest", alias_target="~a/claude-latest"),
    ]
    assert resolve(rows, reference).identities["model_id"].isna().all()


def test_another_makers_derivative_is_its_own_model_and_a_reupload_is_not(reference: IdentityReference) -> None:
    rows = [
        key("meta-llama/Llama-3.3-70B-Instruct"),
        key("nvidia/Llama-3.3-70B-Instruct-FP8"),
        key("huihui-ai/Llama-3.3-70B-Instruct-abliterated"),
        key("Llama-3.3-70B-Cirrus-x1"),
    ]
    got = resolve(rows, reference)
    original = "meta-llama/llama-3.3-70b-instruct"
    assert identity_of(got, "nvidia/Llama-3.3-70B-Instruct-FP8")["model_id"] == original
    derivative = identity_of(got, "huihui-ai/Llama-3.3-70B-Instruct-abliterated")["model_id"]
    assert derivative == "huihui-ai/llama-3.3-70b-instruct-abliterated"
    assert got.models.set_index("model_id").loc[derivative, "base_model_id"] == original
    assert identity_of(got, "Llama-3.3-70B-Cirrus-x1")["reason"] == "unknown_maker"


def test_a_sole_reupload_belongs_to_its_uploader(reference: IdentityReference) -> None:
    got = resolve([key("OpenPipe/Qwen3-14B-Instruct"), key("Qwen/Qwen3-14B")], reference)
    assert identity_of(got, "OpenPipe/Qwen3-14B-Instruct")["model_id"] == "openpipe/qwen3-14b-instruct"


def test_a_name_that_fits_two_models_needs_its_display_name(reference: IdentityReference) -> None:
    known = [key("Qwen/Qwen3-Next-80B-A3B-Instruct", "a"), key("Qwen/Qwen3-Next-80B-A3B-Thinking", "a")]
    without_name = resolve([*known, key("qwen3-next:80b", "ollama")], reference)
    developer_tokens = resolve(
        [*known, key("qwen3-next:80b", "ollama", display_name="Qwen3 Next 80B A3B Instruct")], reference
    )
    assert identity_of(without_name, "qwen3-next:80b")["reason"] == "two_candidates"
    assert identity_of(developer_tokens, "qwen3-next:80b")["model_id"] == "qwen/qwen3-next-80b-a3b-instruct"


def test_a_preview_is_the_bare_name_only_while_there_is_no_release(reference: IdentityReference) -> None:
    preview = key("gemini-3-pro-preview", "google", is_first_party=True)
    before = resolve([preview, key("google/gemini-3-pro")], reference)
    after = resolve(
        [preview, key("google/gemini-3-pro"), key("gemini-3-pro", "google", is_first_party=True)], reference
    )
    assert identity_of(before, "google/gemini-3-pro")["model_id"] == "google/gemini-3-pro-preview"
    assert len(after.models) == 2
    assert identity_of(after, "google/gemini-3-pro")["model_id"] == "google/gemini-3-pro"


def test_a_first_party_decides_the_developer_of_an_unknown_name(reference: IdentityReference) -> None:
    got = resolve([key("frontier-one", "inception", is_first_party=True), key("frontier-one", "host")], reference)
    own = got.identities.set_index("provider_id")
    assert own.loc["inception", "model_id"] == "inception/frontier-one"
    assert own.loc["host", "reason"] == "ambiguous_developer"


def test_the_basis_counts_independent_lineages(reference: IdentityReference) -> None:
    rows = [
        key("acme-ai/one", "a"), key("acme-ai/one", "b"),
        key("acme-ai/two", "a"), key("acme-ai/two", "b", source_id="other", lineage="other"),
        key("acme-ai/three", "openrouter", canonical_slug="acme-ai/three"),
    ]  # fmt: skip
    basis = resolve(rows, reference).models.set_index("name")["identity_basis"]
    assert basis.to_dict() == {"one": "single_witness", "two": "corroborated", "three": "anchored"}


def test_no_key_is_resolved_below_the_confidence_limit(reference: IdentityReference) -> None:
    rows = [key(name) for name in ("gpt-4o", "auto", "big-pickle", "ft:gpt-4o:x", "claude-sonnet-latest", "mystery")]
    identities = resolve(rows, reference).identities
    joined = identities["model_id"].notna()
    assert (identities["confidence"] >= 0.95).equals(joined)
    assert identities.loc[~joined, "reason"].notna().all()
    assert identities["method"].isin(["router", "unresolved"]).equals(~joined)


def test_inputs_are_not_changed(reference: IdentityReference) -> None:
    from tests.transforms.identity.recorded_keys import frame_keys

    keys = frame_keys([key("gpt-4o"), key("claude-3-5-haiku-latest")])
    before = keys.copy(deep=True)
    resolve_identities(keys, NOTHING, NOTHING, reference)
    pd.testing.assert_frame_equal(keys, before)


def test_equally_stated_repositories_are_told_apart_by_meaning_or_not_at_all(reference: IdentityReference) -> None:
    def published(*repositories: str) -> object:
        rows = [
            key("glm-4.6", f"seller {n}", source_id=f"source {n}", lineage=f"source {n}", hugging_face_id=repository)
            for n, repository in enumerate(repositories)
        ]
        found = resolve(rows, reference).models["hugging_face_id"]
        assert found.equals(resolve(rows[::-1], reference).models["hugging_face_id"])
        return found.iloc[0]

    assert published("zai-org/GLM-4.6", "zai-org/glm-4.6") == "zai-org/GLM-4.6"
    assert published("zai-org/GLM-4.6-FP8", "zai-org/GLM-4.6") == "zai-org/GLM-4.6"
    equal = published("zai-org/Glm-4.6", "zai-org/gLm-4.6")
    assert equal != equal  # null


def test_a_former_model_whose_keys_split_evenly_decides_for_no_further_key(reference: IdentityReference) -> None:
    """Before, the node that comes first in the alphabet got the keys whose evidence is missing."""
    names = ("qwen3-next-80b-a3b-instruct", "qwen3-next-80b-a3b-thinking")
    rows = [key(name, provider) for name in names for provider in ("one", "two")] + [key("qwen3-next:80b", "host")]
    before = resolve(rows, reference).identities.assign(model_id="qwen/qwen3-next-80b-a3b-instruct")
    got = resolve(rows, reference, previous=before)
    assert identity_of(got, "qwen3-next:80b")["reason"] == "two_candidates"
