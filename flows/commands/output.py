"""What the commands share: exit codes, common options, errors in one line, and rows in four formats."""

import csv
import io
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from llmpairs.logs import log_event, redact, wants_json

if TYPE_CHECKING:
    import duckdb

DONE, FAILED, USAGE, BLOCKED, SOURCE_FAILED, CHANGED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 4, 5, 130, 143

Command = Callable[..., None]

Format = Annotated[Literal["text", "json"], typer.Option("--format", help="Output format.")]
RowFormat = Annotated[Literal["text", "csv", "json", "md"], typer.Option("--format", help="Output format.")]
Warehouse = Annotated[
    str | None,
    typer.Option(
        "--warehouse", help="Path or s3:// URI; default: LLMPAIRS_WAREHOUSE, then ./data.", show_default=False
    ),
]
Release = Annotated[
    str | None, typer.Option("--release", help="Run id of the release; default: the live one.", show_default=False)
]
Restricted = Annotated[
    bool, typer.Option("--include-restricted", help="Include data whose terms forbid redistribution, for your own use.")
]
DecidedBy = Annotated[
    str | None, typer.Option("--by", help="Who decides; default: the user of this machine.", show_default=False)
]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula to a spreadsheet."""
DURATION_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def exit_with(code: int, message: str) -> typer.Exit:
    """The exception to raise: prints one line, or a JSON log event, and sets the exit code."""
    if wants_json():
        log_event(message, {"exit_code": code}, logging.ERROR if code != DONE else logging.INFO)
    else:
        print(redact(f"error: {message}" if code != DONE else message), file=sys.stderr)
    return typer.Exit(code)


def print_line(message: str) -> None:
    """One line on standard error, or a JSON log event."""
    if wants_json():
        log_event(message, {})
    else:
        print(redact(message), file=sys.stderr)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors of the warehouse and of the operating system into one line and exit code 1, unknown names into 2."""
    from llmpairs.warehouse.errors import QuestionError, WarehouseError

    try:
        yield
    except QuestionError as error:
        raise exit_with(USAGE, str(error)) from None
    except WarehouseError as error:
        raise exit_with(FAILED, str(error)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise exit_with(FAILED, f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from None


def require_known(value: str | None, known: Iterable[str], option: str, hint: str = "") -> None:
    """Exit 2 with the nearest names when an option's value is not among the known ones."""
    names = sorted(set(known))
    if value is None or value in names:
        return
    near = get_close_matches(value, names, n=3, cutoff=0.4)
    suggestion = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names[:20]) or 'none'}"
    raise exit_with(USAGE, f"{option}: {value!r} is unknown; {hint or suggestion}")


def parse_time(text: str | None, option: str = "--as-of") -> datetime | None:
    """A time in ISO 8601, in UTC where it has no zone; exit 2 for anything else."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise exit_with(USAGE, f"{option}: {text!r} is not a time; write 2026-05-18T20:24:18Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_day(text: str | None, option: str) -> date | None:
    """A day (2026-06-10, its end is meant) or a time in ISO 8601; exit 2 for anything else."""
    if text is None:
        return None
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            return parse(text)
        except ValueError:
            continue
    raise exit_with(USAGE, f"{option}: {text!r} is not a day or a time; write 2026-06-10 or 2026-06-10T12:00:00Z")


def parse_duration(text: str, option: str) -> timedelta:
    """A duration such as 26h, 90m or 2d; exit 2 for anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in DURATION_UNITS or not number.replace(".", "", 1).isdigit():
        raise exit_with(USAGE, f"{option}: {text!r} is not a duration; write 26h, 90m or 2d")
    return timedelta(**{DURATION_UNITS[unit]: float(number)})


def split_list(text: str | None) -> list[str]:
    """Items of an option that takes several, separated by commas."""
    return [item.strip() for item in (text or "").split(",") if item.strip()]


def query_rows(
    con: "duckdb.DuckDBPyConnection", query: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query with plain Python values."""
    from llmpairs.warehouse.query import fetch_rows

    return fetch_rows(con, query, parameters)


def print_json(value: object) -> None:
    """A value as JSON on standard output."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def print_rows(rows: Sequence[Mapping[str, Any]], format_: str = "text") -> None:
    """Rows on standard output: a table on a terminal, tab-separated text in a pipe, CSV, JSON or Markdown."""
    if format_ == "json":
        print_json([dict(row) for row in rows])
    elif format_ == "csv":
        sys.stdout.write(format_csv(rows))
    elif not rows:
        print("no rows")
    elif format_ == "md":
        print(format_markdown(rows))
    elif sys.stdout.isatty():
        print_table(rows)
    else:
        print("\t".join(rows[0]))
        for row in rows:
            print("\t".join(format_cell(value).replace("\t", " ").replace("\n", " ") for value in row.values()))


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as a table that fits the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*map(format_cell, row.values()))
    # markup=False: a name in square brackets is a name, not a style.
    Console(markup=False, emoji=False).print(table)


def format_cell(value: Any) -> str:
    """A value as text, with control characters escaped."""
    from llmpairs.warehouse.control_characters import show_harmful

    return "" if value is None else show_harmful(str(value))


def format_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; cells that a spreadsheet would run as a formula get a leading apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0] if rows else [])
    writer.writerows([escape_formula(value) for value in row.values()] for row in rows)
    return text.getvalue()


def escape_formula(value: Any) -> Any:
    """A value for a CSV cell; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def format_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table."""
    from llmpairs.render.document import Cell, TableBlock
    from llmpairs.render.markdown import render_table

    numeric = {at for at, value in enumerate(rows[0].values()) if isinstance(value, int | float)}
    cells = [[Cell("" if value is None else str(value)) for value in row.values()] for row in rows]
    return "\n".join(render_table(TableBlock("", list(rows[0]), cells, numeric=frozenset(numeric)), {}))
