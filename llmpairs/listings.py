"""Lists of a release: gaps in its data, and changes from run to run."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import duckdb

from llmpairs.model_lookup import find_model, require_name
from llmpairs.transforms.reference_data import load_gap_owners
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.query import fetch_typed
from llmpairs.warehouse.release_history import end_of_day

GapState = Literal["missing", "conflict", "stale", "held", "unverified"]
Severity = Literal["critical", "warning", "info"]
ChangeKind = Literal["added", "changed", "absent", "returned", "retired"]
WHERE_GAPS = """
    FROM coverage_gaps
    WHERE ($field IS NULL OR field = $field) AND ($state IS NULL OR state = $state)
    AND ($model IS NULL OR model_id = $model) AND ($severity IS NULL OR severity = $severity)
    AND ($owner IS NULL OR owner = $owner) AND ($subject_kind IS NULL OR subject_kind = $subject_kind)
    AND (NOT $is_new OR since = as_of())
"""
CHANGES = """
    SELECT run_id, subject_kind, subject_id, kind, field, old_value, new_value, ratio, cause FROM changes
    WHERE ($kind IS NULL OR kind = $kind) AND ($field IS NULL OR field = $field)
    AND CASE WHEN $since IS NULL THEN run_id = $run ELSE run_id IN (
        SELECT run_id FROM runs WHERE state = 'published' AND as_of > $since AND as_of <= as_of()
    ) END
    ORDER BY run_id, subject_kind, kind, subject_id, field LIMIT $limit
"""


@dataclass(frozen=True, kw_only=True)
class GapFilter:
    """Which gaps to list; None is any."""

    field: str | None = None
    """Column, `price`, or `capability:<name>`."""
    state: GapState | None = None
    model: str | None = None
    """Any name of a model."""
    severity: Severity | None = None
    owner: str | None = None
    """Who can close it: a source or a data steward."""
    subject_kind: Literal["model", "offer", "source"] | None = None
    is_new: bool = False
    """Only gaps that the release before did not have."""


@dataclass(frozen=True, kw_only=True)
class OpenGap:
    """A field of a model, offer or source that is unknown or uncertain."""

    severity: Severity
    state: GapState
    field: str
    subject_id: str
    detail: str
    pairs_affected: int
    offers_affected: int
    since: datetime
    """As-of time of the first release with this gap, UTC."""
    owner: str
    action: str


@dataclass(frozen=True, kw_only=True)
class GapCount:
    """Number of gaps of one field, state and severity."""

    field: str
    state: GapState
    severity: Severity
    gaps: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """A difference of a release from the one before."""

    run_id: str
    subject_kind: str
    subject_id: str
    kind: str
    field: str
    """Changed column; `-` for the whole subject."""
    old_value: str | None
    """Value before, as text; None where there was none."""
    new_value: str | None
    ratio: float | None
    """New value over old; None where one side is no number, null or zero."""
    cause: str
    """The source, a change of the rules, identity, a decision, or a correction."""


@dataclass(frozen=True, kw_only=True)
class ChangeFilter:
    """Which changes to list; None is any."""

    run_id: str
    """Run of the changes, where `since` is None."""
    since: date | None = None
    """Changes of all later published runs up to the release; a date means its end, UTC."""
    kind: ChangeKind | None = None
    field: str | None = None
    """Column of models or offers."""


def find_gaps(con: duckdb.DuckDBPyConnection, wanted: GapFilter, limit: int) -> list[OpenGap]:
    """Gaps, highest impact first; UnknownNameError for an unknown model, field or owner."""
    columns = ", ".join(OpenGap.__dataclass_fields__)
    query = f"SELECT {columns} {WHERE_GAPS} ORDER BY rank_score DESC, gap_id LIMIT $limit"
    return fetch_typed(con, OpenGap, query, {**bind_gaps(con, wanted), "limit": limit})


def count_gaps(con: duckdb.DuckDBPyConnection, wanted: GapFilter) -> list[GapCount]:
    """Numbers of gaps by field, state and severity, the most first; errors as in `find_gaps`."""
    query = (
        f"SELECT field, state, severity, count(*) AS gaps {WHERE_GAPS} GROUP BY ALL ORDER BY gaps DESC, field, state"
    )
    return fetch_typed(con, GapCount, query, bind_gaps(con, wanted))


def bind_gaps(con: duckdb.DuckDBPyConnection, wanted: GapFilter) -> dict[str, str | bool | None]:
    """A filter as parameters of WHERE_GAPS."""
    require_name(wanted.field, [*load_gap_owners(), *list_values(con, "coverage_gaps", "field")], "field")
    require_name(wanted.owner, list_values(con, "coverage_gaps", "owner"), "owner")
    return {**vars(wanted), "model": find_model(con, wanted.model) if wanted.model else None}


def find_changes(con: duckdb.DuckDBPyConnection, wanted: ChangeFilter, limit: int | None) -> list[Change]:
    """Changes of a run, or of all published ones after a time, oldest first.

    UnknownNameError for an unknown run or field; ReleaseError where there is no log, as in a data package.
    """
    runs = list_values(con, "runs", "run_id")
    if not runs:
        raise ReleaseError("there is no log of changes: a data package has none; open the warehouse of the release")
    require_name(wanted.run_id, runs, "run")
    fields = [name for table in ("models", "offers") for name in TABLES[table].column_names]
    require_name(wanted.field, [*fields, *list_values(con, "changes", "field")], "field")
    since = None if wanted.since is None else end_of_day(wanted.since)
    values = {"run": wanted.run_id, "since": since, "kind": wanted.kind, "field": wanted.field, "limit": limit}
    return fetch_typed(con, Change, CHANGES, values)


def list_values(con: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """Distinct values of a text column."""
    query = f"SELECT DISTINCT {column}::VARCHAR FROM {table} WHERE {column} IS NOT NULL ORDER BY 1"
    return [str(row[0]) for row in con.execute(query).fetchall()]
