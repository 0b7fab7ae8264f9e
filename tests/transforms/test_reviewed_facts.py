"""Facts that a reviewer records with a URL and a quote, through all transforms, and what became of decisions."""

from dataclasses import replace
from datetime import date

import pytest
from pandas import DataFrame

from llmpairs.expectations.suites.evidence import cites_evidence
from llmpairs.transforms.decision_outcomes import TABLES, describe_decisions
from llmpairs.transforms.reconcile.disagreements import name_causes, name_disagreements, select_last_decisions
from llmpairs.transforms.reconcile.reviewed_facts import list_group_values
from llmpairs.transforms.reconcile.tolerances import load_tolerances
from llmpairs.transforms.replay_claims import compare_claims, replay_facts
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.decisions import Decision, DecisionKind, frame_decisions
from tests.transforms.frames import AS_OF
from tests.transforms.planted_runs import PlantedRuns, SourceRow
from tests.transforms.test_planted_runs import MODEL, host_row

OFFER = "groq/groq/openai%2Fgpt-oss-120b/-/standard"
CONTEXT = f"model|{MODEL}|context_tokens"
QUOTE = "context length of 131,072 tokens"
"""The card of gpt-oss-120b states 131,072; catalogues list the limits of hosts (seen 2026-05-18)."""


def rows(models_dev: int | None = 65_536, litellm: int | None = 128_000) -> list[SourceRow]:
    """Two catalogues on one model at one host; neither states 131,072."""
    return [host_row(model={"context_tokens": models_dev}), host_row("litellm", model={"context_tokens": litellm})]


def record(runs: PlantedRuns, subject: str = CONTEXT, value: str = "131072", **values: str) -> None:
    runs.decide("fact", subject, value, values, quote=QUOTE)


def outcomes(decisions: list[Decision], tables: dict[str, DataFrame]) -> dict[str, tuple[str, str]]:
    """Outcome and detail of each decision."""
    known = {name: tables.get(name, empty_frame(name)) for name in TABLES}
    found = describe_decisions(frame_decisions(decisions), known, AS_OF.to_pydatetime())
    return dict(zip(found["decision_id"], zip(found["outcome"], found["detail"].fillna(""), strict=True), strict=True))


@pytest.fixture(scope="module")
def recorded() -> PlantedRuns:
    """A run without the fact, and one with it; not to be added to."""
    runs = PlantedRuns()
    facts = runs.add(*rows())["facts"]
    stated = list_group_values(facts[(facts["subject_id"] == MODEL) & (facts["field"] == "context_tokens")])
    record(runs, **dict(zip(stated["lineage"], stated["value"], strict=True)))
    runs.add(*rows())
    return runs


def test_a_recorded_fact_is_published_with_its_quote_although_no_source_states_it(recorded: PlantedRuns) -> None:
    assert recorded.row("models", MODEL)["context_tokens"] == 131_072
    facts = recorded.tables["facts"]
    [fact] = facts[facts["source_id"] == "review"].to_dict("records")
    assert [fact[name] for name in ("value", "printed", "reason", "capture_id", "locator", "authority", "basis")] == [
        "131072", QUOTE, "decision", "decision:d0", "e", 0, "declared",
    ]  # fmt: skip
    assert fact["is_chosen"]
    assert recorded.changes.set_index("field")["cause"].to_dict() == {"context_tokens": "decision"}
    [row] = recorded.tables["disagreements"].to_dict("records")
    assert (row["state"], row["decision"], row["decided_by"]) == ("settled", "131072", "ana")
    assert (row["cause"], row["claimed_values"]) == ("litellm|models_dev", ["litellm=128000", "models_dev=65536"])
    assert outcomes(recorded.decisions, recorded.tables) == {"d0": ("effective", "")}


def test_a_recorded_fact_counts_until_a_group_states_another_value() -> None:
    runs = PlantedRuns()
    record(runs, models_dev="65536", litellm="128000")
    runs.add(*rows(models_dev=None, litellm=131_072))
    assert runs.row("models", MODEL)["context_tokens"] == 131_072
    tables = runs.add(*rows(models_dev=32_768))
    assert runs.row("models", MODEL)["context_tokens"] != 131_072
    assert "review" not in set(tables["facts"]["source_id"])
    assert outcomes(runs.decisions, tables) == {"d0": ("reopened", "models_dev=32768, was 65536")}
    assert tables["disagreements"]["changed_since"].tolist() == ["models_dev=32768, was 65536"]


def test_the_later_of_a_fact_and_a_decision_for_a_stated_value_counts() -> None:
    runs = PlantedRuns()
    values = {"litellm": "128000", "models_dev": "65536"}
    [settled] = name_disagreements(contested(values).head(1))
    record(runs, **values)
    runs.decide("disagreement", settled, "65536", values)
    tables = runs.add(*rows())
    assert runs.row("models", MODEL)["context_tokens"] == 65_536
    assert "review" not in set(tables["facts"]["source_id"])
    found = outcomes(runs.decisions, tables)
    assert {name: outcome for name, (outcome, _) in found.items()} == {"d0": "replaced", "d1": "effective"}
    record(runs, **values)
    assert select_last_decisions(frame_decisions(runs.decisions), "fact")["decision_id"].tolist() == ["d2"]


def test_nothing_is_held_beside_a_recorded_fact() -> None:
    """models.dev printed 99,999,999 for a context window (2026-05-18)."""
    runs = PlantedRuns()
    runs.add(host_row(model={"context_tokens": 65_536}))
    record(runs)
    runs.add(host_row(model={"context_tokens": 99_999_999}))
    assert runs.row("models", MODEL)["context_tokens"] == 131_072
    assert runs.tables["holds"].empty


def test_a_fact_waits_where_its_value_fails_a_check_or_its_subject_is_not_listed() -> None:
    """Both catalogues print the day of a listing; the developer announced the model later, with a later cutoff."""
    runs = PlantedRuns()
    current = [host_row(source, model={"released": "2024-01-05"}) for source in ("models_dev", "litellm")]
    record(runs, value="99999999")
    record(runs, f"model|{MODEL}|knowledge_cutoff_date", "2024-06")
    record(runs, "model|acme/gone|context_tokens")
    record(runs, "offer|a/a/gone/-/standard|capability:vision", "yes")
    runs.decisions.append(replace(runs.decisions[0], decision_id="d4", expires_on=date(2026, 5, 1)))
    applied = runs.decisions
    runs.decisions = applied[:4]
    tables = runs.add(*current)
    assert set(tables["facts"]["subject_id"]) == {MODEL, OFFER}
    unlisted = ("waiting", "no list names its model or offer in this run")
    assert outcomes(applied, tables) == {
        "d0": ("waiting", "it fails the check Q34 context out of range"),
        "d1": ("waiting", "it fails the check Q32 knowledge cutoff after the release"),
        "d2": unlisted, "d3": unlisted, "d4": ("expired", "it counted up to 2026-05-01"),
    }  # fmt: skip
    record(runs, f"model|{MODEL}|released_date", "2025-08-05")
    runs.add(*current)
    days = [runs.row("models", MODEL)[name] for name in ("released_date", "knowledge_cutoff_date")]
    assert [str(day.date()) for day in days] == ["2025-08-05", "2024-06-01"]


def test_a_recorded_capability_sets_the_state_of_its_model_or_offer_alone() -> None:
    cases = {  # what both catalogues state, what is recorded
        "acme/alpha-1": (None, "yes"), "acme/beta-1": (None, "no"), "acme/gamma-1": (True, "no"),
        "acme/delta-1": (False, "yes"),
    }  # fmt: skip
    runs = PlantedRuns()
    current = [
        host_row(source, key, model={"hugging_face_id": key, "developer": "acme"}, flags=flags)
        for key, (stated, _) in cases.items()
        for flags in [{} if stated is None else {"tools": stated}]
        for source in ("models_dev", "litellm")
    ]
    for key, (stated, state) in cases.items():
        groups = {} if stated is None else dict.fromkeys(("models_dev", "litellm"), "yes" if stated else "no")
        record(runs, f"model|{key}|capability:function_calling", state, **groups)
    offer = "groq/groq/acme%2Falpha-1/-/standard"
    record(runs, f"offer|{offer}|capability:web_search", "yes")
    tables = runs.add(*current)
    states = tables["model_capabilities"].set_index(["model_id", "capability"])
    facts = tables["facts"].set_index("fact_id")
    for key, (_, state) in cases.items():
        row = states.loc[(key, "function_calling")]
        assert (row["state"], row["rule"], row["source_id"]) == (state, "decision", "review")
        assert row["witnesses_for" if state == "yes" else "witnesses_against"] >= 1
        fact = facts.loc[row["fact_id"]]
        assert (fact["reason"], fact["is_chosen"], fact["printed"]) == ("decision", True, QUOTE)
    of_offer = tables["offer_capabilities"].set_index(["offer_id", "capability"]).loc[(offer, "web_search")]
    assert of_offer[["state", "effective", "is_inherited"]].tolist() == ["yes", "yes", False]
    assert states.loc[("acme/alpha-1", "web_search"), "state"] == "unknown"
    assert set(outcomes(runs.decisions, tables).values()) == {("effective", "")}


def test_facts_are_verified_against_the_decision_files(recorded: PlantedRuns) -> None:
    facts = recorded.tables["facts"]
    facts = facts[facts["source_id"] == "review"]
    made = frame_decisions(recorded.decisions)
    assert compare_claims(facts, replay_facts(made))["outcome"].tolist() == ["same"]
    changed = frame_decisions([replace(recorded.decisions[0], verdict="65536")])
    assert compare_claims(facts, replay_facts(changed))["outcome"].tolist() == ["other_value"]
    assert compare_claims(facts, replay_facts(made[:0]))["outcome"].tolist() == ["not_said"]


def test_only_a_fact_of_a_reviewer_cites_a_decision() -> None:
    facts = DataFrame(
        [("review", "decision:d0"), ("litellm", "c1"), ("litellm", "decision:d0"), ("review", "c1")],
        columns=["source_id", "capture_id"],
    ).assign(is_chosen=True)
    assert cites_evidence(facts, DataFrame({"capture_id": ["c1"]})).tolist() == [True, True, False, False]


def decide(kind: DecisionKind, subject: str, verdict: str, values: dict[str, str]) -> list[Decision]:
    runs = PlantedRuns()
    runs.decide(kind, subject, verdict, values)
    return runs.decisions


@pytest.mark.parametrize(
    ("candidate", "state", "outcome"),
    [
        ("99999999", "rejected", ("effective", "1 of 1 values")),
        ("88888888", "held", ("reopened", "h1=88888888, was 99999999")),
        (None, "", ("not_needed", "its values are not held")),
    ],
)
def test_a_decision_on_a_hold_is_effective_reopened_or_not_needed(
    candidate: str | None, state: str, outcome: tuple[str, str]
) -> None:
    made = decide("hold", "models_dev/all/q34/2026-05-18", "reject", {"h1": "99999999"})
    holds = DataFrame({"hold_id": ["h1"], "candidate_value": [candidate], "state": [state]}).dropna()
    assert outcomes(made, {"holds": holds}) == {"d0": outcome}


def test_a_decision_on_a_key_or_a_past_price_is_effective_where_it_applies() -> None:
    keys = DataFrame(
        [("models_dev", "groq", "gpt-oss", "acme/other"), ("models_dev", "groq", "odd", None)],
        columns=["source_id", "provider_id", "provider_model_key", "model_id"],
    )
    history = DataFrame({"decision_id": ["d0", None]})
    tables = {"identities": keys, "price_history": history}
    assert outcomes(decide("identity", "models_dev|groq|gpt-oss", "acme/other", {}), tables)["d0"][0] == "effective"
    assert outcomes(decide("identity", "models_dev|groq|odd", "nobody", {}), tables)["d0"][0] == "effective"
    gone = outcomes(decide("identity", "models_dev|groq|gone", "nobody", {}), tables)
    assert gone == {"d0": ("waiting", "no source lists the key in this run")}
    assert outcomes(decide("correction", f"{OFFER}|input_usd_per_mtok", "0.1", {}), tables)["d0"][0] == "effective"


def contested(values: dict[str, str], field: str = "context_tokens") -> DataFrame:
    stated = DataFrame(list(values.items()), columns=["lineage", "value"])
    return stated.assign(subject_kind="model", subject_id=MODEL, field=field, lineage_count=len(stated))


@pytest.mark.parametrize(
    ("values", "field", "cause"),
    [
        ({"litellm": "8192", "models_dev": "128000", "openrouter": "131072"}, "context_tokens", "litellm"),
        ({"litellm": "8192", "models_dev": "128000"}, "context_tokens", "litellm|models_dev"),
        ({"b": "1000", "a": "4000", "c": "16000"}, "context_tokens", "a|b|c"),
        # Without either end the rest agree within 5%: neither stands alone.
        ({"a": "100000", "b": "104000", "c": "108000"}, "context_tokens", "a|b|c"),
        ({"a": "Yes", "b": "yes", "c": "no"}, "capability:vision", "c"),
        ({"a": "2025-01-01", "b": "2025-01-20", "c": "2024-01-01", "d": "2024-01-02"}, "released_date", "a|b|c|d"),
        ({"a": "2025-01-01", "b": "2025-01-20", "c": "2024-01-01"}, "released_date", "c"),
    ],
)
def test_the_cause_is_the_group_that_stands_alone(values: dict[str, str], field: str, cause: str) -> None:
    named = name_causes(contested(values, field), load_tolerances())
    assert named["cause"].tolist() == [cause]
    backwards = name_causes(contested(dict(reversed(values.items())), field), load_tolerances())
    assert backwards["cause"].tolist() == [cause]
