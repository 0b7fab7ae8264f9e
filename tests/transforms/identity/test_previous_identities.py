"""Inputs that outlast a run: reviewer decisions and the identities of the previous release."""

import pandas as pd
import pytest

from llmpairs.transforms.identity.redirects import carry_absent_keys
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.warehouse.errors import DecisionError
from tests.transforms.identity.frames import identity_of, key, resolve


def _decide(row: dict[str, object], model_id: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        [{name: row[name] for name in ("source_id", "provider_id", "provider_model_key")} | {"model_id": model_id}]
    )


def test_a_decision_overrides_every_rule(reference: IdentityReference) -> None:
    row = key("gpt-4.1")
    rows = [row, key("gpt-4.1", "other"), key("gpt-5")]
    moved = resolve(rows, reference, decisions=_decide(row, "openai/gpt-5"))
    got = moved.identities.set_index(["provider_id", "provider_model_key"])
    assert got.loc[("seller", "gpt-4.1"), ["model_id", "method"]].tolist() == ["openai/gpt-5", "decision"]
    assert got.loc[("other", "gpt-4.1"), "model_id"] == "openai/gpt-4.1"
    unresolved = resolve(rows, reference, decisions=_decide(row, None))
    assert unresolved.identities.set_index(["provider_id", "provider_model_key"])["model_id"].isna().sum() == 1


def test_a_decision_may_name_a_model_that_no_key_leads_to(reference: IdentityReference) -> None:
    row = key("umans-coder", "umans-ai")
    got = resolve([row], reference, decisions=_decide(row, "moonshotai/kimi-k2.6"))
    assert got.models["model_id"].tolist() == ["moonshotai/kimi-k2.6"]
    with pytest.raises(DecisionError, match="no model id"):
        resolve([row], reference, decisions=_decide(row, "../kimi"))


def test_a_model_keeps_the_id_of_the_last_release(reference: IdentityReference) -> None:
    former = resolve([key("llama-3.3-70b-versatile", "groq")], reference).identities
    former = former.assign(model_id="meta-llama/llama-3.3-versatile")
    rows = [key("llama-3.3-70b-versatile", "groq"), key("meta-llama/Llama-3.3-70B-Instruct", "host")]
    later = resolve(rows, reference, previous=former)
    assert set(later.identities["model_id"]) == {"meta-llama/llama-3.3-versatile"}
    again = resolve(rows, reference, previous=later.identities)
    pd.testing.assert_frame_equal(again.identities, later.identities)


def test_a_key_keeps_its_model_while_its_evidence_is_absent(reference: IdentityReference) -> None:
    listed = key(
        "deepseek/deepseek-chat", "openrouter", source_id="openrouter", hugging_face_id="deepseek-ai/DeepSeek-V3"
    )
    copied = key("deepseek/deepseek-chat", "openrouter", source_id="models_dev")
    other = key("deepseek-v3", "host")
    first = resolve([listed, copied, other], reference)
    assert first.identities["model_id"].nunique() == 1
    second = resolve([copied, other], reference, previous=first.identities)
    assert identity_of(second, "deepseek/deepseek-chat")["model_id"] == identity_of(first, "deepseek-v3")["model_id"]


def test_a_key_leaves_its_model_when_a_rule_vetoes_it(reference: IdentityReference) -> None:
    rows = [key("gpt-oss-20b"), key("gpt-oss-120b")]
    former = resolve(rows, reference).identities.assign(model_id="openai/gpt-oss-120b")
    got = resolve(rows, reference, previous=former)
    assert identity_of(got, "gpt-oss-120b")["model_id"] == "openai/gpt-oss-120b"
    assert identity_of(got, "gpt-oss-20b")["model_id"] == "openai/gpt-oss-20b"


def test_an_incomplete_list_changes_no_other_assignment(reference: IdentityReference) -> None:
    """A bare name and its preview, kept apart by a list of which a capture of 2026-06-10 had text models only."""
    anchor = key("google/veo-3.1-lite", "openrouter", canonical_slug="google/veo-3.1-lite")
    preview = key("veo-3.1-lite-generate-preview", "google", is_first_party=True)
    other = key("veo-3.1-lite", "fastrouter")
    first = resolve([anchor, preview], reference)
    short = resolve([preview, other], reference, previous=first.identities)
    assert identity_of(first, "google/veo-3.1-lite")["model_id"] == "google/veo-3.1-lite"
    assert identity_of(short, "veo-3.1-lite")["model_id"] == "google/veo-3.1-lite"
    assert len(short.identities) == 2
    back = resolve([anchor, preview, other], reference, previous=carry_absent_keys(short.identities, first.identities))
    assert back.identities["model_id"].value_counts().to_dict() == {
        "google/veo-3.1-lite": 2, "google/veo-3.1-lite-generate-preview": 1,
    }  # fmt: skip


def test_a_key_absent_for_seven_runs_keeps_no_names_apart(reference: IdentityReference) -> None:
    anchor = key("google/veo-3.1-lite", "openrouter", canonical_slug="google/veo-3.1-lite")
    preview = key("veo-3.1-lite-generate-preview", "google", is_first_party=True)
    last = resolve([anchor, preview], reference).identities.assign(nights_absent=7)
    got = resolve([preview, key("veo-3.1-lite", "fastrouter")], reference, previous=last)
    assert got.identities["model_id"].nunique() == 1
