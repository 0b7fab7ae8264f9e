"""Open review cases of a release: held values, moved aliases, and disagreements grouped by cause and field.

A decision takes effect with the next run, so a case that was decided on this release is no longer open.
"""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.warehouse.decisions import Decision, name_fact
from llmpairs.warehouse.query import fetch_rows

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
    SELECT disagreement_id, subject_kind, subject_id, field, chosen_value, claimed_values, cause, ratio,
      d.first_seen_at,
      d.state, changed_since, pairs_affected,
      CASE subject_kind WHEN 'offer' THEN o.model_id ELSE subject_id END AS model_id
    FROM disagreements d LEFT JOIN offers o ON o.offer_id = d.subject_id
    ORDER BY disagreement_id
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
    """Id of an incident, a hold, a disagreement or a group of disagreements, as the reviewer types it."""
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
    cause: str | None = None
    """Of disagreements: the group that stands alone, else all groups, joined by '|'."""
    model_id: str | None = None
    """Of a single disagreement: the model in pairs that it concerns."""
    cases: tuple["ReviewCase", ...] = ()
    """Of a group of disagreements: its members."""

    @property
    def is_one_against_others(self) -> bool:
        """Whether one independent source group stands alone against the others."""
        return self.cause is not None and "|" not in self.cause

    @property
    def command(self) -> str:
        """The command that decides the case."""
        verdict = "accept|reject"
        if self.cases and not self.is_one_against_others:
            verdict = "--right GROUP"
        elif self.kind == "disagreement" and not self.cases:
            verdict += " [--value VALUE]"
        return f'llmpairs review decide {shlex.quote(self.case_id)} {verdict} --reason "..." --evidence "..."'


@dataclass(frozen=True)
class UnknownCaseError(LookupError):
    """No case of the release has this id; `nearest` lists similar ids."""

    case_id: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"no case {self.case_id!r} in this release{hint}; `llmpairs review list` lists the open cases"


def list_open_cases(con: duckdb.DuckDBPyConnection, made: Iterable[Decision] = ()) -> list[ReviewCase]:
    """Open cases, most affected pairs first; `made` are the decisions that were made on this release.

    Disagreements of one cause and field are one case.
    """
    made = list(made)
    decided = {name for decision in made for name in (decision.subject, *decision.values)}
    held = [hold for hold in _load_holds(con) if hold.state == "held" and hold.hold_id not in decided]
    cases = [*_group_incidents(con, held), *group_disagreements(con, list_undecided(con, made))]
    return sorted(cases, key=lambda case: (-case.pairs, case.kind == "disagreement", -(case.ratio or 0), case.case_id))


def find_case(con: duckdb.DuckDBPyConnection, case_id: str, made: Iterable[Decision] = ()) -> ReviewCase:
    """The incident, hold or disagreement of that id, open or decided; UnknownCaseError otherwise.

    The holds of one subject are decided together: a hold id selects all holds of its incident on that subject. A group
    of disagreements has those of its cause and field that are open and that `made` does not decide.
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
    groups = group_disagreements(con, list_undecided(con, made), singles=True)
    for group in groups:
        if group.case_id == case_id:
            return group
    known = {*(h.hold_id for h in held), *(h.incident for h in held)}
    known |= {case.case_id for case in (*disagreements, *groups)}
    close = process.extract(case_id, sorted(known), scorer=fuzz.ratio, limit=MAX_SUGGESTIONS, score_cutoff=40)
    raise UnknownCaseError(case_id, tuple(match[0] for match in close))


def _group_incidents(con: duckdb.DuckDBPyConnection, held: Iterable[HeldValue]) -> Iterator[ReviewCase]:
    live = _count_live(con)
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
            pairs=count_pairs(len(models), live),
            values={hold.hold_id: hold.candidate_value for hold in holds},
            holds=holds,
        )


def count_pairs(models: int, live: int) -> int:
    """Pairs that contain at least one of `models` out of `live` models."""
    return models * (live - 1) - models * (models - 1) // 2


def _count_live(con: duckdb.DuckDBPyConnection) -> int:
    live: int = fetch_rows(con, LIVE)[0]["live"]
    return live


def _name_ids(case: ReviewCase) -> set[str]:
    """Subjects of decisions that settle a disagreement: its id, and the fact about its subject and field."""
    return {case.case_id, *(name_fact(kind, case.subjects[0], case.field) for kind in ("model", "offer"))}


def list_undecided(con: duckdb.DuckDBPyConnection, made: Iterable[Decision]) -> list[ReviewCase]:
    """Disagreements of the release that no decision settles, and none of `made` will."""
    decided = {decision.subject for decision in made}
    return [case for case in list_disagreements(con, only_open=True) if not decided & _name_ids(case)]


def group_disagreements(
    con: duckdb.DuckDBPyConnection, cases: Iterable[ReviewCase], *, singles: bool = False
) -> list[ReviewCase]:
    """One case for each cause and field; one of a single disagreement is that disagreement, unless `singles`."""
    live = _count_live(con)
    groups = []
    ordered = sorted(cases, key=lambda case: (case.cause or "", case.field, -case.pairs, case.case_id))
    for (cause, field), group in groupby(ordered, key=lambda case: (case.cause, case.field)):
        members = tuple(group)
        if len(members) == 1 and not singles:
            groups.append(members[0])
            continue
        models = {case.model_id for case in members if case.pairs}
        groups.append(
            ReviewCase(
                case_id=f"{cause}/{field}",
                kind="disagreement",
                subjects=tuple(case.subjects[0] for case in members),
                field=field,
                published=None,
                candidates=(),
                rule=_describe_cause(str(cause)),
                since=min(case.since for case in members),
                nights=0,
                pairs=count_pairs(len(models), live),
                values={},
                cause=cause,
                cases=members,
            )
        )
    return groups


def _describe_cause(cause: str) -> str:
    if "|" not in cause:
        return f"{cause} stands alone against other source groups that agree"
    return f"{' and '.join(cause.split('|'))} differ"


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
        cause=row["cause"] or "|".join(values),
        model_id=row["model_id"],
    )


def _load_holds(con: duckdb.DuckDBPyConnection) -> list[HeldValue]:
    return [HeldValue(**row) for row in fetch_rows(con, HOLDS)]
