"""Consecutive runs with faults, through all transforms: published values and recorded changes.

The faults are on models of their own, in the same four runs; each test reads the rows of its models.
"""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from tests.transforms.planted_runs import PlantedRuns, SourceRow

MODEL = "openai/gpt-oss-120b"
TEXT = {"task": "chat", "output_modalities": ["text"], "input_modalities": ["text"]}


def host_row(source: str = "models_dev", key: str = MODEL, **more: Any) -> SourceRow:
    """A row about one open model at one host."""
    model = {**TEXT, "hugging_face_id": MODEL, "developer": "openai", **more.pop("model", {})}
    return SourceRow(source=source, key=key, model=model, **more)


MANY = "acme/model-"
FREE, ABSENT, SETTLED, SENTINEL, FIRST_SENTINEL, CAPABILITY, TIERED = (
    f"acme/{name}-1" for name in ("alpha", "gamma", "delta", "epsilon", "zeta", "theta", "kappa")
)
VERCEL = "alibaba/qwen3-vl-thinking"
ODD_TOKENS = 99_999_999


def own_row(key: str, source: str = "models_dev", **more: Any) -> SourceRow:
    """A row about a model that one test reads, at one host."""
    return host_row(source, key, model={"hugging_face_id": key, "developer": "acme", **more.pop("model", {})}, **more)


def list_of(zeros: int = 0) -> list[SourceRow]:
    """Sixty paid models of one aggregator, the first `zeros` of them at zero."""
    return [
        SourceRow(
            source="openrouter", provider="openrouter", key=f"{MANY}{number}", model=TEXT,
            offer={"route_kind": "aggregate"}, input="0" if number < zeros else "0.15",
            output="0" if number < zeros else "0.6",
        )
        for number in range(60)
    ]  # fmt: skip


def list_free() -> list[SourceRow]:
    aggregate: dict[str, Any] = {"provider": "openrouter", "offer": {"route_kind": "aggregate"}}
    free = own_row(FREE, "openrouter", input="0", output="0", **aggregate)
    return [own_row(FREE, "openrouter", **aggregate), replace(free, key=f"{FREE}:free")]


def list_absent() -> list[SourceRow]:
    return [own_row(ABSENT, model={"context_tokens": 131_072}, flags={"tools": True}), own_row(ABSENT, "litellm")]


def list_settled(context: int) -> list[SourceRow]:
    route = {"context_tokens": 131_072}
    return [
        own_row(SETTLED, model={"context_tokens": 131_072}, offer=route),
        own_row(SETTLED, "litellm", model={"context_tokens": context}, offer=route, input="0.2", output="0.9"),
    ]


def list_first_hand() -> list[SourceRow]:
    at_host: dict[str, Any] = {"provider": "togetherai", "model": {"context_tokens": 65_536}}
    specs: dict[str, Any] = {"provider": "openai", "model": {"context_tokens": 131_072}, "input": None, "output": None}
    return [
        host_row(input="0.1", output="0.4", **at_host),
        host_row("litellm", input="0.1", output="0.4", **at_host),
        host_row("together", input="0.15", output="0.6", **at_host),
        host_row("openai_models", key="gpt-oss-120b", **specs),
    ]


def list_first_sentinel() -> list[SourceRow]:
    return [
        own_row(FIRST_SENTINEL, model={"context_tokens": ODD_TOKENS}),
        own_row(FIRST_SENTINEL, "litellm", model={"context_tokens": 131_072}),
    ]


def list_capability(images: bool) -> list[SourceRow]:
    other = ["text", "image"] if images else ["text"]
    return [own_row(CAPABILITY), own_row(CAPABILITY, "litellm", model={"input_modalities": other})]


def list_ending() -> list[SourceRow]:
    ends = {"deprecated_on": "2026-06-01"}
    return [
        host_row("litellm", key=key, provider=provider, model={**ends, **more, "hugging_face_id": None}, offer=ends)
        for key, provider, more in (
            ("gpt-4o-mini", "openai", {"successor": "gpt-4.1-mini"}),
            ("gpt-4.1-mini", "groq", {"successor": "gpt-4o-mini"}),
        )
    ]


def list_qwen(sizes: tuple[str, ...]) -> list[SourceRow]:
    """models.dev, 9 November 2025: Vercel's `qwen3-vl-thinking` was the only one until others named two sizes."""
    vercel = SourceRow(source="models_dev", provider="vercel", key=VERCEL, model=TEXT, offer_flags={"tools": True})
    return [vercel] + [
        SourceRow(
            source="openrouter", provider="openrouter", key=f"qwen/qwen3-vl-{size}-thinking",
            model={**TEXT, "hugging_face_id": f"Qwen/Qwen3-VL-{size.upper()}-Thinking"},
            offer={"route_kind": "aggregate"},
        )
        for size in sizes
    ]  # fmt: skip


TIERS = (("input", "0.1", 200_000), ("output", "0.4", 200_000))
TIERED_ROWS = [
    own_row(TIERED),
    own_row(TIERED, input="0.2", output="0.8", more_prices=TIERS),
    *[own_row(TIERED, input="0.2", output="0.8")] * 2,
]


def list_rows(number: int) -> list[SourceRow]:
    """What all sources list in one of the four runs; in the third, LiteLLM fails and repeats its rows."""
    return [
        *list_of(zeros=18 if number == 1 else 0),
        *list_free(),
        *(list_absent() if number in (0, 3) else []),
        *list_settled(32_768 if number == 3 else 65_536),
        *list_first_hand(),
        own_row(SENTINEL, model={"context_tokens": ODD_TOKENS if number else 131_072}),
        *list_first_sentinel(),
        *list_capability(images=number > 0),
        *list_ending(),
        TIERED_ROWS[number],
        *list_qwen(("235b-a22b", "8b") if number else ()),
    ]


@dataclass(frozen=True)
class Release:
    """The tables and changes of a run."""

    tables: dict[str, DataFrame]
    changes: DataFrame

    def select(self, table: str, subject: str) -> DataFrame:
        """The rows of a table, or of the changes, about a model and its offers."""
        rows = self.changes if table == "changes" else self.tables[table]
        column = next(name for name in ("subject_id", "model_id", "offer_id") if name in rows)
        is_own = rows[column].str.contains(subject.replace("/", "%2F"), regex=False)
        return rows[is_own | rows[column].str.startswith(subject)]

    def row(self, table: str, subject: str) -> dict[str, Any]:
        """The one row about a subject."""
        [row] = self.select(table, subject).to_dict("records")
        return {str(name): value for name, value in row.items()}


@pytest.fixture(scope="module")
def releases() -> list[Release]:
    """Four runs, with a reviewer's decisions after the first and the second."""
    runs, found = PlantedRuns(), list[Release]()
    for number, decide in enumerate((decide_settled, decide_held, None, None)):
        tables = runs.add(*list_rows(number), failed=("litellm",) if number == 2 else ())
        found.append(Release(tables, runs.changes))
        if decide is not None:
            decide(runs, found[-1])
    return found


def decide_settled(runs: PlantedRuns, release: Release) -> None:
    """Settle both disagreements for LiteLLM."""
    right = {"context_tokens": "65536", "input_usd_per_mtok": "0.2"}
    for row in release.select("disagreements", SETTLED).to_dict("records"):
        if row["field"] in right:
            values = dict(claim.split("=", 1) for claim in row["claimed_values"])
            runs.decide("disagreement", row["disagreement_id"], right[row["field"]], values)


def decide_held(runs: PlantedRuns, release: Release) -> None:
    """Accept the sentinel, and settle the capability."""
    for held in release.select("holds", SENTINEL)["hold_id"]:
        runs.decide("hold", held, "accept", {held: str(ODD_TOKENS)})
    contested = release.select("disagreements", CAPABILITY).query("field == 'capability:vision'")
    for disagreement in contested["disagreement_id"]:
        runs.decide("disagreement", disagreement, "yes", {"models_dev": "no", "litellm": "yes"})


def count_changes(changes: DataFrame) -> dict[tuple[str, str, str], int]:
    """Number of changes by kind, field and new value."""
    rows = changes[["kind", "field", "new_value"]].astype("str")
    return {(kind, field, value): size for (kind, field, value), size in rows.value_counts().items()}


def test_an_aggregator_at_zero_for_one_run_changes_no_price_and_no_history(releases: list[Release]) -> None:
    before, during, after, _ = releases
    assert (during.select("offers", MANY)["input_usd_per_mtok"] == 0.15).all()
    assert count_changes(during.select("changes", MANY)) == {("changed", "held", "True"): 18}
    assert during.select("holds", MANY)["incident"].nunique() == 1
    chosen = during.select("facts", MANY).query("is_chosen and field == 'input_usd_per_mtok'")
    assert chosen["subject_id"].nunique() == 60
    assert count_changes(after.select("changes", MANY)) == {("changed", "held", "False"): 18}
    assert after.select("holds", MANY).empty
    was, now = (
        each.select("price_history", MANY).drop(columns="capture_id").reset_index(drop=True) for each in (before, after)
    )
    pd.testing.assert_frame_equal(now, was)


def test_a_free_tier_beside_the_paid_key_of_one_file_is_an_offer_of_its_own(releases: list[Release]) -> None:
    offers = releases[0].select("offers", FREE).set_index("provider_model_key")
    assert set(offers["model_id"]) == {FREE}
    assert offers["price_kind"].to_dict() == {FREE: "metered", f"{FREE}:free": "free_tier"}
    assert offers["input_usd_per_mtok"].to_dict() == {FREE: 0.15, f"{FREE}:free": 0.0}
    assert offers["eligible"].to_dict() == {FREE: True, f"{FREE}:free": False}


def test_a_model_absent_for_two_runs_returns_unchanged(releases: list[Release]) -> None:
    first, gone, failed, again = releases
    changed = gone.select("changes", ABSENT)
    assert sorted(changed[changed["kind"] == "absent"]["subject_kind"]) == ["model", "offer"]
    assert "retired" not in set(changed["kind"])
    assert failed.select("changes", ABSENT).empty
    model = failed.row("models", ABSENT)
    assert (model["lifecycle"], model["context_tokens"]) == ("active", 131_072)
    absences = {model["nights_absent"], *failed.select("offers", ABSENT)["nights_absent"]}
    assert absences == {1}, "a run in which one of its sources failed does not count"
    capabilities = failed.tables["model_capabilities"]
    flags = capabilities.set_index(["model_id", "capability"])["state"]
    assert flags[ABSENT, "function_calling"] == "yes"
    assert set(capabilities["fact_id"].dropna()) <= set(failed.tables["facts"]["fact_id"])
    assert "returned" in set(again.select("changes", ABSENT)["kind"])
    model = again.row("models", ABSENT)
    assert (model["first_seen_at"], model["nights_absent"]) == (first.row("models", ABSENT)["first_seen_at"], 0)


def test_a_decision_settles_a_disagreement_until_one_of_its_values_changes(releases: list[Release]) -> None:
    first = releases[0].select("disagreements", SETTLED).set_index(["subject_kind", "field"])
    assert first.loc[("model", "context_tokens"), ["state", "chosen_value"]].tolist() == ["open", "131072"]
    assert first.loc[("offer", "input_usd_per_mtok"), ["state", "chosen_value"]].tolist() == ["open", "0.15"]
    for release in releases[1:3]:
        table = release.select("disagreements", SETTLED).set_index("field")
        settled = table.loc["context_tokens"]
        assert settled[["state", "decision", "decided_by"]].tolist() == ["settled", "65536", "ana"]
        assert release.row("models", SETTLED)["context_tokens"] == 65_536
        assert not release.select("coverage_gaps", SETTLED)["state"].isin(["conflict"]).any()
        offer = release.row("offers", SETTLED)
        assert table.loc["input_usd_per_mtok", "state"] == "settled"
        prices = [offer[name] for name in ("input_usd_per_mtok", "output_usd_per_mtok", "price_source_id")]
        assert prices == [0.2, 0.9, "litellm"]
        assert release.select("holds", SETTLED).empty
    causes = releases[1].select("changes", SETTLED).set_index("field")["cause"].to_dict()
    assert causes == dict.fromkeys(("context_tokens", "input_usd_per_mtok", "output_usd_per_mtok"), "decision")
    facts = releases[1].select("facts", SETTLED).query("subject_id == @SETTLED and field == 'context_tokens'")
    assert facts.query("is_chosen")["reason"].tolist() == ["decision"]
    again = releases[3].select("disagreements", SETTLED).set_index("field").loc["context_tokens"]
    assert again["state"] == "reopened"
    assert again["changed_since"] == "litellm=32768, was 65536"
    assert pd.isna(again["decision"])
    assert releases[3].row("models", SETTLED)["context_tokens"] == 131_072
    assert releases[3].select("changes", SETTLED).set_index("field").loc["context_tokens", "cause"] == "decision"


def test_the_provider_decides_the_price_and_the_developer_the_specs(releases: list[Release]) -> None:
    offer = releases[0].select("offers", MODEL).set_index("provider_id").loc["togetherai"]
    assert (offer["input_usd_per_mtok"], offer["price_source_id"]) == (0.15, "together")
    assert releases[0].row("models", MODEL)["context_tokens"] == 131_072
    facts = releases[0].select("facts", MODEL)
    losing = facts.query("field == 'context_tokens' and subject_kind == 'model' and not is_chosen")
    assert set(losing["reason"]) == {"lower_authority"}


def test_a_sentinel_is_held_until_a_reviewer_accepts_it(releases: list[Release]) -> None:
    assert releases[1].row("models", SENTINEL)["context_tokens"] == 131_072
    held = releases[1].row("holds", SENTINEL)
    assert [held[name] for name in ("subject_kind", "published_value", "candidate_value", "state")] == [
        "model", "131072", "99999999", "held",
    ]  # fmt: skip
    facts = releases[1].select("facts", SENTINEL).query("subject_id == @SENTINEL and field == 'context_tokens'")
    assert sorted(facts["reason"]) == ["chosen", "held"]
    for release in releases[2:]:
        assert release.row("models", SENTINEL)["context_tokens"] == ODD_TOKENS


def test_a_sentinel_in_a_first_run_is_implausible(releases: list[Release]) -> None:
    assert releases[0].row("models", FIRST_SENTINEL)["context_tokens"] == 131_072
    assert releases[0].select("holds", FIRST_SENTINEL).empty
    fact = releases[0].select("facts", FIRST_SENTINEL).set_index("value").loc[str(ODD_TOKENS)]
    assert fact[["reason", "doubt"]].tolist() == ["implausible", "Q34 context out of range"]


def test_a_required_capability_in_conflict_keeps_its_state_until_decided(releases: list[Release]) -> None:
    def flag(release: Release) -> pd.Series:
        row: pd.Series = release.select("model_capabilities", CAPABILITY).set_index("capability").loc["vision"]
        return row

    _, during, after, _ = releases
    assert flag(during)[["state", "rule"]].tolist() == ["no", "held"]
    assert flag(during)["fact_id"] in set(during.tables["facts"]["fact_id"])
    holds = during.select("holds", CAPABILITY)
    assert holds[["field", "published_value", "candidate_value"]].to_numpy().tolist() == [
        ["capability:vision", "no", "unknown"]
    ]
    assert flag(after)[["state", "rule"]].tolist() == ["yes", "decision"]
    assert after.select("holds", CAPABILITY).empty


def test_only_the_developer_states_the_end_of_a_model(releases: list[Release]) -> None:
    models, offers = (releases[0].select(name, "openai/gpt-4") for name in ("models", "offers"))
    table = models.set_index("model_id").rename(index=lambda name: name.removeprefix("openai/"))
    stated = table["deprecated_on"].dt.strftime("%Y-%m-%d").fillna("unknown")
    assert stated.to_dict() == {"gpt-4o-mini": "2026-06-01", "gpt-4.1-mini": "unknown"}
    assert table["successor_model_id"].dropna().to_dict() == {"gpt-4o-mini": "openai/gpt-4.1-mini"}
    assert len(offers) == 2
    assert set(offers["deprecated_on"].dt.strftime("%Y-%m-%d")) == {"2026-06-01"}


def test_a_price_that_was_held_for_its_tiers_is_free_when_they_are_gone(releases: list[Release]) -> None:
    """Two weekly runs of 2025 failed on holds without a candidate: `table holds, column candidate_value: 2 rows are
    null`."""
    held = releases[1].select("holds", TIERED)
    assert set(held["rule"]) == {"Q20 tier below the base price"}
    assert set(held["field"]) == {"input_usd_per_mtok", "output_usd_per_mtok", "price_tiers"}
    assert releases[2].select("holds", TIERED).empty
    assert releases[2].select("offers", TIERED)["input_usd_per_mtok"].tolist() == [0.2]


def test_a_model_whose_only_key_no_longer_resolves_keeps_the_claims_that_it_cites(releases: list[Release]) -> None:
    models = releases[0].tables["offers"].query("provider_model_key == @VERCEL")["model_id"]
    [model] = models.unique()
    for release in releases[1:3]:
        table = release.tables["models"].set_index("model_id")
        assert table.loc[model, "nights_absent"] > 0
        states = release.tables["model_capabilities"].query("model_id == @model")
        cited = release.tables["facts"].set_index("fact_id").loc[states["fact_id"].dropna()]
        assert "older" in set(cited["reason"])
        chosen = release.tables["facts"].query("is_chosen")
        assert not chosen.duplicated(["subject_id", "field", "fact_id"]).any()
