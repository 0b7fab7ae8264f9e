"""What outlives a night: a reviewer's decisions, the last release, and the list for review."""

import pandas as pd
import pytest

from tests.transforms.identity.frames import key, lead, resolve
from transforms.identity.decisions import DecisionError
from transforms.identity.facts import IdentityBooks


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
