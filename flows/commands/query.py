"""Commands that look into a release."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmpairs.flows.commands.console import (
    USAGE,
    Format,
    Warehouse,
    leave,
    one_line_errors,
    query_rows,
    read_day,
    show_rows,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE\b|\s*\([^)]*\))*", re.IGNORECASE)


def gaps(
    field: Annotated[str | None, typer.Option(help="Only this field, such as price or license_spdx.")] = None,
    state: Annotated[str | None, typer.Option(help="missing, conflict, stale, held or unverified.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    severity: Annotated[str | None, typer.Option(help="critical, warning or info.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only what this source or steward closes.")] = None,
    of: Annotated[str | None, typer.Option(help="Only gaps of a model, offer or source.")] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Only gaps that the current release is the first to have.")
    ] = False,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 20,
    count: Annotated[
        bool, typer.Option("--count", help="Count gaps by field, state and severity instead.")
    ] = False,
    format_: Annotated[str, typer.Option("--format", help="text, csv, json or md.")] = "text",
    warehouse: Warehouse = None,
) -> None:
    """List what is missing, contradicted, stale or held, dearest first.

    Example: llmpairs gaps --field price --limit 10

    Example: llmpairs gaps --new --severity critical --format csv --limit 1000
    """
    from llmpairs.flows.commands.tables import print_rows, refuse_format
    from llmpairs.model_lookup import UnknownModelError, find_model
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.vocabulary import GAP_STATES, SEVERITIES

    refuse_format(format_)
    refuse_unknown(state, GAP_STATES, "--state")
    refuse_unknown(severity, SEVERITIES, "--severity")
    refuse_unknown(of, ("model", "offer", "source"), "--of")
    with one_line_errors(), connect(warehouse_uri(warehouse)) as con:
        try:
            model_id = find_model(con, model) if model else None
        except UnknownModelError as error:
            raise leave(USAGE, str(error)) from None
        wanted = {"field": field, "state": state, "model_id": model_id, "severity": severity, "owner": owner,
                  "subject_kind": of}  # fmt: skip
        asked = [f"{name} = ${at}" for at, name in enumerate(wanted, 1)]
        chosen = "WHERE " + " AND ".join(f"(${at} IS NULL OR {test})" for at, test in enumerate(asked, 1))
        chosen += " AND since = as_of()" if new else ""
        columns = "severity, state, field, subject_id, detail, pairs_affected, offers_affected, since, owner, action"
        query = f"SELECT {columns} FROM coverage_gaps {chosen} ORDER BY rank_score DESC, gap_id LIMIT {limit}"
        if count:
            grouped = "SELECT field, state, severity, count(*) AS gaps FROM coverage_gaps"
            query = f"{grouped} {chosen} GROUP BY ALL ORDER BY gaps DESC, field, state"
        print_rows(query_rows(con, query, list(wanted.values())), format_)


def refuse_unknown(given: str | None, known: Sequence[str], option: str) -> None:
    """Exit 2 for a word that no row has."""
    if given is not None and given not in known:
        raise leave(USAGE, f"{option} {given} is not known; take {', '.join(known)}")


def changes(
    run: Annotated[str | None, typer.Option(help="Run id; else that of the current release.")] = None,
    kind: Annotated[str | None, typer.Option(help="added, changed, absent, returned or retired.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this column.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 50,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Show what differs from the release before, with its cause.

    Example: llmpairs changes --field input_usd_per_mtok
    """
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import current_run_id
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    with one_line_errors(), connect(uri) as con:
        rows = query_rows(
            con,
            f"""SELECT kind, subject_kind, subject_id, field, old_value, new_value, ratio, cause FROM changes
                WHERE run_id = $1 AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR field = $3)
                ORDER BY subject_kind, kind, subject_id, field LIMIT {limit}""",
            [run or current_run_id(open_store(uri)), kind, field],
        )
        show_rows(rows, format_ == "json")


def sql(
    query: Annotated[str, typer.Argument(help="A query over the tables and views of one release.")],
    format_: Format = "text",
    release: Annotated[str | None, typer.Option(help="Run id of the release; else the current one.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Read the release that readers had at this time, or at the end of this day (UTC)."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="Show price_history, and views made from it, as known at this time or end of day."),
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Query one release with DuckDB, read-only.

    --as-of chooses another release, all of its tables; --known-at leaves the release as it is and takes back what
    was learned about prices since, corrections too. Both together: an earlier release, as known still earlier.

    Example: llmpairs sql "SELECT count(*) FROM pairs"

    Example: llmpairs sql --known-at 2026-06-10 "FROM price_changes WHERE ratio > 1.5"
    """
    import duckdb

    from llmpairs.warehouse.query import connect

    if release and as_of:
        raise leave(USAGE, "take --release or --as-of, not both: each chooses the release to read")
    days = {"as_of": read_day(as_of, "--as-of"), "known_at": read_day(known_at, "--known-at")}
    with one_line_errors(), connect(warehouse_uri(warehouse), release, **days) as con:
        try:
            if not all(is_query(con, statement) for statement in con.extract_statements(query)):
                raise leave(USAGE, "only queries are answered here: a release is never changed")
            show_rows(query_rows(con, query), format_ == "json")
        except duckdb.Error as error:
            raise leave(USAGE, str(error).splitlines()[0]) from None


def is_query(con: "duckdb.DuckDBPyConnection", statement: "duckdb.Statement") -> bool:
    """Whether a statement only reads; what EXPLAIN ANALYZE explains is run."""
    from duckdb import StatementType

    if statement.type != StatementType.EXPLAIN:
        return bool(statement.type == StatementType.SELECT)
    explained = con.extract_statements(EXPLAIN.sub("", statement.query, count=1))
    return bool(explained) and all(inner.type == StatementType.SELECT for inner in explained)
