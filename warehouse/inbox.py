"""What waits for a reviewer's decision in a release: held values by incident, disagreements, and moved aliases.

A decision takes effect with the next night, so what was decided on the release itself waits no more.
"""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.warehouse.decisions import Decision
from llmpairs.warehouse.query_rows import rows_of

MOST_SUGGESTIONS = 5
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
class Held:
    """One held value."""

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
class Case:
    """One thing to decide, with the values that the decision is made on."""

    case_id: str
    """What the reviewer types: an incident, a hold or a disagreement."""
    kind: str
    """`held`, `alias` or `disagreement`."""
    subjects: tuple[str, ...]
    field: str
    published: str | None
    candidates: tuple[str, ...]
    """What stands against it: the held values, or the other lineages' words."""
    rule: str
    since: str
    nights: int
    """Nights held; 0 for a disagreement."""
    pairs: int
    values: dict[str, str]
    """The candidate by hold_id, or the value by lineage."""
    holds: tuple[Held, ...] = ()
    ratio: float | None = None

    @property
    def command(self) -> str:
        """The command that decides it."""
        value = " [--value VALUE]" if self.kind == "disagreement" else ""
        return f'llmpairs decide {shlex.quote(self.case_id)} accept|reject{value} --reason "..." --evidence "..."'


@dataclass(frozen=True)
class UnknownCaseError(LookupError):
    """An id that nothing in the release has, with the nearest that are there."""

    case_id: str
    nearest: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"nothing to decide is called {self.case_id!r} in this release{hint}; `llmpairs inbox` lists what waits"


def list_waiting(con: duckdb.DuckDBPyConnection, made: Iterable[Decision] = ()) -> list[Case]:
    """What waits, most pairs first; `made` are the decisions that were made on this release."""
    decided = {name for decision in made for name in (decision.subject, *decision.values)}
    live = _count_live(con)
    held = [hold for hold in _holds(con) if hold.state == "held" and hold.hold_id not in decided]
    open_ = [case for case in list_disagreements(con, waiting=True) if case.case_id not in decided]
    cases = [*_incidents(held, live), *open_]
    return sorted(
        cases, key=lambda case: (-case.pairs, case.kind == "disagreement", -(case.ratio or 0), case.case_id)
    )


def find_case(con: duckdb.DuckDBPyConnection, case_id: str) -> Case:
    """The incident, hold or disagreement of that id, whether it waits or was decided; UnknownCaseError otherwise.

    What is held of one subject is decided as a whole, so a hold brings those of its incident that share the subject.
    """
    held = [hold for hold in _holds(con) if hold.state in ("held", "rejected")]
    live = _count_live(con)
    subjects = {(hold.subject_id, hold.incident) for hold in held if hold.hold_id == case_id}
    named = [
        hold for hold in held if hold.incident == case_id or (hold.subject_id, hold.incident) in subjects
    ]
    for case in _incidents(named, live):
        return replace(case, case_id=case_id)
    open_ = list_disagreements(con)
    for case in open_:
        if case.case_id == case_id:
            return case
    known = {*(h.hold_id for h in held), *(h.incident for h in held), *(case.case_id for case in open_)}
    close = process.extract(
        case_id, sorted(known), scorer=fuzz.ratio, limit=MOST_SUGGESTIONS, score_cutoff=40
    )
    raise UnknownCaseError(case_id, tuple(match[0] for match in close))


def _incidents(held: Iterable[Held], live: int) -> Iterator[Case]:
    ordered = sorted(held, key=lambda hold: (hold.incident, hold.subject_id, hold.field))
    for incident, group in groupby(ordered, key=lambda hold: hold.incident):
        holds = tuple(group)
        models = {hold.model_id for hold in holds if hold.pairs_affected}
        first = holds[0]
        yield Case(
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


def list_disagreements(con: duckdb.DuckDBPyConnection, *, waiting: bool = False) -> list[Case]:
    """Every disagreement of the release, or those that no decision settles."""
    rows = rows_of(con, DISAGREEMENTS, [])
    return [_read_disagreement(row) for row in rows if not waiting or row["state"] != "settled"]


def _read_disagreement(row: dict[str, Any]) -> Case:
    words = dict(word.split("=", 1) for word in row["claimed_values"])
    by = f" by a factor of {row['ratio']:.3g}" if row["ratio"] else ""
    again = f"; open again: {row['changed_since']}" if row["state"] == "reopened" else ""
    return Case(
        case_id=row["disagreement_id"],
        kind="disagreement",
        subjects=(row["subject_id"],),
        field=row["field"],
        published=row["chosen_value"],
        candidates=tuple(row["claimed_values"]),
        rule=f"{len(words)} lineages differ{by}{again}",
        since=row["first_seen_at"],
        nights=0,
        pairs=row["pairs_affected"],
        values=words,
        ratio=row["ratio"],
    )


def _count_live(con: duckdb.DuckDBPyConnection) -> int:
    return int(rows_of(con, LIVE, [])[0]["live"])


def _holds(con: duckdb.DuckDBPyConnection) -> list[Held]:
    return [Held(**row) for row in rows_of(con, HOLDS, [])]
