"""The command `sql`: read-only queries over one release."""

from typing import Annotated

import typer

from llmpairs.flows.commands.output import (
    USAGE,
    Release,
    RowFormat,
    Warehouse,
    exit_with,
    one_line_errors,
    parse_day,
    print_rows,
    query_rows,
)
from llmpairs.flows.runtime.settings import warehouse_uri


def sql(
    query: Annotated[str, typer.Argument(help="A query over the tables, views and macros of one release.")],
    format_: RowFormat = "text",
    release: Release = None,
    as_of: Annotated[
        str | None, typer.Option(help="Read the release that was live at this time, or at the end of this day (UTC).")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Read price_history and its views as recorded at this time or end of day (UTC).")
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Query one release with DuckDB, read-only.

    --as-of chooses an earlier release with all of its tables. --known-at keeps the release and drops what was
    recorded about prices later, corrections included. Both can be combined.

    Example: llmpairs sql "SELECT count(*) FROM pairs"

    Example: llmpairs sql --known-at 2026-06-10 "FROM price_changes WHERE ratio > 1.5"
    """
    import duckdb

    from llmpairs.warehouse.query import connect, require_read_only

    if release and as_of:
        raise exit_with(USAGE, "--release and --as-of exclude each other: each chooses the release to read")
    day, recorded = parse_day(as_of, "--as-of"), parse_day(known_at, "--known-at")
    with one_line_errors(), connect(warehouse_uri(warehouse), release, as_of=day, known_at=recorded) as con:
        try:
            require_read_only(con, query)
            print_rows(query_rows(con, query), format_)
        except duckdb.Error as error:
            raise exit_with(USAGE, str(error).splitlines()[0]) from None
