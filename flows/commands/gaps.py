"""The commands `gaps` and `changes`: rows of coverage_gaps and of the change log, filtered."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import (
    USAGE,
    RowFormat,
    Warehouse,
    exit_with,
    one_line_errors,
    print_rows,
    query_rows,
    require_known,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

GAP_COLUMNS = "severity, state, field, subject_id, detail, pairs_affected, offers_affected, since, owner, action"


def gaps(
    field: Annotated[str | None, typer.Option(help="Only this field, such as price or license_spdx.")] = None,
    state: Annotated[
        Literal["missing", "conflict", "stale", "held", "unverified"] | None, typer.Option(help="Only this state.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    severity: Annotated[Literal["critical", "warning", "info"] | None, typer.Option(help="Only this severity.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only gaps that this owner closes.")] = None,
    of: Annotated[
        Literal["model", "offer", "source"] | None, typer.Option(help="Only gaps of this kind of subject.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only gaps that are new in the live release.")] = False,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 20,
    count: Annotated[bool, typer.Option("--count", help="Count gaps by field, state and severity.")] = False,
    format_: RowFormat = "text",
    warehouse: Warehouse = None,
) -> None:
    """List missing, contradicted, stale and held values, highest impact first.

    Example: llmpairs gaps --field price --limit 10

    Example: llmpairs gaps --new --severity critical --format csv --limit 1000
    """
    from llmpairs.model_lookup import UnknownModelError, find_model
    from llmpairs.warehouse.query import connect

    with one_line_errors(), connect(warehouse_uri(warehouse)) as con:
        require_known(field, [*list_gap_fields(), *list_values(con, "coverage_gaps", "field")], "--field")
        require_known(owner, list_values(con, "coverage_gaps", "owner"), "--owner")
        try:
            model_id = find_model(con, model) if model else None
        except UnknownModelError as error:
            raise exit_with(USAGE, str(error)) from None
        filters = {"field": field, "state": state, "model_id": model_id, "severity": severity, "owner": owner,
                   "subject_kind": of}  # fmt: skip
        tests = [f"(${at} IS NULL OR {column} = ${at})" for at, column in enumerate(filters, 1)]
        where = "WHERE " + " AND ".join([*tests, *(["since = as_of()"] if new else [])])
        query = f"SELECT {GAP_COLUMNS} FROM coverage_gaps {where} ORDER BY rank_score DESC, gap_id LIMIT {limit}"
        if count:
            grouped = "SELECT field, state, severity, count(*) AS gaps FROM coverage_gaps"
            query = f"{grouped} {where} GROUP BY ALL ORDER BY gaps DESC, field, state"
        print_rows(query_rows(con, query, list(filters.values())), format_)


def changes(
    run: Annotated[str | None, typer.Option(help="Run id; default: the live release.")] = None,
    kind: Annotated[
        Literal["added", "changed", "absent", "returned", "retired"] | None, typer.Option(help="Only this kind.")
    ] = None,
    field: Annotated[str | None, typer.Option(help="Only this column.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 50,
    format_: RowFormat = "text",
    warehouse: Warehouse = None,
) -> None:
    """Show what a run changed compared with the release before, with the cause.

    Example: llmpairs changes --field input_usd_per_mtok
    """
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    with one_line_errors(), connect(uri) as con:
        require_known(run, list_values(con, "runs", "run_id"), "--run")
        require_known(field, [*list_changing_fields(), *list_values(con, "changes", "field")], "--field")
        rows = query_rows(
            con,
            f"""SELECT kind, subject_kind, subject_id, field, old_value, new_value, ratio, cause FROM changes
                WHERE run_id = $1 AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR field = $3)
                ORDER BY subject_kind, kind, subject_id, field LIMIT {limit}""",
            [run or require_current(open_store(uri)), kind, field],
        )
        print_rows(rows, format_)


def list_values(con: "duckdb.DuckDBPyConnection", table: str, column: str) -> list[str]:
    """Distinct values of a text column."""
    query = f"SELECT DISTINCT {column}::VARCHAR AS value FROM {table} WHERE {column} IS NOT NULL"
    return [str(row["value"]) for row in query_rows(con, query)]


def list_gap_fields() -> list[str]:
    """Fields that can have a gap, also where none is open."""
    from llmpairs.transforms.reference_data import load_gap_owners

    return list(load_gap_owners())


def list_changing_fields() -> list[str]:
    """Columns of models and offers, which the change log compares."""
    from llmpairs.warehouse.contracts import TABLES

    return [name for table in ("models", "offers") for name in TABLES[table].column_names]
