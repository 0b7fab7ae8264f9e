from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from llmpairs.warehouse.decisions import Decision, append_decision, decisions_digest, list_decisions, read_decisions
from llmpairs.warehouse.errors import DecisionError
from llmpairs.warehouse.store import Store

NIGHT = datetime(2026, 6, 8, 23, 59, tzinfo=UTC)
NEXT = datetime(2026, 6, 9, 23, 59, tzinfo=UTC)
ACCEPT = Decision(
    decision_id="d1",
    kind="hold",
    subject="hold-7",
    verdict="accept",
    reason="the provider announced the price",
    evidence="https://example.test/news",
    decided_by="ada",
    made_on_as_of=NIGHT,
    values={"published": "0.05", "candidate": "0.5"},
    expires_on=None,
)


def test_a_decision_applies_to_later_runs(store: Store) -> None:
    append_decision(store, ACCEPT)
    assert read_decisions(store, NIGHT).empty
    rows = read_decisions(store, NEXT)
    assert rows.to_dict("records")[0]["values"] == {"published": "0.05", "candidate": "0.5"}
    assert rows["kind"].tolist() == ["hold"]
    assert rows["subject"].dtype == "str"
    assert str(rows["made_on_as_of"].dtype) == "datetime64[us, UTC]"
    assert rows["expires_on"].isna().all()
    assert read_decisions(store, NIGHT).dtypes.equals(rows.dtypes)


def test_a_fact_needs_a_quote_and_other_decisions_are_stored_as_before(store: Store) -> None:
    fact = replace(ACCEPT, decision_id="d3", kind="fact", subject="model|a/b|context_tokens", verdict="131072")
    with pytest.raises(DecisionError, match="d3 lacks quote"):
        append_decision(store, fact)
    for decision in (ACCEPT, replace(fact, quote="131,072 tokens")):
        name = append_decision(store, decision)
        assert (b"quote" in store.read_bytes(name)) == (decision.kind == "fact")
    assert [decision.quote for decision in list_decisions(store)] == [None, "131,072 tokens"]
    rows = read_decisions(store, NEXT)
    assert rows["quote"].isna().tolist() == [True, False]
    assert decisions_digest(rows) == decisions_digest(rows.iloc[::-1])


def test_an_expired_decision_no_longer_applies(store: Store) -> None:
    append_decision(store, replace(ACCEPT, expires_on=date(2026, 6, 9)))
    assert len(read_decisions(store, NEXT)) == 1
    assert read_decisions(store, datetime(2026, 6, 10, tzinfo=UTC)).empty
    assert len(list_decisions(store)) == 1


def test_decisions_are_never_changed(store: Store) -> None:
    append_decision(store, ACCEPT)
    with pytest.raises(DecisionError, match="d1 exists already"):
        append_decision(store, replace(ACCEPT, made_on_as_of=NEXT, verdict="reject"))
    append_decision(store, replace(ACCEPT, decision_id="d0", made_on_as_of=NEXT, verdict="reject"))
    assert [decision.verdict for decision in list_decisions(store)] == ["accept", "reject"]
    assert replace(list_decisions(store)[0], recorded_by=None) == ACCEPT


def test_the_digest_depends_only_on_the_decisions(local: Store) -> None:
    append_decision(local, ACCEPT)
    append_decision(local, replace(ACCEPT, decision_id="d2", expires_on=date(2026, 12, 31)))
    rows = read_decisions(local, NEXT)
    assert decisions_digest(rows) == decisions_digest(rows.iloc[::-1])
    assert decisions_digest(rows) != decisions_digest(rows.iloc[:1])
    assert decisions_digest(rows.iloc[:0]) == decisions_digest(read_decisions(local, NIGHT))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"reason": ""}, "lacks reason"),
        ({"evidence": "", "decided_by": ""}, "lacks evidence, decided_by"),
        ({"kind": "mood"}, "malformed id or unknown kind"),
        ({"decision_id": "../x"}, "malformed id or unknown kind"),
    ],
)
def test_incomplete_decisions_are_rejected(local: Store, change: dict[str, str], expected: str) -> None:
    with pytest.raises(DecisionError, match=expected):
        append_decision(local, replace(ACCEPT, **change))  # type: ignore[arg-type]
    assert local.list_files() == []


def test_a_damaged_file_is_an_error_with_its_line(local: Store) -> None:
    name = append_decision(local, ACCEPT)
    local.write_bytes(name, local.read_bytes(name) + b'{"decision_id": 5}\n')
    with pytest.raises(DecisionError, match=r"d1\.jsonl, line 2 is not a decision"):
        read_decisions(local, NEXT)
