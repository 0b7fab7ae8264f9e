"""Consecutive runs with a fault, through all transforms: published values and recorded changes."""

from typing import Any

import pandas as pd
from pandas import DataFrame

from tests.transforms.planted_runs import PlantedRuns, SourceRow

MODEL = "openai/gpt-oss-120b"
TEXT = {"task": "chat", "output_modalities": ["text"], "input_modalities": ["text"]}


def host_row(source: str = "models_dev", key: str = MODEL, **more: Any) -> SourceRow:
    """A row about one open model at one host."""
    model = {**TEXT, "hugging_face_id": MODEL, "developer": "openai", **more.pop("model", {})}
    return SourceRow(source=source, key=key, model=model, **more)


def list_of(zeros: int = 0) -> list[SourceRow]:
    """Sixty paid models of one aggregator, the first `zeros` of them at zero."""
    return [
        SourceRow(
            source="openrouter", provider="openrouter", key=f"acme/model-{number}", model=TEXT,
            offer={"route_kind": "aggregate"}, input="0" if number < zeros else "0.15",
            output="0" if number < zeros else "0.6",
        )
        for number in range(60)
    ]  # fmt: skip


def count_changes(changes: DataFrame) -> dict[tuple[str, str, str], int]:
    """Number of changes by kind, field and new value."""
    rows = changes[["kind", "field", "new_value"]].astype("str")
    return {(kind, field, value): size for (kind, field, value), size in rows.value_counts().items()}


def test_an_aggregator_at_zero_for_one_run_changes_no_price_and_no_history() -> None:
    runs = PlantedRuns()
    before = runs.add(*list_of())
    during = runs.add(*list_of(zeros=18))
    assert (during["offers"]["input_usd_per_mtok"] == 0.15).all()
    assert count_changes(runs.changes) == {("changed", "held", "True"): 18}
    assert during["holds"]["incident"].nunique() == 1
    assert during["facts"].query("is_chosen and field == 'input_usd_per_mtok'")["subject_id"].nunique() == 60
    after = runs.add(*list_of())
    assert count_changes(runs.changes) == {("changed", "held", "False"): 18}
    assert after["holds"].empty
    stamps = ["capture_id"]
    pd.testing.assert_frame_equal(
        after["price_history"].drop(columns=stamps), before["price_history"].drop(columns=stamps)
    )


def test_a_free_tier_beside_the_paid_key_of_one_file_is_an_offer_of_its_own() -> None:
    paid = host_row("openrouter", provider="openrouter", offer={"route_kind": "aggregate"})
    free = host_row(
        "openrouter",
        key=f"{MODEL}:free",
        provider="openrouter",
        input="0",
        output="0",
        offer={"route_kind": "aggregate"},
    )
    offers = PlantedRuns().add(paid, free)["offers"].set_index("provider_model_key")
    assert set(offers["model_id"]) == {MODEL}
    assert offers["price_kind"].to_dict() == {MODEL: "metered", f"{MODEL}:free": "free_tier"}
    assert offers["input_usd_per_mtok"].to_dict() == {MODEL: 0.15, f"{MODEL}:free": 0.0}
    assert offers["eligible"].to_dict() == {MODEL: True, f"{MODEL}:free": False}


def test_a_model_absent_for_two_runs_returns_unchanged() -> None:
    runs = PlantedRuns()
    other = host_row(key="openai/gpt-oss-20b", model={"hugging_face_id": "openai/gpt-oss-20b"})
    rows = (host_row(model={"context_tokens": 131_072}, flags={"tools": True}), host_row("litellm"), other)
    first = runs.add(*rows)["models"].set_index("model_id").loc[MODEL]
    runs.add(other)
    changed = runs.changes[runs.changes["subject_id"].str.contains("gpt-oss-120b")]
    assert sorted(changed[changed["kind"] == "absent"]["subject_kind"]) == ["model", "offer"]
    assert "retired" not in set(changed["kind"])
    gone = runs.add(other, failed=("litellm",))
    assert runs.changes.empty
    model = runs.row("models", MODEL)
    assert (model["lifecycle"], model["context_tokens"]) == ("active", 131_072)
    absences = {model["nights_absent"], *gone["offers"]["nights_absent"]}
    assert absences == {0, 1}, "a run in which one of its sources failed does not count"
    flags = gone["model_capabilities"].set_index(["model_id", "capability"])["state"]
    assert flags[MODEL, "function_calling"] == "yes"
    assert set(gone["model_capabilities"]["fact_id"].dropna()) <= set(gone["facts"]["fact_id"])
    runs.add(*rows)
    assert "returned" in set(runs.changes["kind"])
    again = runs.row("models", MODEL)
    assert (again["first_seen_at"], again["nights_absent"]) == (first["first_seen_at"], 0)


def test_a_decision_settles_a_disagreement_until_one_of_its_values_changes() -> None:
    def rows(context: int) -> tuple[SourceRow, SourceRow]:
        route = {"context_tokens": 131_072}
        return (
            host_row(model={"context_tokens": 131_072}, offer=route),
            host_row("litellm", model={"context_tokens": context}, offer=route, input="0.2", output="0.9"),
        )

    runs = PlantedRuns()
    first = runs.add(*rows(65_536))["disagreements"].set_index(["subject_kind", "field"])
    for key, chosen, right in (
        (("model", "context_tokens"), "131072", "65536"),
        (("offer", "input_usd_per_mtok"), "0.15", "0.2"),
    ):
        assert first.loc[key, ["state", "chosen_value"]].tolist() == ["open", chosen]
        values = dict(claim.split("=", 1) for claim in first.loc[key, "claimed_values"])
        runs.decide("disagreement", first.loc[key, "disagreement_id"], right, values)
    for _ in range(2):
        tables = runs.add(*rows(65_536))
        table = tables["disagreements"].set_index("field")
        settled = table.loc["context_tokens"]
        assert settled[["state", "decision", "decided_by"]].tolist() == ["settled", "65536", "ana"]
        assert runs.row("models", MODEL)["context_tokens"] == 65_536
        assert not tables["coverage_gaps"]["state"].isin(["conflict"]).any()
        offer = tables["offers"].iloc[0]
        assert table.loc["input_usd_per_mtok", "state"] == "settled"
        assert offer[["input_usd_per_mtok", "output_usd_per_mtok", "price_source_id"]].tolist() == [0.2, 0.9, "litellm"]
        assert tables["holds"].empty
        if runs.number == 2:
            causes = runs.changes.set_index("field")["cause"].to_dict()
            assert causes == dict.fromkeys(("context_tokens", "input_usd_per_mtok", "output_usd_per_mtok"), "decision")
            facts = tables["facts"].query("subject_id == @MODEL and field == 'context_tokens' and is_chosen")
            assert facts["reason"].tolist() == ["decision"]
    again = runs.add(*rows(32_768))["disagreements"].set_index("field").loc["context_tokens"]
    assert again["state"] == "reopened"
    assert again["changed_since"] == "litellm=32768, was 65536"
    assert pd.isna(again["decision"])
    assert runs.row("models", MODEL)["context_tokens"] == 131_072
    assert runs.changes.set_index("field").loc["context_tokens", "cause"] == "decision"


def test_the_provider_decides_the_price_and_the_developer_the_specs() -> None:
    at_host = {"provider": "togetherai"}
    tables = PlantedRuns().add(
        host_row(model={"context_tokens": 65_536}, input="0.1", output="0.4", **at_host),
        host_row("litellm", model={"context_tokens": 65_536}, input="0.1", output="0.4", **at_host),
        host_row("together", model={"context_tokens": 65_536}, input="0.15", output="0.6", **at_host),
        host_row(
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


def test_a_sentinel_is_held_until_a_reviewer_accepts_it() -> None:
    runs = PlantedRuns()
    runs.add(host_row(model={"context_tokens": 131_072}))
    odd = host_row(model={"context_tokens": 99_999_999})
    tables = runs.add(odd)
    assert runs.row("models", MODEL)["context_tokens"] == 131_072
    held = tables["holds"].iloc[0]
    assert held[["subject_kind", "published_value", "candidate_value", "state"]].tolist() == [
        "model", "131072", "99999999", "held",
    ]  # fmt: skip
    facts = tables["facts"].query("subject_id == @MODEL and field == 'context_tokens'")
    assert sorted(facts["reason"]) == ["chosen", "held"]
    runs.decide("hold", held["hold_id"], "accept", {held["hold_id"]: "99999999"})
    for _ in range(2):
        runs.add(odd)
        assert runs.row("models", MODEL)["context_tokens"] == 99_999_999


def test_a_sentinel_in_a_first_run_is_implausible() -> None:
    tables = PlantedRuns().add(
        host_row(model={"context_tokens": 99_999_999}), host_row("litellm", model={"context_tokens": 131_072})
    )
    assert tables["models"].iloc[0]["context_tokens"] == 131_072
    assert tables["holds"].empty
    fact = tables["facts"].set_index("value").loc["99999999"]
    assert fact[["reason", "doubt"]].tolist() == ["implausible", "Q34 context out of range"]


def test_a_required_capability_in_conflict_keeps_its_state_until_decided() -> None:
    def rows(images: bool) -> tuple[SourceRow, SourceRow]:
        other = ["text", "image"] if images else ["text"]
        return host_row(), host_row("litellm", model={"input_modalities": other})

    runs = PlantedRuns()
    runs.add(*rows(images=False))
    tables = runs.add(*rows(images=True))
    flag = tables["model_capabilities"].set_index(["model_id", "capability"]).loc[(MODEL, "vision")]
    assert flag[["state", "rule"]].tolist() == ["no", "held"]
    assert flag["fact_id"] in set(tables["facts"]["fact_id"])
    assert tables["holds"][["field", "published_value", "candidate_value"]].to_numpy().tolist() == [
        ["capability:vision", "no", "unknown"]
    ]
    row = tables["disagreements"].set_index("field").loc["capability:vision"]
    runs.decide("disagreement", row["disagreement_id"], "yes", {"models_dev": "no", "litellm": "yes"})
    tables = runs.add(*rows(images=True))
    flag = tables["model_capabilities"].set_index(["model_id", "capability"]).loc[(MODEL, "vision")]
    assert flag[["state", "rule"]].tolist() == ["yes", "decision"]
    assert tables["holds"][tables["holds"]["field"] == "capability:vision"].empty


def test_only_the_developer_states_the_end_of_a_model() -> None:
    ends = {"deprecated_on": "2026-06-01"}
    rows = [
        host_row("litellm", key=key, provider=provider, model={**ends, **more, "hugging_face_id": None}, offer=ends)
        for key, provider, more in (
            ("gpt-4o-mini", "openai", {"successor": "gpt-4.1-mini"}),
            ("gpt-4.1-mini", "groq", {"successor": "gpt-4o-mini"}),
        )
    ]
    tables = PlantedRuns().add(*rows)
    table = tables["models"].set_index("model_id").rename(index=lambda name: name.removeprefix("openai/"))
    stated = table["deprecated_on"].dt.strftime("%Y-%m-%d").fillna("unknown")
    assert stated.to_dict() == {"gpt-4o-mini": "2026-06-01", "gpt-4.1-mini": "unknown"}
    assert table["successor_model_id"].dropna().to_dict() == {"gpt-4o-mini": "openai/gpt-4.1-mini"}
    assert set(tables["offers"]["deprecated_on"].dt.strftime("%Y-%m-%d")) == {"2026-06-01"}


def test_a_price_that_was_held_for_its_tiers_is_free_when_they_are_gone() -> None:
    """Two weekly runs of 2025 failed on holds without a candidate: `table holds, column candidate_value: 2 rows are
    null`."""
    runs = PlantedRuns()
    runs.add(host_row())
    cheaper = (("input", "0.1", 200_000), ("output", "0.4", 200_000))
    held = runs.add(host_row(input="0.2", output="0.8", more_prices=cheaper))
    assert set(held["holds"]["rule"]) == {"Q20 tier below the base price"}
    assert set(held["holds"]["field"]) == {"input_usd_per_mtok", "output_usd_per_mtok", "price_tiers"}
    free = runs.add(host_row(input="0.2", output="0.8"))
    assert free["holds"].empty
    assert free["offers"]["input_usd_per_mtok"].tolist() == [0.2]


def test_a_model_whose_only_key_no_longer_resolves_keeps_the_claims_that_it_cites() -> None:
    """models.dev, 9 November 2025: Vercel's `qwen3-vl-thinking` was the only one until others named two sizes."""
    runs = PlantedRuns()
    vercel = SourceRow(
        source="models_dev", provider="vercel", key="alibaba/qwen3-vl-thinking", model=TEXT, offer_flags={"tools": True}
    )
    runs.add(vercel)
    [model] = runs.tables["models"]["model_id"]
    sized = [
        SourceRow(
            source="openrouter", provider="openrouter", key=f"qwen/qwen3-vl-{size}-thinking",
            model={**TEXT, "hugging_face_id": f"Qwen/Qwen3-VL-{size.upper()}-Thinking"},
            offer={"route_kind": "aggregate"},
        )
        for size in ("235b-a22b", "8b")
    ]  # fmt: skip
    for _ in range(2):
        tables = runs.add(vercel, *sized)
        assert runs.row("models", model)["nights_absent"] > 0
        states = tables["model_capabilities"].query("model_id == @model")
        cited = tables["facts"].set_index("fact_id").loc[states["fact_id"].dropna()]
        assert "older" in set(cited["reason"])
        chosen = tables["facts"].query("is_chosen")
        assert not chosen.duplicated(["subject_id", "field", "fact_id"]).any()
