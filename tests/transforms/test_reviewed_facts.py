"""Facts that a reviewer records with a URL and a quote, through all transforms, and what became of decisions."""

from dataclasses import dataclass, replace
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
from tests.transforms.test_planted_runs import MODEL, Release, host_row, own_row

OFFER = "groq/groq/openai%2Fgpt-oss-120b/-/standard"
COUNTED, LATER, UNHELD, WAITING = (f"acme/{name}-1" for name in ("zeta", "eta", "theta", "kappa"))
CAPABILITIES = {
    "acme/alpha-1": (None, "yes"), "acme/beta-1": (None, "no"), "acme/gamma-1": (True, "no"),
    "acme/delta-1": (False, "yes"),
}  # fmt: skip
"""By model what both catalogues state about function calling, and what is recorded."""
WITH_SEARCH = "groq/groq/acme%2Falpha-1/-/standard"
BOTH = {"litellm": "128000", "models_dev": "65536"}
"""What the groups state of a context window that both catalogues list."""
QUOTE = "context length of 131,072 tokens"
"""The card of gpt-oss-120b states 131,072; catalogues list the limits of hosts (seen 2026-05-18)."""


def rows(key: str, models_dev: int | None = 65_536, litellm: int | None = 128_000) -> list[SourceRow]:
    """Two catalogues on one model at one host; neither states 131,072."""
    return [
        own_row(key, model={"context_tokens": models_dev}),
        own_row(key, "litellm", model={"context_tokens": litellm}),
    ]


def list_rows(number: int) -> list[SourceRow]:
    """What both catalogues list in one of the two runs.

    Of WAITING they print the day of a listing; the developer announced the model later, with a later cutoff.
    """
    capable = [
        own_row(key, source, flags={} if stated is None else {"tools": stated})
        for key, (stated, _) in CAPABILITIES.items()
        for source in ("models_dev", "litellm")
    ]
    return [
        host_row(model={"context_tokens": 65_536}), host_row("litellm", model={"context_tokens": 128_000}),
        *(rows(COUNTED, models_dev=32_768) if number else rows(COUNTED, models_dev=None, litellm=131_072)),
        *rows(LATER),
        # models.dev printed 99,999,999 for a context window (2026-05-18).
        own_row(UNHELD, model={"context_tokens": 99_999_999 if number else 65_536}),
        *(own_row(WAITING, source, model={"released": "2024-01-05"}) for source in ("models_dev", "litellm")),
        *capable,
    ]  # fmt: skip


def record(runs: PlantedRuns, subject: str, value: str = "131072", **values: str) -> str:
    """Record a fact; returns the id of the decision."""
    runs.decide("fact", subject, value, values, quote=QUOTE)
    return runs.decisions[-1].decision_id


def outcomes(decisions: list[Decision], tables: dict[str, DataFrame]) -> dict[str, tuple[str, str]]:
    """Outcome and detail of each decision."""
    known = {name: tables.get(name, empty_frame(name)) for name in TABLES}
    found = describe_decisions(frame_decisions(decisions), known, AS_OF.to_pydatetime())
    return dict(zip(found["decision_id"], zip(found["outcome"], found["detail"].fillna(""), strict=True), strict=True))


@dataclass(frozen=True)
class Recorded:
    """Two runs, the decisions that counted in each, and the ids of the decisions by what they are about."""

    releases: tuple[Release, Release]
    decisions: tuple[list[Decision], list[Decision]]
    ids: dict[str, str]

    def outcome(self, number: int, about: str) -> tuple[str, str]:
        """Outcome and detail of a decision in a run."""
        return outcomes(self.decisions[number], self.releases[number].tables)[self.ids[about]]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """A run with facts on all models but MODEL and UNHELD, then one with facts on these too."""
    runs, ids = PlantedRuns(), dict[str, str]()
    ids[COUNTED] = record(runs, f"model|{COUNTED}|context_tokens", models_dev="65536", litellm="128000")
    ids[LATER] = record(runs, f"model|{LATER}|context_tokens", **BOTH)
    [settled] = name_disagreements(contested(BOTH, model_id=LATER).head(1))
    runs.decide("disagreement", settled, "65536", BOTH)
    ids["settled"] = runs.decisions[-1].decision_id
    for about, subject, value in (
        ("range", f"model|{WAITING}|context_tokens", "99999999"),
        ("cutoff", f"model|{WAITING}|knowledge_cutoff_date", "2024-06"),
        ("gone", "model|acme/gone|context_tokens", "131072"),
        ("gone offer", "offer|a/a/gone/-/standard|capability:vision", "yes"),
        (WITH_SEARCH, f"offer|{WITH_SEARCH}|capability:web_search", "yes"),
    ):
        ids[about] = record(runs, subject, value)
    for key, (stated, state) in CAPABILITIES.items():
        groups = {} if stated is None else dict.fromkeys(("models_dev", "litellm"), "yes" if stated else "no")
        ids[key] = record(runs, f"model|{key}|capability:function_calling", state, **groups)
    first = Release(runs.add(*list_rows(0)), runs.changes)
    at_first = list(runs.decisions)

    facts = first.tables["facts"]
    groups = list_group_values(facts[(facts["subject_id"] == MODEL) & (facts["field"] == "context_tokens")])
    stated_values = dict(zip(groups["lineage"], groups["value"], strict=True))
    ids[MODEL] = record(runs, f"model|{MODEL}|context_tokens", **stated_values)
    record(runs, f"model|{UNHELD}|context_tokens")
    record(runs, f"model|{WAITING}|released_date", "2025-08-05")
    second = Release(runs.add(*list_rows(1)), runs.changes)
    return Recorded((first, second), (at_first, runs.decisions), ids)


def test_a_recorded_fact_is_published_with_its_quote_although_no_source_states_it(recorded: Recorded) -> None:
    release = recorded.releases[1]
    assert release.row("models", MODEL)["context_tokens"] == 131_072
    [fact] = release.select("facts", MODEL).query("source_id == 'review'").to_dict("records")
    cited = f"decision:{recorded.ids[MODEL]}"
    assert [fact[name] for name in ("value", "printed", "reason", "capture_id", "locator", "authority", "basis")] == [
        "131072", QUOTE, "decision", cited, "e", 0, "declared",
    ]  # fmt: skip
    assert fact["is_chosen"]
    assert release.select("changes", MODEL).set_index("field")["cause"].to_dict() == {"context_tokens": "decision"}
    row = release.row("disagreements", MODEL)
    assert (row["state"], row["decision"], row["decided_by"]) == ("settled", "131072", "ana")
    assert (row["cause"], row["claimed_values"]) == ("litellm|models_dev", ["litellm=128000", "models_dev=65536"])
    assert recorded.outcome(1, MODEL) == ("effective", "")


def test_a_recorded_fact_counts_until_a_group_states_another_value(recorded: Recorded) -> None:
    first, second = recorded.releases
    assert first.row("models", COUNTED)["context_tokens"] == 131_072
    assert second.row("models", COUNTED)["context_tokens"] != 131_072
    assert "review" not in set(second.select("facts", COUNTED)["source_id"])
    assert recorded.outcome(1, COUNTED) == ("reopened", "models_dev=32768, was 65536")
    changed = second.select("disagreements", COUNTED)["changed_since"]
    assert changed.tolist() == ["models_dev=32768, was 65536"]


def test_the_later_of_a_fact_and_a_decision_for_a_stated_value_counts(recorded: Recorded) -> None:
    release = recorded.releases[0]
    assert release.row("models", LATER)["context_tokens"] == 65_536
    assert "review" not in set(release.select("facts", LATER)["source_id"])
    assert [recorded.outcome(0, about)[0] for about in (LATER, "settled")] == ["replaced", "effective"]
    runs, subject = PlantedRuns(decisions=list(recorded.decisions[1])), f"model|{LATER}|context_tokens"
    again = record(runs, subject, **BOTH)
    last = select_last_decisions(frame_decisions(runs.decisions), "fact")
    assert last[last["subject"] == subject]["decision_id"].tolist() == [again]


def test_nothing_is_held_beside_a_recorded_fact(recorded: Recorded) -> None:
    release = recorded.releases[1]
    assert release.row("models", UNHELD)["context_tokens"] == 131_072
    assert release.select("holds", UNHELD).empty


def test_a_fact_waits_where_its_value_fails_a_check_or_its_subject_is_not_listed(recorded: Recorded) -> None:
    first, second = recorded.releases
    assert not first.tables["facts"]["subject_id"].str.contains("gone").any()
    assert recorded.outcome(0, "range") == ("waiting", "it fails the check Q34 context out of range")
    assert recorded.outcome(0, "cutoff") == ("waiting", "it fails the check Q32 knowledge cutoff after the release")
    unlisted = ("waiting", "no list names its model or offer in this run")
    assert recorded.outcome(0, "gone") == recorded.outcome(0, "gone offer") == unlisted
    expired = replace(recorded.decisions[0][0], decision_id="expired", expires_on=date(2026, 5, 1))
    found = outcomes([*recorded.decisions[0], expired], first.tables)
    assert found["expired"] == ("expired", "it counted up to 2026-05-01")
    days = [second.row("models", WAITING)[name] for name in ("released_date", "knowledge_cutoff_date")]
    assert [str(day.date()) for day in days] == ["2025-08-05", "2024-06-01"]


def test_a_recorded_capability_sets_the_state_of_its_model_or_offer_alone(recorded: Recorded) -> None:
    tables = recorded.releases[0].tables
    states = tables["model_capabilities"].set_index(["model_id", "capability"])
    facts = tables["facts"].set_index("fact_id")
    for key, (_, state) in CAPABILITIES.items():
        row = states.loc[(key, "function_calling")]
        assert (row["state"], row["rule"], row["source_id"]) == (state, "decision", "review")
        assert row["witnesses_for" if state == "yes" else "witnesses_against"] >= 1
        fact = facts.loc[row["fact_id"]]
        assert (fact["reason"], fact["is_chosen"], fact["printed"]) == ("decision", True, QUOTE)
    of_offer = tables["offer_capabilities"].set_index(["offer_id", "capability"]).loc[(WITH_SEARCH, "web_search")]
    assert of_offer[["state", "effective", "is_inherited"]].tolist() == ["yes", "yes", False]
    assert states.loc[("acme/alpha-1", "web_search"), "state"] == "unknown"
    assert {recorded.outcome(0, about) for about in (*CAPABILITIES, WITH_SEARCH)} == {("effective", "")}


def test_facts_are_verified_against_the_decision_files(recorded: Recorded) -> None:
    facts = recorded.releases[1].select("facts", MODEL).query("source_id == 'review'")
    made = [each for each in recorded.decisions[1] if each.decision_id == recorded.ids[MODEL]]
    assert compare_claims(facts, replay_facts(frame_decisions(made)))["outcome"].tolist() == ["same"]
    changed = frame_decisions([replace(made[0], verdict="65536")])
    assert compare_claims(facts, replay_facts(changed))["outcome"].tolist() == ["other_value"]
    assert compare_claims(facts, replay_facts(frame_decisions(made)[:0]))["outcome"].tolist() == ["not_said"]


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


def contested(values: dict[str, str], field: str = "context_tokens", model_id: str = MODEL) -> DataFrame:
    stated = DataFrame(list(values.items()), columns=["lineage", "value"])
    return stated.assign(subject_kind="model", subject_id=model_id, field=field, lineage_count=len(stated))


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
