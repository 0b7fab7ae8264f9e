"""What the commands share: exit codes, errors in one line, rows on a terminal or in a pipe."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.logs import redact, tell, wants_json

if TYPE_CHECKING:
    import duckdb

DONE, FAILED, USAGE, BLOCKED, SOURCE_FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 130
Warehouse = Annotated[
    str | None,
    typer.Option(
        "--warehouse", help="Path or s3:// URI; else LLMPAIRS_WAREHOUSE, else ./data.", show_default=False
    ),
]
Format = Annotated[str, typer.Option("--format", help="text or json.")]


def leave(code: int, message: str) -> typer.Exit:
    """The exit to raise: one line for people, one code for machines."""
    if wants_json():
        tell(message, {"exit_code": code}, logging.ERROR if code != DONE else logging.INFO)
    else:
        print(redact(f"error: {message}" if code != DONE else message), file=sys.stderr)
    return typer.Exit(code)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Refusals of the warehouse and of the system become one line and an exit code."""
    from llmpairs.warehouse.errors import WarehouseError

    try:
        yield
    except WarehouseError as error:
        raise leave(FAILED, str(error)) from None
    except OSError as error:
        raise leave(FAILED, f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from None


def read_moment(given: str | None, option: str = "--as-of") -> datetime | None:
    """A time option: ISO 8601; without a zone it is UTC."""
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise leave(USAGE, f"{option} {given!r} is no time; write 2026-05-18T20:24:18Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_day(given: str | None, option: str) -> date | None:
    """A day or a time option: 2026-06-10, which means its end, or ISO 8601; without a zone it is UTC."""
    if given is None:
        return None
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(given)
        except ValueError:
            continue
    raise leave(USAGE, f"{option} {given!r} is no day and no time; write 2026-06-10 or 2026-06-10T12:00:00Z")


def show_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Rows as a table on a terminal, as tab-separated text in a pipe, or as JSON."""
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False, default=str))
        return
    if not rows:
        print("nothing to show")
        return
    if not sys.stdout.isatty():
        print("\t".join(rows[0]))
        for row in rows:
            print("\t".join(spell(value).replace("\t", " ").replace("\n", " ") for value in row.values()))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*map(spell, row.values()))
    # A name in square brackets is a name, no style.
    Console(markup=False, emoji=False).print(table)


def spell(value: Any) -> str:
    """A value in a cell; what would turn the text around it or command a terminal is spelled out."""
    from llmpairs.warehouse.control_characters import show_harmful

    return "" if value is None else show_harmful(str(value))


def query_rows(
    con: "duckdb.DuckDBPyConnection", query: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query with plain values."""
    from llmpairs.warehouse.query_rows import rows_of

    return rows_of(con, query, parameters)


def split_words(given: str | None) -> list[str]:
    """Words of an option that takes several, separated by commas."""
    return [word.strip() for word in (given or "").split(",") if word.strip()]


def read_span(given: str, option: str) -> timedelta:
    """A span of time such as 26h, 90m or 2d; exit 2 when it is none."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if given[-1:] not in units or not given[:-1].replace(".", "", 1).isdigit():
        raise leave(USAGE, f"{option} {given!r} is no span of time; write 26h, 90m or 2d")
    return timedelta(**{units[given[-1]]: float(given[:-1])})
