"""From what a reviewer types to what is put on record: the case, the verdict, and the values it is made on."""

import re
from dataclasses import dataclass

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.warehouse.decisions import DecisionKind
from llmpairs.warehouse.inbox import Case, find_case, list_disagreements
from llmpairs.warehouse.query_rows import rows_of
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

VERDICTS = ("accept", "reject")
NOBODY = "nobody"
"""Verdict on a key that leads to no model."""
MODEL_ID = re.compile(r"[a-z0-9._~-]+/[a-z0-9._:@+~-]+")
MOST_SUGGESTIONS = 5


class RulingError(ValueError):
    """A verdict that does not fit its case; the message says what to type."""


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """One decision, but for who made it, why and when."""

    kind: DecisionKind
    subject: str
    verdict: str
    values: dict[str, str]
    told: str
    """What it says, in a line."""


def rule_on_case(
    con: duckdb.DuckDBPyConnection, case_id: str, verdict: str | None, value: str | None
) -> list[Ruling]:
    """Rulings on an incident, a hold or a disagreement; UnknownCaseError or RulingError says what is wrong."""
    case = find_case(con, case_id)
    if verdict not in (None, *VERDICTS):
        raise RulingError(f"{verdict!r} is no verdict: type accept or reject")
    if case.kind == "disagreement":
        return _settle(con, case, verdict, value)
    if verdict is None or value is not None:
        raise RulingError(f"a held value is decided without --value: {case.command}")
    told = f"{verdict}: {', '.join(dict.fromkeys(case.candidates[:3]))}"
    more = f" and {len(case.values) - 3} more" if len(case.values) > 3 else ""
    return [
        Ruling(
            kind="hold",
            subject=case.case_id,
            verdict=verdict,
            values=case.values,
            told=f"{told}{more} ({len(case.values)} values of {len(case.subjects)} subjects, {case.rule})",
        )
    ]


def _settle(
    con: duckdb.DuckDBPyConnection, case: Case, verdict: str | None, value: str | None
) -> list[Ruling]:
    """A disagreement for one of its values; of a price also its other sides, which come from the same source."""
    right = _choose_value(case, verdict, value)
    sides = [(case, right)]
    if case.field in PRICE_FIELDS:
        speakers = [lineage for lineage, said in sorted(case.values.items()) if said == right]
        for other in list_disagreements(con):
            if (
                other.subjects == case.subjects
                and other.field in PRICE_FIELDS
                and other.case_id != case.case_id
            ):
                sides += [(other, other.values[name]) for name in speakers if name in other.values][:1]
    return [
        Ruling(
            kind="disagreement",
            subject=side.case_id,
            verdict=said,
            values=side.values,
            told=f"{side.subjects[0]} {side.field}: {said} is right, against "
            + ", ".join(sorted({other for other in side.values.values() if other != said})),
        )
        for side, said in sides
    ]


def _choose_value(case: Case, verdict: str | None, value: str | None) -> str:
    """The value that a reviewer holds right; it must be one that a source states, so that it leads back to bytes."""
    stated = list(dict.fromkeys(case.values.values()))
    if value is not None:
        number = _number(value)
        for said in stated:
            if said.casefold() == value.casefold() or (number is not None and _number(said) == number):
                return said
        raise RulingError(f"no source states {value!r} for {case.field}; stated: {', '.join(stated)}")
    if verdict == "accept" and case.published in stated:
        return str(case.published)
    others = [said for said in stated if said != case.published]
    if verdict == "reject" and len(others) == 1:
        return others[0]
    raise RulingError(f"say which value is right with --value: {', '.join(stated)}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def rule_on_key(con: duckdb.DuckDBPyConnection, subject: str, model_id: str | None) -> Ruling:
    """A ruling on a source's key, "source|provider|key"; without a model it leads to nobody."""
    parts = subject.split("|", 2)
    found = rows_of(
        con,
        "SELECT model_id FROM identities WHERE source_id = $1 AND provider_id = $2 AND provider_model_key = $3",
        parts if len(parts) == 3 else [subject, "", ""],
    )
    if not found:
        raise RulingError(f'no key is {subject!r}: type "source|provider|key"{_nearest_keys(con, parts[-1])}')
    was = found[0]["model_id"]
    if model_id is not None and not MODEL_ID.fullmatch(model_id):
        raise RulingError(f"{model_id!r} is no model id: type developer/name in lower case")
    known = model_id is None or rows_of(con, "SELECT 1 AS known FROM models WHERE model_id = $1", [model_id])
    anew = "" if known else ", which no release has yet"
    return Ruling(
        kind="identity",
        subject=subject,
        verdict=model_id or NOBODY,
        values={"model_id": was or NOBODY},
        told=f"{subject} is {model_id or 'no model'}{anew}; it was {was or 'unresolved'}",
    )


def _nearest_keys(con: duckdb.DuckDBPyConnection, key: str) -> str:
    rows = rows_of(con, "SELECT DISTINCT source_id || '|' || provider_id || '|' || provider_model_key AS k "
                        "FROM identities ORDER BY k", [])  # fmt: skip
    names = {row["k"]: row["k"].split("|", 2)[2] for row in rows}
    close = process.extract(key, names, scorer=fuzz.ratio, limit=MOST_SUGGESTIONS, score_cutoff=60)
    return "; nearest: " + ", ".join(match[2] for match in close) if close else ""
