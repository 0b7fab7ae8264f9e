"""Review: open cases of a release (held values, moved aliases, disagreements) and the decisions drafted on them.

A decision takes effect with the next run, so a case that was decided on this release is no longer open.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.warehouse.decisions import Decision, DecisionKind
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

VERDICTS = ("accept", "reject")
UNRESOLVED = "nobody"
"""Verdict on a key that leads to no model."""
MODEL_ID = re.compile(r"[a-z0-9._~-]+/[a-z0-9._:@+~-]+")
MAX_SUGGESTIONS = 5
LIVE = "SELECT count(*) AS live FROM models WHERE is_live AND is_text_generating"
HOLDS = """
    SELECT h.hold_id, h.subject_kind, h.subject_id, h.field, h.published_value, h.candidate_value, h.rule, h.since,
      h.nights, h.incident, h.pairs_affected, h.state, h.decided_by,
      CASE h.subject_kind WHEN 'offer' THEN o.model_id WHEN 'identity' THEN h.published_value ELSE h.subject_id END
        AS model_id
    FROM holds h LEFT JOIN offers o ON o.offer_id = h.subject_id
    ORDER BY h.incident, h.subject_id, h.field
"""
DISAGREEMENTS = """
    SELECT disagreement_id, subject_kind, subject_id, field, chosen_value, claimed_values, ratio, first_seen_at, state,
      decision, decided_by, changed_since, pairs_affected
    FROM disagreements ORDER BY disagreement_id
"""


@dataclass(frozen=True, kw_only=True)
class HeldValue:
    """A row of `holds` with the model that it concerns."""

    hold_id: str
    subject_kind: str
    subject_id: str
    field: str
    published_value: str | None
    candidate_value: str
    rule: str
    since: str
    nights: int
    incident: str
    pairs_affected: int
    state: str
    decided_by: str | None
    model_id: str | None


@dataclass(frozen=True, kw_only=True)
class ReviewCase:
    """One case to decide, with the values that the decision is based on."""

    case_id: str
    """Id of an incident, a hold or a disagreement, as the reviewer types it."""
    kind: str
    """`held`, `alias` or `disagreement`."""
    subjects: tuple[str, ...]
    field: str
    published: str | None
    candidates: tuple[str, ...]
    """The held values, or the values that sources state."""
    rule: str
    since: str
    nights: int
    """Runs since it is held; 0 for a disagreement."""
    pairs: int
    values: dict[str, str]
    """The candidate by hold_id, or the value by lineage."""
    holds: tuple[HeldValue, ...] = ()
    ratio: float | None = None

    @property
    def command(self) -> str:
        """The command that decides the case."""
        value = " [--value VALUE]" if self.kind == "disagreement" else ""
        case = shlex.quote(self.case_id)
        return f'llmpairs review decide {case} accept|reject{value} --reason "..." --evidence "..."'


@dataclass(frozen=True)
class UnknownCaseError(LookupError):
    """No case of the release has this id; `nearest` lists similar ids."""

    case_id: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"no case {self.case_id!r} in this release{hint}; `llmpairs review list` lists the open cases"


def list_open_cases(con: duckdb.DuckDBPyConnection, made: Iterable[Decision] = ()) -> list[ReviewCase]:
    """Open cases, most affected pairs first; `made` are the decisions that were made on this release."""
    decided = {name for decision in made for name in (decision.subject, *decision.values)}
    held = [hold for hold in _load_holds(con) if hold.state == "held" and hold.hold_id not in decided]
    undecided = [case for case in list_disagreements(con, only_open=True) if case.case_id not in decided]
    cases = [*_group_incidents(con, held), *undecided]
    return sorted(cases, key=lambda case: (-case.pairs, case.kind == "disagreement", -(case.ratio or 0), case.case_id))


def find_case(con: duckdb.DuckDBPyConnection, case_id: str) -> ReviewCase:
    """The incident, hold or disagreement of that id, open or decided; UnknownCaseError otherwise.

    The holds of one subject are decided together: a hold id selects all holds of its incident on that subject.
    """
    held = [hold for hold in _load_holds(con) if hold.state in ("held", "rejected")]
    subjects = {(hold.subject_id, hold.incident) for hold in held if hold.hold_id == case_id}
    named = [hold for hold in held if hold.incident == case_id or (hold.subject_id, hold.incident) in subjects]
    for case in _group_incidents(con, named):
        return replace(case, case_id=case_id)
    disagreements = list_disagreements(con)
    for case in disagreements:
        if case.case_id == case_id:
            return case
    known = {*(h.hold_id for h in held), *(h.incident for h in held), *(case.case_id for case in disagreements)}
    close = process.extract(case_id, sorted(known), scorer=fuzz.ratio, limit=MAX_SUGGESTIONS, score_cutoff=40)
    raise UnknownCaseError(case_id, tuple(match[0] for match in close))


def _group_incidents(con: duckdb.DuckDBPyConnection, held: Iterable[HeldValue]) -> Iterator[ReviewCase]:
    live: int = fetch_rows(con, LIVE)[0]["live"]
    ordered = sorted(held, key=lambda hold: (hold.incident, hold.subject_id, hold.field))
    for incident, group in groupby(ordered, key=lambda hold: hold.incident):
        holds = tuple(group)
        models = {hold.model_id for hold in holds if hold.pairs_affected}
        first = holds[0]
        yield ReviewCase(
            case_id=incident,
            kind="alias" if first.subject_kind == "identity" else "held",
            subjects=tuple(dict.fromkeys(hold.subject_id for hold in holds)),
            field=first.field,
            published=first.published_value,
            candidates=tuple(hold.candidate_value for hold in holds),
            rule=", ".join(dict.fromkeys(hold.rule for hold in holds)),
            since=min(hold.since for hold in holds),
            nights=max(hold.nights for hold in holds),
            pairs=len(models) * (live - 1) - len(models) * (len(models) - 1) // 2,
            values={hold.hold_id: hold.candidate_value for hold in holds},
            holds=holds,
        )


def list_disagreements(con: duckdb.DuckDBPyConnection, *, only_open: bool = False) -> list[ReviewCase]:
    """Every disagreement of the release, or only those that no decision settles."""
    rows = fetch_rows(con, DISAGREEMENTS)
    return [_read_disagreement(row) for row in rows if not only_open or row["state"] != "settled"]


def _read_disagreement(row: dict[str, Any]) -> ReviewCase:
    values = dict(claim.split("=", 1) for claim in row["claimed_values"])
    by = f" by a factor of {row['ratio']:.3g}" if row["ratio"] else ""
    reopened = f"; reopened: {row['changed_since']}" if row["state"] == "reopened" else ""
    return ReviewCase(
        case_id=row["disagreement_id"],
        kind="disagreement",
        subjects=(row["subject_id"],),
        field=row["field"],
        published=row["chosen_value"],
        candidates=tuple(row["claimed_values"]),
        rule=f"{len(values)} independent source groups differ{by}{reopened}",
        since=row["first_seen_at"],
        nights=0,
        pairs=row["pairs_affected"],
        values=values,
        ratio=row["ratio"],
    )


def _load_holds(con: duckdb.DuckDBPyConnection) -> list[HeldValue]:
    return [HeldValue(**row) for row in fetch_rows(con, HOLDS)]


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


def draft_case_decisions(
    con: duckdb.DuckDBPyConnection, case_id: str, verdict: str | None, value: str | None
) -> list[DecisionDraft]:
    """Decisions on an incident, a hold or a disagreement.

    UnknownCaseError for an unknown id, InvalidVerdictError for a verdict or value that does not fit.
    """
    case = find_case(con, case_id)
    if verdict not in (None, *VERDICTS):
        raise InvalidVerdictError(f"{verdict!r} is no verdict: type accept or reject")
    if case.kind == "disagreement":
        return _settle(con, case, verdict, value)
    if verdict is None or value is not None:
        raise InvalidVerdictError(f"a held value is decided without --value: {case.command}")
    listed = f"{verdict}: {', '.join(dict.fromkeys(case.candidates[:3]))}"
    more = f" and {len(case.values) - 3} more" if len(case.values) > 3 else ""
    return [
        DecisionDraft(
            kind="hold",
            subject=case.case_id,
            verdict=verdict,
            values=case.values,
            summary=f"{listed}{more} ({len(case.values)} values of {len(case.subjects)} subjects, {case.rule})",
        )
    ]


def _settle(
    con: duckdb.DuckDBPyConnection, case: ReviewCase, verdict: str | None, value: str | None
) -> list[DecisionDraft]:
    """Decide a disagreement for one of its values; a price together with the other price fields of the same source."""
    right = _choose_value(case, verdict, value)
    sides = [(case, right)]
    if case.field in PRICE_FIELDS:
        agreeing = [lineage for lineage, stated in sorted(case.values.items()) if stated == right]
        for other in list_disagreements(con):
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


def _choose_value(case: ReviewCase, verdict: str | None, value: str | None) -> str:
    """The value decided for; a source must state it, so that it can be traced to archived bytes."""
    stated = list(dict.fromkeys(case.values.values()))
    if value is not None:
        number = _number(value)
        for known in stated:
            if known.casefold() == value.casefold() or (number is not None and _number(known) == number):
                return known
        raise InvalidVerdictError(f"no source states {value!r} for {case.field}; stated: {', '.join(stated)}")
    if verdict == "accept" and case.published in stated:
        return str(case.published)
    others = [known for known in stated if known != case.published]
    if verdict == "reject" and len(others) == 1:
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
