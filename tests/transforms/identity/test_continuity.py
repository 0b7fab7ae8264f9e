"""What outlives a night: a reviewer's decisions, the last release, and the list for review."""

import pandas as pd
import pytest

from llmpairs.transforms.identity.decisions import DecisionError
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.release import carry_absent_keys
from tests.transforms.identity.frames import key, lead, resolve


def _decide(row: dict[str, object], model_id: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {name: row[name] for name in ("source_id", "provider_id", "provider_model_key")}
            | {"model_id": model_id}
        ]
    )


def test_a_decision_wins_over_every_rule(books: IdentityBooks) -> None:
    row = key("gpt-4.1")
    rows = [row, key("gpt-4.1", "other"), key("gpt-5")]
    moved = resolve(rows, books, decisions=_decide(row, "openai/gpt-5"))
    got = moved.identities.set_index(["provider_id", "provider_model_key"])
    assert got.loc[("seller", "gpt-4.1"), ["model_id", "method"]].tolist() == ["openai/gpt-5", "decision"]
    assert got.loc[("other", "gpt-4.1"), "model_id"] == "openai/gpt-4.1"
    nobody = resolve(rows, books, decisions=_decide(row, None))
    assert nobody.identities.set_index(["provider_id", "provider_model_key"])["model_id"].isna().sum() == 1


def test_a_decision_may_name_a_model_that_no_key_leads_to(books: IdentityBooks) -> None:
    row = key("umans-coder", "umans-ai")
    got = resolve([row], books, decisions=_decide(row, "moonshotai/kimi-k2.6"))
    assert got.models["model_id"].tolist() == ["moonshotai/kimi-k2.6"]
    with pytest.raises(DecisionError, match="no model id"):
        resolve([row], books, decisions=_decide(row, "../kimi"))


def test_a_model_keeps_the_id_of_the_last_release(books: IdentityBooks) -> None:
    former = resolve([key("llama-3.3-70b-versatile", "groq")], books).identities
    former = former.assign(model_id="meta-llama/llama-3.3-versatile")
    rows = [key("llama-3.3-70b-versatile", "groq"), key("meta-llama/Llama-3.3-70B-Instruct", "host")]
    later = resolve(rows, books, previous=former)
    assert set(later.identities["model_id"]) == {"meta-llama/llama-3.3-versatile"}
    again = resolve(rows, books, previous=later.identities)
    pd.testing.assert_frame_equal(again.identities, later.identities)


def test_a_key_keeps_its_model_while_its_evidence_is_absent(books: IdentityBooks) -> None:
    listed = key(
        "deepseek/deepseek-chat",
        "openrouter",
        source_id="openrouter",
        hugging_face_id="deepseek-ai/DeepSeek-V3",
    )
    copied = key("deepseek/deepseek-chat", "openrouter", source_id="models_dev")
    other = key("deepseek-v3", "host")
    first = resolve([listed, copied, other], books)
    assert first.identities["model_id"].nunique() == 1
    second = resolve([copied, other], books, previous=first.identities)
    assert lead(second, "deepseek/deepseek-chat")["model_id"] == lead(first, "deepseek-v3")["model_id"]


def test_a_key_leaves_its_model_when_a_rule_vetoes_it(books: IdentityBooks) -> None:
    rows = [key("gpt-oss-20b"), key("gpt-oss-120b")]
    former = resolve(rows, books).identities.assign(model_id="openai/gpt-oss-120b")
    got = resolve(rows, books, previous=former)
    assert lead(got, "gpt-oss-120b")["model_id"] == "openai/gpt-oss-120b"
    assert lead(got, "gpt-oss-20b")["model_id"] == "openai/gpt-oss-20b"


def test_a_list_that_is_short_for_a_night_changes_nobodys_model(books: IdentityBooks) -> None:
    """A bare name and its preview, told apart by a list that a capture of 2026-06-10 had text models of only."""
    anchor = key("google/veo-3.1-lite", "openrouter", canonical_slug="google/veo-3.1-lite")
    preview = key("veo-3.1-lite-generate-preview", "google", is_first_party=True)
    other = key("veo-3.1-lite", "fastrouter")
    first = resolve([anchor, preview], books)
    short = resolve([preview, other], books, previous=first.identities)
    assert lead(first, "google/veo-3.1-lite")["model_id"] == "google/veo-3.1-lite"
    assert lead(short, "veo-3.1-lite")["model_id"] == "google/veo-3.1-lite"
    assert len(short.identities) == 2
    back = resolve(
        [anchor, preview, other], books, previous=carry_absent_keys(short.identities, first.identities)
    )
    assert back.identities["model_id"].value_counts().to_dict() == {
        "google/veo-3.1-lite": 2, "google/veo-3.1-lite-generate-preview": 1,
    }  # fmt: skip


def test_a_key_that_is_long_gone_tells_no_names_apart(books: IdentityBooks) -> None:
    anchor = key("google/veo-3.1-lite", "openrouter", canonical_slug="google/veo-3.1-lite")
    preview = key("veo-3.1-lite-generate-preview", "google", is_first_party=True)
    last = resolve([anchor, preview], books).identities.assign(nights_absent=7)
    got = resolve([preview, key("veo-3.1-lite", "fastrouter")], books, previous=last)
    assert got.identities["model_id"].nunique() == 1
