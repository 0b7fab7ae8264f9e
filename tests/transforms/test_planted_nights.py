"""Nights in a row on which something is wrong, through all transforms: what is published, and what is told of it."""

from typing import Any

import pandas as pd
from pandas import DataFrame

from tests.transforms.planted import Planted, Said

MODEL = "openai/gpt-oss-120b"
TEXT = {"task": "chat", "output_modalities": ["text"], "input_modalities": ["text"]}


def said(source: str = "models_dev", key: str = MODEL, **more: Any) -> Said:
    """A row about one open model at one host."""
    model = {**TEXT, "hugging_face_id": MODEL, "developer": "openai", **more.pop("model", {})}
    return Said(source=source, key=key, model=model, **more)


def list_of(zeros: int = 0) -> list[Said]:
    """Sixty paid models of one aggregator, the first `zeros` of them at zero."""
    return [
        Said(
            source="openrouter", provider="openrouter", key=f"acme/model-{number}", model=TEXT,
            offer={"route_kind": "aggregate"}, input="0" if number < zeros else "0.15",
            output="0" if number < zeros else "0.6",
        )
        for number in range(60)
    ]  # fmt: skip


def story(changes: DataFrame) -> dict[tuple[str, str, str], int]:
    """How often each kind, field and new value is told."""
    told = changes[["kind", "field", "new_value"]].astype("str")
    return {(kind, field, value): size for (kind, field, value), size in told.value_counts().items()}


def test_an_aggregator_at_zero_for_a_night_moves_no_price_and_leaves_no_history() -> None:
    nights = Planted()
    before = nights.add(*list_of())
    during = nights.add(*list_of(zeros=18))
    assert (during["offers"]["input_usd_per_mtok"] == 0.15).all()
    assert story(nights.changes) == {("changed", "held", "True"): 18}
    assert during["holds"]["incident"].nunique() == 1
    assert during["facts"].query("is_chosen and field == 'input_usd_per_mtok'")["subject_id"].nunique() == 60
    after = nights.add(*list_of())
    assert story(nights.changes) == {("changed", "held", "False"): 18}
    assert after["holds"].empty
    stamps = ["capture_id"]
    pd.testing.assert_frame_equal(
        after["price_history"].drop(columns=stamps), before["price_history"].drop(columns=stamps)
    )


def test_a_free_tier_beside_the_paid_key_of_one_file_is_an_offer_of_its_own() -> None:
    paid = said("openrouter", provider="openrouter", offer={"route_kind": "aggregate"})
    free = said(
        "openrouter",
        key=f"{MODEL}:free",
        provider="openrouter",
        input="0",
        output="0",
        offer={"route_kind": "aggregate"},
    )
    offers = Planted().add(paid, free)["offers"].set_index("provider_model_key")
    assert set(offers["model_id"]) == {MODEL}
    assert offers["price_kind"].to_dict() == {MODEL: "metered", f"{MODEL}:free": "free_tier"}
    assert offers["input_usd_per_mtok"].to_dict() == {MODEL: 0.15, f"{MODEL}:free": 0.0}
    assert offers["eligible"].to_dict() == {MODEL: True, f"{MODEL}:free": False}


def test_a_model_that_is_gone_for_two_nights_comes_back_as_it_was() -> None:
    nights = Planted()
    other = said(key="openai/gpt-oss-20b", model={"hugging_face_id": "openai/gpt-oss-20b"})
    rows = (said(model={"context_tokens": 131_072}, flags={"tools": True}), said("litellm"), other)
    first = nights.add(*rows)["models"].set_index("model_id").loc[MODEL]
    nights.add(other)
    told = nights.changes[nights.changes["subject_id"].str.contains("gpt-oss-120b")]
    assert sorted(told[told["kind"] == "absent"]["subject_kind"]) == ["model", "offer"]
    assert "retired" not in set(told["kind"])
    gone = nights.add(other, failed=("litellm",))
    assert nights.changes.empty
    model = nights.row("models", MODEL)
    assert (model["lifecycle"], model["context_tokens"]) == ("active", 131_072)
    absences = {model["nights_absent"], *gone["offers"]["nights_absent"]}
    assert absences == {0, 1}, "a night on which one of its sources failed does not count"
    flags = gone["model_capabilities"].set_index(["model_id", "capability"])["state"]
    assert flags[MODEL, "function_calling"] == "yes"
    assert set(gone["model_capabilities"]["fact_id"].dropna()) <= set(gone["facts"]["fact_id"])
    nights.add(*rows)
    assert "returned" in set(nights.changes["kind"])
    again = nights.row("models", MODEL)
    assert (again["first_seen_at"], again["nights_absent"]) == (first["first_seen_at"], 0)


def test_a_decision_settles_a_disagreement_until_one_of_its_values_changes() -> None:
    def rows(context: int) -> tuple[Said, Said]:
        route = {"context_tokens": 131_072}
        return (
            said(model={"context_tokens": 131_072}, offer=route),
            said("litellm", model={"context_tokens": context}, offer=route, input="0.2", output="0.9"),
        )

    nights = Planted()
    first = nights.add(*rows(65_536))["disagreements"].set_index(["subject_kind", "field"])
    for key, chosen, right in (
        (("model", "context_tokens"), "131072", "65536"),
        (("offer", "input_usd_per_mtok"), "0.15", "0.2"),
    ):
        assert first.loc[key, ["state", "chosen_value"]].tolist() == ["open", chosen]
        values = dict(word.split("=", 1) for word in first.loc[key, "claimed_values"])
        nights.decide("disagreement", first.loc[key, "disagreement_id"], right, values)
    for _ in range(2):
        tables = nights.add(*rows(65_536))
        table = tables["disagreements"].set_index("field")
        settled = table.loc["context_tokens"]
        assert settled[["state", "decision", "decided_by"]].tolist() == ["settled", "65536", "ana"]
        assert nights.row("models", MODEL)["context_tokens"] == 65_536
        assert not tables["coverage_gaps"]["state"].isin(["conflict"]).any()
        offer = tables["offers"].iloc[0]
        assert table.loc["input_usd_per_mtok", "state"] == "settled"
        assert offer[["input_usd_per_mtok", "output_usd_per_mtok", "price_source_id"]].tolist() == [
            0.2,
            0.9,
            "litellm",
        ]
        assert tables["holds"].empty
        if nights.night == 2:
            causes = nights.changes.set_index("field")["cause"].to_dict()
            assert causes == dict.fromkeys(
                ("context_tokens", "input_usd_per_mtok", "output_usd_per_mtok"), "decision"
            )
            facts = tables["facts"].query("subject_id == @MODEL and field == 'context_tokens' and is_chosen")
            assert facts["reason"].tolist() == ["decision"]
    again = nights.add(*rows(32_768))["disagreements"].set_index("field").loc["context_tokens"]
    assert again["state"] == "reopened"
    assert again["changed_since"] == "litellm=32768, was 65536"
    assert pd.isna(again["decision"])
    assert nights.row("models", MODEL)["context_tokens"] == 131_072
    assert nights.changes.set_index("field").loc["context_tokens", "cause"] == "decision"


def test_the_provider_decides_what_its_route_costs_and_the_developer_what_the_model_is() -> None:
    at_host = {"provider": "togetherai"}
    tables = Planted().add(
        said(model={"context_tokens": 65_536}, input="0.1", output="0.4", **at_host),
        said("litellm", model={"context_tokens": 65_536}, input="0.1", output="0.4", **at_host),
        said("together", model={"context_tokens": 65_536}, input="0.15", output="0.6", **at_host),
        said(
            "openai_models",
            key="gpt-oss-120b",
            provider="openai",
            model={"context_tokens": 131_072},
            input=None,
            output=None,
        ),
    )
    offer = tables["offers"].set_index("provider_id").loc["togetherai"]
    assert (offer["input_usd_per_mtok"], offer["price_source_id"]) == (0.15, "together")
    assert tables["models"].set_index("model_id").loc[MODEL, "context_tokens"] == 131_072
    losing = tables["facts"].query("field == 'context_tokens' and subject_kind == 'model' and not is_chosen")
    assert set(losing["reason"]) == {"lower_authority"}


def test_a_sentinel_does_not_displace_a_good_value_and_a_reviewer_may_insist() -> None:
    nights = Planted()
    nights.add(said(model={"context_tokens": 131_072}))
    odd = said(model={"context_tokens": 99_999_999})
    tables = nights.add(odd)
    assert nights.row("models", MODEL)["context_tokens"] == 131_072
    held = tables["holds"].iloc[0]
    assert held[["subject_kind", "published_value", "candidate_value", "state"]].tolist() == [
        "model", "131072", "99999999", "held",
    ]  # fmt: skip
    facts = tables["facts"].query("subject_id == @MODEL and field == 'context_tokens'")
    assert sorted(facts["reason"]) == ["chosen", "held"]
    nights.decide("hold", held["hold_id"], "accept", {held["hold_id"]: "99999999"})
    for _ in range(2):
        nights.add(odd)
        assert nights.row("models", MODEL)["context_tokens"] == 99_999_999


def test_a_sentinel_from_the_first_night_on_is_set_aside_with_its_reason() -> None:
    tables = Planted().add(
        said(model={"context_tokens": 99_999_999}), said("litellm", model={"context_tokens": 131_072})
    )
    assert tables["models"].iloc[0]["context_tokens"] == 131_072
    assert tables["holds"].empty
    fact = tables["facts"].set_index("value").loc["99999999"]
    assert fact[["reason", "doubt"]].tolist() == ["implausible", "Q34 context out of range"]


def test_a_gate_that_falls_into_conflict_keeps_its_state_until_it_is_decided() -> None:
    def rows(images: bool) -> tuple[Said, Said]:
        other = ["text", "image"] if images else ["text"]
        return said(), said("litellm", model={"input_modalities": other})

    nights = Planted()
    nights.add(*rows(images=False))
    tables = nights.add(*rows(images=True))
    flag = tables["model_capabilities"].set_index(["model_id", "capability"]).loc[(MODEL, "vision")]
    assert flag[["state", "rule"]].tolist() == ["no", "held"]
    assert flag["fact_id"] in set(tables["facts"]["fact_id"])
    assert tables["holds"][["field", "published_value", "candidate_value"]].to_numpy().tolist() == [
        ["capability:vision", "no", "unknown"]
    ]
    row = tables["disagreements"].set_index("field").loc["capability:vision"]
    nights.decide("disagreement", row["disagreement_id"], "yes", {"models_dev": "no", "litellm": "yes"})
    tables = nights.add(*rows(images=True))
    flag = tables["model_capabilities"].set_index(["model_id", "capability"]).loc[(MODEL, "vision")]
    assert flag[["state", "rule"]].tolist() == ["yes", "decision"]
    assert tables["holds"][tables["holds"]["field"] == "capability:vision"].empty


def test_the_end_of_a_model_is_its_developers_to_state() -> None:
    ends = {"deprecated_on": "2026-06-01"}
    rows = [
        said(
            "litellm", key=key, provider=provider, model={**ends, **more, "hugging_face_id": None}, offer=ends
        )
        for key, provider, more in (
            ("gpt-4o-mini", "openai", {"successor": "gpt-4.1-mini"}),
            ("gpt-4.1-mini", "groq", {"successor": "gpt-4o-mini"}),
        )
    ]
    tables = Planted().add(*rows)
    table = tables["models"].set_index("model_id").rename(index=lambda name: name.removeprefix("openai/"))
    stated = table["deprecated_on"].dt.strftime("%Y-%m-%d").fillna("unknown")
    assert stated.to_dict() == {"gpt-4o-mini": "2026-06-01", "gpt-4.1-mini": "unknown"}
    assert table["successor_model_id"].dropna().to_dict() == {"gpt-4o-mini": "openai/gpt-4.1-mini"}
    assert set(tables["offers"]["deprecated_on"].dt.strftime("%Y-%m-%d")) == {"2026-06-01"}
