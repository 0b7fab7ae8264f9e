"""Drafts of decisions on the review cases of a release."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.warehouse.decisions import Decision, DecisionKind
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.review_cases import MAX_SUGGESTIONS, ReviewCase, find_case, list_disagreements
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

VERDICTS = ("accept", "reject")
UNRESOLVED = "nobody"
"""CaseVerdict on a key that leads to no model."""
MODEL_ID = re.compile(r"[a-z0-9._~-]+/[a-z0-9._:@+~-]+")


class InvalidVerdictError(ValueError):
    """A verdict that does not fit its case; the message says what to type."""


@dataclass(frozen=True, kw_only=True)
class DecisionDraft:
    """A decision without its author, reason, evidence and time."""

    kind: DecisionKind
    subject: str
    verdict: str
    values: dict[str, str]
    summary: str
    """The decision in one line."""
    quote: str | None = None
    """Passage of the evidence that states the value of a fact."""


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """What a reviewer types on a case."""

    word: str | None = None
    """`accept` or `reject`."""
    value: str | None = None
    """The value that is right, of a single disagreement."""
    right: str | None = None
    """The independent source group that is right, of a group of disagreements."""


def draft_case_decisions(
    con: duckdb.DuckDBPyConnection, case_id: str, verdict: CaseVerdict, made: Sequence[Decision] = ()
) -> list[DecisionDraft]:
    """Decisions on an incident, a hold, a disagreement or every open disagreement of a group.

    `made` are decisions on this release; a group leaves out what they decide.
    UnknownCaseError for an unknown id, InvalidVerdictError for a verdict that does not fit.
    """
    case = find_case(con, case_id, made)
    if verdict.word not in (None, *VERDICTS):
        raise InvalidVerdictError(f"{verdict.word!r} is no verdict: type accept or reject")
    if verdict.right is not None and not case.cases:
        raise InvalidVerdictError(f"--right is for a group of disagreements: {case.command}")
    if case.cases:
        return _settle_group(con, case, verdict)
    if case.kind == "disagreement":
        return _settle(case, _choose_value(case, verdict), list_disagreements(con))
    if verdict.word is None or verdict.value is not None:
        raise InvalidVerdictError(f"a held value is decided without --value: {case.command}")
    listed = f"{verdict.word}: {', '.join(dict.fromkeys(case.candidates[:3]))}"
    more = f" and {len(case.values) - 3} more" if len(case.values) > 3 else ""
    return [
        DecisionDraft(
            kind="hold",
            subject=case.case_id,
            verdict=verdict.word,
            values=case.values,
            summary=f"{listed}{more} ({len(case.values)} values of {len(case.subjects)} subjects, {case.rule})",
        )
    ]


def _settle(case: ReviewCase, right: str, disagreements: Sequence[ReviewCase]) -> list[DecisionDraft]:
    """Decide a disagreement for one of its values; a price together with the other price fields of the same source."""
    sides = [(case, right)]
    if case.field in PRICE_FIELDS:
        agreeing = [lineage for lineage, stated in sorted(case.values.items()) if stated == right]
        for other in disagreements:
            if other.subjects == case.subjects and other.field in PRICE_FIELDS and other.case_id != case.case_id:
                sides += [(other, other.values[name]) for name in agreeing if name in other.values][:1]
    return [
        DecisionDraft(
            kind="disagreement",
            subject=side.case_id,
            verdict=right,
            values=side.values,
            summary=f"{side.subjects[0]} {side.field}: {right} is right, against "
            + ", ".join(sorted({other for other in side.values.values() if other != right})),
        )
        for side, right in sides
    ]


def _settle_group(con: duckdb.DuckDBPyConnection, group: ReviewCase, verdict: CaseVerdict) -> list[DecisionDraft]:
    """Decide every disagreement of a group that has one right value by the verdict; InvalidVerdictError if none has."""
    if verdict.value is not None:
        raise InvalidVerdictError(f"the disagreements of a group have different values: {group.command}")
    if (verdict.word is None) == (verdict.right is None):
        raise InvalidVerdictError(f"decide a group by one verdict: {group.command}")
    if verdict.word and not group.is_one_against_others:
        raise InvalidVerdictError(f"no source group of {group.cause} stands alone: {group.command}")
    groups = sorted({name for case in group.cases for name in case.values})
    if verdict.right is not None and verdict.right not in groups:
        raise InvalidVerdictError(f"{verdict.right!r} is no source group of this case; groups: {', '.join(groups)}")
    disagreements = list_disagreements(con)
    drafts: dict[str, DecisionDraft] = {}
    for case in group.cases:
        right = _find_right_value(case, verdict)
        if right is not None and case.case_id not in drafts:
            drafts |= {draft.subject: draft for draft in _settle(case, right, disagreements)}
    if not drafts:
        raise InvalidVerdictError(
            f"no disagreement of {group.case_id} has one value of the other groups; decide them one by one: "
            f"llmpairs review list {shlex.quote(group.case_id)}"
        )
    return list(drafts.values())


def _find_right_value(case: ReviewCase, verdict: CaseVerdict) -> str | None:
    """The right value of a member of a group: that of a source group, or the one value that all others state."""
    if verdict.right is not None:
        return case.values.get(verdict.right)
    if verdict.word == "accept":
        return case.values[str(case.cause)]
    others = {value for lineage, value in case.values.items() if lineage != case.cause}
    if len(others) == 1:
        return others.pop()
    return case.published if case.published in others else None


def _choose_value(case: ReviewCase, verdict: CaseVerdict) -> str:
    """The value decided for; a source must state it, so that it can be traced to archived bytes."""
    stated = list(dict.fromkeys(case.values.values()))
    value = verdict.value
    if value is not None:
        number = _number(value)
        for known in stated:
            if known.casefold() == value.casefold() or (number is not None and _number(known) == number):
                return known
        raise InvalidVerdictError(
            f"no source states {value!r} for {case.field}; stated: {', '.join(stated)}; "
            "`llmpairs review set` records a value that no source states"
        )
    if verdict.word == "accept" and case.published in stated:
        return str(case.published)
    others = [known for known in stated if known != case.published]
    if verdict.word == "reject" and len(others) == 1:
        return others[0]
    raise InvalidVerdictError(f"name the right value with --value: {', '.join(stated)}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def draft_key_decision(con: duckdb.DuckDBPyConnection, subject: str, model_id: str | None) -> DecisionDraft:
    """A decision on a source's key, "source|provider|key": the model that it names, or None for no model.

    InvalidVerdictError for an unknown key or a malformed model id.
    """
    parts = subject.split("|", 2)
    found = fetch_rows(
        con,
        "SELECT model_id FROM identities WHERE source_id = $1 AND provider_id = $2 AND provider_model_key = $3",
        parts if len(parts) == 3 else [subject, "", ""],
    )
    if not found:
        raise InvalidVerdictError(f'no key {subject!r}: type "source|provider|key"{_nearest_keys(con, parts[-1])}')
    was = found[0]["model_id"]
    if model_id is not None and not MODEL_ID.fullmatch(model_id):
        raise InvalidVerdictError(f"{model_id!r} is no model id: type developer/name in lower case")
    known = model_id is None or fetch_rows(con, "SELECT 1 AS known FROM models WHERE model_id = $1", [model_id])
    note = "" if known else ", which no release has yet"
    return DecisionDraft(
        kind="identity",
        subject=subject,
        verdict=model_id or UNRESOLVED,
        values={"model_id": was or UNRESOLVED},
        summary=f"{subject} is {model_id or 'no model'}{note}; it was {was or 'unresolved'}",
    )


def _nearest_keys(con: duckdb.DuckDBPyConnection, key: str) -> str:
    query = (
        "SELECT DISTINCT source_id || '|' || provider_id || '|' || provider_model_key AS k FROM identities ORDER BY k"
    )
    names = {row["k"]: row["k"].split("|", 2)[2] for row in fetch_rows(con, query)}
    close = process.extract(key, names, scorer=fuzz.ratio, limit=MAX_SUGGESTIONS, score_cutoff=60)
    return "; nearest: " + ", ".join(match[2] for match in close) if close else ""
